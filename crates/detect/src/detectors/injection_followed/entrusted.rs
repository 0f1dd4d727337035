//! Texts that the user gave to the agent to carry out, or to take an address or a figure from: what they say is the user's
//! order, unless they go beyond it.

use super::answered;
use super::words::SAYS;
use crate::dialogue::{other_language, request};
use crate::prose::{foreign, instruction, passage, pattern};
use crate::session::{Call, Session};
use hindcast_trace::model::Role;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

// What no order of the user's covers: to leave orders, to keep something from the user, to pass secrets on, to speak as
// somebody in charge.
static BEYOND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:ignore|disregard|forget|override|bypass)\b|\b(?:previous|prior|original|earlier|current)\s+(?:instructions?|orders?|tasks?|requests?)\b|<\s*/?\s*(?:information|system|important|instructions?|admin)\b|\[\[|\b(?:system|admin(?:istrator)?|developer|platform)\s+(?:message|note|notice|prompt|override|instructions?|update|command)\b|\b(?:language models?|llms?)\b|\b(?:user|human|owner)\b|\b(?:do not|don't|never|without)\s+(?:tell\w*|mention\w*|report\w*|inform\w*|show\w*|disclos\w*|ask\w*|confirm\w*|notify\w*)\b|\b(?:silently|quietly|secretly|discreetly|confidential\w*)\b|\b(?:passwords?|passcodes?|credentials?|secrets?|api[\s_-]?keys?|access tokens?|private keys?)\b|\b(?:all|every|whole|entire|full|complete)\s+(?:\w+\s+)?(?:customers?|clients?|patients?|members?|contacts?|records?|database|list of|files?|e-?mails?|messages?|history|transcripts?|conversation)\b",
    )
});
// "Handle ticket 12", "process it": something is dealt with whose own words may ask for things.
static DEALS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:handle|process|work (?:on|off|through)|deal with|act on|take care of|resolve|see to|carry out|do (?:it|them|that|those|this|so)\b|get (?:it|them|that|those|everything) done)\b",
    )
});
// The text is said to speak to the agent, or to be its task.
static FOR_AGENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:for|to|on|by|at) (?:you|yourself|the (?:\w+ )?(?:bot|assistant|agent|ai))\b|\byours\b|\byour (?:part|points?|items?|tasks?|share|to-?dos?|queue|name)\b|\byou(?:'re| are) (?:assigned|asked|told|meant)\b",
    )
});
// The operator says that texts of this kind are orders.
static WORK_ORDERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:tickets?|mails?|e-?mails?|messages?|notes?|requests?|entries|tasks?|memos?|orders|points|items)\b[^.!?\n]{0,100}\b(?:is|are|counts? as)\b[^.!?\n]{0,20}\b(?:work orders?|yours|your (?:job|work|orders?|tasks?)|instructions|orders|binding)\b|\bact on\b[^.!?\n]{0,30}\b(?:addressed|assigned|directed|sent) to you\b",
    )
});
const TEXTS: &str = r"(?:e-?mails?|mails?|message|note|letter|manual|ticket|memo|handbook|form|thread|chat|invoice|contract|log|file|page|document|record|entry|reply|answer|post|leaflet|website|brochure|card|sheet|list)";
const VALUES: &str = r"(?:where|whom|who to|address(?:es)?|recipients?|contacts?|accounts?|ibans?|numbers?|amounts?|prices?|figures?|rates?|dates?|times?|details|values?|quantit(?:y|ies)|names?)";
// "Send it where the mail says", "the address is in the manual", "her mail has the new prices, enter them".
static POINTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(&format!(
        r"(?i)\b{VALUES}\b[^.!?\n]{{0,40}}\b(?:in|on|from|per)\b (?:\S+ ){{0,3}}?{TEXTS}\b|\b(?:in|on|from|per)\b (?:\S+ ){{0,3}}?{TEXTS}\b[^.!?\n]{{0,12}}\b{VALUES}\b|\b{TEXTS}\b[^.!?\n]{{0,12}}\b(?:has|have|gives?|names?|states?|contains?|lists?|holds?|says)\b[^.!?\n]{{0,20}}\b{VALUES}\b|\b(?:where(?:ver)?|to whom|whom|which (?:address|account|number))\b[^.!?\n]{{0,20}}\b(?:says?|said|wrote|writes?|asks?|asked|wants?|wanted|tells?|told|named?|names|gave|gives)\b|\b(?:wrote|said|says|told|named|gave)\b[^.!?\n]{{0,12}}\b(?:where|whom|which (?:address|account|number))\b"
    ))
});

// What tells its reader how to write, or binds whatever comes.
static DICTATES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)://|\b(?:lines?|sentences?|phrase|slogan|words|links?|must|mandatory|always|any|every|shall|have to|has to)\b",
    )
});

fn has(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(text))
}

/// True where the user gave the agent something to deal with before an event, whose text may hold requests of its own.
pub(super) fn is_dealt(session: &Session<'_>, event: u32) -> bool {
    entrusting(session, event).any(|e| e.deals)
}

/// One of the user's texts that may give the agent another text to deal with. Most texts do not, and this is asked about
/// many values.
pub(crate) struct Entrusting<'t> {
    event: u32,
    text: &'t str,
    /// True if something is dealt with.
    deals: bool,
    /// True if a text is to be carried out.
    work: bool,
    /// True if a value is to be taken from a text.
    points: bool,
}

