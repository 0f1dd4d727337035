//! What the user asked, where the last words of the session speak of looking and tell nothing: "I will run that report again."

use super::Wanted;
use crate::detectors::closing::Closing;
use crate::dialogue::other_language::is_look;
use crate::prose::classes::class;
use crate::prose::lexicon::english;
use crate::prose::wordlists::words;
use crate::session::Session;
use crate::values::subject::stems;
use hindcast_trace::model::Role;

/// The rule path.
pub(super) const PATH: &str = "look-idle";
/// A longer message tells something.
const MESSAGE: usize = 26;

/// The user's question, where nothing was called for it and the message has a word for looking, no number and nothing of an answer.
pub(super) fn of<'t>(session: &Session<'t>, closing: &Closing<'_, 't>) -> Option<Wanted<'t>> {
    let asked = session.messages.iter().find(|m| m.event == closing.user).and_then(|m| m.texts.last())?;
    let ends = session.messages.iter().rev().find(|m| m.role != Role::System).is_some_and(|m| m.event == closing.event);
    let said = words(&closing.text.text);
    let before = |number: &str| {
        let heard = session.messages.iter().filter(|m| m.event < closing.event).flat_map(|m| m.texts);
        heard.into_iter().any(|t| t.text.contains(number))
    };
    let new = said.iter().any(|w| w.bytes().any(|b| b.is_ascii_digit()) && !before(w));
    let lex = english();
    let looks = |w: &String| lex.is("look", w) || lex.is("look", w.trim_end_matches("ing")) || is_look(w);
    let idle = ends && asked.text.contains(['?', '？']) && closing.calls.is_empty() && said.len() <= MESSAGE && !new;
    if !idle
        || !said.iter().any(looks)
        || class("hedge").is_in_text(&closing.text.text.to_lowercase().replace("will", "").replace("'ll", ""))
    {
        return None;
    }
    let range = 0..asked.text.floor_char_boundary(400);
    let about = stems(&asked.text).into_iter().chain(stems(&closing.text.text)).collect();
    Some(Wanted { path: PATH, from: closing.user, event: closing.user, text: asked, range, about, now: false })
}
