//! What a reply says to what the agent put before the user, in any language: it is read by how it is built. Whoever neither
//! declines, asks, supposes nor leaves it open, and agrees, orders or chooses, agrees.

mod words;

use crate::prose::classes::class;
use crate::prose::forms::each;
use crate::prose::lexicon::english;
use crate::prose::stem;
use crate::prose::wordlists::line;
pub(crate) use words::{Language, is_shown, language};

/// What a reply says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It agrees.
    Yes,
    /// It turns down, or holds back.
    No,
    /// It leaves the matter open.
    Undecided,
    /// It asks.
    Asks,
    /// It agrees under a condition.
    Conditional,
    /// Nothing is said.
    Silent,
    /// None of these, as far as its words tell.
    Unclear,
}

impl Answer {
    /// True where the user plainly did not agree.
    pub(crate) fn withholds(self) -> bool {
        matches!(self, Answer::No | Answer::Undecided | Answer::Asks | Answer::Silent)
    }
}

/// Signs that agree, and signs that leave it open.
const SIGNS: [char; 12] = ['👍', '✅', '👌', '🙏', '💯', '🆗', '✔', '☑', '🫡', '👏', '🙌', '🤝'];
const OPEN_SIGNS: [char; 6] = ['🤷', '🤔', '😐', '😕', '🙄', '🫤'];
const REFUSING_SIGNS: [char; 5] = ['👎', '❌', '🚫', '🙅', '✋'];
/// A longer reply is read up to here.
const LONGEST: usize = 2000;

/// Reads a reply to what was offered. `names` is true for a word that names the act.
pub(crate) fn read(reply: &str, offer: &str, language: &Language, names: &dyn Fn(&str) -> bool) -> Answer {
    let reply = &reply[..reply.floor_char_boundary(LONGEST)];
    if !reply.contains(char::is_alphanumeric) {
        return sign(reply);
    }
    let mut yes = false;
    let mut no = false;
    let mut weak = true;
    let (mut undecided, mut asks, mut conditional) = (false, false, false);
    for (clause, question) in clauses(reply) {
        match of_clause(clause, question, offer, language, names) {
            Part::Yes => (yes, no, weak) = (true, false, false),
            // "Yes, no sugar": a bare word of denial behind a yes belongs to something else.
            Part::No(held) if !yes || held => (yes, no, weak) = (false, true, false),
            Part::Undecided => (undecided, weak) = (true, false),
            Part::Asks => (asks, weak) = (true, false),
            Part::Conditional => (conditional, weak) = (true, false),
            Part::Weak => {}
            Part::No(_) | Part::Nothing => weak = false,
        }
    }
    let signed = || reply.contains(SIGNS) && !reply.contains(OPEN_SIGNS);
    match () {
        () if no => Answer::No,
        () if conditional => Answer::Conditional,
        () if yes && (undecided || asks) => Answer::Unclear,
        () if yes => Answer::Yes,
        () if undecided => Answer::Undecided,
        () if asks => Answer::Asks,
        () if weak || signed() || takes_up(reply, offer, language) => Answer::Yes,
        () => Answer::Unclear,
    }
}

/// A reply of signs only.
fn sign(reply: &str) -> Answer {
    match () {
        () if reply.contains(OPEN_SIGNS) => Answer::Undecided,
        () if reply.contains(REFUSING_SIGNS) => Answer::No,
        () if reply.contains(SIGNS) => Answer::Yes,
        () if reply.contains(['?', '？']) => Answer::Asks,
        () if reply.chars().all(|c| c.is_whitespace() || c.is_ascii_punctuation() || c == '…') => Answer::Silent,
        () => Answer::Unclear,
    }
}

enum Part {
    Yes,
    /// True for words that hold back, false for a bare no.
    No(bool),
    Undecided,
    Asks,
    Conditional,
    Weak,
    Nothing,
}

fn of_clause(clause: &str, question: bool, offer: &str, language: &Language, names: &dyn Fn(&str) -> bool) -> Part {
    let all = line(clause);
    let plain = language.no_denial.without(&all);
    let agrees = language.assent.is_in(&all);
    let denies = language.denial.is_in(&plain);
    let held = language.hold.is_in(&plain);
    let declines = language.decline.is_in(&plain);
    // Orders begin their clause; in languages whose verb stands last, they end it.
    let count = each(&plain).count();
    let goes = each(&plain).enumerate().any(|(i, w)| (i < 2 || i + 1 == count) && language.go_on.has(w))
        || language.go_on.is_in(&plain) && language.assent.is_unspaced();
    let orders = goes || each(&plain).any(names);
    match () {
        () if language.undecided.is_in(&plain) => Part::Undecided,
        () if question => Part::Asks,
        () if held => Part::No(true),
        () if denies && (agrees || orders) && !opens(&plain, language) => Part::No(true),
        () if declines && !agrees => Part::No(false),
        () if language.supposing.is_in(&all) => Part::Conditional,
        () if agrees || goes || language.choosing.is_in(&plain) => Part::Yes,
        // Whoever orders it with something that was not offered changes it.
        () if orders && brought(&plain, offer, language, names) < 2 => Part::Yes,
        () if count == 0 || each(&plain).all(|w| language.weak_assent.has(w)) || language.weak_assent.is_in(&plain) => {
            Part::Weak
        }
        () => Part::Nothing,
    }
}

