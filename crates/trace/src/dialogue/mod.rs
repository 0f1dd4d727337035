//! Dialogues that are plain text: `Agent: …` / `User: …` lines, WebVTT and SubRip cues, CSV with a column for the speaker, and prompts
//! between the special tokens of a model.
//!
//! Text is the weakest form of a record: a log, an article or a configuration may look like it. A file is only taken for a
//! dialogue if it has turns of a user and turns of an agent, by the names of their roles, and if nearly all that
//! it holds are such turns.
//!
//! WebVTT after the W3C's specification (voice spans, section 3.5), CSV after RFC 4180.

mod chatml;
mod clock;
mod csv;
mod cues;
mod lines;
mod prose;
mod speaker;
mod words;

pub(crate) use prose::{is_changelog, is_configuration, is_mail, is_talk, mail_header, quotes_mail};
use serde::Serialize;
use speaker::Who;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What somebody said.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
struct Turn {
    /// The conversation that it belongs to, in a table of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
    /// The speaker, as the file names it.
    speaker: String,
    /// `None` for a speaker whose role is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Who>,
    /// Why its words are not all that the row says, or not certainly its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<&'static str>,
    /// When: a date with a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// When: seconds since the start of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    text: String,
}

/// A dialogue, told in the same way whatever form it came in.
#[derive(Debug, Serialize)]
struct Dialogue {
    /// The form: `text`, `webvtt`, `subrip`, `csv`, or `chatml`.
    dialogue: &'static str,
    /// What stands above the first turn.
    #[serde(skip_serializing_if = "String::is_empty")]
    header: String,
    /// True where hardly a line speaks to anybody, so that it may be a log or a document.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    doubtful: bool,
    /// True where text of another kind stands around the turns, so that they may be an example in a document, or lines of a log.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    surrounded: bool,
    turns: Vec<Turn>,
}

/// Bytes at the start of a file that say whether it may be a dialogue at all.
const HEAD: usize = 16 << 10;

/// Says whether the bytes are a dialogue.
pub fn sniff(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    // JSON is asked for nothing more, however large it is.
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if chatml::may_be(head) {
        return read(bytes).is_some();
    }
    if head.is_empty() || head.starts_with(['{', '"', '<']) {
        return false;
    }
    (cues::may_be(head) || csv::may_be(head) || lines::may_be(head)) && read(bytes).is_some()
}

/// The dialogue as JSON, or why it is none.
pub fn to_json(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let dialogue = read(bytes).ok_or("no dialogue of a user and an agent")?;
    serde_json::to_vec(&dialogue).map_err(|e| e.to_string())
}

fn read(bytes: &[u8]) -> Option<Dialogue> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    let text = text.trim_start_matches('\u{feff}');
    if chatml::may_be(text) {
        return chatml::read(text);
    }
    cues::read(text).or_else(|| csv::read(text)).or_else(|| lines::read(text))
}

/// True for a speaker's name that says no more than the role.
pub fn is_role(name: &str) -> bool {
    speaker::is_bare(name)
}

/// True if a user and an agent both speak.
fn both_speak(turns: &[Turn]) -> bool {
    [Who::User, Who::Agent].iter().all(|who| turns.iter().any(|turn| turn.role == Some(*who)))
}

/// Of two voices, one of which is the agent's or the user's, the other is the other one's.
fn infer(turns: &mut [Turn]) {
    let speakers: BTreeSet<&str> = turns.iter().map(|turn| turn.speaker.as_str()).collect();
    if speakers.len() != 2 || speakers.contains("") {
        return;
    }
    let known: BTreeSet<_> = turns.iter().filter_map(|turn| turn.role).map(|who| who == Who::User).collect();
    let two = turns.iter().all(|turn| matches!(turn.role, None | Some(Who::User | Who::Agent)));
    let (Some(user), 1, true) = (known.first().copied(), known.len(), two) else { return };
    let other = if user { Who::Agent } else { Who::User };
    turns.iter_mut().filter(|turn| turn.role.is_none()).for_each(|turn| turn.role = Some(other));
}

/// True if few of the turns are of a speaker that is not known.
fn mostly_known(turns: &[Turn]) -> bool {
    turns.iter().filter(|turn| turn.role.is_none()).count() * 5 <= turns.len()
}

#[cfg(test)]
mod tests;
