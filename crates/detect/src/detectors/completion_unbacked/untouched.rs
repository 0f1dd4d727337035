//! One of two deeds that were ordered together is told and was not made: "the hall is down to 17 and I've locked the front door", where
//! the only call set the heating.

use crate::detectors::closing::{Closing, all, short, worked};
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::accents::unaccented;
use crate::prose::classes::class;
use crate::prose::forms::{alike, each};
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use std::ops::Range;

/// The rule path.
const PATH: &str = "untouched";
/// Words that join two clauses.
const JOINS: [&str; 12] = [" and ", " und ", " et ", " y ", " e ", " en ", " i ", " och ", ", ", "; ", " – ", " oraz "];

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    let found = all(session).iter().find_map(|closing| judge(session, closing));
    report.eligible |= found.is_some();
    report.findings.extend(found);
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Finding> {
    let writes: Vec<_> = closing.calls.iter().filter(|c| worked(c)).collect();
    let [write] = &writes[..] else { return None };
    let user = session.messages.iter().find(|m| m.event == closing.user)?;
    let order = user.texts.last().filter(|t| t.text.len() < 1000)?;
    // Two things are ordered, and one call was made: what it is called shows that the words of both are the same.
    let ordered = line(&order.text);
    let asked: Vec<&str> = each(&ordered).filter(|w| w.chars().count() > 3 && !class("order").has(w)).collect();
    let known: Vec<String> = session.calls.iter().filter(|c| c.event < closing.event).map(texts).collect();
    let touched = |word: &str| known.iter().any(|t| each(t).any(|k| same(k, word)));
    let own = texts(write);
    let text = &closing.text.text;
    let mut backed = false;
    let mut left = None;
    for clause in clauses(text) {
        let said = line(&text[clause.clone()]);
        let shared: Vec<&str> =
            each(&said).filter(|w| w.chars().count() > 3 && asked.iter().any(|a| same(a, w))).collect();
        backed |= shared.iter().any(|w| each(&own).any(|k| same(k, w)));
        let open = text[clause.clone()].contains('?') || class("hedge").is_in_text(&text[clause.clone()]);
        if shared.len() > 1 && !open && !shared.iter().any(|w| touched(w)) && deed(session, closing, &clause, &said) {
            left = left.or(Some(clause));
        }
    }
    let cite = Cite::of(closing.event, closing.text, left.filter(|_| backed)?)?;
    let tool = &write.name.text;
    let title = format!("Claimed \"{}\", but the only call was `{tool}`", short(cite.text()));
    let detail = format!(
        "The agent says \"{}\". The user asked for it; `{tool}` is the only call since that may change something, and no call has a word of it.",
        cite.text()
    );
    let absence = Basis::Absence { sought: "a call about what is claimed".into(), scope: (0, closing.event) };
    let call = write.arguments.and_then(|a| Cite::of(write.event, a, 0..a.text.floor_char_boundary(400)));
    let made = Finding::new("completion-unbacked", Category::Hallucination, closing.event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(call)
        .and(Cite::of(closing.user, order, 0..order.text.floor_char_boundary(400)))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("a call has a word in common with what it does".into()))
        .tool(tool);
    Some(made)
}

fn same(a: &str, b: &str) -> bool {
    a == b || a.len() > 3 && b.len() > 3 && (a.starts_with(b) || b.starts_with(a)) || alike(a, b)
}

/// All that a call says of itself.
fn texts(call: &Call<'_>) -> String {
    let mut all = format!("{} ", call.name.text);
    for text in call.arguments.into_iter().chain(call.described).chain(call.result.iter().flat_map(|r| r.texts())) {
        all.push_str(&text.text[..text.text.floor_char_boundary(2000)]);
        all.push(' ');
    }
    line(&all)
}

/// The clauses of a text.
fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for sentence in crate::dialogue::instructed::sentences(text).into_iter().take(40) {
        let mut start = sentence.start;
        for (at, _) in text[sentence.clone()].char_indices() {
            let at = sentence.start + at;
            if let Some(join) = JOINS.iter().find(|j| text[at..sentence.end].starts_with(**j)).filter(|_| at > start) {
                found.push(start..at);
                start = at + join.len();
            }
        }
        if start < sentence.end {
            found.push(start..sentence.end);
        }
    }
    found
}

/// True where a clause tells a deed or a state that one brings about.
fn deed(session: &Session<'_>, closing: &Closing<'_, '_>, clause: &Range<usize>, said: &str) -> bool {
    let claimed = session.claims_at(closing.event).iter().any(|c| {
        let at = c.cite.range();
        at.start < clause.end && clause.start < at.end
    });
    let raw = unaccented(&closing.text.text[clause.clone()]);
    claimed || each(said).any(|w| w.len() > 4 && w.ends_with("ed") && raw.contains(w))
}
