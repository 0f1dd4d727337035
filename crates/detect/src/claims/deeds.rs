//! What calls did, so that claims and announcements can be held against them.

use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::tools::contract::words_of;
use crate::values;
use std::cell::OnceCell;

/// A call that changed, or may have changed, something.
#[derive(Debug)]
pub struct Deed {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// Families that the contract or the name gives it.
    pub families: Vec<&'static str>,
    /// Families that the words of its arguments and its answer speak of.
    pub content: Vec<&'static str>,
    /// Arguments and answer, in lower case.
    pub text: String,
    /// True for a tool that does whatever it is told: `run_sql`, `delegate`.
    pub generic: bool,
    /// True for a tool that only prepares: `create_draft`, `refund_quote`.
    pub rehearsal: bool,
    /// True when nobody knows whether the tool changes anything.
    pub unknown_effect: bool,
    /// True when neither arguments nor answer were captured.
    pub opaque: bool,
    /// True when the trace has no answer.
    pub unanswered: bool,
    ids: OnceCell<Vec<(String, String)>>,
}

impl Deed {
    /// The ids of its arguments, each with its shape; read once, kept for every claim.
    pub fn ids(&self) -> &[(String, String)] {
        self.ids.get_or_init(|| {
            let found = values::ids(self.text.lines().next().unwrap_or(""));
            found.into_iter().map(|id| (values::shape(&id.norm), id.norm)).collect()
        })
    }
}

/// Only so much of an answer is searched for words of operations: what it says of the deed stands near its beginning.
const READ_AT_MOST: usize = 16_384;

/// The deeds of a session. Ask [`Session::deeds`], which remembers.
pub fn of(session: &Session<'_>) -> Vec<Deed> {
    session
        .calls
        .iter()
        .enumerate()
        .filter(|(_, c)| c.known.effect.0 != Effect::Read)
        .map(|(i, c)| deed(i, c))
        .collect()
}

fn deed(index: usize, call: &Call<'_>) -> Deed {
    let lex = english();
    let words = &call.known.words;
    let mut families: Vec<&'static str> = Vec::new();
    let mut push = |family: &'static str| {
        if !families.contains(&family) {
            families.push(family);
        }
    };
    // A contract may name a family by any word: `return`, `top_up`.
    for family in &call.known.families {
        if let Some(name) = lex.family(family) {
            push(name);
        }
        for word in words_of(family) {
            lex.of_tool_word(&word).iter().chain(lex.of_base(&word)).for_each(|f| push(f));
        }
    }
    let mut text = String::new();
    let mut content: Vec<&'static str> = Vec::new();
    let answer = call.result.as_ref().and_then(|r| r.content);
    for part in call.arguments.into_iter().chain(answer) {
        let part = part.text.get(..floor(&part.text, READ_AT_MOST)).unwrap_or("").to_ascii_lowercase();
        for word in part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 2 && w.len() < 24) {
            if flags::of(word) & flags::FAMILY == 0 {
                continue;
            }
            let of = [lex.of_base(word), lex.of_past(word), lex.of_noun(word), lex.of_tool_word(word)];
            for family in of.into_iter().flatten() {
                if !content.contains(family) {
                    content.push(family);
                }
            }
        }
        text.push_str(&part);
        text.push('\n');
    }
    // A negative amount in a record of payments is money given back.
    if content.contains(&"pay") && text.contains("amount\": -") && !content.contains(&"refund") {
        content.extend(lex.family("refund"));
    }
    let empty = |t: &str| matches!(t.trim(), "" | "{}" | "null");
    Deed {
        call: index,
        event: call.event,
        families,
        content,
        generic: words.iter().any(|w| lex.is("generic_tool", w)),
        rehearsal: words.iter().any(|w| lex.is("rehearsal", w)),
        unknown_effect: call.known.effect.0 == Effect::Unknown,
        opaque: call.arguments.is_none_or(|a| empty(&a.text)) && answer.is_none_or(|a| empty(&a.text)),
        unanswered: call.result.is_none(),
        ids: OnceCell::new(),
        text,
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// How well a deed fits some families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Nothing connects them.
    None,
    /// Nobody knows what the tool does.
    Untold,
    /// Arguments or answer speak of it.
    Content,
    /// The tool is of that family.
    Family,
}

/// How well a deed fits the families of a claim or an announcement; no families fit every write.
pub fn fit(deed: &Deed, families: &[&'static str]) -> Fit {
    let meet = |own: &[&'static str]| own.iter().any(|f| families.contains(f));
    // Preparing something is doing it only where preparing is what is claimed.
    if deed.rehearsal && families.iter().any(|f| !matches!(*f, "create" | "update")) {
        return Fit::None;
    }
    if families.is_empty() || meet(&deed.families) {
        return if deed.unknown_effect && families.is_empty() { Fit::Untold } else { Fit::Family };
    }
    // Making and changing are told apart by few: a note that is added logs a call.
    let soft = |f: &&str| matches!(*f, "update" | "create");
    if meet(&deed.content) || (families.first().is_some_and(soft) && deed.families.iter().any(soft)) {
        return Fit::Content;
    }
    // A shell does what its command says: a repository is committed to and pushed by those words alone.
    let by_word = families.iter().all(|f| matches!(*f, "commit" | "push"));
    if by_word && deed.text.contains("git ") {
        return Fit::None;
    }
    if deed.unknown_effect || (deed.generic && deed.opaque) { Fit::Untold } else { Fit::None }
}
