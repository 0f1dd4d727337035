//! What the members of an answer say together.

use super::leaves::{Held, Leaf};
use super::members::{self, Told};
use super::{Hit, Upshot};
use crate::session::Call;
use hindcast_trace::json::Value;
use std::ops::Range;

/// What is known so far of an answer.
#[derive(Debug, Default)]
pub struct Tally {
    firm: Option<Hit>,
    soft: Option<Hit>,
    missing: Option<Hit>,
    worded: Option<Hit>,
    undone: Option<Hit>,
    taken: bool,
    bad: Option<(f64, Range<usize>)>,
    made: Vec<(f64, Range<usize>)>,
    total: Option<f64>,
    done: bool,
    /// The things of several, or the items of a list, that are done.
    done_items: Vec<usize>,
    reason: bool,
}

impl Tally {
    /// Reads all members.
    pub fn of(call: &Call<'_>, leaves: &[Leaf], expected: &dyn Fn(&str) -> bool) -> Self {
        let mut tally = Tally::default();
        for leaf in leaves {
            tally.reason |= members::explains(leaf) && matches!(&leaf.held, Held::Text(t) if !t.trim().is_empty());
            let Some(told) = members::told(call, leaf, expected) else { continue };
            tally.add(leaf, told);
        }
        if let (Some((made, range)), Some(ordered)) = (tally.made.first().cloned(), ordered(call))
            && made < ordered
            && tally.made.len() == 1
            && tally.bad.is_none()
        {
            tally.bad = Some((ordered - made, range));
        }
        tally
    }

    fn add(&mut self, leaf: &Leaf, told: Told) {
        let range = leaf.range.clone();
        match told {
            Told::Done if leaf.item || members::is_thing(leaf) => {
                self.done = true;
                self.done_items.push(if leaf.item { leaf.group } else { usize::MAX });
            }
            Told::Done => self.done = true,
            Told::Taken => self.taken = true,
            Told::Undone(upshot) => {
                self.undone.get_or_insert(Hit { upshot, range, firm: true, group: leaf.group });
            }
            Told::Worded(upshot) => {
                self.worded.get_or_insert(Hit { upshot, range, firm: false, group: leaf.group });
            }
            Told::Not(upshot, firm) => {
                let hit = Hit { upshot, range, firm, group: leaf.group };
                let place = if firm { &mut self.firm } else { &mut self.soft };
                // What failed says more than what is open.
                if place.as_ref().is_none_or(|h| h.upshot == Upshot::Open && upshot != Upshot::Open) {
                    *place = Some(hit);
                }
                // A thing of several is one of them.
                if leaf.item && !firm {
                    self.firm.get_or_insert(Hit { upshot, range: leaf.range.clone(), firm: true, group: leaf.group });
                }
            }
            Told::Bad(n) => {
                self.bad.get_or_insert((n, range));
            }
            Told::Made(n) => self.made.push((n, range)),
            Told::Total(n) => self.total = Some(self.total.map_or(n, |t: f64| t.max(n))),
            Told::Missing => {
                self.missing.get_or_insert(Hit { upshot: Upshot::Failed, range, firm: false, group: leaf.group });
            }
        }
    }

    /// Adds what a plain text says. A text that says that it is done outweighs what is soft.
    pub fn text(&mut self, hit: Option<Hit>, text: &str) {
        if let Some(hit) = hit
            && self.soft.is_none()
            && !text.trim().is_empty()
        {
            self.soft = Some(hit);
        }
    }

    /// What it comes to.
    pub fn upshot(self) -> Option<Hit> {
        let some = self.made.iter().any(|(n, _)| *n > 0.0);
        // That others of the same kind were done makes a part of it.
        let part = |hit: &Hit| match hit.upshot {
            Upshot::Failed if some || self.done_items.iter().any(|g| *g != hit.group) => Upshot::Part,
            other => other,
        };
        if let Some(hit) = &self.firm {
            // A test that worked is still a test.
            return Some(Hit { upshot: part(hit), ..hit.clone() });
        }
        if let Some(hit) = &self.undone {
            // `settled: false` beside `IN_REVIEW`
            let upshot = match &self.soft {
                Some(soft) if soft.upshot == Upshot::Open => Upshot::Open,
                _ => part(hit),
            };
            return Some(Hit { upshot, ..hit.clone() });
        }
        if let Some((_, range)) = &self.bad {
            let hit = Hit { upshot: Upshot::Failed, range: range.clone(), firm: true, group: 0 };
            return Some(Hit { upshot: part(&hit), ..hit });
        }
        let none = self.made.iter().find(|(n, _)| *n == 0.0).filter(|_| !some && !self.done);
        if let Some((_, range)) = none {
            return Some(Hit { upshot: Upshot::Failed, range: range.clone(), firm: true, group: 0 });
        }
        let made: f64 = self.made.iter().map(|(n, _)| *n).fold(0.0, f64::max);
        if let (Some(total), Some((_, range))) = (self.total, self.made.first())
            && self.made.len() == 1
            && made < total
        {
            return Some(Hit { upshot: Upshot::Part, range: range.clone(), firm: true, group: 0 });
        }
        if self.done || some {
            return self.soft.filter(|h| h.upshot == Upshot::Part);
        }
        // What was to be made is not there, and something says why.
        let missing = self.missing.filter(|_| self.reason);
        // A request that was taken may repeat any text.
        let worded = self.worded.filter(|_| !self.taken);
        self.soft.or(worded).or(missing)
    }
}

/// How many things were ordered, where the call says so.
fn ordered(call: &Call<'_>) -> Option<f64> {
    const NAMES: [&str; 14] = [
        "qty",
        "quantity",
        "count",
        "units",
        "uds",
        "menge",
        "anzahl",
        "cantidad",
        "quantite",
        "quantita",
        "quantidade",
        "aantal",
        "ilosc",
        "antal",
    ];
    let named =
        |k: &Value<'_>| k.str().is_some_and(|k| NAMES.contains(&crate::prose::accents::unaccented(&k).as_str()));
    let found = call.args()?.entries().find(|(k, _)| named(k))?;
    found.1.f64().filter(|n| n.fract() == 0.0)
}