/// How many words a clause has that tell something and that the offer has not.
fn brought(clause: &str, offer: &str, language: &Language, names: &dyn Fn(&str) -> bool) -> usize {
    let offer = line(offer);
    let telling = |w: &&str| w.chars().count() >= 4 && !language.is_function(w) && !names(w);
    each(clause).filter(telling).filter(|w| !each(&offer).any(|o| akin(o, w))).count()
}

/// True where a text agrees or confirms in a clause that asks nothing: "I confirm", "a generic is fine by me".
pub(crate) fn agrees(text: &str, language: &Language) -> bool {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    clauses(text).into_iter().filter(|(_, asks)| !asks).map(|(clause, _)| line(clause)).any(|clause| {
        let open = language.undecided.is_in(&clause) || language.denial.is_in(&language.no_denial.without(&clause));
        !open && (language.assent.is_in(&clause) || language.consent.is_in(&clause))
    })
}

/// True where a clause begins with a word of assent: "yes I do not mind".
fn opens(line: &str, language: &Language) -> bool {
    each(line).next().is_some_and(|w| language.assent.has(w) && !language.denial.has(w))
}

/// The clauses of a text, each with whether it asks.
fn clauses(text: &str) -> Vec<(&str, bool)> {
    /// So many are read.
    const MOST: usize = 64;
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let ends = matches!(c, '\n' | '。' | '、' | '！' | '？' | '，' | '–' | '—' | '(' | ')' | '!' | '?')
            || matches!(c, '.' | ',' | ';' | ':' | '-') && next.is_none_or(char::is_whitespace);
        if ends || next.is_none() {
            let end = at + c.len_utf8();
            let clause = &text[start..end];
            if clause.contains(char::is_alphanumeric) && found.len() < MOST {
                found.push((clause, matches!(c, '?' | '？')));
            }
            start = end;
        }
    }
    found
}

/// True for a short reply that says only what was offered: "the blue one", "on Tuesday at nine".
fn takes_up(reply: &str, offer: &str, language: &Language) -> bool {
    const MOST: usize = 8;
    let (reply, offer) = (line(reply), line(offer));
    let telling = |w: &&str| !language.is_function(w) && (w.len() >= 4 || w.bytes().any(|b| b.is_ascii_digit()));
    let mut said = each(&reply).filter(telling).peekable();
    each(&reply).count() <= MOST && said.peek().is_some() && said.all(|w| each(&offer).any(|o| akin(o, w)))
}

/// True for two forms of one word, in small letters without accents.
pub(crate) fn akin(a: &str, b: &str) -> bool {
    use crate::prose::forms::alike;
    let begins = |long: &str, short: &str| short.len() >= 4 && long.starts_with(short);
    alike(a, b) || begins(a, b) || begins(b, a) || a.len() > 2 && b.len() > 2 && stem::of(a) == stem::of(b)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The act is put before the user.
    This,
    /// Something else is asked.
    Other,
    /// Nobody can tell.
    Unclear,
}

/// Whether the question of an offer is about an act: `names` is true for a word that names it, `values` are what it is done with.
pub(crate) fn about(offer: &str, language: &Language, names: &dyn Fn(&str) -> bool, values: &[String]) -> About {
    /// So many words that are about something else make another question.
    const FOREIGN: usize = 3;
    let question = question(offer);
    let asked = line(question);
    let whole = question.to_lowercase();
    let named = each(&asked).any(names);
    if named || values.iter().any(|v| whole.contains(v.as_str())) {
        return About::This;
    }
    let said = |w: &&str| {
        w.chars().count() >= 4
            && !language.is_function(w)
            && ![&language.confirming, &language.assent, &language.go_on, &language.weak_assent]
                .iter()
                .any(|c| c.has(w))
    };
    let others = each(&asked).filter(said).count();
    let confirms = language.confirming.is_in(&asked);
    // "Shall I check the fee?" is answered by a look.
    let looks = |w: &str| language.is_english() && english().is_read_word(w) || class("words").has(w);
    if confirms && each(&asked).any(looks) && !each(&asked).any(|w| language.confirming.has(w)) {
        return About::Other;
    }
    let offered = line(offer);
    let carried = || each(&offered).any(names) || values.iter().any(|v| offer.to_lowercase().contains(v.as_str()));
    match () {
        () if language.assent.is_unspaced() => About::Unclear,
        () if confirms && others < FOREIGN => About::This,
        () if others >= FOREIGN || !confirms && others + 1 >= FOREIGN && question.contains('?') => About::Other,
        () if carried() => About::This,
        () => About::Unclear,
    }
}

/// The last sentence of an offer that asks, or the last one at all.
fn question(offer: &str) -> &str {
    let end = offer.rfind(['?', '？']).map_or(offer.len(), |i| i + offer[i..].chars().next().map_or(1, char::len_utf8));
    let sentence = offer[..end].trim_end();
    let inner = sentence.char_indices().rev().skip(1);
    let mut after = sentence.chars().next_back();
    let mut start = 0;
    for (at, c) in inner {
        let ends = matches!(c, '\n' | '。' | '！' | '？')
            || matches!(c, '.' | '!' | '?') && after.is_some_and(char::is_whitespace);
        if ends {
            start = at + c.len_utf8();
            break;
        }
        after = Some(c);
    }
    sentence[start..].trim_start()
}

#[cfg(test)]
mod tests;
