//! The turn's calls, look-ups above all, show something as open, and the closing words tell it as done: `"state": "CONFIRMING"` and "Settled.",
//! `"signedAt": null` and "signed by both parties". The second needs no word for what is open: the name of the empty member is the deed that
//! is told.

use crate::claims::admission::{Silence, silence};
use crate::claims::candor::{self, Tone};
use crate::detectors::closing::{Closing, all, short};
use crate::detectors::translated::named_look;
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Considered, Finding, Report, RestsOn};
use crate::guards;
use crate::kind::SessionKind;
use crate::outcome::answer::{self, Upshot};
use crate::outcome::failure::{Field, cite_member, fields};
use crate::prose::accents::unaccented;
use crate::prose::awaiting;
use crate::prose::classes::class;
use crate::prose::forms::{alike, each};
use crate::prose::readers::is_unspaced;
use crate::session::{Call, Session};
use crate::tools::contract::{Effect, words_of};
use crate::values::subject::{stems, touch};
use hindcast_trace::json::Value;
use std::ops::Range;

/// The rule paths: of a state or a part, and of a member that is named for the deed and is empty.
const OPEN: &str = "shown-open";
const EMPTY: &str = "shown-empty";
/// The rule path of a state that no word of the message admits, where no known word tells it as done.
const QUIET: &str = "shown-quiet";
/// So many calls of a turn are looked at, the latest ones, and so many members of an answer.
const CALLS: usize = 8;
const MEMBERS: usize = 200;
/// A list of more records is about none of them.
const RECORDS: usize = 3;
/// Shorter names and words are in many texts.
const SHORTEST: usize = 5;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for closing in all(session) {
        if session.is_stopped() {
            return;
        }
        if report.findings.iter().any(|f| f.event == closing.event) {
            continue;
        }
        let calls = latest(closing.calls);
        let found = calls
            .iter()
            .find_map(|c| state(session, &closing, c))
            .or_else(|| calls.iter().find_map(|c| empty(&closing, c, &calls)));
        report.eligible |= found.is_some();
        report.findings.extend(found);
    }
}

/// The last call of each tool that was answered, latest first, up to the last change: what was looked up again, or before a change, is out of
/// date. What one tool was asked about several things is told of any of them.
fn latest<'s, 't>(calls: &'s [Call<'t>]) -> Vec<&'s Call<'t>> {
    let mut kept: Vec<&Call<'_>> = Vec::new();
    for call in calls.iter().rev().take(CALLS) {
        if call.failure().is_none() && !call.declined() && !kept.iter().any(|k| k.name.text == call.name.text) {
            kept.push(call);
        }
        if !looks_only(call) {
            break;
        }
    }
    let given = |c: &Call<'_>| c.arguments.map_or("", |a| a.text.as_str()).to_owned();
    kept.retain(|k| calls.iter().all(|c| c.name.text != k.name.text || given(c) == given(k)));
    kept
}

/// True for a call that changes nothing, as its contract or its name says.
fn looks_only(call: &Call<'_>) -> bool {
    call.known.effect.0 == Effect::Read || named_look(call)
}

/// An answer that is about one thing, or says what it is about by a few records.
fn is_of_one(call: &Call<'_>) -> bool {
    let Some(root) = call.result.as_ref().and_then(|r| r.json()) else { return true };
    let many = |v: Value<'_>| v.is_array() && v.items().filter(|i| i.is_object()).take(RECORDS + 1).count() > RECORDS;
    !(many(root) || root.is_object() && root.entries().take(MEMBERS).any(|(_, v)| many(v)))
}

fn state(session: &Session<'_>, closing: &Closing<'_, '_>, call: &Call<'_>) -> Option<Finding> {
    // What a change was answered with is judged by rules that know what it was to do; what a guard says is a verdict on it.
    if !closing.calls.iter().all(looks_only) || guards::is_judge(&call.name.text) {
        return None;
    }
    let said = answer::of(call, &|_| false).filter(|s| s.upshot != Upshot::Failed && !s.worded)?;
    let prose = session.prose_at(closing.event).iter().find(|p| p.text.loc == closing.text.loc)?;
    let (range, path) = match candor::of(prose, &said, &|_| false) {
        Tone::Done(range) => (range, OPEN),
        _ => match silence(prose, &said, &|_| false) {
            Silence::Kept(range) => (range, QUIET),
            _ => return None,
        },
    };
    let text = &closing.text.text;
    // "It is a job of 400 rows" tells nothing of how far it got.
    let own = &text[range.clone()];
    let tells_end = class("reached").is_in_text(own) || each(&unaccented(own)).any(answer::tells_done);
    if !tells_end || !is_of_one(call) || awaiting::tells_open(text) || !touch(&stems(text), call.about()) {
        return None;
    }
    let part = text[range.clone()].trim();
    let start = range.start + text[range.clone()].find(part)?;
    let cite = Cite::of(closing.event, closing.text, start..start + part.len())?;
    made(closing, call, cite, said.cite?, path, "the closing words are about what the turn's calls show")
}

