//! Deeds told as a state: "the branch is up on origin", "| staging | live |", `- [x] pushed`.

use super::{DeedClaim, Needs, elsewhere_said, is_person, sentence_depends};
use crate::finding::Cite;
use crate::prose::{Prose, Sentence, flags};
use crate::work::words::table;

/// The states of one text that a deed of a kind must have brought about.
pub(super) fn states(prose: &Prose<'_>, sentence: &Sentence) -> Vec<DeedClaim> {
    let text = &prose.lower[sentence.range.clone()];
    let unquoted = sentence.words.clone().any(|i| !prose.words[i].quoted);
    let unsaid = sentence.words.clone().any(|i| {
        let word = prose.word(i);
        let plan = prose.has(i, flags::MODAL) && !matches!(word, "to" | "be" | "please" | "let" | "need");
        !prose.words[i].quoted && (plan || matches!(word, "not" | "t" | "never" | "no" | "yet" | "still"))
    });
    if !unquoted
        || unsaid
        || sentence_depends(prose, sentence)
        || elsewhere_said(prose, sentence)
        || prose.any(sentence, is_person)
        || text.contains("[ ]")
    {
        return Vec::new();
    }
    let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { return Vec::new() };
    let claim = |kind: &'static str, word: &str| DeedClaim {
        event: prose.event,
        sentence: cite.clone(),
        kind,
        word: word.trim().to_owned(),
        own: false,
        state: true,
        present: false,
        needs: Needs::Nothing,
    };
    let told = table().states.iter().filter_map(|(kind, r)| r.find(text).map(|m| claim(kind, m.as_str())));
    told.chain(row(text).map(|(kind, cell)| claim(kind, cell))).take(3).collect()
}

/// A row of a table whose first cell names a deed and whose second says that it is done.
fn row(text: &str) -> Option<(&'static str, &str)> {
    let mut cells = text.trim().trim_matches('|').split('|').map(str::trim);
    let (name, state) = (cells.next()?, cells.next()?);
    if name.len() > 40 || state.len() > 60 {
        return None;
    }
    let done = table().row_done.as_ref()?.is_match(state);
    let kind = name.split(|c: char| !c.is_alphanumeric() && c != '-').find_map(|w| table().row_names.get(w))?;
    done.then_some((*kind, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_a_deed_and_its_state() {
        assert_eq!(row("| staging | live with the new wording |").map(|r| r.0), Some("deploy"));
        assert_eq!(row("| push to origin | ✅ |").map(|r| r.0), Some("push"));
        assert!(row("| staging | not yet |").is_none() && row("| colour | done |").is_none());
    }
}
