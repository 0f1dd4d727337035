//! What a tool's name says of whether it only looks something up, in several languages (`data/tool_words.yaml`). Where nothing describes a tool,
//! its name is the only thing that says what a call does.

use crate::prose::accents::unaccented;
use crate::prose::lexicon::english;
use crate::session::Call;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

/// A longer value is a text that somebody writes, and no name of what is looked up.
const SHORT: usize = 60;

/// True where the name begins or ends with a verb that changes something, whatever else it has: `ListAdd`, `details_update`.
pub fn is_deed(call: &Call<'_>) -> bool {
    let words = words(call);
    let deed = |w: Option<&String>| w.is_some_and(|w| WORDS.deeds.contains(w));
    deed(words.first()) || words.len() > 1 && deed(words.last()) || does_both(&words)
}

/// `find_and_reserve`, `get_or_create`: what is joined to a look is a deed of its own.
fn does_both(words: &[String]) -> bool {
    const JOINS: [&str; 8] = ["and", "or", "then", "und", "et", "y", "e", "en"];
    let acts = |w: &String| WORDS.deeds.contains(w) || !english().of_tool_word(w).is_empty();
    let joined = words.iter().position(|w| JOINS.contains(&w.as_str()));
    joined.is_some_and(|at| at > 0 && words[at + 1..].first().is_some_and(acts))
}

/// True where the name begins or ends with a word for looking: `consultar_envio`, `auftrag_anzeigen`, `kundensuche`. `acts` tells whether the
/// name speaks of an operation as well, and `shows_record` whether the answer is a record.
pub fn is_look(call: &Call<'_>, acts: &dyn Fn() -> bool, shows_record: &dyn Fn() -> bool) -> bool {
    let words = words(call);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    // "Search" is a verb wherever it stands; a noun for looking does not tell whether the verb beside it looks: `delete_history`.
    let verb = |w: &str| WORDS.looks.contains(w);
    let noun = |w: &str| WORDS.nouns.contains(w) || WORDS.compounds.iter().any(|c| is_compound(w, c));
    verb(first)
        || takes_one(call) && (verb(last) || (noun(first) || noun(last)) && !acts() && shows_record())
        || words.iter().any(|w| noun(w)) && words.iter().all(|w| noun(w) || is_thing(w))
}

/// True where a call is given no more than one short value.
pub fn takes_one(call: &Call<'_>) -> bool {
    call.args().is_none_or(|a| {
        a.len() <= 1 && a.entries().all(|(_, v)| !v.is_object() && !v.is_array() && v.raw().len() <= SHORT)
    })
}

/// True for a word for what services keep records of.
pub fn is_thing(word: &str) -> bool {
    WORDS.things.contains(word) || WORDS.heads.iter().any(|h| is_compound(word, h))
}

/// True for a record that a deed makes: a ticket, a bill.
pub fn is_made(word: &str) -> bool {
    WORDS.made.contains(word)
}

fn is_compound(word: &str, head: &str) -> bool {
    word.strip_suffix(head).is_some_and(|start| start.chars().count() > 2)
}

/// The words of the tool's name, without numbers.
pub fn words(call: &Call<'_>) -> Vec<String> {
    let words = call.known.words.iter().map(|w| unaccented(w));
    words.filter(|w| !w.bytes().all(|b| b.is_ascii_digit())).collect()
}

/// The lists of one language, as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Lists {
    looks: Vec<String>,
    nouns: Vec<String>,
    compounds: Vec<String>,
    things: Vec<String>,
    heads: Vec<String>,
    made: Vec<String>,
    deeds: Vec<String>,
}

/// The lists of all languages: a tool's name need not be in the language of the talk.
#[derive(Debug, Default)]
struct Words {
    looks: HashSet<String>,
    nouns: HashSet<String>,
    compounds: Vec<String>,
    things: HashSet<String>,
    heads: Vec<String>,
    made: HashSet<String>,
    deeds: HashSet<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file = parse(include_str!("../../data/tool_words.yaml")).unwrap_or_default();
    let mut all = Words::default();
    for lists in file.into_values() {
        all.looks.extend(lists.looks);
        all.nouns.extend(lists.nouns);
        all.compounds.extend(lists.compounds);
        all.things.extend(lists.things);
        all.heads.extend(lists.heads);
        all.made.extend(lists.made);
        all.deeds.extend(lists.deeds);
    }
    all
});

fn parse(file: &str) -> Option<BTreeMap<String, Lists>> {
    serde_saphyr::from_str(file).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    #[test]
    fn the_file_is_read() {
        let file = parse(include_str!("../../data/tool_words.yaml")).expect("a readable file");
        assert_eq!(file.len(), 9);
        for (name, lists) in &file {
            let all = [&lists.looks, &lists.nouns, &lists.compounds, &lists.things, &lists.heads, &lists.made];
            all.into_iter().flatten().for_each(|w| assert_eq!(*w, unaccented(w), "{name}"));
            assert!(!lists.looks.is_empty() && !lists.things.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_verb_at_the_edge_of_a_name_decides() {
        let told = |tool: &str| {
            with_session(&turn("Hi", &[(tool, r#"{"id": "7"}"#, "{}")], "Hello."), |session| {
                let call = &session.calls[0];
                (is_deed(call), is_look(call, &|| true, &|| false))
            })
        };
        assert_eq!(told("envoi_lire"), (false, true));
        assert_eq!(told("consultar_envio"), (false, true));
        assert_eq!(told("details_update"), (true, false));
        assert!(told("find_and_reserve").0);
        assert!(!told("find_and_list").0);
        assert_eq!(told("zawies"), (false, false));
    }
}
