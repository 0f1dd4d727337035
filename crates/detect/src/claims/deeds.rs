//! What calls did, so that claims and announcements can be held against them.

use crate::bits::Bits;
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::tools::contract::words_of;
use crate::tools::outgoing;
use crate::values;
use hindcast_trace::model::Text;
use std::cell::OnceCell;

/// A call that changed, or may have changed, something.
#[derive(Debug)]
pub struct Deed<'t> {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// Families that the contract or the name gives it.
    pub families: Vec<&'static str>,
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
    arguments: Option<&'t Text>,
    answer: Option<&'t Text>,
    // Few deeds are looked at so closely.
    text: OnceCell<String>,
    content: OnceCell<Vec<&'static str>>,
    ids: OnceCell<Vec<(String, String)>>,
}

impl Deed<'_> {
    /// Arguments and answer, in lower case.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let mut text = String::new();
            for part in self.arguments.into_iter().chain(self.answer) {
                let from = text.len();
                text.push_str(&part.text[..part.text.floor_char_boundary(READ_AT_MOST)]);
                text[from..].make_ascii_lowercase();
                text.push('\n');
            }
            text
        })
    }

    /// Families that the words of its arguments and its answer speak of.
    pub fn content(&self) -> &[&'static str] {
        self.content.get_or_init(|| spoken_of(self.text()))
    }

    /// The ids of its arguments, each with its shape; read once, kept for every claim.
    pub fn ids(&self) -> &[(String, String)] {
        self.ids.get_or_init(|| {
            let found = values::ids(self.text().lines().next().unwrap_or(""));
            found.into_iter().map(|id| (values::shape(&id.norm), id.norm)).collect()
        })
    }
}

/// Only so much of an answer is searched for words of operations: what it says of the deed stands near its beginning.
const READ_AT_MOST: usize = 16_384;

/// The deeds of a session. Ask [`Session::deeds`], which remembers.
pub fn of<'t>(session: &Session<'t>) -> Vec<Deed<'t>> {
    let calls = session.until_stopped(session.calls.iter().enumerate());
    calls.filter(|(_, c)| c.known.effect.0 != Effect::Read && !c.declined()).map(|(i, c)| deed(i, c)).collect()
}

fn deed<'t>(index: usize, call: &Call<'t>) -> Deed<'t> {
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
    if outgoing::is(call) {
        push("send");
    }
    let answer = call.result.as_ref().and_then(|r| r.content);
    let empty = |t: &str| matches!(t.trim(), "" | "{}" | "null");
    Deed {
        call: index,
        event: call.event,
        families,
        generic: words.iter().any(|w| lex.is("generic_tool", w)),
        // `change_plan` changes a plan, `plan_route` makes one.
        rehearsal: words.iter().enumerate().any(|(i, w)| lex.is("rehearsal", w) && (i == 0 || w != "plan")),
        unknown_effect: call.known.effect.0 == Effect::Unknown,
        opaque: call.arguments.is_none_or(|a| empty(&a.text)) && answer.is_none_or(|a| empty(&a.text)),
        unanswered: call.result.is_none(),
        arguments: call.arguments,
        answer,
        text: OnceCell::new(),
        content: OnceCell::new(),
        ids: OnceCell::new(),
    }
}

/// The families of operations that the words of a text in lower case belong to.
fn spoken_of(text: &str) -> Vec<&'static str> {
    let lex = english();
    let mut content: Vec<&'static str> = Vec::new();
    for run in Bits::of_plain_words(text.as_bytes()).runs().filter(|r| (3..24).contains(&r.len())) {
        if flags::at(text, run.start, run.end) & flags::FAMILY == 0 {
            continue;
        }
        let word = &text[run];
        let of = [lex.of_base(word), lex.of_past(word), lex.of_noun(word), lex.of_tool_word(word)];
        for family in of.into_iter().flatten() {
            if !content.contains(family) {
                content.push(family);
            }
        }
    }
    // A negative amount in a record of payments is money given back.
    if content.contains(&"pay") && text.contains("amount\": -") && !content.contains(&"refund") {
        content.extend(lex.family("refund"));
    }
    content
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
pub fn fit(deed: &Deed<'_>, families: &[&'static str]) -> Fit {
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
    if meet(deed.content()) || (families.first().is_some_and(soft) && deed.families.iter().any(soft)) {
        return Fit::Content;
    }
    // A shell does what its command says: a repository is committed to and pushed by those words alone.
    let by_word = families.iter().all(|f| matches!(*f, "commit" | "push"));
    if by_word && deed.text().contains("git ") {
        return Fit::None;
    }
    if deed.unknown_effect || (deed.generic && deed.opaque) { Fit::Untold } else { Fit::None }
}
