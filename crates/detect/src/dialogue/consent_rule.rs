//! The operator's sentences that want the user's word before an act: which acts they cover, and whether the word was given.

use super::assent::{self, About, Answer, Language, akin};
use super::instructed::Instruction;
use super::other_language::mentioned;
use crate::finding::Cite;
use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::prose::lexicon::english;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// So many messages and values are looked at.
const MOST: usize = 64;
/// So many messages back, the user's word may have been given.
const NEAR: usize = 8;
/// Shorter words tell little of what a sentence is about.
const SHORTEST: usize = 3;
/// Words for any act, in small letters without accents.
const ANY_ACT: [&str; 16] = [
    "change",
    "changes",
    "action",
    "actions",
    "anything",
    "modification",
    "modifications",
    "update",
    "updates",
    "anderung",
    "anderungen",
    "changement",
    "cambio",
    "modifica",
    "alteracao",
    "wijziging",
];

/// A sentence that wants the user's word.
#[derive(Debug)]
pub(crate) struct Rule<'i> {
    /// The sentence.
    pub(crate) instruction: &'i Instruction,
    language: &'static Language,
    words: BTreeSet<String>,
    line: String,
}

/// The sentences of the instructions that want the user's word.
pub(crate) fn rules(instructions: &[Instruction]) -> Vec<Rule<'_>> {
    let all: String = instructions.iter().map(|i| i.cite.text()).collect::<Vec<_>>().join("\n");
    let language = assent::language(&all);
    instructions.iter().filter_map(|i| Rule::of(i, language)).collect()
}

impl<'i> Rule<'i> {
    fn of(instruction: &'i Instruction, language: &'static Language) -> Option<Self> {
        let line = line(instruction.cite.text());
        if !language.consent.is_in(&line) || !language.binding.is_in(&line) {
            return None;
        }
        let words = acts_of(&line, language);
        Some(Rule { instruction, language, words, line })
    }

    /// True where it depends on something that nobody knows here: a number, or a case named first.
    pub(crate) fn is_conditional(&self) -> bool {
        self.line.bytes().any(|b| b.is_ascii_digit()) || self.instruction.opens_with_condition()
    }

    /// True where it speaks of the act of a call, or of every act.
    pub(crate) fn covers(&self, call: &Call<'_>) -> bool {
        let general = self.instruction.general() && each(&self.line).any(|w| ANY_ACT.contains(&w));
        general || self.words.is_empty() || self.names(call)
    }

    fn names(&self, call: &Call<'_>) -> bool {
        let other = || {
            let spoken = mentioned(self.instruction.cite.text());
            !self.language.is_english() && families(call).iter().any(|f| spoken.contains(f))
        };
        covers_words(&self.words, call) || !shares_name(&self.words, call) && other()
    }

    /// True where another sentence lets this be done without, or the sentence itself names a case that the user speaks of.
    pub(crate) fn is_lifted(&self, all: &[Instruction], session: &Session<'_>, call: &Call<'_>) -> bool {
        let mut own = name_words(call);
        own.extend(value_words(call));
        let freed = |i: &Instruction| {
            let text = line(i.cite.text());
            self.language.free.is_in(&text)
                && !self.language.binding.is_in(&text)
                && own.iter().any(|o| {
                    let named = |words: &BTreeSet<String>| words.iter().any(|w| akin(w, o));
                    named(&content(&text, self.language)) && !named(&self.words)
                })
        };
        all.iter().filter(|i| i.cite != self.instruction.cite).any(freed) || self.is_excepted(session, call)
    }

    fn is_excepted(&self, session: &Session<'_>, call: &Call<'_>) -> bool {
        let text = self.instruction.cite.text();
        let clauses: Vec<&str> = text.split([',', ';', ':', '(']).collect();
        let excepting = clauses
            .iter()
            .map(|c| line(c))
            .filter(|c| self.language.but_for.is_in(c) && !self.language.consent.is_in(c));
        let users = session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event).take(MOST);
        let heard: Vec<String> = users.flat_map(|m| m.texts).map(|t| line(&t.text)).collect();
        let close = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count() >= 4;
        excepting.flat_map(|c| content(&c, self.language)).any(|w| {
            w.len() >= 4
                && (heard.iter().any(|h| each(h).any(|s| s.len() >= 4 && close(s, &w)))
                    || value_words(call).iter().any(|v| close(v, &w)))
        })
    }
}

