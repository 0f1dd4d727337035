//! The words of a retro, for a search.

use crate::draft::Draft;

/// Bytes of words that are kept at most; what was found comes first, and the timeline last.
const MOST: usize = 100_000;

/// What people look for in a retro: its title, its statements, its actions and what people wrote, one on each line.
/// Quotes are not among them: they stand in the evidence.
pub fn words(draft: &Draft) -> String {
    let mut all: Vec<&str> = vec![&draft.title];
    let statements = draft.statements();
    let of = |timeline: bool| {
        statements.iter().filter(move |(section, _)| (*section == "timeline") == timeline).map(|(_, s)| s.text.as_str())
    };
    all.extend(draft.behavior.flags().map(|f| f.title.as_str()));
    all.extend(draft.actions.items.iter().map(|a| a.title.as_str()));
    all.extend(draft.notes.iter().map(|n| n.text.as_str()));
    all.extend(draft.system.iter().filter_map(|a| a.counterfactual.as_deref()));
    all.extend(of(false));
    all.extend(of(true));
    let mut out = String::new();
    for text in all {
        if out.len() >= MOST {
            break;
        }
        let text = &text[..text.floor_char_boundary(MOST - out.len())];
        out.push_str(text);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Note;
    use crate::record::sample;

    #[test]
    fn statements_actions_and_notes_are_among_them() {
        let mut draft = sample::refund(&sample::known());
        draft.notes.push(Note::new("impact", "Zanzibar"));
        let words = words(&draft);
        let behavior = &draft.behavior.findings[0].statement;
        for text in [&draft.title, &behavior.text, &draft.actions.items[0].title, &"Zanzibar".to_owned()] {
            assert!(words.contains(text.as_str()), "{text} in {words}");
        }
    }

    #[test]
    fn a_huge_retro_is_cut_where_a_letter_ends() {
        let mut draft = sample::refund(&sample::known());
        draft.title = "ä".repeat(MOST);
        let words = words(&draft);
        assert!(words.len() <= MOST + 1 && words.starts_with("ää"), "{}", words.len());
    }
}
