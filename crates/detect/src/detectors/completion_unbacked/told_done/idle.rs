//! Which calls cannot have carried out an order. A tool's name is the only thing that says what a call does where nothing describes
//! the tool, so a call counts as a look-up only if its name says so in some language; all others may have changed something.

use crate::outcome::failure::{done_marker, fields};
use crate::prose::accents::unaccented;
use crate::session::Call;
use crate::tools::acts::{self, Acts};
use crate::tools::contract::Effect;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

/// A longer value is a text that somebody writes, and no name of what is looked up.
const SHORT: usize = 60;

/// True for a call that only looks something up, as its contract, its description or its name says.
pub(super) fn is_idle(call: &Call<'_>) -> bool {
    if call.known.effect.0 == Effect::Read {
        return true;
    }
    if call.is_write() || call.failure().is_some() || call.declined() {
        return false;
    }
    match acts::described_as(call, call.described.map(|t| t.text.as_str())) {
        Acts::Yes => false,
        Acts::No => true,
        Acts::Unknown => is_named_look(call) || is_record_shown(call) || is_list_of_all(call),
    }
}

/// True where the name begins or ends with a word for looking: `consultar_envio`, `auftrag_anzeigen`, `kundensuche`.
fn is_named_look(call: &Call<'_>) -> bool {
    let words = words(call);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    // "Search" is a verb wherever it stands; a noun for looking does not tell whether the verb beside it looks: `delete_history`.
    let verb = |w: &str| WORDS.looks.contains(w);
    let noun = |w: &str| WORDS.nouns.contains(w) || WORDS.compounds.iter().any(|c| is_compound(w, c));
    verb(first) || words.len() > 1 && verb(last) && takes_one(call) || words.iter().all(|w| noun(w) || is_thing(w)) && words.iter().any(|w| noun(w))
}

/// True where a tool that is called by a thing, and is given one value, shows what is recorded of it: `karta`, `pedido`, `leserkonto`.
fn is_record_shown(call: &Call<'_>) -> bool {
    let words = words(call);
    let Some(answer) = call.result.as_ref().and_then(|r| r.json()) else { return false };
    let record = answer.is_array() || answer.is_object() && answer.len() >= 2;
    takes_one(call)
        && !words.is_empty()
        && words.iter().all(|w| is_thing(w))
        && record
        && !fields(answer).iter().any(done_marker)
}

/// True where a call that was given nothing is answered with several records: what changes something has to be told what.
fn is_list_of_all(call: &Call<'_>) -> bool {
    let given = call.args().is_some_and(|a| a.len() > 0);
    let answer = call.result.as_ref().and_then(|r| r.json());
    !given && answer.is_some_and(|a| a.is_array() && a.len() > 1 && a.items().all(|i| i.is_object()))
}

/// True where a call is given no more than one short value.
fn takes_one(call: &Call<'_>) -> bool {
    call.args().is_none_or(|a| {
        a.len() <= 1 && a.entries().all(|(_, v)| !v.is_object() && !v.is_array() && v.raw().len() <= SHORT)
    })
}

fn is_thing(word: &str) -> bool {
    WORDS.things.contains(word) || WORDS.heads.iter().any(|h| is_compound(word, h))
}

fn is_compound(word: &str, head: &str) -> bool {
    word.strip_suffix(head).is_some_and(|start| start.chars().count() > 2)
}

/// The words of the tool's name, without numbers.
fn words(call: &Call<'_>) -> Vec<String> {
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
}

/// The lists of all languages: a tool's name need not be in the language of the talk.
#[derive(Debug, Default)]
struct Words {
    looks: HashSet<String>,
    nouns: HashSet<String>,
    compounds: Vec<String>,
    things: HashSet<String>,
    heads: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file = parse(include_str!("../../../../data/tool_words.yaml")).unwrap_or_default();
    let mut all = Words::default();
    for lists in file.into_values() {
        all.looks.extend(lists.looks);
        all.nouns.extend(lists.nouns);
        all.compounds.extend(lists.compounds);
        all.things.extend(lists.things);
        all.heads.extend(lists.heads);
    }
    all
});

fn parse(file: &str) -> Option<BTreeMap<String, Lists>> {
    serde_saphyr::from_str(file).ok()
}