fn shares_name(words: &BTreeSet<String>, call: &Call<'_>) -> bool {
    name_words(call).iter().any(|n| words.iter().any(|w| akin(w, n)))
}

/// True where words speak of the act of a call: by its name, or by an English verb or noun for it.
pub(crate) fn covers_words(words: &BTreeSet<String>, call: &Call<'_>) -> bool {
    let name = name_words(call);
    let shared: BTreeSet<&String> = name.iter().filter(|n| words.iter().any(|w| akin(w, n))).collect();
    let others = words.iter().filter(|w| !shared.iter().any(|s| akin(s, w)));
    let verbs: Vec<&'static str> = others.flat_map(|w| english_families(w)).collect();
    if shared.is_empty() {
        return families(call).iter().any(|f| verbs.contains(f));
    }
    // "Cancel an appointment only after a yes" says nothing of new appointments.
    let rest: Vec<&'static str> =
        name.iter().filter(|n| !shared.contains(n)).flat_map(|n| english().of_tool_word(n)).copied().collect();
    // "Placing an order" is what `order_create` does.
    let makes =
        || rest.iter().all(|f| *f == "create") && !verbs.iter().any(|f| matches!(*f, "cancel" | "delete" | "refund"));
    rest.is_empty() || verbs.is_empty() || rest.iter().any(|f| verbs.contains(f)) || makes() || shared.len() > 1
}

/// What the user's words before a call amount to.
#[derive(Debug)]
pub(crate) struct Given {
    /// What the deciding reply says.
    pub(crate) answer: Answer,
    /// The deciding reply, where there is one.
    pub(crate) cite: Option<Cite>,
    /// True where the agent had put the act before the user.
    pub(crate) asked: bool,
}

/// Whether the user gave their word for a call, by its latest reply that decides.
pub(crate) fn given(session: &Session<'_>, call: &Call<'_>) -> Given {
    let spoken: Vec<_> = session.messages.iter().filter(|m| m.role != Role::System && m.event < call.event).collect();
    let name = name_words(call);
    let families = families(call);
    let values = whole_values(call);
    let mut ordered = None;
    let users = spoken.iter().enumerate().rev().filter(|(_, m)| m.role == Role::User);
    for (at, message) in users.take(NEAR) {
        let reply = message.texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n");
        let before = spoken[..at].iter().rev().take_while(|m| m.role == Role::Assistant);
        let mut offers: Vec<&str> = before.flat_map(|m| m.texts).map(|t| t.text.as_str()).collect();
        offers.reverse();
        let offer = offers.join("\n");
        let language = assent::language(&format!("{offer}\n{reply}"));
        let names =
            |w: &str| name.iter().any(|n| akin(n, w)) || english_families(w).iter().any(|f| families.contains(f));
        let cite = || message.texts.last().and_then(|t| Cite::of(message.event, t, 0..t.text.floor_char_boundary(300)));
        if offer.trim().is_empty() {
            // Nobody had asked: only words that agree or confirm count.
            if assent::agrees(&reply, language) {
                return Given { answer: Answer::Yes, cite: cite(), asked: false };
            }
            let answer = assent::read(&reply, "", language, &|_| false);
            ordered = ordered.or_else(|| cite().map(|c| (answer, c)));
            continue;
        }
        let answer = assent::read(&reply, &offer, language, &names);
        match assent::about(&offer, language, &names, &values) {
            About::This if answer == Answer::Yes || answer.withholds() => {
                return Given { answer, cite: cite(), asked: true };
            }
            About::Other if !(answer == Answer::Yes && each(&line(&reply)).any(names)) => {
                ordered = ordered.or_else(|| cite().map(|c| (Answer::Unclear, c)));
            }
            // What nobody can tell decides for the user.
            _ => return Given { answer: Answer::Unclear, cite: cite(), asked: true },
        }
    }
    let (answer, cite) = ordered.map_or((Answer::Silent, None), |(answer, cite)| (answer, Some(cite)));
    Given { answer: if answer == Answer::Yes { Answer::Unclear } else { answer }, cite, asked: false }
}

/// True where an earlier call, or its answer, speaks of leave that somebody gave.
pub(crate) fn leave_was_given(session: &Session<'_>, call: &Call<'_>) -> bool {
    let leave = |text: &str| each(&line(text)).any(super::limits::is_leave);
    let earlier = session.calls.iter().take_while(|c| c.event < call.event).filter(|c| c.failure().is_none());
    earlier.take(MOST).any(|c| {
        c.known.words.iter().any(|w| leave(w))
            || c.result
                .as_ref()
                .and_then(|r| r.content)
                .is_some_and(|t| leave(&t.text[..t.text.floor_char_boundary(2000)]))
    })
}

