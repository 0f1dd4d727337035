//! Every model call repeats the conversation so far. Only what is new becomes events.
//!
//! The input of a call is matched against the conversations known from earlier calls by longest common prefix
//! of message fingerprints; positions are compared, never sets, so that somebody who really says the same
//! thing twice is heard twice.

use crate::item::{Msg, MsgRole, Part};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The conversations known so far, as fingerprints.
#[derive(Default)]
pub struct History {
    /// True where nothing can be repeated, since there is one request or transcript: no fingerprints are taken.
    pub told_once: bool,
    threads: Vec<Thread>,
    /// Reasoning that was told already. Providers let go of it in later requests, or carry it along, so it
    /// must not count when conversations are compared.
    reasoning: HashSet<u64>,
    /// The thread that each answer stands in, and how much of it had been said then.
    answers: HashMap<String, (usize, usize)>,
}

/// What a provider that keeps the conversation itself says of a request's place in it.
#[derive(Default, Clone, Copy)]
pub struct Link<'a> {
    /// The id of the answer.
    pub own: Option<&'a str>,
    /// The id of the answer that the request goes on from.
    pub previous: Option<&'a str>,
}

/// One conversation: the instructions that it began with, and what followed.
struct Thread {
    system: Vec<Print>,
    body: Vec<Print>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Print {
    hash: u64,
    /// The same without the IDs of calls, for a message that makes any: some instrumentations name a call by another ID
    /// in the history than in the answer that made it.
    nameless: Option<u64>,
    system: bool,
}

impl Print {
    /// True where two messages at the same place of two conversations are the same one.
    fn same(&self, other: &Print) -> bool {
        self.hash == other.hash || self.nameless.is_some() && self.nameless == other.nameless
    }
}

/// What a model call's input adds.
pub struct Seen {
    /// For each input message, whether it is new.
    pub fresh: Vec<bool>,
    /// A change of the known history: what, and whether messages were lost.
    pub note: Option<(String, bool)>,
    /// True when request and answer were both seen before.
    pub repeated: bool,
}

impl History {
    /// Takes a model call in.
    pub fn see(&mut self, input: &[Msg], output: &[Msg], link: Link<'_>) -> Seen {
        if self.told_once {
            return Seen { fresh: vec![true; input.len()], note: None, repeated: false };
        }
        let counts: Vec<bool> = input.iter().map(|m| !only_reasoning(m)).collect();
        let new: Vec<Print> = input.iter().zip(&counts).filter(|(_, c)| **c).map(|(m, _)| print(m)).collect();
        let answer: Vec<Print> = output.iter().filter(|m| !only_reasoning(m)).map(print).collect();
        let place = link.previous.and_then(|id| self.answers.get(id)).copied();
        let (at, Seen { fresh, note, repeated }) = match place {
            Some((at, said)) => self.carry_on(at, said, new, answer),
            None => self.compare(new, answer),
        };
        if let Some(id) = link.own {
            self.answers.insert(id.to_owned(), (at, self.threads[at].body.len()));
        }
        let mut compared = fresh.into_iter();
        let mut spread = Vec::with_capacity(input.len());
        for (msg, counts) in input.iter().zip(counts) {
            let fresh = match counts {
                true => compared.next().unwrap_or(true),
                false => self.reasoning.insert(reasoning(msg)),
            };
            spread.push(fresh);
        }
        for msg in output.iter().filter(|m| only_reasoning(m)) {
            self.reasoning.insert(reasoning(msg));
        }
        Seen { fresh: spread, note, repeated }
    }

    /// Takes in a request that says which answer it goes on from: all of it is new, unless it repeats the whole
    /// conversation all the same.
    fn carry_on(&mut self, at: usize, said: usize, mut new: Vec<Print>, answer: Vec<Print>) -> (usize, Seen) {
        let body = new.split_off(new.iter().take_while(|p| p.system).count());
        let known = &self.threads[at];
        let mut fresh: Vec<bool> = new.iter().map(|print| !known.system.contains(print)).collect();
        let repeats = if common(&known.body[..said], &body) == said { said } else { 0 };
        fresh.extend((0..body.len()).map(|i| i >= repeats));
        let thread = Thread { system: new, body: [&known.body[..said], &body[repeats..], &answer].concat() };
        let branched = said < known.body.len();
        let what = "the user went back to an earlier response and continued from there: the model did not see the messages in between";
        let note = branched.then(|| (what.to_owned(), true));
        let at = if branched { self.threads.len() } else { at };
        match self.threads.get_mut(at) {
            Some(known) => *known = thread,
            None => self.threads.push(thread),
        }
        (at, Seen { fresh, note, repeated: false })
    }

