//! Which deeds fit which families of operations, and when the agent claims the like of a deed. A session has few different
//! sets of families and many claims, so that each set is compared with the deeds once.

use super::Manner;
use super::deeds::{Fit, fit};
use crate::maps::HashMap;
use crate::session::Session;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// Families of operations, as claims and announcements have them.
type Families = Vec<&'static str>;

/// The deeds that fit, by what they are asked for.
type ByFamilies = HashMap<Families, Rc<[(usize, Fit)]>>;

/// What was compared so far.
#[derive(Default)]
pub(crate) struct Fitting {
    deeds: RefCell<ByFamilies>,
    /// The events of claims other than of a state, by their families, each list in order.
    claimed: OnceCell<Vec<(Families, Vec<u32>)>>,
    next_like: RefCell<HashMap<usize, Option<u32>>>,
}

impl Fitting {
    /// The deeds that fit some families at all, in order, by their places in the list of deeds.
    pub(crate) fn deeds(&self, session: &Session<'_>, families: &[&'static str]) -> Rc<[(usize, Fit)]> {
        if let Some(known) = self.deeds.borrow().get(families) {
            return known.clone();
        }
        let all = session.deeds().iter().enumerate().map(|(i, deed)| (i, fit(deed, families)));
        let found: Rc<[(usize, Fit)]> = all.filter(|(_, fit)| *fit != Fit::None).collect();
        self.deeds.borrow_mut().insert(families.to_vec(), found.clone());
        found
    }

    /// The first event after a deed at which the agent claims something that the deed fits.
    pub(crate) fn next_like(&self, session: &Session<'_>, deed: usize) -> Option<u32> {
        if let Some(known) = self.next_like.borrow().get(&deed) {
            return *known;
        }
        let own = session.deeds().get(deed)?;
        let claimed = self.claimed.get_or_init(|| claimed(session)).iter();
        let fitting = claimed.filter(|(families, _)| families.is_empty() || fit(own, families) != Fit::None);
        let next = fitting.filter_map(|(_, events)| events.get(events.partition_point(|e| *e <= own.event)).copied());
        let next = next.min();
        self.next_like.borrow_mut().insert(deed, next);
        next
    }
}

fn claimed(session: &Session<'_>) -> Vec<(Families, Vec<u32>)> {
    let mut all: HashMap<&Families, Vec<u32>> = HashMap::default();
    for claim in session.until_stopped(session.claims().iter().filter(|c| c.manner != Manner::State)) {
        all.entry(&claim.families).or_default().push(claim.event);
    }
    all.into_iter().map(|(families, events)| (families.clone(), events)).collect()
}
