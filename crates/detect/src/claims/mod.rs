//! What the agent claims to have done, and what it announces to do.
//!
//! Read from grammar: an auxiliary with a participle of a lexicon's family ("has been refunded", "I've cancelled",
//! "is now waived"), a header ("Message sent:"), or a bare "Done". Not claims are descriptions of how things were
//! ("has already been refunded"), negations, plans, conditions, questions, quotations and self-corrections.

pub mod admission;
mod announce;
pub mod binding;
pub mod candor;
mod courtesy;
pub mod deeds;
pub mod disclosure;
mod elliptic;
pub mod elsewhere;
pub(crate) mod fitting;
pub(crate) mod grammar;
pub mod listing;
pub mod loose;
pub(crate) mod made;
pub mod owed;
pub mod owning;
mod scan;
pub mod telling;
pub(crate) mod told_apart;
pub mod translated;
mod underway;

pub use announce::{Announcement, announcements, under_way};

use crate::finding::Cite;
use crate::prose::Language;
use crate::session::Session;

/// How an operation's end is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// "I've cancelled it", "it has been cancelled".
    Deed,
    /// "It is cancelled", "it was cancelled": may be a description as well.
    State,
    /// "Done!"
    Bare,
}

/// "Your refund has been processed": a sentence that says an operation is done.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The message's event.
    pub event: u32,
    /// The words that claim it.
    pub cite: Cite,
    /// The sentence around them.
    pub sentence: Cite,
    /// The families that the words belong to; empty where they fit any ("Done!").
    pub families: Vec<&'static str>,
    /// How it is claimed.
    pub manner: Manner,
    /// The participle.
    pub word: String,
    /// True when only the handing in is claimed ("submitted"), which a pending status does not contradict.
    pub submission: bool,
    /// True for "now": a change, not a description.
    pub fresh: bool,
    /// True when the user or "I" is the subject: "you're booked".
    pub personal: bool,
    /// The rule path of what is found upon it: empty for a full sentence, `elliptic` for "Email to your brother: sent."
    pub path: &'static str,
}

/// Finds the claims in what the agent said.
pub fn find(session: &Session<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for prose in session.until_stopped(session.prose().iter().filter(|p| p.language != Language::Other)) {
        for sentence in prose.sentences.iter().take_while(|_| !session.is_stopped()) {
            scan::sentence(prose, sentence, &mut claims);
        }
    }
    claims
}

/// Where the agent speaks another language than English, and which, as the beginning of a sentence.
pub fn other_language(session: &Session<'_>) -> Option<(u32, String)> {
    let event = foreign(session)?;
    let said = session.prose().iter().find(|p| p.event == event && p.language == Language::Other)?;
    let text = &said.text.text[..said.text.text.floor_char_boundary(2000)];
    Some((
        event,
        match crate::prose::language::name(text) {
            Some(name) => format!("the agent speaks {name}, not English"),
            None => "the agent does not speak English".to_owned(),
        },
    ))
}

/// Why what the agent said cannot be judged: the lexicons are English. `None` where they apply.
pub fn foreign(session: &Session<'_>) -> Option<u32> {
    session.prose().iter().find(|p| p.language == Language::Other).map(|p| p.event)
}

#[cfg(test)]
mod tests;
