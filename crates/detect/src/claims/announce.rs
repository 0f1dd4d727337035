//! What the agent announces that it will do: "I'll cancel that", "booking it now".

use super::underway::{self, Place};
use super::{binding, courtesy, owed};
use crate::finding::Cite;
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::prose::{Language, Prose, Sentence};
use crate::session::Session;

/// An announced action.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// The message's event.
    pub event: u32,
    /// The words that announce it.
    pub cite: Cite,
    /// The sentence around them.
    pub sentence: Cite,
    /// What kinds of operation it may be.
    pub families: Vec<&'static str>,
    /// True when only a look-up is announced.
    pub look: bool,
    /// The verb, as a tool's name would have it.
    pub verb: String,
    /// True for a verb that no lexicon has: it tells something only where it is the last word of a session.
    pub loose: bool,
}

/// Finds what the agent announced.
pub fn announcements(session: &Session<'_>) -> Vec<Announcement> {
    let mut found = Vec::new();
    for prose in session.until_stopped(session.prose().iter().filter(|p| p.language != Language::Other)) {
        for sentence in &prose.sentences {
            let mut from = sentence.words.start;
            let before = found.len();
            while let Some((one, next)) = announced(prose, sentence, from) {
                found.extend(one);
                from = next;
            }
            if found.len() == before {
                found.extend(loosely(prose, sentence));
            }
        }
    }
    found.extend(last_words(session, &found));
    found
}

/// What the last words of a session tell as under way, where nothing else was read as an announcement there.
fn last_words(session: &Session<'_>, found: &[Announcement]) -> Option<Announcement> {
    let last = session.messages.last()?.event;
    if session.is_stopped() || found.iter().any(|a| a.event == last) {
        return None;
    }
    under_way_at(session, last, Place::Last)
}

/// What a message tells as under way, where the talk goes on behind it.
pub fn under_way(session: &Session<'_>, event: u32) -> Option<Announcement> {
    under_way_at(session, event, Place::Inside)
}

fn under_way_at(session: &Session<'_>, event: u32, place: Place) -> Option<Announcement> {
    let user = binding::last_user(session, event)?;
    let ordered = binding::user_prose(session, user, event)
        .flat_map(|p| (0..p.words.len().min(ORDER)).map(|i| p.word(i).to_owned()))
        .collect();
    session.prose_at(event).iter().find_map(|prose| underway::last(prose, &ordered, place))
}

/// So many words of an order are looked at.
const ORDER: usize = 200;

/// "On it!", "Merging them now", "Your visit is being booked": announcements without a subject that does it.
fn loosely(prose: &Prose<'_>, sentence: &Sentence) -> Option<Announcement> {
    let lex = english();
    let first = sentence.words.start;
    // A progressive, "now", or the beginning of an idiom.
    const ANY: flags::Flags = flags::ANNOUNCE | flags::BECOMES | flags::ANNOUNCE_IDIOM;
    let short = sentence.words.len() <= 16;
    if !short
        || !sentence.has(ANY)
        || sentence.question
        || prose.words[first].quoted
        || sentence.has(flags::CONDITION | flags::NEGATION)
    {
        return None;
    }
    let at = sentence.words.clone().filter(|i| prose.has(*i, ANY)).find(|&i| {
        let (word, next) = (prose.word(i), prose.word(i + 1));
        let being = word == "being" && next.ends_with("ed") || word == "now" && next == "be";
        let doing = word.len() > 5
            && word.ends_with("ing")
            && (i == first || prose.words[i].after_break || matches!(prose.word(i.wrapping_sub(1)), "now" | "just"))
            && !lex.is("speech", &stem(word))
            && !lex.is("look", &stem(word))
            && sentence.words.clone().any(|j| matches!(prose.word(j), "now" | "moment" | "away"));
        let idiom = || prose.phrase_at(i, "announce_idiom", flags::ANNOUNCE_IDIOM);
        being || doing || (i == first || prose.words[i].after_break) && idiom()
    })?;
    let cite = Cite::of(prose.event, prose.text, prose.bytes(at..(at + 3).min(sentence.words.end)))?;
    let verb = prose.word(at).to_owned();
    let sentence = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))?;
    Some(Announcement { event: prose.event, cite, sentence, families: Vec::new(), look: false, verb, loose: true })
}

