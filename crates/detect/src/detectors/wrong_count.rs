//! A number of things that the list in the answer does not have.

use super::Detector;
use crate::claims;
use crate::finding::{Category, Cite, Considered, Finding, Report, RestsOn};
use crate::origin::counts::{self, Verdict};
use crate::session::Session;

/// See the module's documentation.
pub struct WrongCount;

impl Detector for WrongCount {
    fn id(&self) -> &'static str {
        "wrong-count"
    }

    fn looks_for(&self) -> &'static str {
        "a count that the list in the answer does not bear out"
    }

    fn category(&self) -> Category {
        Category::Misinterpretation
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        if session.calls.iter().all(|c| c.result.is_none()) {
            return report;
        }
        if let Some(event) = claims::foreign(session) {
            report.skip(Some(event), "the agent speaks another language than English; its counts are not known");
        }
        let lists = counts::lists(session);
        // Before the first list nothing can be held against any.
        let Some(first) = lists.iter().map(|l| l.event).min() else { return report };
        for count in counts::counts(session, first) {
            report.eligible |= lists.iter().any(|l| l.event < count.event && l.is_named(&count));
            match counts::judge(session, &lists, &count) {
                Verdict::Fine => {}
                Verdict::CutOff { call } => {
                    let name = &session.calls[call].name.text;
                    report.skip(
                        Some(count.event),
                        format!("the list in the answer of {name} is cut off; its length is not known"),
                    );
                }
                Verdict::Wrong { right, how, call } => {
                    let call = &session.calls[call];
                    let name = &call.name.text;
                    let answer = call.result.as_ref();
                    let list = answer.and_then(|r| Cite::whole(r.event, r.content?));
                    let title = format!("“{}”, but {name} lists {right}", count.cite.text());
                    let detail = format!("The agent says “{}”; counted are {right} ({how}).", count.cite.text());
                    let mut finding = Finding::new(self.id(), self.category(), count.event, title, count.cite.clone())
                        .and(list)
                        .detail(detail)
                        .rests_on(RestsOn::Assumption("the list is the latest one that the counted noun names".into()))
                        .tool(name);
                    finding.considered.push(Considered {
                        event: answer.map_or(call.event, |r| r.event),
                        why: format!("{right}: {how}"),
                        cite: None,
                    });
                    if super::corrected_later(session, count.event) {
                        finding = finding.outcome(crate::finding::Outcome::NearMiss);
                    }
                    report.findings.push(finding);
                }
            }
        }
        report
    }
}
