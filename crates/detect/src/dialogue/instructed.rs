//! What the operator's instructions say, sentence by sentence, and which tools of the session they name.

use super::limits::{self, Limit};
use crate::finding::Cite;
use crate::maps::HashSet;
use crate::prose::abbreviations::ends_sentence;
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::session::memo::Memo;
use crate::session::{Call, Session};
use hindcast_trace::model::Role;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    before: HashSet<String>,
    condition: HashSet<String>,
    deny: HashSet<String>,
    any: HashSet<String>,
    tell: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static ALL: LazyLock<Words> = LazyLock::new(|| {
    let mut all = Words::default();
    for words in parse(include_str!("../../data/steps.yaml")).into_iter().flat_map(BTreeMap::into_values) {
        all.before.extend(words.before);
        all.condition.extend(words.condition);
        all.deny.extend(words.deny);
        all.any.extend(words.any);
        all.tell.extend(words.tell);
    }
    all
});

fn parse(file: &str) -> Option<BTreeMap<String, Words>> {
    serde_saphyr::from_str(file).ok()
}

/// So many sentences are read, and so many tools looked for.
const MOST: usize = 400;
/// Shorter words tell little of what a sentence is about.
const SHORTEST: usize = 4;

/// A sentence of the instructions.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// The sentence.
    pub cite: Cite,
    said: Rc<Said>,
}

/// What a sentence says, whichever session it stands in.
#[derive(Debug)]
struct Said {
    range: Range<usize>,
    /// It without accents, in small letters.
    folded: String,
    orders: bool,
    conditional: bool,
    denies: bool,
    numbers: bool,
    limit: Option<Limit>,
}

thread_local! {
    static SAID: Memo<Rc<[Rc<Said>]>> = Memo::default();
}

impl Said {
    fn of(text: &str, range: Range<usize>) -> Self {
        let sentence = &text[range.clone()];
        let folded = unaccented(sentence);
        let has = |list: &HashSet<String>| each(&folded).any(|w| list.contains(w));
        let numbers = sentence.contains("(1)") && sentence.contains("(2)")
            || sentence.matches("->").count() > 1
            || sentence.matches('→').count() > 1;
        Said {
            orders: has(&ALL.before),
            conditional: has(&ALL.condition) || folded.bytes().any(|b| b.is_ascii_digit()),
            denies: has(&ALL.deny),
            numbers,
            limit: limits::of(sentence),
            range,
            folded,
        }
    }
}

/// The sentences of the instructions, in order. Ask [`Session::instructions`], which remembers.
pub(crate) fn of(session: &Session<'_>) -> Vec<Instruction> {
    let system = session.messages.iter().filter(|m| m.role == Role::System);
    let texts = system.flat_map(|m| m.texts.iter().map(|t| (m.event, t)));
    let all = texts.flat_map(|(event, text)| {
        let read = |t: &str| sentences(t).into_iter().map(|range| Rc::new(Said::of(t, range))).collect::<Rc<[_]>>();
        let said = SAID.with(|memo| memo.of(&text.text, read));
        let cited = |said: &Rc<Said>| {
            Some(Instruction { cite: Cite::of(event, text, said.range.clone())?, said: said.clone() })
        };
        said.iter().take(MOST).filter_map(cited).collect::<Vec<_>>()
    });
    all.take(MOST).collect()
}

/// Where the sentences of a text stand. A period inside of a name (`hcp.verify`) or a number ends none.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let ends = matches!(c, '\n' | '。' | '！' | '？')
            || matches!(c, '.' | '!' | '?' | ';')
                && next.is_none_or(char::is_whitespace)
                && (c != '.' || ends_sentence(text, at));
        if ends || next.is_none() {
            let end = at + c.len_utf8();
            let trimmed = text[start..end].trim();
            let from = start + (text[start..end].len() - text[start..end].trim_start().len());
            if !trimmed.is_empty() {
                found.push(from..from + trimmed.len());
            }
            start = end;
        }
    }
    found
}

impl Instruction {
    /// True where it puts a step before something.
    pub fn orders(&self) -> bool {
        self.said.orders
    }

    /// True where it holds in some cases only, as far as its words tell: numbers are limits.
    pub fn conditional(&self) -> bool {
        self.said.conditional
    }

