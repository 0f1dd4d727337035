//! A result explains its codes and has one of them; the agent tells the words of another: `<state>INC</state>` with
//! `INC="waits for papers" VAL="under review"`, and "it is under review".

use crate::detectors::closing::{Closing, all, answer, short};
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::accents::unaccented;
use crate::prose::classes::class;
use crate::prose::forms::{alike, each};
use crate::session::Session;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// The rule path.
const PATH: &str = "legend";
/// Longer answers are tables and documents.
const LONGEST: usize = 4000;
/// So many codes are explained.
const MOST: usize = 24;
/// Shorter words tell little.
const SHORTEST: usize = 4;

// A code and what it means: `INC="waits for papers"`, `"INC": "waits for papers"`, `INC = waits for papers;`.
static ENTRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#""?([A-Z][A-Z0-9_]{0,7})"?\s?[=:]\s?(?:"([^"<>\n]{3,60})"|([\p{Ll}][^,;|"<>\n=:]{2,60}))"#).ok()
});

/// What a result says of its codes.
struct Legend<'t> {
    codes: Vec<(&'t str, &'t str)>,
    range: Range<usize>,
}

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for closing in all(session) {
        let Some(found) = judge(&closing) else { continue };
        report.eligible = true;
        if !report.findings.iter().any(|f| f.event == closing.event) {
            report.findings.push(found);
        }
    }
}

/// Entries that stand side by side, of which there are two and more.
fn legend(text: &str) -> Option<Legend<'_>> {
    let mut best: Option<Legend<'_>> = None;
    let mut open: Option<Legend<'_>> = None;
    for c in ENTRY.iter().flat_map(|r| r.captures_iter(text)).take(4 * MOST) {
        let (whole, code) = (c.get(0)?, c.get(1)?.as_str());
        let means = c.get(2).or_else(|| c.get(3))?.as_str().trim();
        let joined =
            |l: &Legend<'_>| text[l.range.end..whole.start()].trim_matches([',', ';', '|', ' ', '\n']).is_empty();
        match &mut open {
            Some(legend) if joined(legend) => {
                legend.codes.push((code, means));
                legend.range.end = whole.end();
            }
            _ => open = Some(Legend { codes: vec![(code, means)], range: whole.range() }),
        }
        if let Some(legend) = open.as_ref().filter(|l| l.codes.len() > best.as_ref().map_or(1, |b| b.codes.len())) {
            best = Some(Legend { codes: legend.codes.clone(), range: legend.range.clone() });
        }
    }
    best.filter(|l| l.codes.len() <= MOST)
}

/// The only code of a legend that stands outside of it, as a value of its own.
fn current<'t>(text: &str, legend: &Legend<'t>) -> Option<(usize, &'t str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (i, (code, _)) in legend.codes.iter().enumerate() {
        let inner = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let stands = text.match_indices(code).any(|(at, _)| {
            !legend.range.contains(&at)
                && !inner(text[..at].chars().next_back())
                && !inner(text[at + code.len()..].chars().next())
        });
        found.extend(stands.then_some((i, *code)));
    }
    let [only] = found[..] else { return None };
    Some(only)
}

/// The longer words of a text, without accents.
fn words(text: &str) -> Vec<String> {
    let folded = unaccented(text);
    each(&folded).filter(|w| w.chars().count() >= SHORTEST).map(str::to_owned).collect()
}

fn judge(closing: &Closing<'_, '_>) -> Option<Finding> {
    let text = &closing.text.text;
    let explained: Vec<_> = closing
        .calls
        .iter()
        .filter_map(|c| Some((c, answer(c)?)))
        .filter(|(_, (_, t))| t.text.len() <= LONGEST)
        .filter_map(|(c, (event, t))| Some((c, event, t, legend(&t.text)?)))
        .collect();
    let [(call, event, answered, legend)] = &explained[..] else { return None };
    let (at, code) = current(&answered.text, legend)?;
    let own = words(legend.codes[at].1);
    let said = words(text);
    // A word of what the code does mean tells it.
    if own.is_empty() || own.iter().any(|w| said.iter().any(|s| alike(w, s))) {
        return None;
    }
    let (other, sentence) = legend.codes.iter().enumerate().filter(|(i, _)| *i != at).find_map(|(_, (_, means))| {
        let means_words: Vec<String> = words(means).into_iter().filter(|w| !own.iter().any(|o| alike(o, w))).collect();
        let tells = |s: &Range<usize>| {
            let said = words(&text[s.clone()]);
            !means_words.is_empty() && means_words.iter().all(|w| said.iter().any(|s| alike(w, s)))
        };
        Some((*means, sentences(text).into_iter().find(tells)?))
    })?;
    let part = &text[sentence.clone()];
    if part.contains('?') || class("hedge").is_in_text(part) {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, sentence)?;
    let tool = &call.name.text;
    let title = format!("Claimed \"{}\" while `{tool}` returned `{code}`", short(cite.text()));
    let detail = format!(
        "The agent says \"{}\". The result of `{tool}` has the code `{code}`, which it explains as \"{}\"; \"{other}\" is the meaning of another code.",
        cite.text(),
        legend.codes[at].1
    );
    let made = Finding::new("completion-not-terminal", Category::Misinterpretation, closing.event, title, cite)
        .path(PATH)
        .and(Cite::whole(*event, answered))
        .detail(detail)
        .rests_on(RestsOn::Assumption("the message is about the record that has the code".into()))
        .tool(tool);
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_explained_side_by_side() {
        let text = r#"<r><st>B2</st><key B1="on its way" B2="held at customs"/></r>"#;
        let found = legend(text).expect("a legend");
        assert_eq!(found.codes, [("B1", "on its way"), ("B2", "held at customs")]);
        assert_eq!(current(text, &found), Some((1, "B2")));
        assert!(legend(r#"{"A": "one thing", "b": {"C": "another"}}"#).is_none());
        let two = r#"{"rows": ["B1", "B2"], "codes": {"B1": "on its way", "B2": "held"}}"#;
        assert_eq!(current(two, &legend(two).expect("a legend")), None);
    }
}
