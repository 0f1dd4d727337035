//! Sessions that a program starts and nobody watches: the operator's standing orders are all that anybody wanted.

use crate::prose::accents::unaccented;
use crate::session::Session;
use hindcast_trace::model::Role;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    triggers: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static WORDS: LazyLock<Words> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/unattended.yaml")).unwrap_or_default());

/// True where every message before an event that stands in the place of the user's was sent by a program.
pub(crate) fn is_unattended(session: &Session<'_>, before: u32) -> bool {
    let mut heard = session.messages.iter().filter(|m| m.role == Role::User && m.event < before).peekable();
    heard.peek().is_some() && heard.all(|m| m.texts.iter().all(|t| is_trigger(&t.text)))
}

/// True for a message of a program: `cron: overdue-run`, `[scheduler] dunning 2026-10-01`.
fn is_trigger(text: &str) -> bool {
    let text = text.trim_start();
    let head = unaccented(&text[..text.floor_char_boundary(60)]);
    let (inner, close): (&str, &[char]) = match head.strip_prefix(['[', '<', '(']) {
        Some(inner) => (inner, &[']', '>', ')', ':']),
        None => (head.as_str(), &[':']),
    };
    let word = inner.split_once(close).map_or("", |(word, _)| word.trim());
    WORDS.triggers.iter().any(|t| t == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_people() {
        assert!(
            !serde_saphyr::from_str::<Words>(include_str!("../../data/unattended.yaml"))
                .expect("reads")
                .triggers
                .is_empty()
        );
        assert!(is_trigger("cron: overdue-run 2026-02-17T06:00:00Z") && is_trigger("[scheduler] dunning 2026-10-01"));
        assert!(is_trigger("<Zeitplan> Mahnlauf"));
        for said in
            ["Schedule a call for Monday: ten is fine", "cron is broken", "[urgent] please call me", "(timer please"]
        {
            assert!(!is_trigger(said), "{said}");
        }
    }
}
