//! The words of an answer's names and values.

use super::Upshot;
use crate::outcome::status::Standing;
use crate::outcome::vocabulary;
use crate::prose::accents::unaccented;
use crate::prose::forms::alike;
use crate::prose::lexicon::english;
use crate::prose::wordlists::{List, Lists, contracted, of_all, words};
use crate::session::Call;
use std::sync::LazyLock;

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LISTS: LazyLock<Lists> =
    LazyLock::new(|| of_all(include_str!("../../../data/answers.yaml")).unwrap_or_default());

/// A list of the file.
pub fn list(name: &str) -> &'static List {
    static NONE: LazyLock<List> = LazyLock::new(List::default);
    LISTS.get(name).unwrap_or(&NONE)
}

/// What a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It is done.
    Done,
    /// It is not.
    Not(Upshot),
}

/// Longer values are texts.
const LONGEST: usize = 60;

/// What a value of a few words says of the operation of a call. `expected` are words that the order itself has.
pub fn says(call: &Call<'_>, value: &str, expected: &dyn Fn(&str) -> bool) -> Option<Says> {
    let parts = words(value);
    if value.len() > LONGEST || parts.is_empty() {
        return None;
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let joined = parts.concat();
    // What was ordered is what it is to end in.
    let own = |w: &str| expected(w) || of_tool(call, w);
    if let Some(not) = denied(&parts) {
        return Some(not);
    }
    let fresh = || parts.iter().copied().filter(|w| !own(w));
    if parts.iter().any(|w| list("part").has(w)) {
        return Some(Says::Not(Upshot::Part));
    }
    if fresh().any(failed) || list("failed").has(&joined) && !own(&joined) {
        return Some(Says::Not(Upshot::Failed));
    }
    if parts.iter().any(|w| failed(w)) {
        return Some(Says::Done);
    }
    // What was taken back without an order is not done; what else it means, nobody knows.
    if fresh().any(|w| ["cancel", "annul", "storn", "void", "revok"].iter().any(|s| w.starts_with(s))) {
        return None;
    }
    let one = parts.len() == 1;
    if one && (list("done").has(&joined) || parts.iter().any(|w| own(w))) {
        return Some(Says::Done);
    }
    if fresh().any(open) || parts.len() > 1 && list("open").has(&joined) || fresh().any(awaited) {
        return Some(Says::Not(Upshot::Open));
    }
    parts.iter().any(|w| done(w) || own(w)).then_some(Says::Done)
}

/// `NOT_UPDATED`, "no response", `NOT_STARTED`; not "no errors".
fn denied(parts: &[&str]) -> Option<Says> {
    let at = parts.iter().position(|w| list("not").has(w))?;
    let rest = &parts[at + 1..];
    if rest.iter().any(|w| list("trouble").has(w) || failed(w)) {
        return Some(Says::Done);
    }
    let soon = parts.iter().any(|w| list("soon").has(w));
    let told = !rest.is_empty() && rest.iter().any(|w| done(w) || able(w) || participle(w) || open(w));
    let bare = rest.is_empty() && at > 0;
    (soon || told || bare).then_some(Says::Not(if soon { Upshot::Open } else { Upshot::Failed }))
}

/// True for a word that says that something failed.
pub fn failed(word: &str) -> bool {
    english().is("status_failed", word) && !matches!(word, "returned" | "blocked")
        || list("failed").has_spelled_out(word)
        || long(word) && vocabulary::standing(word, &[]) == Some(Standing::Failed)
}

/// True for a word that says that something is open.
pub fn open(word: &str) -> bool {
    let before = word.strip_prefix("pre").is_some_and(|rest| rest.len() > 5 && done(rest));
    english().is("status_pending", word) && word != "accepted"
        || list("open").has_spelled_out(word)
        || before
        || long(word) && vocabulary::standing(word, &[]) == Some(Standing::NonTerminal)
}

/// True for something that an operation waits for: an approval, a signature.
fn awaited(word: &str) -> bool {
    let ends = list("wait").ends(word) || contracted(word).is_some_and(|w| list("wait").ends(&w));
    list("wait").has_spelled_out(word) && !participle(word) || ends
}

/// True for a word that says that something is done.
pub fn done(word: &str) -> bool {
    english().is("status_done", word)
        || list("done").has(word)
        || list("end").has(word)
        || !english().of_past(word).is_empty()
        || long(word) && vocabulary::standing(word, &[]) == Some(Standing::Terminal)
}

/// Short words of one language are other words of another one.
fn long(word: &str) -> bool {
    word.chars().count() > 3
}

/// True for a word for what can be: "available", "mergeable".
pub fn able(word: &str) -> bool {
    list("able").has(word)
        || word.len() > 6 && ["able", "ible", "bile", "bili", "baar"].iter().any(|e| word.ends_with(e))
}

/// True for a word that has the shape of a participle, in some language.
pub fn participle(word: &str) -> bool {
    const ENDS: [&str; 20] = [
        "ed", "ada", "ado", "adas", "ados", "ida", "ido", "ata", "ato", "ate", "ati", "uto", "uta", "ito", "iert",
        "iseerd", "ano", "ony", "ona", "erad",
    ];
    word.len() > 4
        && (ENDS.iter().any(|e| word.ends_with(e))
            || word.starts_with("ge") && word.ends_with(['t', 'n', 'd'])
            || !english().of_past(word).is_empty())
}

/// True for a word that is a form of one of the tool's name.
pub fn of_tool(call: &Call<'_>, word: &str) -> bool {
    let family = || english().of_past(word).iter().any(|f| call.known.families.iter().any(|own| own == f));
    word.len() > 3 && (call.known.words.iter().any(|w| related(&unaccented(w), word)) || family())
}

/// True for two forms of one word, of which one may be short: `lock`, "locked".
fn related(a: &str, b: &str) -> bool {
    const SHORT: usize = 4;
    alike(a, b) || a.len() >= SHORT && b.starts_with(a) && b.len() <= a.len() + 3
}

/// True where a text of a member says that there is none.
pub fn is_nothing(text: &str) -> bool {
    // `errors=0)`: the bracket is of what stands around it.
    let plain = text.trim().trim_matches(['(', ')', '[', ']', '.', ',', ';']);
    let folded = unaccented(plain);
    !plain.chars().any(char::is_alphanumeric)
        || matches!(folded.as_str(), "0" | "false" | "ok" | "no" | "00" | "n/a")
        || list("nothing").has(&folded)
        || vocabulary::is_none(plain)
}
