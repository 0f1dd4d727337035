//! Completion claimed while the operation is not terminal.

use super::Detector;
use crate::finding::{Category, Report};
use crate::session::Session;

/// See the module's documentation.
pub struct CompletionNotTerminal;

impl Detector for CompletionNotTerminal {
    fn id(&self) -> &'static str {
        "completion-not-terminal"
    }

    fn looks_for(&self) -> &'static str {
        "completion claimed while the operation is not terminal"
    }

    fn category(&self) -> Category {
        Category::Misinterpretation
    }

    fn run(&self, session: &Session<'_>) -> Report {
        Report { eligible: session.calls.iter().any(|c| c.is_write()), ..Report::default() }
    }
}
