//! What the user replied to what the agent had offered. Many calls are held against the same words, so that whatever
//! does not depend on the call is found once.

use super::phrases::*;
use super::tokens::{self, Tokens};
use super::wishes::wants;
use super::words::Words;
use crate::dialogue::ordering;
use crate::prose::lexicon;
use crate::session::{Message, Session};
use hindcast_trace::model::Role;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

/// Everything that agent and user said, in order.
pub(crate) struct Talk<'s, 't>(pub(super) Vec<Turn<'s, 't>>);

/// One message, as the answer to what was said before.
pub(super) struct Turn<'s, 't> {
    pub(super) message: &'s Message<'t>,
    tokens: OnceCell<Tokens>,
    exchange: OnceCell<Exchange<'t>>,
    orders: OnceCell<bool>,
    reports_change: OnceCell<bool>,
    deeds: OnceCell<Vec<String>>,
}

impl Turn<'_, '_> {
    /// True when the message orders something, in whatever words.
    pub(super) fn orders(&self) -> bool {
        *self.orders.get_or_init(|| self.message.texts.iter().any(|t| ordering::orders(&t.text)))
    }

    /// Its sentences, in lower case, that want something done.
    pub(super) fn deeds(&self) -> &[String] {
        self.deeds.get_or_init(|| self.message.texts.iter().flat_map(|t| ordering::deeds(&t.text)).collect())
    }

    /// True when the message tells that something is not as it was recorded.
    pub(super) fn reports_change(&self) -> bool {
        *self.reports_change.get_or_init(|| self.message.texts.iter().any(|t| ordering::reports_change(&t.text)))
    }
}

impl<'s, 't> Talk<'s, 't> {
    /// The talk of a session.
    pub(crate) fn of(session: &'s Session<'t>) -> Self {
        let spoken = session.messages.iter().filter(|m| m.role != Role::System);
        let turn = |message| Turn {
            message,
            tokens: OnceCell::new(),
            exchange: OnceCell::new(),
            orders: OnceCell::new(),
            reports_change: OnceCell::new(),
            deeds: OnceCell::new(),
        };
        Talk(spoken.map(turn).collect())
    }

    /// The exchange that ends with the message at this place.
    pub(super) fn exchange(&self, at: usize) -> Option<&Exchange<'t>> {
        let turn = self.0.get(at)?;
        Some(turn.exchange.get_or_init(|| {
            let before = self.0.get(..at).unwrap_or_default();
            let agent = before.iter().rev().take_while(|t| t.message.role == Role::Assistant);
            let mut texts: Vec<_> = agent.map(|t| joined(t.message)).collect();
            let offer = match texts.len() {
                0 | 1 => texts.pop().unwrap_or_default(),
                _ => Cow::Owned(texts.join("\n")),
            };
            Exchange::new(joined(turn.message), offer)
        }))
    }

    /// True when one of the last messages before a place names the operation.
    pub(super) fn is_topic(&self, at: usize, words: &Words<'_>) -> bool {
        self.0.get(..at).unwrap_or_default().iter().rev().take(6).any(|turn| {
            let text = joined(turn.message);
            words.among(&text, turn.tokens.get_or_init(|| Tokens::of(&text)), 0..text.len())
        })
    }
}

/// A reply and the offer that it answers.
pub(super) struct Exchange<'t> {
    pub(super) reply: Cow<'t, str>,
    pub(super) offer: Cow<'t, str>,
    folded: OnceCell<Folded>,
    tokens: OnceCell<Tokens>,
    yes: OnceCell<Option<(usize, usize)>>,
    hold: OnceCell<Option<(usize, usize)>>,
    no: OnceCell<bool>,
    asks: OnceCell<bool>,
    proceeds: OnceCell<bool>,
    identifies: OnceCell<bool>,
    verb: OnceCell<Option<String>>,
}

/// The reply in lower case.
pub(super) struct Folded {
    pub(super) text: String,
    /// Its words.
    pub(super) words: Vec<Range<usize>>,
    /// True where anything in it is a wish.
    pub(super) wants: bool,
}

impl<'t> Exchange<'t> {
    pub(super) fn new(reply: Cow<'t, str>, offer: Cow<'t, str>) -> Self {
        Exchange {
            reply,
            offer,
            folded: OnceCell::new(),
            tokens: OnceCell::new(),
            yes: OnceCell::new(),
            hold: OnceCell::new(),
            no: OnceCell::new(),
            asks: OnceCell::new(),
            proceeds: OnceCell::new(),
            identifies: OnceCell::new(),
            verb: OnceCell::new(),
        }
    }

