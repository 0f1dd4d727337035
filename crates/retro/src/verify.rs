//! Re-checking every quote of a draft against the bytes.

use crate::draft::Draft;
use crate::statement::Quote;
use hindcast_trace::locator::Resolver;
use hindcast_trace::{Evidence, EvidenceId, Stop};
use std::collections::{BTreeMap, HashMap};

/// What became of one quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The evidence was not among the files.
    NoEvidence,
    /// The evidence was erased on purpose; how, in words.
    Erased(String),
    /// The path leads nowhere any more.
    PathGone,
    /// Other words stand there.
    Differs(String),
}

/// A quote that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The quote.
    pub quote: Quote,
    /// What became of it.
    pub fault: Fault,
    /// The statements that rest on it: section and id.
    pub statements: Vec<(String, String)>,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Check {
    /// How many quotes were checked.
    pub quotes: usize,
    /// Those that no longer hold.
    pub broken: Vec<Broken>,
    /// Evidence whose bytes are not those that were drafted from: name, and the id found instead.
    pub changed: Vec<(String, Option<EvidenceId>)>,
}

impl Check {
    /// True when every quote holds.
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Checks every quote of a draft against files. A file is recognised by its digest; one whose digest differs is
/// taken for the evidence of the same name, or for the only one left, so that a change shows at the quotes that
/// it touched and not merely at the file.
pub fn verify(draft: &Draft, files: &[Evidence]) -> Check {
    verify_until(draft, files, &BTreeMap::new(), &Stop::default()).unwrap_or_default()
}

/// The same where some evidence was erased on purpose, each with words on how: no other file is taken for it, and what rests on it
/// cannot be looked up any more, which is not the same as other words standing there. `None` once the flag is set.
pub fn verify_until(
    draft: &Draft,
    files: &[Evidence],
    erased: &BTreeMap<EvidenceId, String>,
    stop: &Stop,
) -> Option<Check> {
    let mut check = Check::default();
    let mut resolvers: HashMap<&EvidenceId, Resolver<'_>> = HashMap::new();
    let mut unused: Vec<&Evidence> = files.iter().collect();
    let mut missing = Vec::new();
    for item in &draft.evidence {
        match unused.iter().position(|f| f.id == item.id) {
            Some(at) => {
                resolvers.insert(&item.id, Resolver::new(unused.remove(at)));
            }
            None if erased.contains_key(&item.id) => {}
            None => missing.push(item),
        }
    }
    let only = missing.len() == 1 && unused.len() == 1;
    for item in missing {
        let at = unused.iter().position(|f| f.name == item.name).or(only.then_some(0));
        let found = at.map(|at| unused.remove(at));
        check.changed.push((item.name.clone(), found.map(|f| f.id.clone())));
        if let Some(file) = found {
            resolvers.insert(&item.id, Resolver::new(file));
        }
    }
    // Every occurrence is checked, since each is read on its own; equal ones count once.
    for quote in draft.every_quote() {
        if stop.is_set() {
            return None;
        }
        check.quotes += 1;
        let fault = match resolvers.get_mut(&quote.evidence) {
            None => Some(erased.get(&quote.evidence).map_or(Fault::NoEvidence, |how| Fault::Erased(how.clone()))),
            Some(resolver) => holds(quote, resolver),
        };
        if let Some(fault) = fault {
            let resting = draft.statements().into_iter().filter(|(_, s)| s.quotes().any(|q| q == quote));
            let statements = resting.map(|(section, s)| (section.to_owned(), s.id.clone())).collect();
            check.broken.push(Broken { quote: quote.clone(), fault, statements });
        }
    }
    Some(check)
}

fn holds(quote: &Quote, resolver: &mut Resolver<'_>) -> Option<Fault> {
    let Some(text) = resolver.text(&quote.locator) else { return Some(Fault::PathGone) };
    if quote.text.is_empty() || quote.start >= quote.end {
        return Some(Fault::Differs(String::new()));
    }
    match text.get(quote.start..quote.end) {
        Some(found) if found == quote.text => None,
        Some(found) => Some(Fault::Differs(found.to_owned())),
        // The text is shorter now, or other characters stand there.
        None => {
            let bytes = text.as_bytes();
            let part = bytes.get(quote.start.min(bytes.len())..quote.end.min(bytes.len())).unwrap_or_default();
            Some(Fault::Differs(String::from_utf8_lossy(part).into_owned()))
        }
    }
}