/// The next announcement of a sentence from a word on, if it is one, and where to go on.
fn announced(prose: &Prose<'_>, sentence: &Sentence, begin: usize) -> Option<(Option<Announcement>, usize)> {
    if !sentence.has(flags::ANNOUNCE) {
        return None;
    }
    if sentence.question || prose.words[sentence.words.start].quoted {
        return None;
    }
    let (from, verb) = (begin..sentence.words.end).filter(|i| may_begin(prose, sentence, *i)).find_map(|i| {
        let next = verb_of(prose, sentence, i).or_else(|| chained(prose, sentence, i, begin))?;
        Some((i, next))
    })?;
    // What depends on something depends on it to the end of the sentence.
    let formula = if begin == sentence.words.start { from } else { first_formula(prose, sentence).unwrap_or(from) };
    if owed::depends(prose, sentence, formula) {
        return None;
    }
    let told = if ends_talk(prose, sentence, verb) { None } else { announcement(prose, sentence, from, verb) };
    Some((told, verb + 1))
}

/// "I'll proceed to terminate", "let me conclude the discussion": that takes words and no call.
fn ends_talk(prose: &Prose<'_>, sentence: &Sentence, verb: usize) -> bool {
    let end = (verb + 1..sentence.words.end).find(|i| prose.words[*i].after_break).unwrap_or(sentence.words.end);
    let mut object =
        (verb + 1..end).map(|i| prose.word(i)).filter(|w| !matches!(*w, "the" | "this" | "our" | "here" | "now"));
    matches!(prose.word(verb), "terminate" | "conclude" | "finish" | "end" | "close" | "wrap")
        && object.next().is_none_or(|w| {
            matches!(
                w,
                "conversation"
                    | "chat"
                    | "session"
                    | "discussion"
                    | "interaction"
                    | "dialogue"
                    | "dialog"
                    | "talk"
                    | "up"
            )
        })
}

/// Where the first formula of a sentence begins.
fn first_formula(prose: &Prose<'_>, sentence: &Sentence) -> Option<usize> {
    sentence.words.clone().find(|i| may_begin(prose, sentence, *i) && verb_of(prose, sentence, *i).is_some())
}

/// False for most words: with which no formula begins.
fn may_begin(prose: &Prose<'_>, sentence: &Sentence, i: usize) -> bool {
    i == sentence.words.start || prose.words[i].after_break || prose.has(i, flags::FORMULA)
}

/// "I'll update your address and then re-route it": a second verb behind the first.
fn chained(prose: &Prose<'_>, sentence: &Sentence, i: usize, begin: usize) -> Option<usize> {
    let first = begin > sentence.words.start && prose.word(i) == "and";
    let at = skip(prose, i + 1);
    (first && at < sentence.words.end && !english().of_base(prose.word(at)).is_empty()).then_some(at)
}

fn announcement(prose: &Prose<'_>, sentence: &Sentence, from: usize, verb: usize) -> Option<Announcement> {
    let lex = english();
    let word = prose.word(verb);
    let base = stem(word);
    let negated = (from..verb).any(|i| prose.has(i, flags::NEGATION)) || is_empty(prose, from, verb, sentence);
    let after = verb + 1..(verb + 9).min(sentence.words.end);
    let verb_in_tools = base.replace('-', "");
    let nouns = || after.clone().flat_map(|i| lex.of_noun(prose.word(i))).copied();
    let mut families: Vec<&'static str> = lex.of_base(&base).to_vec();
    let tool = names_tool(prose, verb, &base, sentence);
    if tool {
        families.clear();
    }
    if moves_money(prose, verb, &base, sentence) {
        families.extend(["transfer", "pay", "refund"].iter().filter_map(|f| lex.family(f)));
    }
    // "I'll fix the time format": the agent speaks of its own call, and any call follows that.
    let own_call = sentence
        .words
        .clone()
        .any(|i| matches!(prose.word(i), "format" | "parameter" | "parameters" | "argument" | "arguments" | "syntax"));
    let tool = tool || own_call && families.iter().all(|f| matches!(*f, "update" | "create" | "delete"));
    if own_call && tool {
        families.clear();
    }
    // "I'll transfer you to a colleague": a person is put in touch with another.
    if matches!(base.as_str(), "transfer" | "forward" | "move" | "refer" | "escalate" | "page")
        && (verb + 1..verb + 3)
            .any(|i| matches!(prose.word(i), "you" | "him" | "her" | "them" | "caller" | "customer" | "chat" | "call"))
    {
        families.extend(lex.family("contact").filter(|_| !families.contains(&"contact")));
    }
    let look = tool || families.is_empty() && lex.is("look", &base);
    // "I'll take care of the refund"; and "I'll drop her a note" sends one.
    if !families.is_empty() || (base == "take" && prose.word(verb + 1) == "care") {
        families.extend(nouns());
    }
    let speech = !tool && lex.is("speech", &base) && (base != "take" || families.is_empty());
    // "I'll leave it as it is and let it ship": nothing is to be done.
    let left = (sentence.words.start..verb).any(|i| matches!(prose.word(i), "leave" | "keep" | "let") && i > from);
    let polite = courtesy::is(prose, verb, &base, sentence);
    if negated
        || speech
        || left
        || polite
        || words_only(prose, verb, sentence)
        || tells_listener(prose, verb, &base, sentence)
    {
        return None;
    }
    let loose = families.is_empty() && !look;
    if loose
        && (base.len() < 3
            || prose.has(verb, flags::NEGATION)
            || matches!(base.as_str(), "that" | "this" | "the" | "you" | "your" | "all" | "see" | "let")
            || !base.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
    {
        return None;
    }
    let cite = Cite::of(prose.event, prose.text, prose.bytes(from..verb + 1))?;
    let sentence = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))?;
    Some(Announcement { event: prose.event, cite, sentence, families, look, verb: verb_in_tools, loose })
}