/// A member that is named for a deed and holds nothing, where the message tells that deed.
fn empty(closing: &Closing<'_, '_>, call: &Call<'_>, calls: &[&Call<'_>]) -> Option<Finding> {
    if !is_of_one(call) {
        return None;
    }
    let answer = call.result.as_ref()?;
    let all = fields(answer.json()?);
    let text = &closing.text.text;
    if awaiting::tells_open(text) {
        return None;
    }
    let parts: Vec<Range<usize>> = sentences(text).into_iter().filter(|s| tells(&text[s.clone()])).collect();
    for field in all.iter().take(MEMBERS).filter(|f| holds_nothing(f)) {
        let Some(deed) = deed(field) else { continue };
        let filled = |c: &&Call<'_>| {
            let root = c.result.as_ref().and_then(|r| r.json());
            root.is_some_and(|r| fields(r).iter().any(|f| c.event > call.event && !holds_nothing(f) && names(f, &deed)))
        };
        if calls.iter().any(filled) {
            continue;
        }
        let Some(part) = parts.iter().find(|p| has(&text[(*p).clone()], &deed)) else { continue };
        let cite = Cite::of(closing.event, closing.text, part.clone())?;
        let member = cite_member(answer, field.key, field.value)?;
        return made(closing, call, cite, member, EMPTY, "a member that is named for a deed is empty until it is done");
    }
    None
}

/// True for a sentence that tells something: no question, negation, plan or condition.
fn tells(sentence: &str) -> bool {
    !sentence.contains(['?', '？']) && !class("hedge").is_in_text(sentence) && !candor::leaves_open(sentence)
}

fn holds_nothing(field: &Field<'_>) -> bool {
    let value = field.value;
    value.is_null()
        || value.bool() == Some(false)
        || value
            .str()
            .is_some_and(|s| matches!(s.trim().to_ascii_lowercase().as_str(), "" | "-" | "none" | "null" | "no"))
}

/// The word for a deed in the name of a member: `signedAt`, `lender_signed`, `完了日`. A flag is named for a state in any form.
fn deed(field: &Field<'_>) -> Option<String> {
    let key = field.key.str()?;
    if key.chars().next().is_some_and(is_unspaced) {
        let dated = key.contains(['日', '時', '일', '시']);
        let start: String = key.chars().take(2).collect();
        return (dated && key.chars().count() > 2).then_some(start);
    }
    let folded = unaccented(&key);
    let all: Vec<String> = words_of(&key).into_iter().map(|w| unaccented(&w)).collect();
    let timed = |w: &String| matches!(w.as_str(), "at" | "on" | "date" | "time" | "datetime" | "by");
    let dated = all.last().is_some_and(timed);
    let word = all.iter().rev().find(|w| !timed(w))?;
    // "Certificato" is a thing as well as a participle.
    let told = word.ends_with("ed") || dated && all.len() > 1;
    let flag = field.value.bool() == Some(false) && all.len() <= 2;
    let before = answer::is_of_before(&folded);
    (word.len() >= SHORTEST && !before && (told || flag)).then(|| word.clone())
}

fn names(field: &Field<'_>, deed: &str) -> bool {
    let key = field.key.str().unwrap_or_default();
    words_of(&key).iter().any(|w| unaccented(w) == deed) || key.starts_with(deed)
}

fn has(sentence: &str, deed: &str) -> bool {
    if deed.chars().next().is_some_and(is_unspaced) {
        return sentence.contains(deed);
    }
    let folded = unaccented(sentence);
    let mut words = each(&folded);
    words.any(|w| w.len() >= SHORTEST && (alike(w, deed) || w.strip_suffix(deed).is_some_and(|p| p.len() > 3)))
}

fn made(
    closing: &Closing<'_, '_>,
    call: &Call<'_>,
    cite: Cite,
    member: Cite,
    path: &'static str,
    assumption: &str,
) -> Option<Finding> {
    let tool = &call.name.text;
    let shown = short(&member.text().replace('`', "'"));
    let title = format!("Claimed \"{}\" while `{tool}` returned `{shown}`", short(cite.text()));
    let detail = format!(
        "The agent says \"{}\". The result of `{tool}` has `{shown}`, and the message has no word of anything that is open.",
        cite.text()
    );
    let mut found = Finding::new("completion-not-terminal", Category::Misinterpretation, closing.event, title, cite)
        .path(path)
        .and(Some(member.clone()))
        .detail(detail)
        .rests_on(RestsOn::Assumption(assumption.to_owned()))
        .tool(tool);
    let why = format!("`{tool}` shows it as open");
    found.considered.push(Considered { event: call.event, why, cite: Some(member) });
    Some(found)
}

#[cfg(test)]
mod tests {
    use crate::detectors::Detector;
    use crate::detectors::completion_not_terminal::CompletionNotTerminal;
    use crate::test_support::{turn, with_session};

    fn paths(call: (&str, &str, &str), said: &str) -> Vec<&'static str> {
        let messages = turn("Is it through?", &[call], said);
        with_session(&messages, |s| CompletionNotTerminal.run(s).findings.iter().map(|f| f.path).collect())
    }

    const JOB: (&str, &str, &str) =
        ("get_job", r#"{"job": "J-77"}"#, r#"{"job": "J-77", "state": "AWAITING_APPROVAL", "rows": 400}"#);
    const DEED: (&str, &str, &str) =
        ("get_deed", r#"{"deed": "D-5"}"#, r#"{"deed": "D-5", "parcel": "Mill Row", "notarizedAt": null}"#);

    #[test]
    fn what_a_look_up_shows_as_open_is_told_as_done() {
        assert_eq!(paths(JOB, "Job J-77 is finished and all rows are in."), ["shown-open"]);
        for said in ["Job J-77 awaits approval.", "Job J-77 has not finished yet.", "It is a job of 400 rows."] {
            assert!(paths(JOB, said).is_empty(), "{said}");
        }
    }

    #[test]
    fn an_empty_member_is_named_for_the_deed() {
        assert_eq!(paths(DEED, "The deed for Mill Row was notarized last week."), ["shown-empty"]);
        for said in ["The deed is for Mill Row.", "Deed D-5 has not been notarized.", "Once notarized, I can send it."]
        {
            assert!(paths(DEED, said).is_empty(), "{said}");
        }
    }
}
