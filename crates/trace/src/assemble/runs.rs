//! Traces with IDs of their own that make up one session: which of them began after which had ended.
//!
//! A history that is sent again stands inside the input of a model call. The same input with the same answer in a trace that
//! began later is another run, and what was said is said again.

use crate::hash::{HashMap, printer};
use crate::item::{Item, Run};
use std::hash::{Hash, Hasher};

/// No trace, or none that is known.
pub const NONE: u64 = 0;

/// The traces of a session, with the times of what was seen in them.
#[derive(Default)]
pub struct Runs(HashMap<u64, (i64, i64)>);

impl Runs {
    /// Adds what was seen in a trace.
    pub fn add(&mut self, run: Run, item: &Item) {
        // Nothing is known to be after what is not known to have ended.
        let Some((start, end)) = item.start().map(|start| (start, item.end().unwrap_or(i64::MAX))) else { return };
        if run != NONE {
            let times = self.0.entry(run).or_insert((start, end));
            *times = (times.0.min(start), times.1.max(end));
        }
    }

    /// True where one trace began after another had ended.
    pub fn is_after(&self, later: Run, earlier: Run) -> bool {
        match (self.0.get(&later), self.0.get(&earlier)) {
            (Some(later), Some(earlier)) => later.0 > earlier.1,
            _ => false,
        }
    }
}

/// What a trace is known by.
pub fn run_of(trace: &str) -> Run {
    let mut hasher = printer();
    trace.hash(&mut hasher);
    hasher.finish().max(NONE + 1)
}
