//! Whether the user wanted a write: an explicit yes to it, an order or a choice in their own words, or neither.

use crate::capture;
use crate::finding::Cite;
use crate::language;
use crate::lexicon;
use crate::operation::Operation;
use crate::passage;
use crate::session::{Call, Message, Session};
use hindcast_trace::model::Role;
use crate::pattern;
use regex::Regex;
use std::sync::LazyLock;

/// How far the user went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing that the user said wants it.
    None,
    /// The user ordered it, or chose it from an offer.
    Imperative,
    /// The agent put it before the user, who said yes.
    Explicit,
}

/// What the user's words amount to for one call.
#[derive(Debug, Clone)]
pub struct Consent {
    /// How far the user went.
    pub level: Level,
    /// The user's words that decide, for or against.
    pub cite: Option<Cite>,
    /// The question or offer that they answer.
    pub offer: Option<Cite>,
    /// Why they do not cover the call, where they were looked at and do not.
    pub why_not: Option<&'static str>,
    /// The event of the deciding words.
    pub event: Option<u32>,
}

fn regex(pattern: &str) -> Option<Regex> {
    pattern::compile(pattern)
}

// A reply that opens with assent. "No problem, go ahead" is one too.
static YES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)^\W*(?:(?:great|perfect|alright|all right|okay|ok|oh|right|well|hmm|uh|um|thanks|thank you|got it|i see|no problem|hi|hello)\b[\s,.!-]*)*(?:yes|yep|yeah|yup|sure|ok|okay|please do|please (?:proceed|go ahead|continue)|go ahead|go for it|do it|do that|confirm(?:ed)?|i confirm|i (?:do )?agree|agreed|approved?|absolutely|definitely|of course|correct|exactly|right|sounds (?:good|right|great|perfect|fine)|that(?:'s| is) (?:fine|right|correct|good|ok|okay|perfect)|that works|works for me|looks (?:good|right|great|correct)|proceed|let's (?:do|go)|perfect|great|fine|good|both|all of them)\b")
});
static YES_ANYWHERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:go ahead|please proceed|proceed with|you can proceed|i(?:'d| would)? (?:like|want) to proceed|i confirm|i approve|(?:that's|it's) approved|approved|yes,? (?:please|i|that|go|do|confirm|cancel|send|book|both)|i'm sure|go for it|do it|let's do (?:it|that|this)|confirmed|sounds good|i agree|please do (?:it|that|so)|i'd like to (?:go|move) (?:ahead|forward)|let's go (?:ahead|with))\b")
});
// A reply that holds the action back, or takes a yes back. Read after the last word of assent.
static HOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:let me (?:think|check|see|ask|read|look|review)|think about it|think it over|not yet|not now|hold (?:it|off|on|that)|(?:actually |please |no,? )wait\b|^wait\b|stop\b|don't (?:\w+ ){0,4}(?:yet|anything|it|that)|do not (?:\w+ ){0,4}(?:yet|anything|it|that)|before (?:anything|you (?:send|do|book|cancel)|it goes|sending|we proceed)|read it over|look (?:it|that) over|(?:to|can i) (?:review|see) it first|need to (?:ask|check with|talk)\b|never ?mind\b|changed my mind|i'd rather not\b|(?:leave|keep) it(?: as| the way| for now|[.!,]|$))")
});
static NO: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"(?i)^\W*(?:no|nope|nah|never|don't|do not|stop)\b"));
static CONDITION: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)\b(?:only if|but only|as long as|provided (?:that|it)|unless|on condition|if (?:it's|it is|that's) free)\b"));
static FREE: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"(?i)\b(?:nothing|free|no (?:fee|charge|cost|penalty)|without (?:a )?(?:fee|charge|cost|penalty))\b"));
// The verb in the agent's question, to tell "shall I check the fee?" from "shall I cancel?".
static QUESTION_VERB: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:shall i|should i|may i|can i|could i|do you want me to|would you like me to|want me to|like me to|i can|i could)\s+(?:also |just |now |please |then )*(\w+)")
});
static CHOICE: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"(?i)\b(?:either|which(?: one)?|one of)\b"));
static ALL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"(?i)\b(?:both|all|each|every|everything|two|three)\b"));
// A question that goes on with what was spoken of: "would you like to proceed?"
static PROCEED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:proceed|go ahead|move forward|continue|finali[sz]e|complete (?:this|the)|please confirm|do you confirm|confirm (?:this|these|if|that|to|the)|should i|shall i|(?:want|like) me to)\b")
});
static GO_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:proceed|go ahead|move forward|continue|finali[sz]e|please confirm|do you confirm|confirm (?:this|these|if|that))\b")
});
static IDENTITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(?:am i speaking|is this|are you the|account holder|verify (?:your|that)|confirm (?:your|that you)|is (?:that|this) (?:your|the correct)|your (?:full )?name|date of birth|anything else)\b")
});