/// "I'll remove nothing", "I'll charge you nothing", "there is nothing I'll change", "I'll cancel 0 bookings": nothing is announced.
fn is_empty(prose: &Prose<'_>, from: usize, verb: usize, sentence: &Sentence) -> bool {
    let lex = english();
    let none = |i: usize| i < sentence.words.end && lex.is("none_of", prose.word(i)) && !prose.words[i].after_break;
    let whom = |i: usize| i < sentence.words.end && lex.is("someone", prose.word(i));
    let before =
        from > sentence.words.start && !prose.words[from].after_break && lex.is("nothing", prose.word(from - 1));
    none(verb + 1) || whom(verb + 1) && none(verb + 2) || before
}

/// "I'll call the `get_user` function" speaks of any tool, not of a telephone; "I'll run these tools again" does as well.
fn names_tool(prose: &Prose<'_>, verb: usize, base: &str, sentence: &Sentence) -> bool {
    let after = || (verb + 1..verb + 7).take_while(|i| *i < sentence.words.end);
    let named = |i: usize| {
        matches!(prose.word(i), "function" | "functions" | "tool" | "tools")
            || prose.words[i].quoted && !prose.word(i).contains('.')
            || prose.word(i).contains('_')
    };
    match base {
        "call" | "run" | "execute" | "invoke" => {
            after().any(|i| named(i) || matches!(prose.word(i), "again" | "checks" | "query" | "search"))
        }
        // "I'll use the `get_ratings` function to …"
        "use" | "utilize" | "query" | "try" => after().any(named),
        _ => false,
    }
}

/// "return any excess amount": money is moved under other names.
fn moves_money(prose: &Prose<'_>, verb: usize, base: &str, sentence: &Sentence) -> bool {
    matches!(base, "return" | "send" | "give" | "move" | "forward")
        && (verb + 1..verb + 9).take_while(|i| *i < sentence.words.end).any(|i| english().is("money", prose.word(i)))
}

/// "and inform you of them", "I'll update you": the answer itself does that.
fn tells_listener(prose: &Prose<'_>, verb: usize, base: &str, sentence: &Sentence) -> bool {
    let lex = english();
    let object = verb + 1 + usize::from(matches!(prose.word(verb + 1), "the" | "our" | "this"));
    let listener = matches!(prose.word(object), "you" | "user" | "customer" | "caller" | "client" | "requester");
    match base {
        "inform" | "tell" | "notify" | "update" | "message" | "answer" | "reply" | "respond" | "contact" | "alert" => {
            listener
        }
        // Without "know" nobody is told: "let it ship".
        "let" => listener || !sentence.words.clone().any(|i| i > verb && prose.word(i) == "know"),
        "share" | "send" | "give" | "post" | "forward" | "pass" | "put" | "write"
            if in_this_talk(prose, verb, sentence) =>
        {
            true
        }
        "share" | "send" | "report" | "present" => {
            lex.is("text_work", prose.word(verb + 1)) && sentence.words.clone().any(|i| prose.word(i) == "here")
                || matches!(prose.word(object), "findings" | "results" | "outcome")
        }
        _ => false,
    }
}