    pub(super) fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| {
            let text = self.reply.to_lowercase();
            Folded { wants: wants(&text), words: tokens::places(&text), text }
        })
    }

    /// Where the user assents.
    pub(super) fn yes(&self) -> Option<(usize, usize)> {
        *self.yes.get_or_init(|| {
            found(&YES, &self.reply)
                .or_else(|| found(&YES_ANYWHERE, &self.reply))
                .or_else(|| has_short_yes(&self.reply).then_some((0, self.reply.len())))
        })
    }

    /// Where the user holds the action back.
    pub(super) fn hold(&self) -> Option<(usize, usize)> {
        *self.hold.get_or_init(|| {
            let all = HOLD.iter().flat_map(|r| r.find_iter(&self.reply)).map(|m| (m.start(), m.end()));
            all.into_iter().find(|(at, _)| !denied(&self.reply[..*at]))
        })
    }

    /// True when the words that hold something back, which begin at a place, are about another operation ("don't register me
    /// for anything"), or hold only under a condition ("if not, leave it").
    pub(super) fn holds_something_else(
        &self,
        at: usize,
        order: Option<usize>,
        words: &Words<'_>,
        named: &dyn Fn(&str) -> bool,
    ) -> bool {
        let before = self.reply.get(..at).unwrap_or_default();
        let start = before.rfind(['.', '!', '?', '\n', ';']).map_or(0, |i| i + 1);
        let end = self.reply[at..].find(['.', '!', '?', '\n', ';']).map_or(self.reply.len(), |i| at + i);
        let sentence = self.reply[start..end].to_lowercase().replace('’', "'");
        let mut told = ordering::words(&sentence).skip_while(|w| !matches!(*w, "don't" | "not"));
        let verb = told.nth(1).unwrap_or_default();
        let other = !lexicon::english().of_base(verb).is_empty() && !words.has(verb);
        let conditional = ordering::words(&sentence).next().is_some_and(|w| matches!(w, "if" | "otherwise"));
        let rest = || format!("{}\n{}", &self.reply[..start], &self.reply[end..]).to_lowercase();
        // "Pay the tiles. The lamps not yet", "2150, not 1800. And the gutter I can do myself, leave it".
        let held = self.reply.get(start..at).and_then(topic);
        // "Schedule yes. Key: wait, let me ask Owen".
        let agreed = || {
            let named = |s: &&str| ordering::words(s).any(|w| words.has(w));
            let rest = rest();
            rest.split(['.', '!', '\n', ';']).filter(named).any(|s| has_short_yes(s) || found(&YES, s).is_some())
        };
        let ordered = || order.is_some_and(|o| o < start) || words.carried_in(&rest()) || agreed();
        let own =
            |thing: &str| words.has(thing) || named(thing) || ordering::words(&rest()).any(|w| same_thing(w, thing));
        other || conditional || held.is_some_and(|thing| words.marks_withdrawn() || ordered() && !own(&thing))
    }

    /// True where the reply has a number or a time that the call carries, and what it answers has not.
    pub(super) fn brings_value(&self, words: &Words<'_>) -> bool {
        let new = |w: &&str| w.bytes().filter(u8::is_ascii_digit).count() > 1 && !self.offer.contains(*w);
        let said = self.reply.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
        said.filter(new).any(|w| words.carries_number(w))
    }

    /// True when a no goes on with what is wanted instead.
    pub(super) fn wants_instead(&self) -> bool {
        let folded = self.folded().text.as_str();
        let more = ordering::words(folded).skip(1);
        !ordering::words(folded).any(|w| matches!(w, "don't" | "not" | "never" | "stop" | "cancel" | "wait"))
            && more.take(40).any(|w| matches!(w, "just" | "only" | "but" | "instead" | "rather"))
    }

    /// True when the user refuses.
    pub(super) fn no(&self) -> bool {
        *self.no.get_or_init(|| {
            found(&NO, &self.reply).is_some_and(|_| !self.reply.to_ascii_lowercase().contains("no problem"))
        })
    }

    /// True when the offer asks for an answer.
    pub(super) fn asks(&self) -> bool {
        *self.asks.get_or_init(|| {
            self.offer.contains('?') || {
                let folded = self.offer.to_ascii_lowercase();
                ["confirm", "let me know", "tell me", "(yes)", "yes/no", "reply"].iter().any(|w| folded.contains(w))
            }
        })
    }

    /// True when the question is whether to go on.
    pub(super) fn proceeds(&self) -> bool {
        *self.proceeds.get_or_init(|| found(&PROCEED, self.question()).is_some())
    }

    /// True when the question is who the user is.
    pub(super) fn identifies(&self) -> bool {
        *self.identifies.get_or_init(|| found(&IDENTITY, self.question()).is_some())
    }

    /// The verb of the question whether the agent shall do something, in lower case.
    pub(super) fn verb(&self) -> Option<&str> {
        let verb = self.verb.get_or_init(|| {
            let captures = QUESTION_VERB.as_ref()?.captures(self.question())?;
            Some(captures.get(1).map_or("", |m| m.as_str()).to_lowercase())
        });
        verb.as_deref()
    }

    /// The last sentence of the offer that asks, or the last one at all.
    pub(super) fn question(&self) -> &str {
        last_question(&self.offer)
    }

    /// True when the offer names the operation.
    pub(super) fn offers(&self, words: &Words<'_>) -> bool {
        words.among(&self.offer, self.tokens(), 0..self.offer.len())
    }

    /// True when the offer holds a value of the call: a list that the user agrees to covers each of its lines.
    pub(super) fn holds_values(&self, words: &Words<'_>) -> bool {
        let values = words.values();
        !values.is_empty() && {
            let offer = self.offer.to_lowercase();
            values.iter().any(|v| holds(&offer, v))
        }
    }

    /// True when its question does.
    pub(super) fn asks_about(&self, words: &Words<'_>) -> bool {
        let question = self.question();
        let from = question.as_ptr() as usize - self.offer.as_ptr() as usize;
        words.among(&self.offer, self.tokens(), from..from + question.len())
    }

    fn tokens(&self) -> &Tokens {
        self.tokens.get_or_init(|| Tokens::of(&self.offer))
    }
}