/// The words of a rule that may name the act: what is agreed to, behind the word for agreeing, is not done ("after your yes to the quote").
fn acts_of(line: &str, language: &Language) -> BTreeSet<String> {
    /// So many words behind it are what is agreed to.
    const OBJECT: usize = 5;
    let all = content(line, language);
    let words: Vec<&str> = each(line).collect();
    let at = words.iter().position(|w| language.consent.has(w));
    let behind = at.map_or(&[][..], |at| &words[at + 1..]);
    let object = behind.iter().take(OBJECT).take_while(|w| !language.binding.has(w));
    let object: BTreeSet<&str> = object.copied().filter(|w| english_families(w).is_empty()).collect();
    let outside = words.len() - behind.len();
    let elsewhere = |w: &str| words[..outside].iter().any(|o| akin(o, w));
    let acts: BTreeSet<String> = all.iter().filter(|w| !object.contains(w.as_str()) || elsewhere(w)).cloned().collect();
    if acts.is_empty() { all } else { acts }
}

/// The words of a line that tell what is spoken about.
pub(crate) fn content(line: &str, language: &Language) -> BTreeSet<String> {
    let listed = |w: &str| [&language.consent, &language.binding, &language.but_for].iter().any(|c| c.has(w));
    let used = |w: &&str| w.chars().count() >= SHORTEST && !language.is_function(w) && !listed(w);
    each(line).filter(used).map(str::to_owned).collect()
}

/// The words of a tool's name.
pub(crate) fn name_words(call: &Call<'_>) -> BTreeSet<String> {
    const EMPTY: [&str; 14] =
        ["get", "set", "new", "the", "data", "info", "for", "and", "with", "details", "user", "customer", "api", "run"];
    let words = call.known.words.iter().map(|w| plain(w));
    words.filter(|w| w.chars().count() >= SHORTEST && !EMPTY.contains(&w.as_str())).collect()
}

/// A word of a name without accents, in whichever of both ways it was spelled: "ueberweisung".
fn plain(word: &str) -> String {
    unaccented(word).replace("ue", "u").replace("ae", "a").replace("oe", "o")
}

fn leaves(call: &Call<'_>) -> Vec<String> {
    let args = call.args().into_iter().flat_map(Value::entries).take(MOST).map(|(_, v)| v);
    let plain = args.flat_map(|v| v.items().chain((!v.is_array() && !v.is_object()).then_some(v))).take(MOST);
    plain.map(|v| v.str().unwrap_or_else(|| v.raw()).into_owned()).collect()
}

/// The words of a call's values and keys.
pub(crate) fn value_words(call: &Call<'_>) -> BTreeSet<String> {
    let keys: Vec<String> = call
        .args()
        .into_iter()
        .flat_map(Value::entries)
        .take(MOST)
        .filter_map(|(k, _)| k.str().map(|k| k.into_owned()))
        .collect();
    let texts = leaves(call).into_iter().chain(keys);
    texts
        .flat_map(|t| each(&line(&t)).map(str::to_owned).collect::<Vec<_>>())
        .filter(|w| w.chars().count() >= SHORTEST)
        .collect()
}

/// The plain values of a call that tell it from another, in small letters.
fn whole_values(call: &Call<'_>) -> Vec<String> {
    let telling = |v: &String| v.chars().count() >= 3 && !matches!(v.as_str(), "true" | "false" | "null");
    leaves(call).into_iter().map(|v| v.to_lowercase()).filter(telling).collect()
}

/// The families that a call's name speaks of, in any language.
fn families(call: &Call<'_>) -> Vec<&'static str> {
    let mut all = mentioned(&call.known.words.join(" "));
    all.extend(call.known.families.iter().filter_map(|f| english().family(f)));
    all
}

/// The families that an English word asks for or names, in any of its forms.
fn english_families(word: &str) -> Vec<&'static str> {
    let stem = crate::prose::stem::of(word);
    let mut all: Vec<&'static str> = Vec::new();
    for form in [word, stem.as_ref()] {
        all.extend(english().of_base(form));
        all.extend(english().of_past(form));
        all.extend(english().of_noun(form));
    }
    let silent = format!("{stem}e");
    all.extend(english().of_base(&silent));
    all
}
