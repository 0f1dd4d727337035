//! Whether the user, in a language whose words of operations nobody here reads, may have handed over what an answer asks for:
//! "Arbeite den Zettel »Heizraum« ab". They told the agent something and named that very note.

use super::answered;
use crate::prose::foreign;
use crate::session::{Call, Session};
use hindcast_trace::model::{Role, Text};

/// Shorter words name nothing.
const NAME: usize = 4;
/// Fewer words are no order.
const WORDS: usize = 3;

/// True where the user told the agent something in another language than English and named the answer: by a name that it has, or
/// that it was fetched by.
pub(super) fn over(session: &Session<'_>, call: &Call<'_>, (event, text): (u32, &Text)) -> bool {
    let fetched = answered(session, event).and_then(|c| c.arguments).map_or("", |a| a.text.as_str());
    let users = session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event);
    let named = |name: &str| text.text.contains(name) || fetched.contains(name);
    users
        .flat_map(|m| m.texts)
        .filter(|t| foreign::is_other(&t.text) && !only_questions(&t.text))
        .any(|t| names(&t.text).any(named))
}

/// True where every sentence of more than a few words ends in a question mark.
fn only_questions(text: &str) -> bool {
    let sentences = text.split_inclusive(['.', '?', '!', '。', '？', '！', '\n']);
    let told = |s: &&str| !s.trim_end().ends_with(['?', '？']) && s.split_whitespace().count() >= WORDS;
    !sentences.into_iter().any(|s| told(&s))
}

/// The words that begin with a capital letter inside of a sentence.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut opens = true;
    text.split_whitespace().filter_map(move |piece| {
        let inside = !std::mem::replace(&mut opens, piece.ends_with(['.', '?', '!', ':']));
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        (inside && capital && word.chars().count() >= NAME).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_asks_hands_nothing_over() {
        assert!(only_questions("A che ora apre la filiale di via dei Cordai? C'è posto?"));
        assert!(!only_questions("Doe je wat er in de mail van Joke staat? Ik zit de hele dag vast."));
    }

    #[test]
    fn names_stand_inside_of_a_sentence() {
        let found: Vec<&str> = names("Arbeite den Zettel »Heizraum« von Ole bitte ab. Danke, Vera!").collect();
        assert_eq!(found, ["Zettel", "Heizraum", "Vera"]);
    }
}
