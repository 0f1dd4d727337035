//! Every model call repeats the conversation so far. Only what is new becomes events.
//!
//! The input of a call is matched against the conversations known from earlier calls by longest common prefix
//! of message fingerprints; positions are compared, never sets, so that somebody who really says the same
//! thing twice is heard twice.

use crate::item::{Msg, MsgRole, Part};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The conversations known so far, as fingerprints.
#[derive(Default)]
pub struct History {
    threads: Vec<Vec<Print>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Print {
    hash: u64,
    system: bool,
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
    pub fn see(&mut self, input: &[Msg], output: &[Msg]) -> Seen {
        let new: Vec<Print> = input.iter().map(print).collect();
        let answer: Vec<Print> = output.iter().map(print).collect();
        let best = self.threads.iter().enumerate().map(|(i, t)| (common(t, &new), i)).max_by_key(|&(n, i)| (n, i));
        let (prefix, index) = best.filter(|&(n, _)| n > 0).unwrap_or((0, usize::MAX));
        let mut seen = Seen { fresh: vec![true; new.len()], note: None, repeated: false };
        let Some(known) = self.threads.get(index) else {
            self.threads.push([new, answer].concat());
            return seen;
        };
        seen.fresh[..prefix].fill(false);
        let rest_known = &known[prefix..];
        if prefix == new.len() && !rest_known.is_empty() && !answer.is_empty() {
            if rest_known.starts_with(&answer) {
                seen.repeated = true;
                return seen;
            }
            seen.note = Some(("the same request was answered again".to_owned(), false));
        } else if !rest_known.is_empty() && prefix < new.len() {
            let only_system = new[..prefix].iter().all(|p| p.system);
            // What follows may still be known, further on: then messages in between were cut.
            let mut cursor = 0;
            let mut found = 0;
            for (i, print) in new.iter().enumerate().skip(prefix) {
                if let Some(n) = rest_known[cursor..].iter().position(|k| k == print) {
                    seen.fresh[i] = false;
                    cursor += n + 1;
                    found += 1;
                }
            }
            let lost = rest_known.len() - found;
            if found > 0 || !only_system {
                let what = if found > 0 && lost > 0 {
                    format!(
                        "{lost} earlier messages are no longer in what the model saw: the history was cut or edited"
                    )
                } else if lost > 0 {
                    format!(
                        "the history differs from message {} on, and {lost} earlier messages are gone: it was edited, compacted or branched",
                        prefix + 1
                    )
                } else {
                    "messages were inserted into the history".to_owned()
                };
                seen.note = Some((what, lost > 0));
            } else if rest_known.len() > 2 {
                let what = format!(
                    "the model's input starts anew: {} earlier messages under the same instructions are not in it (compacted, or another conversation)",
                    rest_known.len()
                );
                seen.note = Some((what, true));
                self.threads.push([new, answer].concat());
                return seen;
            } else {
                self.threads.push([new, answer].concat());
                return seen;
            }
        }
        self.threads[index] = [new, answer].concat();
        seen
    }
}

fn common(a: &[Print], b: &[Print]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// A fingerprint that does not depend on how a provider spells the same message.
fn print(msg: &Msg) -> Print {
    let mut hasher = DefaultHasher::new();
    // A tool's answer is of role user in some formats and of role tool in others.
    let only_results = msg.parts.iter().all(|p| matches!(p, Part::Result(_)));
    let role = if only_results && !msg.parts.is_empty() { MsgRole::Tool } else { msg.role };
    role.hash(&mut hasher);
    for part in &msg.parts {
        match part {
            Part::Text(t) if !t.text.trim().is_empty() => ("text", t.text.trim()).hash(&mut hasher),
            Part::Text(_) | Part::Reasoning(_) => {}
            Part::Call(c) => match &c.id {
                Some(id) => ("call", id).hash(&mut hasher),
                None => ("call", &c.name.text, c.arguments.as_ref().map(|a| squeeze(&a.text))).hash(&mut hasher),
            },
            Part::Result(r) => ("result", &r.id, r.content.as_ref().map(|c| squeeze(&c.text))).hash(&mut hasher),
        }
    }
    Print { hash: hasher.finish(), system: msg.role == MsgRole::System }
}

/// The text without white space, which providers change at will in JSON.
pub fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