fn found(regex: &LazyLock<Option<Regex>>, text: &str) -> Option<(usize, usize)> {
    regex.as_ref()?.find(text).map(|m| (m.start(), m.end()))
}

/// Why the conversation before a call cannot be judged, if so.
pub fn unreadable(session: &Session<'_>, call: &Call<'_>) -> Option<&'static str> {
    let before = || session.messages.iter().filter(|m| m.event < call.event);
    if !before().any(|m| m.role == Role::User) {
        return Some("the trace holds nothing that the user said before");
    }
    for message in before().filter(|m| m.role == Role::User) {
        for text in message.texts {
            match capture::of(&text.text) {
                capture::Capture::Redacted | capture::Capture::Empty => return Some("what the user said was not captured"),
                _ if language::is_foreign(&text.text) => return Some("the conversation is in a language whose words are not known here"),
                _ => {}
            }
        }
    }
    // The agent asked, and acts in another turn: what the user answered is missing.
    let last = before().next_back()?;
    let loc = |event: u32| session.event(event).loc;
    let asked = last.role == Role::Assistant && last.texts.last().is_some_and(|t| t.text.trim_end().ends_with('?'));
    let first_call = session.calls.iter().find(|c| c.event > last.event)?;
    (asked && first_call.event == call.event && loc(last.event) != loc(call.event)).then_some("the user's answer was not captured")
}

/// What the user's words amount to for a call.
pub fn of(session: &Session<'_>, call: &Call<'_>, operation: &Operation) -> Consent {
    let before: Vec<&Message<'_>> = session.messages.iter().filter(|m| m.event < call.event && m.role != Role::System).collect();
    let mut consent = Consent { level: Level::None, cite: None, offer: None, why_not: None, event: None };
    let words = Words::of(call, operation);
    // From the last word backwards: what was said last counts.
    for (i, message) in before.iter().enumerate().rev() {
        if message.role != Role::User {
            continue;
        }
        let reply = joined(message);
        let offer = before[..i].iter().rev().take_while(|m| m.role == Role::Assistant).map(|m| joined(m)).collect::<Vec<_>>().join("\n");
        let topic = before[..i].iter().rev().take(6).any(|m| words.in_text(&joined(m)));
        let said = judge(&reply, &offer, &words, topic);
        let quote = || message.texts.first().and_then(|t| Cite::of(message.event, t, 0..crate::rejection::clip(&t.text, 300)));
        match said {
            Said::Nothing => continue,
            Said::Against(why) => {
                return Consent { level: Level::None, cite: quote(), why_not: Some(why), event: Some(message.event), ..consent };
            }
            Said::For(level) => {
                consent.level = level;
                consent.cite = quote();
                consent.event = Some(message.event);
                consent.offer = before[..i].last().filter(|m| m.role == Role::Assistant).and_then(|m| Cite::whole(m.event, m.texts.last()?));
                let why = reasons_against(session, call, message.event, &reply, &offer);
                if why.is_some() {
                    consent.level = Level::None;
                    consent.why_not = why;
                }
                // A detail given later does not take an earlier yes back; another write in between uses it up.
                if consent.level == Level::Imperative
                    && let Some(earlier) = earlier_yes(session, call, &before[..i], &words)
                {
                    return earlier;
                }
                return consent;
            }
        }
    }
    if session.request().delegates(call.event) {
        consent.level = Level::Imperative;
    }
    consent
}

