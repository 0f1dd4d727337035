//! What the words of a flag quote beyond its evidence: the clause of a claim, the line of a result.

use super::{TITLE, clause, first_words, line_around, one_line, outline, texts};
use crate::finding::{Basis, Cite, Finding};
use crate::session::Session;
use hindcast_trace::model::{EventKind, Text};

/// What a title quotes of the agent's words.
pub(super) fn claimed(title: &str) -> Option<String> {
    let at = ["Claimed \"", "the agent says \""].iter().find_map(|w| Some(title.find(w)? + w.len()))?;
    let (quoted, _) = title[at..].split_once('"')?;
    Some(quoted.to_owned())
}

/// True where a title quotes a cite, whole or its first words; a mark inside the cite ends what is read of the title.
pub(super) fn begins_alike(quoted: &str, cite: &str) -> bool {
    let begun = quoted.trim_end_matches('…');
    !begun.is_empty()
        && (quoted == cite || one_line(cite).starts_with(begun) && (begun != quoted || cite.contains('"')))
}

/// The clause of a claim, rounded; `None` where the cite is that already.
pub(super) fn whole_claim(session: &Session<'_>, cite: &Cite) -> Option<Cite> {
    let prose = session.prose_at(cite.event()).iter().find(|p| p.text.loc == cite.loc())?;
    let range = outline(&prose.text.text, clause::of(prose, &cite.range())?);
    (range != cite.range()).then(|| Cite::of(cite.event(), prose.text, range)).flatten()
}

/// One word of a tool's answer in plain text, as the line that it is in: "failed" of "Apply failed." The value of a pair stands by itself.
pub(super) fn value_or_line(session: &Session<'_>, cite: &Cite) -> Option<Cite> {
    if !cite.text().chars().all(char::is_alphanumeric) || !is_result(session, cite.event()) {
        return None;
    }
    let text = texts(session, cite.event()).into_iter().find(|t| t.loc == cite.loc())?;
    let line = line_around(&text.text, cite.range().start);
    let whole = text.text.get(line.clone())?;
    let sides = [&text.text[line.start..cite.range().start], &text.text[cite.range().end..line.end]];
    let pair = whole.contains(['=', '<', '{', '[', '|', '\t']) || sides.iter().any(|s| s.contains(':'));
    if pair || whole.chars().count() > TITLE || sides.iter().all(|s| s.trim().is_empty()) {
        return None;
    }
    let start = line.start + whole.len() - whole.trim_start().len();
    Cite::of(cite.event(), text, start..start + whole.trim().len())
}

fn is_result(session: &Session<'_>, event: u32) -> bool {
    let events = &session.trace.events;
    (event as usize) < events.len() && matches!(session.event(event).kind, EventKind::ToolResult { .. })
}

/// A sentence of ours in which one value in code takes the place of another.
pub(super) fn in_code(sentence: &str, old: &str, new: &str) -> String {
    let plain = |text: &str| format!("`{}`", first_words(text).replace('`', "'"));
    if old == new || old.contains('"') || old.chars().count() > TITLE {
        return sentence.to_owned();
    }
    sentence.replace(&plain(old), &plain(new))
}

/// The texts that a finding quotes.
pub(super) fn quoted_texts<'t>(session: &Session<'t>, finding: &Finding) -> Vec<&'t Text> {
    let cited = finding.bases().filter_map(|b| if let Basis::Quote(c) = b { Some(c.event()) } else { None });
    let considered = finding.considered.iter().filter_map(|c| Some(c.cite.as_ref()?.event()));
    let mut events: Vec<u32> = std::iter::once(finding.event).chain(cited).chain(considered).collect();
    events.sort_unstable();
    events.dedup();
    events.into_iter().flat_map(|event| texts(session, event)).collect()
}
