//! Several things of one kind were ordered by their IDs, calls were made for some of them only, and the closing words speak of the others all the
//! same, as done or as about to be done: "B-18 is released. Now B-19."

use crate::claims::admission;
use crate::detectors::closing::{Closing, all, short, stands};
use crate::dialogue::instructed::sentences;
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::classes::class;
use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::model::Text;

/// The rule path.
const PATH: &str = "left-out";
/// So many IDs of an order are compared, and so many calls.
const MOST: usize = 12;
const CALLS: usize = 200;
/// A longer order is a list.
const ORDER: usize = 1000;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.calls.len() > CALLS {
        return;
    }
    let found = all(session).iter().find_map(|closing| judge(session, closing));
    report.eligible |= found.is_some();
    report.findings.extend(found);
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Finding> {
    let order = session.messages.iter().find(|m| m.event == closing.user)?.texts.last()?;
    let named = codes(order);
    let kind = values::shape(named.first()?);
    let several = named.len() > 1 && named.len() <= MOST && named.iter().all(|n| values::shape(n) == kind);
    let text = &closing.text.text;
    if !several || text.contains(['?', '？']) || class("passes").is_in_text(text) {
        return None;
    }
    if session.prose_at(closing.event).iter().any(admission::tells_obstacle) {
        return None;
    }
    let done = named.iter().find(|n| closing.calls.iter().any(|c| is_given(c, n)))?;
    let tool = &closing.calls.iter().find(|c| is_given(c, done))?.name.text;
    // What any call or answer has is dealt with in some way.
    let left = named.iter().find(|n| stands(text, n) && !session.calls.iter().any(|c| has(c, n)))?;
    let told = sentences(text).into_iter().find(|s| stands(&text[s.clone()], left))?;
    let part = text[told.clone()].trim();
    let start = told.start + text[told.clone()].find(part)?;
    let cite = Cite::of(closing.event, closing.text, start..start + part.len())?;
    let title = format!("Told of {} like {}, but no call has it", short(left), short(done));
    let detail = format!(
        "The user named {}. `{tool}` was called for {done}; no call and no result has {left}. The agent says \"{}\".",
        named.join(", "),
        short(cite.text())
    );
    let at = order.text.find(left.as_str())?;
    let absence = Basis::Absence { sought: format!("{left} in a call"), scope: (0, closing.event) };
    let made = Finding::new("completion-unbacked", Category::Hallucination, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Cite::of(closing.user, order, at..at + left.len()))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("a call about a thing has its ID".into()))
        .tool(tool);
    Some(made)
}

/// The words of a text that have letters and digits and stand for one thing each: `B-18`.
fn codes(text: &Text) -> Vec<String> {
    let text = &text.text[..text.text.floor_char_boundary(ORDER)];
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '/')) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let letters = word.chars().any(|c| c.is_ascii_uppercase());
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if letters && digits > 0 && plain && (3..=24).contains(&word.len()) && !found.iter().any(|f| f == word) {
            found.push(word.to_owned());
        }
    }
    found
}

fn is_given(call: &Call<'_>, id: &str) -> bool {
    call.arguments.is_some_and(|a| stands(&a.text, id))
}

/// True where a call or its answer has an ID, however it is written.
fn has(call: &Call<'_>, id: &str) -> bool {
    let plain =
        |t: &str| t.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
    let id = plain(id);
    let texts = call.arguments.into_iter().chain(call.result.iter().flat_map(|r| r.texts()));
    texts.into_iter().any(|t| plain(&t.text).contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Detector;
    use crate::detectors::completion_unbacked::CompletionUnbacked;
    use crate::test_support::{Called, turn, with_session};

    fn left_out(calls: &[Called<'_>], said: &str) -> bool {
        let messages = turn("What is the state of B-18 and B-19?", calls, said);
        with_session(&messages, |s| CompletionUnbacked.run(s).findings.iter().any(|f| f.path == PATH))
    }

    const ONE: Called<'static> =
        ("sample_state", r#"{"sample": "B-18"}"#, r#"{"sample": "B-18", "state": "released"}"#);
    const OTHER: Called<'static> =
        ("sample_state", r#"{"sample": "B-19"}"#, r#"{"sample": "B-19", "state": "released"}"#);

    #[test]
    fn what_no_call_has_is_told_all_the_same() {
        for said in ["B-18 is released. Now let me query B-19.", "Both are released, B-18 and B-19."] {
            assert!(left_out(&[ONE], said), "{said}");
        }
        for said in
            ["B-18 is released.", "B-18 is released. I could not find B-19.", "B-18 is released. Is B-19 yours too?"]
        {
            assert!(!left_out(&[ONE], said), "{said}");
        }
        assert!(!left_out(&[ONE, OTHER], "Both are released, B-18 and B-19."));
    }
}
