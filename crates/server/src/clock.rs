//! What time it is: the only place that asks.

use jiff::{Timestamp, ZonedDateTime};
use std::sync::{Arc, Mutex};

/// The time, or a time that a test sets.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// One that stands still until it is set; no job is done by itself meanwhile.
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => ZonedDateTime::now().timestamp(),
            Clock::Fixed(at) => *at.lock().unwrap_or_else(|e| e.into_inner()),
        }
    }
}