/// The thing that a sentence begins with, before words that hold something back: "the lamps", "and the gutter I can do myself,".
fn topic(before: &str) -> Option<String> {
    const JOINS: [&str; 9] = ["and", "but", "also", "as", "for", "or", "with", "then", "ok"];
    const OWN: [&str; 9] = ["the", "my", "our", "his", "her", "their", "those", "these", "your"];
    const LABEL: usize = 3;
    const PERSONS: [&str; 5] = ["i", "we", "i'll", "i'd", "we'll"];
    let folded = before.to_lowercase().replace('\u{2019}', "'");
    // "key: wait, that's our nightly job, …"
    if let Some(label) = folded.split_once(':').map(|(label, _)| label)
        && let Some(thing) = ordering::words(label).last().filter(|w| w.chars().count() > 2)
        && ordering::words(label).count() <= LABEL
    {
        return Some(thing.to_owned());
    }
    let mut words = ordering::words(&folded).skip_while(|w| JOINS.contains(w)).peekable();
    let named = words.next_if(|w| OWN.contains(w)).is_some();
    let thing = words.next()?;
    let rest: Vec<&str> = words.collect();
    let english = lexicon::english();
    let word = thing.chars().count() > 2
        && !english.is("order_filler", thing)
        && !english.is("order_no_verb", thing)
        && english.of_base(thing).is_empty();
    // What follows a name is nothing, or what somebody does with it.
    let follows = rest.is_empty() || rest.iter().any(|w| PERSONS.contains(w)) || rest.len() == 1 && named;
    (word && follows && (named || rest.len() < 2)).then(|| thing.to_owned())
}

/// True for two words for one thing: "tile" and "tiles".
fn same_thing(a: &str, b: &str) -> bool {
    a.trim_end_matches('s') == b.trim_end_matches('s')
}

fn last_question(offer: &str) -> &str {
    let end = offer.rfind('?').map_or(offer.len(), |i| i + 1);
    let sentence = &offer[..end];
    // The mark that ends the sentence itself does not begin it.
    let inner = sentence.char_indices().next_back().map_or("", |(i, _)| &sentence[..i]);
    let start = inner.rfind(['.', '!', '?', '\n']).map_or(0, |i| i + 1);
    &sentence[start..]
}

/// What a message says; nearly always one text, which is lent.
pub(super) fn joined<'t>(message: &Message<'t>) -> Cow<'t, str> {
    if let [only] = message.texts {
        return Cow::Borrowed(&only.text);
    }
    let texts = message.texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n");
    Cow::Owned(texts)
}

/// True when a value stands between other words.
fn holds(text: &str, value: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(value)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + value.len()..].chars().next()))
}
/// True where the words before others deny them: "you don't need to ask", "no need to wait".
fn denied(before: &str) -> bool {
    const DENIES: [&str; 8] = ["don't", "not", "no", "needn't", "never", "without", "dont", "won't"];
    let folded = before.to_lowercase().replace('\u{2019}', "'");
    let joined = folded.ends_with(char::is_whitespace);
    joined && folded.split_whitespace().next_back().is_some_and(|w| DENIES.contains(&w))
}