/// The user's texts before an event that may give the agent another text to deal with.
fn entrusting<'s, 't>(session: &'s Session<'t>, event: u32) -> impl Iterator<Item = &'s Entrusting<'t>> {
    let read = || {
        let users = session.messages.iter().filter(|m| m.role == Role::User);
        let texts = users.flat_map(|m| m.texts.iter().map(|t| (m.event, t.text.as_str())));
        let of = |(event, text)| {
            let deals = has(&DEALS, text);
            let work = deals || hands_over(text);
            let points = has(&POINTS, text) && !text.trim_end().ends_with('?');
            (work || points).then_some(Entrusting { event, text, deals, work, points })
        };
        texts.filter_map(of).collect()
    };
    session.entrusting.get_or_init(read).iter().take_while(move |e| e.event < event)
}

/// True if the user hands the work over to a text.
fn hands_over(said: &str) -> bool {
    request::delegates(said) || foreign::leans_foreign(said) && other_language::may_hand_over(said)
}

/// True where a stretch of a call's answer belongs to a text that the user gave to the agent, and asks for nothing beyond that.
pub(super) fn is_entrusted(session: &Session<'_>, call: &Call<'_>, stretch: &str) -> bool {
    let Some(event) = call.result.as_ref().map(|r| r.event) else { return false };
    // Asked of the text alone, so that it is found once for all of the user's messages.
    let alone = std::cell::LazyCell::new(|| is_alone(session, event, stretch));
    let whole = std::cell::LazyCell::new(|| is_whole(session, event, stretch));
    entrusting(session, call.event).any(|e| {
        let work = || e.work && is_work(session, e.text, &whole);
        (work() || e.points && *alone) && is_meant(session, call, e.event, e.text)
    }) && !goes_beyond(stretch)
}

/// True where a stretch asks for what no order of the user's covers.
pub(super) fn goes_beyond(stretch: &str) -> bool {
    has(&BEYOND, stretch)
}

/// True where the user's words make a text the agent's task.
fn is_work(session: &Session<'_>, said: &str, whole: &impl std::ops::Deref<Target = bool>) -> bool {
    let for_agent = || has(&FOR_AGENT, said) || other_language::is_for_you(said);
    let operator = || {
        let texts = session.messages.iter().filter(|m| m.role == Role::System).flat_map(|m| m.texts);
        texts.into_iter().any(|t| has(&WORK_ORDERS, &t.text))
    };
    for_agent() || operator() || request::delegates(said) && **whole
}

/// True where an answer is what the user spoke of: it is the first one after, or its call has a word of the user's.
fn is_meant(session: &Session<'_>, call: &Call<'_>, said_at: u32, said: &str) -> bool {
    let from = session.calls.partition_point(|c| c.event <= said_at);
    let mut after = session.calls[from..].iter().filter(|c| c.result.is_some());
    if after.next().is_some_and(|first| first.event == call.event) {
        return true;
    }
    let folded = said.to_lowercase();
    let arguments = call.arguments.map(|a| a.text.to_lowercase()).unwrap_or_default();
    let own = arguments.split(|c: char| !c.is_alphanumeric()).chain(call.known.words.iter().map(String::as_str));
    let mut telling = own.filter(|w| w.chars().count() >= 4 && w.chars().any(char::is_alphabetic));
    telling.any(|w| folded.split(|c: char| !c.is_alphanumeric()).any(|u| u.starts_with(w)))
}

/// Where a stretch stands in a text of an answer, with all that speaks to an agent around it.
fn place<'s>(session: &'s Session<'_>, event: u32, stretch: &str) -> Option<(&'s str, Range<usize>)> {
    let result = answered(session, event)?.result.as_ref()?;
    let (text, at) = result.texts().find_map(|t| Some((t.text.as_str(), t.text.find(stretch)?)))?;
    let mut range = at..at + stretch.len();
    for other in instruction::of(text).into_iter().map(|i| i.range) {
        if other.start < range.end && range.start < other.end {
            range = range.start.min(other.start)..range.end.max(other.end);
        }
    }
    Some((text, range))
}

/// True where nothing but fields stands beside a stretch: the whole text is the order.
fn is_whole(session: &Session<'_>, event: u32, stretch: &str) -> bool {
    const SENTENCE: usize = 4;
    place(session, event, stretch).is_some_and(|(text, range)| {
        let sentence = |part: &str| part.split_whitespace().filter(|w| w.chars().all(char::is_alphabetic)).count();
        [&text[..range.start], &text[range.end..]]
            .iter()
            .all(|side| side.split(['"', '\n', '.', '{', '}']).all(|part| sentence(part) < SENTENCE))
    })
}

/// True where the stretch names a value and dictates nothing, and no sentence of the text has more addresses than one: it is
/// what the user can only mean.
fn is_alone(session: &Session<'_>, event: u32, stretch: &str) -> bool {
    let dictates = has(&SAYS, stretch) || has(&DICTATES, stretch);
    !dictates
        && place(session, event, stretch).is_some_and(|(text, _)| {
            let told = |at: &usize| {
                let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
                let start = text[..*at].trim_end_matches(part).len();
                let rest = &text[at + 1..];
                let place = start..at + 1 + (rest.len() - rest.trim_start_matches(part).len());
                passage::is_prose(text, &passage::around(text, &place), &place)
            };
            memchr::memchr_iter(b'@', text.as_bytes()).take(64).filter(told).count() <= 1
        })
}
