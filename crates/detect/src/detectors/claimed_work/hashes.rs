//! A commit that the agent names and that stands in no output: the number was made up.

use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Finding};
use crate::prose::pattern;
use regex::Regex;
use std::sync::LazyLock;

static HASH: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"\b[0-9a-f]{7,40}\b"));
static COMMIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)\bcommit(?:s|ted|tet|ado|eado|é)?\b|\b(?:sha|hash)\b|コミット|提交|커밋"));

/// So many names of commits are compared.
const MOST: usize = 50;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    // Without a commit of its own, a name may come from anywhere.
    let commits = |d: &crate::work::ledger::Deed| d.kinds.contains(&"commit") && d.failed.is_none();
    let Some(first) = seen.ledger.deeds.iter().find(|d| commits(d)).map(|d| d.event) else { return };
    let (Some(hash), Some(commit)) = (HASH.as_ref(), COMMIT.as_ref()) else { return };
    let mut left = MOST;
    for prose in seen.session.prose().iter().filter(|p| p.event > first) {
        for sentence in &prose.sentences {
            let said = &prose.lower[sentence.range.clone()];
            if !commit.is_match(said) {
                continue;
            }
            for found in hash.find_iter(said) {
                let name = found.as_str();
                let mixed = name.bytes().any(|b| b.is_ascii_digit()) && name.bytes().any(|b| b.is_ascii_alphabetic());
                if !mixed || left == 0 {
                    continue;
                }
                left -= 1;
                if known(seen, &name[..7], prose.event) || seen.ledger.doubt(first, prose.event).is_some() {
                    continue;
                }
                if !seen.may_judge(prose.event) {
                    return;
                }
                let at = sentence.range.start + found.start();
                let Some(cite) = Cite::of(prose.event, prose.text, at..at + name.len()) else { continue };
                let title = format!("Named commit `{}`, which no output shows", short(name));
                let absence =
                    Basis::Absence { sought: format!("the commit {name}"), scope: (0, prose.event.saturating_sub(1)) };
                let finding = Finding::new("claimed-work", Category::Hallucination, prose.event, title, cite)
                    .path("hash")
                    .detail(format!(
                        "The agent names the commit `{name}`. It stands in no output, and nobody else names it."
                    ))
                    .and(Some(absence));
                seen.find(name.to_owned(), finding);
            }
        }
    }
}

/// Whether anything before an event shows a commit; what was not recorded whole may have.
fn known(seen: &Seen<'_, '_, '_>, name: &str, before: u32) -> bool {
    let holds = |text: &str| text.to_ascii_lowercase().contains(name);
    let heard =
        || seen.session.messages.iter().take_while(|m| m.event < before).flat_map(|m| m.texts).any(|t| holds(&t.text));
    let calls = || seen.session.calls.iter().take_while(|c| c.event < before);
    heard()
        || calls().any(|c| {
            c.arguments.is_some_and(|a| holds(&a.text))
                || c.result.as_ref().is_none_or(|r| r.cut_off() || r.texts().any(|t| holds(&t.text)))
        })
}