    /// Finds out what is new in a request; also says which conversation it belongs to.
    fn compare(&mut self, mut new: Vec<Print>, answer: Vec<Print>) -> (usize, Seen) {
        let body = new.split_off(new.iter().take_while(|p| p.system).count());
        let system = new;
        let mut seen = Seen { fresh: vec![true; system.len() + body.len()], note: None, repeated: false };
        let Some((index, prefix)) = self.find(&system, &body) else {
            self.threads.push(Thread { system, body: [body, answer].concat() });
            return (self.threads.len() - 1, seen);
        };
        let known = &self.threads[index];
        for (fresh, print) in seen.fresh.iter_mut().zip(&system) {
            *fresh = !known.system.contains(print);
        }
        let fresh = &mut seen.fresh[system.len()..];
        fresh[..prefix].fill(false);
        let rest_known = &known.body[prefix..];
        if prefix == body.len() && !rest_known.is_empty() && !answer.is_empty() {
            if rest_known.starts_with(&answer) {
                seen.repeated = true;
                return (index, seen);
            }
            seen.note = Some(("the same request was answered again".to_owned(), false));
        } else if prefix == body.len() && answer.is_empty() {
            // An earlier request once more, without an answer: what is known beyond it stays known.
            return (index, seen);
        } else if !rest_known.is_empty() && prefix < body.len() {
            // What follows may still be known, further on: then messages in between were cut.
            let mut cursor = 0;
            let mut found = 0;
            for (i, print) in body.iter().enumerate().skip(prefix) {
                if let Some(n) = rest_known[cursor..].iter().position(|k| k == print) {
                    fresh[i] = false;
                    cursor += n + 1;
                    found += 1;
                }
            }
            let lost = rest_known.len() - found;
            if found == 0 && prefix == 0 {
                if rest_known.len() > 2 {
                    let what = format!(
                        "the model's input starts over: {} earlier messages under the same instructions are not in it (compacted, or another conversation)",
                        rest_known.len()
                    );
                    seen.note = Some((what, true));
                }
                self.threads.push(Thread { system, body: [body, answer].concat() });
                return (self.threads.len() - 1, seen);
            }
            let what = if found > 0 && lost > 0 {
                format!("the model no longer saw {lost} earlier messages: the history was truncated or edited")
            } else if lost > 0 {
                let from = system.len() + prefix + 1;
                format!(
                    "the history differs from message {from} on, and {lost} earlier messages are gone: it was edited, compacted or branched"
                )
            } else {
                "messages were inserted into the history".to_owned()
            };
            seen.note = Some((what, lost > 0));
        }
        self.threads[index] = Thread { system, body: [body, answer].concat() };
        (index, seen)
    }

    /// The conversation that a request carries on, and how much of it the request repeats.
    ///
    /// Instructions often hold the time of day, or those of the next agent: a request under other instructions
    /// still carries a conversation on when it repeats all of it. Under the same instructions it does so even
    /// where it leaves things out.
    fn find(&self, system: &[Print], body: &[Print]) -> Option<(usize, usize)> {
        let candidates = self.threads.iter().enumerate().filter_map(|(i, thread)| {
            let n = common(&thread.body, body);
            let same = thread.system == system;
            let carries_on = match same {
                true => n > 0 || !system.is_empty(),
                false => n > 0 && n == thread.body.len(),
            };
            carries_on.then_some((n, same, i))
        });
        candidates.max().map(|(n, _, i)| (i, n))
    }
}

fn common(a: &[Print], b: &[Print]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x.same(y)).count()
}

fn only_reasoning(msg: &Msg) -> bool {
    !msg.parts.is_empty() && msg.parts.iter().all(|p| matches!(p, Part::Reasoning(_)))
}

fn reasoning(msg: &Msg) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in &msg.parts {
        if let Part::Reasoning(text) = part {
            text.text.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// A fingerprint that does not depend on how a provider spells the same message.
fn print(msg: &Msg) -> Print {
    // A tool's answer is of role user in some formats and of role tool in others.
    let only_results = msg.parts.iter().all(|p| matches!(p, Part::Result(_) | Part::Unread(_)));
    let any_result = msg.parts.iter().any(|p| matches!(p, Part::Result(_)));
    let role = if only_results && any_result { MsgRole::Tool } else { msg.role };
    let named = msg.parts.iter().any(|p| matches!(p, Part::Call(call) if call.id.is_some()));
    Print {
        hash: hash(role, &msg.parts, true),
        nameless: named.then(|| hash(role, &msg.parts, false)),
        system: msg.role == MsgRole::System,
    }
}

fn hash(role: MsgRole, parts: &[Part], named: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    role.hash(&mut hasher);
    for part in parts {
        match part {
            Part::Text(t) if !t.text.trim().is_empty() => ("text", unstopped(&t.text)).hash(&mut hasher),
            Part::Text(_) | Part::Reasoning(_) | Part::Unread(_) => {}
            Part::Compacted(text) => ("compacted", text.as_ref().map(|t| t.text.trim())).hash(&mut hasher),
            Part::Call(c) => match c.id.as_ref().filter(|_| named) {
                Some(id) => ("call", id, &c.name.text).hash(&mut hasher),
                None => ("call", &c.name.text, c.arguments.as_ref().map(|a| squeeze(&a.text))).hash(&mut hasher),
            },
            Part::Result(r) => ("result", &r.id, r.content.as_ref().map(|c| squeeze(&c.text))).hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// The text without the closing tag that stopped the model: an answer does not hold it, and frameworks that let a model
/// write inside of a tag put it back before they ask again.
fn unstopped(text: &str) -> &str {
    let text = text.trim();
    let Some((before, tag)) = text.strip_suffix('>').and_then(|open| open.rsplit_once("</")) else { return text };
    let is_tag = !tag.is_empty() && tag.len() <= 40 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // A tag that was not opened here is what a text is about.
    let opened = is_tag && before.contains(&format!("<{tag}>"));
    if opened { before.trim_end() } else { text }
}

/// The text without white space, which providers change at will in JSON.
pub fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::unstopped;

    #[test]
    fn the_tag_that_stopped_a_model_does_not_count() {
        assert_eq!(unstopped("Thought\n<code>\nf()\n</code>"), unstopped("Thought\n<code>\nf()\n"));
        for text in ["close it with </code>", "<code>", "a > b", "</>", ">"] {
            assert_eq!(unstopped(text), text);
        }
    }
}
