//! Where the values in a call's arguments come from: the user, the operator, the agent's own words, or a tool.
//!
//! One pass over the session's texts finds every value at once; asking costs nothing after that.

mod values;

use crate::finding::Cite;
use crate::maps::HashMap;
use crate::session::Session;
use crate::values::atoms::{self, Atom};
use hindcast_trace::model::{EventKind, Role, Text, Transport};
use std::cell::OnceCell;
use std::ops::Range;
use values::Values;

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The operator, in instructions to the model.
    System,
    /// The user.
    User,
    /// The agent.
    Agent,
    /// The program around the agent. What it says may repeat anybody's words, so it settles nothing.
    Harness,
    /// A tool.
    Tool,
}

/// A text of the session.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// Its event.
    pub event: u32,
    /// Who said it.
    pub speaker: Speaker,
    /// The text.
    pub text: &'t Text,
}

/// A place where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hit {
    source: u32,
    at: u32,
    len: u32,
}

/// The values of all calls, and where each stands.
pub struct Provenance<'t> {
    sources: Vec<Source<'t>>,
    atoms: HashMap<u32, Vec<Atom>>,
    values: Values,
    /// Where each value stands at first look, by its number.
    first: Vec<Vec<Hit>>,
    /// Where every value stands; looked up where the first look does not tell, which is rare.
    all_hits: OnceCell<Vec<Vec<Hit>>>,
}

/// A value that stands in many places is a word, not a trace.
const MOST_HITS: usize = 64;

impl<'t> Provenance<'t> {
    /// Looks the values of every call up.
    pub fn of(session: &Session<'t>) -> Self {
        let sources = sources(session);
        let mut atoms_of = HashMap::default();
        let mut values = Values::default();
        // Before the first call was answered nothing can come from a tool.
        for call in session.calls.iter().skip(1).take_while(|_| !session.is_stopped()) {
            let mut atoms = atoms::of(call);
            // What a look is for may be any word; whom or what it is about says where it came from.
            if call.known.effect.0 == crate::tools::contract::Effect::Read {
                atoms.retain(|a| a.target);
            }
            atoms.iter().for_each(|atom| values.add(&atom.text, call.event));
            atoms_of.insert(call.event, atoms);
        }
        let first = values.first_look(&sources);
        Provenance { sources, atoms: atoms_of, values, first, all_hits: OnceCell::new() }
    }

    /// The values of the call at this event.
    pub fn atoms(&self, event: u32) -> &[Atom] {
        self.atoms.get(&event).map_or(&[], Vec::as_slice)
    }

    /// The texts before `event` that hold the value, with the place in each.
    pub fn sources(&self, atom: &str, event: u32) -> impl Iterator<Item = (Source<'t>, Range<usize>)> {
        self.among(self.all_hits.get_or_init(|| self.values.everywhere(&self.sources)), atom, event)
    }

    /// The places in tools' answers before `event` that hold the value, unless the user named it before: all that it may
    /// come from tools alone by.
    pub fn perhaps_from_tools(&self, atom: &str, event: u32) -> impl Iterator<Item = (Source<'t>, Range<usize>)> {
        let named = self.among(&self.first, atom, event).any(|(s, _)| s.speaker == Speaker::User);
        self.among(&self.first, atom, event).filter(move |(s, _)| !named && s.speaker == Speaker::Tool)
    }

    fn among<'h>(
        &'h self,
        hits: &'h [Vec<Hit>],
        atom: &str,
        event: u32,
    ) -> impl Iterator<Item = (Source<'t>, Range<usize>)> + use<'h, 't> {
        let hits = self.values.number(atom).and_then(|n| hits.get(n as usize)).map_or(&[][..], Vec::as_slice);
        hits.iter().filter_map(move |hit| {
            let source = self.sources.get(hit.source as usize).filter(|s| s.event < event)?;
            Some((*source, hit.at as usize..(hit.at + hit.len) as usize))
        })
    }

    /// True when the value comes from tools alone: neither the user nor the operator named it, and the agent did not
    /// put it before the user, who then answered.
    pub fn only_from_tools(&self, atom: &str, event: u32) -> bool {
        let mut from_tool = false;
        for (source, _) in self.sources(atom, event) {
            match source.speaker {
                Speaker::Tool => from_tool = true,
                Speaker::System | Speaker::User => return false,
                Speaker::Agent if self.user_spoke_between(source.event, event) => return false,
                Speaker::Agent | Speaker::Harness => {}
            }
        }
        from_tool
    }

    /// True when the value does not appear before `event`.
    pub fn is_from_nowhere(&self, atom: &str, event: u32) -> bool {
        self.among(&self.first, atom, event).next().is_none() && self.sources(atom, event).next().is_none()
    }

    /// The texts of the session.
    pub fn texts(&self) -> &[Source<'t>] {
        &self.sources
    }

    fn user_spoke_between(&self, from: u32, to: u32) -> bool {
        let first = self.sources.partition_point(|s| s.event <= from);
        self.sources[first..].iter().take_while(|s| s.event < to).any(|s| s.speaker == Speaker::User)
    }
}

impl Source<'_> {
    /// Quotes a part of it.
    pub fn cite(&self, range: Range<usize>) -> Option<Cite> {
        Cite::of(self.event, self.text, range)
    }
}

fn sources<'t>(session: &Session<'t>) -> Vec<Source<'t>> {
    let mut sources = Vec::new();
    for (i, event) in session.trace.events.iter().enumerate() {
        let i = i as u32;
        match &event.kind {
            EventKind::Message { role, texts, .. } => {
                let speaker = match role {
                    Role::System => Speaker::System,
                    Role::User => Speaker::User,
                    Role::Assistant => Speaker::Agent,
                    Role::Harness => Speaker::Harness,
                };
                sources.extend(texts.iter().map(|text| Source { event: i, speaker, text }));
            }
            EventKind::ToolResult { content, error, transport, .. } => {
                // A decision of the user is in the harness's words; the user's own words are events of their own.
                let speaker = match transport {
                    Transport::Declined | Transport::Answered => Speaker::Harness,
                    _ => Speaker::Tool,
                };
                sources.extend(content.iter().chain(error).map(|text| Source { event: i, speaker, text }));
            }
            EventKind::Retrieval { source, .. } => {
                sources.push(Source { event: i, speaker: Speaker::Tool, text: source })
            }
            _ => {}
        }
    }
    sources
}
