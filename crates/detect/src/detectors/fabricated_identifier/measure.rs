//! A measure, a number or a share that no result has and that nothing gives: "82 m²", where the field for it is empty.

use super::{FabricatedIdentifier, judge};
use crate::detectors::unfounded;
use crate::finding::{Cite, Report};
use crate::origin::grounding::{Kind, Used};
use crate::session::Session;

/// The rule path.
const PATH: &str = "measure";

/// Adds what it finds to a report.
pub(super) fn of(detector: &FabricatedIdentifier, session: &Session<'_>, report: &mut Report) {
    for (seen, text) in unfounded::of(session) {
        let told = report.findings.iter().any(|f| f.event == seen.event);
        if seen.reckoned.is_some() || told {
            continue;
        }
        let Some(cite) = Cite::of(seen.event, text, seen.range) else { continue };
        report.eligible = true;
        judge(detector, session, Used { kind: Kind::Number, text: cite.text().to_owned(), cite }, PATH, None, report);
    }
}
