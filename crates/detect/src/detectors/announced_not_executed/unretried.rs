//! The session ends behind a failed call with words that point forward: "Retrying with a corrected format:", "The dates will be corrected and the
//! request sent once more". Nothing follows the last words of a session, so whatever they point to did not come about.

use super::super::closing::{all, short};
use crate::claims::{self, disclosure};
use crate::dialogue::instructed::sentences;
use crate::finding::{Basis, Category, Cite, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::failure::Kind;
use crate::prose::classes::class;
use crate::prose::wordlists::line;
use crate::session::Session;
use crate::values::days;
use hindcast_trace::model::Role;
use std::ops::Range;

/// The rule path.
const PATH: &str = "unretried";
/// So many sentences of a message are read, the last ones.
const MOST: usize = 3;
/// Longer sentences tell more than what comes next.
const LONGEST: usize = 300;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    let ends = session.messages.iter().rev().find(|m| m.role != Role::System).map(|m| m.event);
    let closings = all(session);
    let Some(closing) = closings.last().filter(|c| Some(c.event) == ends) else { return };
    let known = report.findings.iter().any(|f| f.event == closing.event);
    let Some(call) = closing.calls.last().filter(|_| !known) else { return };
    let Some(failure) = call.failure().filter(|f| f.kind != Kind::Negative) else { return };
    report.eligible = true;
    let text = &closing.text.text;
    let asks = |s: &Range<usize>| text[s.clone()].contains(['?', '？']) && !disclosure::is_courtesy(&text[s.clone()]);
    let cut = sentences(text);
    if cut.iter().any(asks) {
        return;
    }
    let announced = claims::under_way(session, closing.event).map(|a| a.sentence.range());
    let Some(range) = forward(text, &cut).or(announced) else { return };
    let part = text[range.clone()].trim();
    let Some(start) = text[range.clone()].find(part).map(|at| range.start + at) else { return };
    let Some(cite) = Cite::of(closing.event, closing.text, start..start + part.len()) else { return };
    let name = &call.name.text;
    let title = format!("`{name}` failed, and the session ends with \"{}\"", short(cite.text()));
    let detail = format!("`{name}` failed. The agent says \"{}\", and no call follows.", short(cite.text()));
    let absence = Basis::Absence { sought: "another call".into(), scope: (call.event + 1, closing.event) };
    let mut found = Finding::new("announced-not-executed", Category::Hallucination, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(failure.cite.clone())
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("the trace includes the end of the session".into()))
        .tool(name);
    found.considered.push(Considered { event: call.event, why: "it failed".into(), cite: failure.cite.clone() });
    report.findings.push(found);
}

/// The sentence that points forward: the last one, where it leads up to something, or one of the last that tells what happens next, and leaves it
/// neither to somebody else nor to another day.
fn forward(text: &str, cut: &[Range<usize>]) -> Option<Range<usize>> {
    let last = cut.last()?;
    let leads =
        text[last.clone()].trim_end().ends_with([':', '…', '：']) || text[last.clone()].trim_end().ends_with("...");
    if leads && text[last.clone()].len() <= LONGEST {
        return Some(last.clone());
    }
    cut.iter().rev().take(MOST).find(|s| points_forward(&text[(*s).clone()])).cloned()
}

fn points_forward(sentence: &str) -> bool {
    const SELF: [&str; 8] =
        ["let me ", "i ll ", "i will ", "i m going to ", "i am going to ", "we ll ", "we will ", "i need to "];
    let said = format!("{} ", line(sentence)).replace("once more ", "").replace("once again ", "");
    let negated = || ["not ", "cannot ", "t ", "no "].iter().any(|n| said.split_inclusive(' ').any(|w| w == *n));
    let to_user = || ["you ", "your "].iter().any(|n| said.split_inclusive(' ').any(|w| w == *n));
    let own = SELF.iter().any(|f| said.starts_with(f) || said.contains(&format!(" {f}")));
    let next = own || class("future").is_in_text(&said.replace(" so ", " "));
    next && (own || !to_user())
        && sentence.len() <= LONGEST
        && !negated()
        && !class("passes").is_in_text(&said)
        && !class("condition").is_in_text(&said)
        && days(sentence).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Called, turn, with_session};

    const FAILED: Called<'static> =
        ("book_court", r#"{"court": 3, "at": "19:00:00"}"#, r#"{"error": "invalid time format: unexpected ':00'"}"#);

    fn unretried(said: &str) -> bool {
        with_session(&turn("Book court 3 at seven tonight.", &[FAILED], said), |s| {
            let mut report = Report::default();
            find(s, &mut report);
            !report.findings.is_empty()
        })
    }

    #[test]
    fn last_words_that_point_forward_come_to_nothing() {
        for said in [
            "The court could not be booked: the time had seconds in it. Another attempt without them:",
            "Oops, wrong time format. One more go without the seconds…",
            "The format of the time was wrong. It will be corrected and the booking submitted once more.",
            "The system tripped over the seconds. Let me do that over.",
        ] {
            assert!(unretried(said), "{said}");
        }
    }

    #[test]
    fn what_gives_up_asks_or_hands_over_does_not() {
        for said in [
            "The court could not be booked. Please try again at the desk.",
            "That did not work. Shall I try 19:30 instead?",
            "The booking failed. A colleague will call you back.",
            "The booking failed because of an invalid time. Nothing was booked, and you will not be charged.",
        ] {
            assert!(!unretried(said), "{said}");
        }
    }
}
