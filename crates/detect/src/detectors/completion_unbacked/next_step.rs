//! The instructions put one tool behind another; the first was called, the second never, and what the first made is told as done:
//! "create_request, then submit_request" and "your request R-7 has gone to the council".

use crate::detectors::closing::{Closing, all, instructions, leaves, short, stands, worked};
use crate::dialogue::instructed::{named, sentences};
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::vocabulary;
use crate::prose::classes::class;
use crate::session::{Call, Session};
use hindcast_trace::model::Text;
use std::ops::Range;

/// The rule path.
const PATH: &str = "next-step";
/// So many names of one sentence are compared.
const MOST: usize = 12;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for (event, text) in instructions(session) {
        for sentence in sentences(&text.text) {
            for (first, second) in steps(&text.text[sentence.clone()]) {
                if named_again(session, second) {
                    continue;
                }
                let Some(made) = judge(session, (event, text, sentence.clone()), first, second) else { continue };
                report.eligible = true;
                report.findings.push(made);
                return;
            }
        }
    }
}

/// The names of tools of a sentence, side by side with a word between them that orders them.
fn steps(sentence: &str) -> Vec<(&str, &str)> {
    let words = sentence.split(|c: char| !c.is_alphanumeric() && c != '_');
    // A name in snake case is a tool's; other names are looked for nowhere else in a sentence.
    let names: Vec<&str> = words.filter(|w| w.trim_matches('_').contains('_')).take(MOST).collect();
    let place = |w: &str| w.as_ptr() as usize - sentence.as_ptr() as usize;
    let between = |a: &str, b: &str| sentence.get(place(a) + a.len()..place(b)).unwrap_or_default();
    let ordered = |a: &str, b: &str| {
        let between = between(a, b);
        class("then").is_in_text(between) || between.contains("->") || between.contains('→')
    };
    names.windows(2).filter(|p| p[0] != p[1] && ordered(p[0], p[1])).map(|p| (p[0], p[1])).collect()
}

/// True where the second step was called, or something that its name begins with.
fn named_again(session: &Session<'_>, tool: &str) -> bool {
    session.calls.iter().any(|c| named(&c.name.text, tool).is_some() || c.name.text.starts_with(tool))
}

fn judge(
    session: &Session<'_>,
    (event, rule, sentence): (u32, &Text, Range<usize>),
    first: &str,
    second: &str,
) -> Option<Finding> {
    let call = session.calls.iter().rev().find(|c| c.name.text == first && worked(c))?;
    let values = leaves(call.result.as_ref()?.json()?);
    let ids = || values.iter().map(|(_, v)| v).filter(|v| (4..=40).contains(&v.len()) && is_id(v));
    // The user spoke between the two, and nothing was called since.
    let closings = all(session);
    let later = closings.iter().filter(|c| c.user > call.event && c.calls.is_empty());
    let told = |c: &Closing<'_, '_>| ids().find(|id| stands(&c.text.text, id)).map(|id| id.to_owned());
    let (closing, id) = later.filter_map(|c| Some((c, told(c)?))).next()?;
    if closing.text.text.contains('?') || says_state(&values, &closing.text.text) || acted(session, call) {
        return None;
    }
    let sentence_of = |s: &Range<usize>| stands(&closing.text.text[s.clone()], &id);
    let told = sentences(&closing.text.text).into_iter().find(sentence_of)?;
    if class("hedge").is_in_text(&closing.text.text[told.clone()]) {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, told)?;
    let title = format!("Reported \"{}\", but `{second}` was never called", short(cite.text()));
    let detail = format!(
        "The instructions put `{second}` after `{first}`. `{first}` returned {id}, `{second}` was never called, and the agent says \"{}\".",
        cite.text()
    );
    let answer = call.result.as_ref()?;
    let absence = Basis::Absence { sought: format!("a call of `{second}`"), scope: (call.event, closing.event) };
    let made = Finding::new("completion-unbacked", Category::Hallucination, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Cite::of(event, rule, sentence))
        .and(Cite::whole(answer.event, answer.content?))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("the instructions name every tool that takes the second step".to_owned()))
        .tool(first);
    Some(made)
}

/// True where something else was done after a call, which may be the second step under another name.
fn acted(session: &Session<'_>, call: &Call<'_>) -> bool {
    session.calls.iter().any(|c| c.event > call.event && worked(c))
}

fn is_id(value: &str) -> bool {
    value.contains(|c: char| c.is_ascii_digit()) && !value.contains(' ') && value.contains(char::is_alphabetic)
}

/// True where a text repeats a state of the result: then it tells that the step is still to come.
fn says_state(values: &[(String, String)], text: &str) -> bool {
    values.iter().any(|(_, v)| v.len() <= 40 && !is_id(v) && vocabulary::repeats(text, v))
}
