//! A value that the user gave is told back as set, and the call carries a placeholder in its place.

use crate::detectors::closing::{all, heard, short, worked};
use crate::dialogue::instructed::sentences;
use crate::dialogue::substitution::placeholder;
use crate::finding::{Category, Cite, Finding, Report};
use crate::kind::SessionKind;
use crate::prose::forms::each;
use crate::prose::wordlists::line;
use crate::session::Session;

/// The rule path.
const PATH: &str = "placeholder";

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for closing in all(session) {
        for (at, call) in closing.calls.iter().enumerate().filter(|(_, c)| worked(c)) {
            let Some((key, value)) = placeholder(session, call) else { continue };
            // The call was made once more, with the value.
            if closing.calls[at + 1..].iter().any(|c| c.name.text == call.name.text) {
                continue;
            }
            let given = heard(session, closing.user);
            let text = &closing.text.text;
            // Words of the user that the call has not, with a number or in a row, are the value.
            let own = call.arguments.map(|a| line(&a.text)).unwrap_or_default();
            let told = sentences(text).into_iter().find(|s| {
                let said = line(&text[s.clone()]);
                let back = each(&said)
                    .filter(|w| w.len() > 1 && each(&given).any(|g| g == *w) && !each(&own).any(|o| o == *w));
                let back: Vec<&str> = back.collect();
                let numbers = back.iter().any(|w| w.chars().any(|c| c.is_ascii_digit()));
                back.len() > 1 && numbers && !text[s.clone()].contains('?')
            });
            let Some(cite) = told.and_then(|s| Cite::of(closing.event, closing.text, s)) else { continue };
            let Some(arguments) = call.arguments else { continue };
            let Some(from) = arguments.text.find(&value) else { continue };
            let tool = &call.name.text;
            let title =
                format!("Claimed \"{}\", but `{tool}` was called with the placeholder `{value}`", short(cite.text()));
            let detail = format!(
                "The agent says \"{}\". The argument `{key}` of `{tool}` is the placeholder `{value}`, and no later call of it has another value.",
                cite.text()
            );
            let made = Finding::new("completion-unbacked", Category::Hallucination, closing.event, title, cite)
                .path(PATH)
                .and(Cite::of(call.event, arguments, from..from + value.len()))
                .detail(detail)
                .tool(tool);
            report.eligible = true;
            report.findings.push(made);
            break;
        }
    }
}