    /// True where it begins with a word for a case.
    pub fn opens_with_condition(&self) -> bool {
        each(&self.said.folded).next().is_some_and(|w| ALL.condition.contains(w))
    }

    /// True where it denies something.
    pub fn denies(&self) -> bool {
        self.said.denies
    }

    /// True where it puts numbers or arrows between steps.
    pub fn numbers(&self) -> bool {
        self.said.numbers
    }

    /// The only limit of an amount that it sets.
    pub fn limit(&self) -> Option<&Limit> {
        self.said.limit.as_ref()
    }

    /// True where it speaks of every change.
    pub fn general(&self) -> bool {
        each(&self.said.folded).any(|w| ALL.any.contains(w))
    }

    /// True where it speaks of telling something.
    pub fn of_telling(&self) -> bool {
        each(&self.said.folded).any(|w| ALL.tell.iter().any(|t| w.starts_with(t.as_str())))
    }

    /// The words of what it is about: longer ones, without those of a tool's name.
    pub fn words(&self, without: &str) -> BTreeSet<String> {
        let own = unaccented(without);
        let own: BTreeSet<&str> = each(&own).collect();
        let used = |w: &&str| w.chars().count() >= SHORTEST && !own.contains(w) && !is_listed(w);
        each(&self.said.folded).filter(used).map(str::to_owned).collect()
    }

    /// Where it names a tool, as a word of its own.
    pub fn names(&self, tool: &str) -> Option<usize> {
        named(self.cite.text(), tool)
    }
}

/// True for a word of the lists, which tells what is ordered and not what about.
fn is_listed(word: &str) -> bool {
    [&ALL.before, &ALL.condition, &ALL.deny, &ALL.any].iter().any(|list| list.contains(word))
}

/// Where a text names a tool as a word of its own. A name of one plain word counts only as code.
pub fn named(text: &str, tool: &str) -> Option<usize> {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    let plain = tool.chars().all(|c| c.is_lowercase() || c.is_ascii_digit());
    let mut hits = text.match_indices(tool).filter(|(at, _)| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + tool.len()..].chars().next());
        let bounded = !before.is_some_and(|c| inner(c) || c == '.') && !after.is_some_and(inner);
        let code = matches!(before, Some('`' | '"' | '\'')) || after == Some('(');
        bounded && (!plain || code)
    });
    (tool.len() >= 4).then(|| hits.next().map(|(at, _)| at)).flatten()
}

/// The names of the session's tools, offered or called.
pub fn tools<'s>(session: &'s Session<'_>) -> BTreeSet<&'s str> {
    let offered = session.trace.tools.iter().map(|t| t.name.text.as_str());
    offered.chain(session.calls.iter().map(|c| c.name.text.as_str())).take(MOST).collect()
}

/// What a call is called and described as, and the names of its arguments, in words.
pub fn own_words(call: &Call<'_>) -> BTreeSet<String> {
    let described = call.described.map_or("", |d| &d.text[..d.text.floor_char_boundary(200)]);
    let keys =
        call.args().into_iter().flat_map(|a| a.entries().take(40).filter_map(|(k, _)| k.str()).collect::<Vec<_>>());
    let keys = keys.flat_map(|k| crate::tools::contract::words_of(&k)).collect::<Vec<_>>().join(" ");
    let folded = unaccented(&format!("{} {described} {keys}", call.known.words.join(" ")));
    each(&folded).filter(|w| w.chars().count() >= SHORTEST).map(str::to_owned).collect()
}

/// True where two sets of longer words have one in common, in whatever form.
pub fn share(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    let akin = |x: &str, y: &str| alike(x, y) || x.starts_with(y) || y.starts_with(x);
    a.iter().any(|x| b.iter().any(|y| akin(x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let all = parse(include_str!("../../data/steps.yaml")).expect("a readable file");
        assert_eq!(all.len(), 9);
    }

    #[test]
    fn sentences_and_names() {
        let text = "Run hcp.verify first. At most 2.50 EUR.\nGrüße!";
        let cut: Vec<_> = sentences(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(cut, ["Run hcp.verify first.", "At most 2.50 EUR.", "Grüße!"]);
        assert_eq!(named(text, "hcp.verify"), Some(4));
        assert_eq!(named("do search here", "search"), None);
        assert_eq!(named("do `search` here", "search"), Some(4));
        assert_eq!(named("run_check_all", "run_check"), None);
    }
}