/// An explicit yes before the words that decide, with nothing done and nothing taken back since.
fn earlier_yes(session: &Session<'_>, call: &Call<'_>, before: &[&Message<'_>], words: &Words) -> Option<Consent> {
    for (i, message) in before.iter().enumerate().rev().filter(|(_, m)| m.role == Role::User).take(3) {
        let used = session.calls.iter().any(|c| {
            c.event > message.event && c.event < call.event && crate::rejection::of(c).is_none() && crate::operation::of(c).weight == crate::operation::Weight::Heavy
        });
        if used {
            return None;
        }
        let reply = joined(message);
        let offer = before[..i].iter().rev().take_while(|m| m.role == Role::Assistant).map(|m| joined(m)).collect::<Vec<_>>().join("\n");
        let yes = found(&YES, &reply).is_some();
        match judge(&reply, &offer, words, false) {
            Said::For(Level::Explicit) if yes && reasons_against(session, call, message.event, &reply, &offer).is_none() => {
                return Some(Consent {
                    level: Level::Explicit,
                    cite: message.texts.first().and_then(|t| Cite::whole(message.event, t)),
                    offer: None,
                    why_not: None,
                    event: Some(message.event),
                });
            }
            Said::Against(_) => return None,
            _ => {}
        }
    }
    None
}

enum Said {
    Nothing,
    For(Level),
    Against(&'static str),
}

/// What one reply says about an operation.
/// `topic` is true when the talk before was of it.
fn judge(reply: &str, offer: &str, words: &Words, topic: bool) -> Said {
    let order = words.order(reply);
    let yes = found(&YES, reply).or_else(|| found(&YES_ANYWHERE, reply));
    let hold = found(&HOLD, reply);
    if let Some((at, _)) = hold
        && yes.is_none_or(|(y, _)| y <= at)
        && order.is_none_or(|o| o < at)
        && (words.in_text(offer) || order.is_some() || yes.is_some())
    {
        return Said::Against("the user held it back");
    }
    let about = offer_is_about(offer, words);
    let asked = asks(offer);
    match (yes, order) {
        (Some(_), Some(_)) if asked || !offer.is_empty() => Said::For(Level::Explicit),
        // "Pay 310 euros. Yes, I approve it."
        (Some((at, _)), Some(_)) if at > 0 => Said::For(Level::Explicit),
        (_, Some(_)) if is_order_answer(offer, words) => Said::For(Level::Explicit),
        (_, Some(_)) => Said::For(Level::Imperative),
        (Some(_), None) if about == About::This => Said::For(Level::Explicit),
        (Some(_), None) if about == About::Unclear && topic && found(&GO_ON, last_question(offer)).is_some() => Said::For(Level::Explicit),
        (Some(_), None) if about == About::Unclear && asked => Said::For(Level::Imperative),
        (Some(_), None) => Said::Nothing,
        (None, None) if found(&NO, reply).is_some_and(|_| !reply.to_ascii_lowercase().contains("no problem")) && about == About::This && asked => {
            Said::Against("the user said no")
        }
        // "Number 2.", "the Visa": a choice from what was offered.
        (None, None) if about == About::This && reply.split_whitespace().count() <= 14 && !reply.trim_end().ends_with('?') => {
            let settled = found(&PROCEED, last_question(offer)).is_some();
            Said::For(if settled { Level::Explicit } else { Level::Imperative })
        }
        _ => Said::Nothing,
    }
}

/// The user repeats the order as the answer to the question whether to do it.
fn is_order_answer(offer: &str, words: &Words) -> bool {
    found(&PROCEED, last_question(offer)).is_some() && offer_is_about(offer, words) == About::This
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    This,
    Other,
    Unclear,
}

/// Whether a question or offer is about this operation.
fn offer_is_about(offer: &str, words: &Words) -> About {
    if offer.is_empty() {
        return About::Other;
    }
    let last = last_question(offer);
    if let Some(captures) = QUESTION_VERB.as_ref().and_then(|r| r.captures(last)) {
        let verb = captures.get(1).map_or("", |m| m.as_str()).to_lowercase();
        if words.has(&verb) {
            return About::This;
        }
        // "Shall I check the fee?" is answered by a look.
        if lexicon::english().is_read_word(&verb) {
            return About::Other;
        }
    }
    if words.in_text(last) {
        return About::This;
    }
    if found(&IDENTITY, last).is_some() {
        return About::Other;
    }
    if words.in_text(offer) { About::This } else { About::Unclear }
}

fn asks(offer: &str) -> bool {
    let folded = offer.to_ascii_lowercase();
    offer.contains('?') || ["confirm", "let me know", "tell me", "(yes)", "yes/no", "reply"].iter().any(|w| folded.contains(w))
}

/// The last sentence that asks, or the last one at all.
fn last_question(offer: &str) -> &str {
    let end = offer.rfind('?').map_or(offer.len(), |i| i + 1);
    let start = offer[..end.saturating_sub(1)].rfind(['.', '!', '?', '\n']).map_or(0, |i| i + 1);
    offer.get(start..end).unwrap_or(offer)
}

/// What speaks against a yes that was given.
fn reasons_against(session: &Session<'_>, call: &Call<'_>, event: u32, reply: &str, offer: &str) -> Option<&'static str> {
    if found(&CONDITION, reply).is_some() && found(&FREE, reply).is_some() && costs(session, event, call.event) {
        return Some("the user's condition was not met");
    }
    if found(&CHOICE, last_question(offer)).is_some() && found(&ALL, reply).is_none() {
        let another = session.calls.iter().any(|c| {
            c.event > event && c.event < call.event && c.name.text == call.name.text && crate::rejection::of(c).is_none() && !same_arguments(c, call)
        });
        if another {
            return Some("the user chose one, which had been done already");
        }
    }
    crate::agreement::differs(session, call, event, reply, offer)
}

fn same_arguments(a: &Call<'_>, b: &Call<'_>) -> bool {
    a.arguments.map(|t| &t.text) == b.arguments.map(|t| &t.text)
}

/// True when an answer between two events names a fee that is not nothing.
fn costs(session: &Session<'_>, from: u32, to: u32) -> bool {
    session.calls.iter().filter(|c| c.event > from && c.event < to).filter_map(|c| c.result.as_ref()?.json()).any(|json| {
        json.entries().any(|(key, value)| {
            let key = key.str().unwrap_or_default().to_ascii_lowercase();
            ["fee", "charge", "cost", "penalty", "difference", "surcharge"].iter().any(|w| key.contains(w)) && value.f64().is_some_and(|v| v > 0.0)
        })
    })
}

fn joined(message: &Message<'_>) -> String {
    message.texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// The words with which people name one operation.
struct Words {
    verbs: Vec<String>,
    /// What the operation is called.
    nouns: Vec<String>,
    /// Whatever else it goes by: participles, the object in the tool's name.
    others: Vec<String>,
}

/// Words in tools' names that are about anything.
const EMPTY_WORDS: [&str; 24] = [
    "user", "to", "by", "of", "the", "a", "id", "for", "in", "and", "with", "get", "set", "do", "new", "data", "info", "details", "from", "on", "all", "items", "v2", "make",
];

impl Words {
    fn of(call: &Call<'_>, operation: &Operation) -> Self {
        let lexicon = lexicon::english();
        let mut verbs = Vec::new();
        let mut nouns = Vec::new();
        let mut others = Vec::new();
        for family in &operation.families {
            if let Some(words) = lexicon.families.get(family) {
                verbs.extend(words.base.iter().cloned());
                others.extend(words.past.iter().chain(&words.noun).cloned());
                nouns.extend(words.noun.iter().cloned());
            }
        }
        verbs.extend(SYNONYMS.iter().filter(|(f, _)| operation.families.iter().any(|o| o == f)).flat_map(|(_, w)| w.iter().map(|w| (*w).to_owned())));
        for word in crate::contract::words_of(&call.name.text) {
            if word.len() > 2 && !EMPTY_WORDS.contains(&word.as_str()) {
                if verbs.is_empty() {
                    verbs.push(word.clone());
                }
                others.push(word);
            }
        }
        Words { verbs, nouns, others }
    }

    fn has(&self, word: &str) -> bool {
        self.verbs.iter().chain(&self.others).any(|w| same_stem(w, word))
    }

    /// True when a text names the operation.
    fn in_text(&self, text: &str) -> bool {
        text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|w| w.len() > 2 && self.has(&w.to_lowercase()))
    }

    /// Where the user orders it in their own words.
    fn order(&self, text: &str) -> Option<usize> {
        let folded = text.to_lowercase();
        for (start, word) in words_at(&folded) {
            if !self.verbs.iter().any(|v| v == word) {
                continue;
            }
            let before = &folded[..start];
            let sentence = before.rsplit(['.', '!', '?', '\n', ',']).next().unwrap_or_default();
            if hypothetical(sentence, &folded[start..]) {
                continue;
            }
            // "and to each user write the message": a verb with an object behind it.
            let next = words_at(&folded[start + word.len()..]).next().map_or("", |(_, w)| w);
            let has_object = ["the", "a", "an", "them", "him", "her", "it", "all", "my", "me", "this", "that"].contains(&next);
            let told = words_at(sentence).last().is_some_and(|(_, w)| matches!(w, "i" | "we" | "they" | "who" | "he" | "she" | "didn't" | "did"));
            if passage::is_imperative(before) || wants(sentence) || (has_object && !told) {
                return Some(start);
            }
        }
        // "I'd like a refund", "I want my money back".
        self.nouns.iter().find_map(|noun| {
            let at = folded.find(noun.as_str())?;
            let sentence = folded[..at].rsplit(['.', '!', '?', '\n']).next().unwrap_or_default();
            (wants(sentence) && !hypothetical(sentence, &folded[at..])).then_some(at)
        })
    }
}

/// Everyday verbs for families whose words in the lexicon are those of tools.
const SYNONYMS: [(&str, &[&str]); 10] = [
    ("cancel", &["cancel", "drop", "stop", "end", "get rid of", "call off"]),
    ("refund", &["return", "refund", "give back", "money back"]),
    ("update", &["add", "switch", "put", "make", "fix", "upgrade", "reschedule", "use", "turn", "remove", "move", "give", "assign", "swap", "exchange"]),
    ("create", &["make", "set", "put", "give", "register", "schedule", "book", "send", "order", "get", "return", "start"]),
    ("send", &["tell", "write", "let", "answer", "ask", "give", "contact", "ping", "mail", "invite", "add", "say", "respond"]),
    ("book", &["get", "take", "reserve", "schedule", "put", "make", "go with", "set", "move", "change"]),
    ("order", &["get", "buy", "take", "purchase"]),
    ("pay", &["buy", "pay", "order", "take", "settle"]),
    ("transfer", &["send", "pay", "move", "put", "give"]),
    ("delete", &["delete", "remove", "clean", "get rid of", "drop", "take"]),
];

fn words_at(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
        .filter(|w| !w.is_empty())
        .map(|w| (w.as_ptr() as usize - text.as_ptr() as usize, w))
}

fn wants(sentence: &str) -> bool {
    ["want", "i'd like", "i would like", "would like", "need", "wish", "i'll", "let's", "looking to", "please", "hoping to", "can you", "could you", "can i", "could i", "decided to", "going to", "i will", "prefer", "trying to"]
        .iter()
        .any(|w| sentence.contains(w))
}

/// "How much would I get if I cancelled", "may have to give up": talk of what might be.
fn hypothetical(before: &str, after: &str) -> bool {
    ["if i", "if we", "would it", "would i", "may have to", "might", "thinking about", "thinking of", "how do i", "how can i", "how much", "what would", "what happens", "wondering", "don't", "do not", "never", "without", "fair", "not to"]
        .iter()
        .any(|w| before.contains(w))
        || after.split(['.', '!', '\n']).next().is_some_and(|s| s.contains("would it") || s.contains("what would"))
}

fn same_stem(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let stem = short.strip_suffix('e').unwrap_or(short);
    short.len() >= 4 && long.starts_with(stem) && ["s", "es", "ed", "d", "ing", "led", "ling", "lation", "ation", "tion", "ion", "al", "ment", "r", "er"].contains(&&long[stem.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancel() -> Words {
        Words {
            verbs: vec!["cancel".into()],
            nouns: vec!["cancellation".into()],
            others: vec!["cancelled".into(), "cancellation".into(), "booking".into()],
        }
    }

    #[test]
    fn replies_are_weighed() {
        let ask = "Booking B-1 costs 15.00 to cancel. Should I cancel it?";
        for yes in ["Yes.", "yes please", "No problem, go ahead.", "Sounds right, go for it.", "Confirmed."] {
            assert!(matches!(judge(yes, ask, &cancel(), true), Said::For(Level::Explicit)), "{yes}");
        }
        for hold in ["Okay, hmm, let me think about it.", "Yes go ahead. Actually wait, hold it."] {
            assert!(matches!(judge(hold, ask, &cancel(), true), Said::Against(_)), "{hold}");
        }
        assert!(matches!(judge("Cancel booking B-1.", "", &cancel(), true), Said::For(Level::Imperative)));
        assert!(matches!(judge("How much would I get back if I cancelled?", "", &cancel(), true), Said::Nothing));
        assert!(matches!(judge("Yes please.", "Shall I check what the fee is?", &cancel(), true), Said::Nothing));
        assert!(matches!(judge("No.", ask, &cancel(), true), Said::Against(_)));
    }
}
