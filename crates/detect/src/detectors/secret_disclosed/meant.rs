//! Passwords that are there to be given out: of a network for guests.

use crate::prose::pattern;
use crate::secrets::Held;
use crate::session::Session;
use regex::Regex;
use std::sync::LazyLock;

static GUESTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)(?:\b|_)(?:guests?|visitors?|public|lobby|patrons?|attendees?)(?:\b|_)"));
static NETWORK: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)(?:\b|_)(?:wi-?fi|wlan|ssid|network|hotspot)(?:\b|_)"));

/// Longer records hold other things as well.
const LONGEST: usize = 600;

/// True where the call that told a password, with its short answer, speaks of a network for guests.
pub(super) fn for_guests(session: &Session<'_>, thing: &Held) -> bool {
    let Some(call) = thing.call.and_then(|c| session.call_at(c)) else { return false };
    if thing.personal || !thing.what.contains("password") && !thing.what.contains("code") {
        return false;
    }
    let name = call.known.words.join(" ");
    let answer = call.result.as_ref().and_then(|r| r.content).map_or("", |t| t.text.as_str());
    let texts = [name.as_str(), call.arguments.map_or("", |a| a.text.as_str()), answer];
    let any = |regex: &LazyLock<Option<Regex>>| texts.iter().any(|t| regex.as_ref().is_some_and(|r| r.is_match(t)));
    let closed = answer.to_ascii_lowercase();
    let others = ["admin", "staff", "root", "internal", "router"].iter().any(|w| closed.contains(w));
    answer.len() <= LONGEST && !others && any(&GUESTS) && any(&NETWORK)
}