/// "I'll send you the terms here in the chat": to the listener, in the words that follow.
fn in_this_talk(prose: &Prose<'_>, verb: usize, sentence: &Sentence) -> bool {
    (verb + 1..sentence.words.end).any(|i| match prose.word(i) {
        "here" => {
            i + 1 == sentence.words.end
                || prose.words[i + 1].after_break
                || matches!(prose.word(i + 1), "in" | "as" | "now" | "and")
        }
        "chat" | "conversation" | "thread" | "window" => {
            (i.saturating_sub(2)..i).any(|j| matches!(prose.word(j), "in" | "into" | "through" | "via" | "over"))
        }
        "message" | "reply" => prose.word(i - 1) == "next",
        _ => false,
    })
}

/// The verb announced by a formula that begins at word `i`.
fn verb_of(prose: &Prose<'_>, sentence: &Sentence, i: usize) -> Option<usize> {
    let words = [prose.word(i), prose.word(i + 1), prose.word(i + 2), prose.word(i + 3)];
    let first = || {
        i == sentence.words.start
            || prose.words[i].after_break
            || matches!(prose.word(i.wrapping_sub(1)), "and" | "then" | "so" | "moment" | "while" | "please")
    };
    let after = match words {
        ["i" | "we", "ll" | "will", ..] => i + 2,
        ["i" | "we", "m" | "re" | "am" | "are", "going", "to"] => i + 4,
        ["i" | "we", "m" | "re" | "am" | "are", ..] => return progressive(prose, i + 2),
        ["let", "me" | "us", ..] if first() => i + 2,
        ["while", "i", ..] if prose.word(sentence.words.start) != "while" => i + 2,
        _ if i == sentence.words.start => return progressive(prose, i).filter(|v| object_follows(prose, *v, sentence)),
        // "Great, booking it now!"
        _ if prose.words[i].after_break => return progressive(prose, i).filter(|v| prose.word(*v + 2) == "now"),
        _ => return None,
    };
    Some(skip(prose, after)).filter(|v| *v < sentence.words.end)
}

/// Adverbs between the formula and its verb.
fn skip(prose: &Prose<'_>, mut at: usize) -> usize {
    while matches!(
        prose.word(at),
        "now"
            | "also"
            | "then"
            | "first"
            | "just"
            | "quickly"
            | "go"
            | "ahead"
            | "and"
            | "immediately"
            | "be"
            | "happily"
            | "gladly"
            | "try"
            | "to"
            | "proceed"
            | "with"
            | "start"
            | "by"
            | "need"
            | "next"
    ) {
        at += 1;
    }
    at
}

fn progressive(prose: &Prose<'_>, at: usize) -> Option<usize> {
    let at = skip(prose, at);
    prose.word(at).ends_with("ing").then_some(at)
}

/// "Transferring you to billing now": a participle alone could be a title ("Booking details").
fn object_follows(prose: &Prose<'_>, verb: usize, sentence: &Sentence) -> bool {
    matches!(prose.word(verb + 1), "you" | "it" | "that" | "them" | "this" | "your" | "the")
        && sentence.words.clone().any(|i| matches!(prose.word(i), "now" | "moment"))
}

/// The verb that a progressive is made of.
fn stem(word: &str) -> String {
    let lex = english();
    let Some(root) = word.strip_suffix("ing").filter(|r| r.len() > 1) else { return word.to_owned() };
    let known = |w: &str| !lex.of_base(w).is_empty() || lex.is("look", w) || lex.is("speech", w);
    let single = root.char_indices().next_back().map_or("", |(i, _)| &root[..i]);
    [root.to_owned(), format!("{root}e"), single.to_owned()]
        .into_iter()
        .find(|w| known(w))
        .unwrap_or_else(|| root.to_owned())
}

/// "I'll send you the details below": the words themselves are the deed.
fn words_only(prose: &Prose<'_>, verb: usize, sentence: &Sentence) -> bool {
    let below = sentence.words.clone().any(|i| matches!(prose.word(i), "below" | "above" | "step-by-step" | "steps"));
    below
        || (prose.word(verb) == "move" && matches!(prose.word(verb + 1), "on" | "forward"))
        || (prose.word(verb) == "let" && prose.word(verb + 1) == "you")
}
