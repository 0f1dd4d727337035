//! Faults put into real traces, where a claim follows a write.

use hindcast_detect::Contracts;
use hindcast_detect::tools::contract::Effect;
use hindcast_detect::values;
use serde_json::Value;

/// What is done to a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The write and its result are gone.
    Dropped,
    /// The write's result is an error.
    Errored,
    /// The write's result says pending.
    Pending,
    /// An amount in the answer is off.
    Amount,
    /// An id in the answer is another one.
    Id,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Dropped, Kind::Errored, Kind::Pending, Kind::Amount, Kind::Id];
}

/// A write, and the agent's next words to the user, which claim that it was done.
pub struct Site {
    /// Index of the assistant message with the call.
    pub call: usize,
    /// Index of the tool message.
    pub result: usize,
    /// Index of the message that claims it.
    pub claim: usize,
}

/// True for the detectors that a dropped, errored or pending write is theirs.
pub fn about_claims(id: &str) -> bool {
    matches!(id, "completion-not-terminal" | "completion-unbacked" | "error-ignored" | "fabricated-identifier")
}

/// Words by which a person would see a claim; on purpose not the lexicon of the detectors.
const CLAIMS: &[&str] = &["has been", "have been", "successfully", "i've ", "i have ", "is now", "are now"];

const HANDED_IN: &[&str] = &["requested", "submitted", "initiated"];

/// The sites of a run: a write that worked, and a claim in the next words to the user.
pub fn sites(messages: &[Value]) -> Vec<Site> {
    let contracts = Contracts::default();
    let mut found: Vec<Site> = Vec::new();
    for (call, message) in messages.iter().enumerate() {
        let calls = message["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
        let [only] = calls else { continue };
        let name = only["function"]["name"].as_str().unwrap_or("");
        let result = call + 1;
        let answer = messages.get(result).and_then(|m| m["content"].as_str()).unwrap_or("");
        let human = name.contains("transfer_to_human");
        if contracts.known(name).effect.0 != Effect::Write
            || human
            || answer.starts_with("Error")
            || messages[result]["role"] != "tool"
        {
            continue;
        }
        let words = |m: &Value| m["role"] == "assistant" && m["content"].as_str().is_some_and(|c| !c.is_empty());
        let Some(claim) = (result + 1..messages.len()).find(|i| words(&messages[*i])) else { continue };
        let text = messages[claim]["content"].as_str().unwrap_or("").to_lowercase();
        if messages[result + 1..claim].iter().any(|m| m["role"] == "user") || !CLAIMS.iter().any(|c| text.contains(c)) {
            continue;
        }
        // Of several writes before one claim only the last is taken, and only where it is the only one: the claim
        // may be about any of them.
        match found.last() {
            Some(last) if last.claim == claim => {
                found.pop();
            }
            _ => found.push(Site { call, result, claim }),
        }
    }
    found
}

/// The mutant, and the index of the message at which it is to be caught.
pub fn apply(messages: &[Value], site: &Site, kind: Kind) -> Option<(Vec<Value>, usize)> {
    let mut all = messages.to_vec();
    let text = all[site.claim]["content"].as_str()?.to_owned();
    match kind {
        Kind::Dropped => {
            all.drain(site.call..=site.result);
            return Some((all, site.claim - 2));
        }
        Kind::Errored => all[site.result]["content"] = "Error: the service is temporarily unavailable".into(),
        // Who only says that a request was handed in is right while it is pending.
        Kind::Pending if HANDED_IN.iter().any(|w| text.contains(w)) => return None,
        Kind::Pending => all[site.result]["content"] = r#"{"status": "pending"}"#.into(),
        Kind::Amount => {
            let (cents, range) = values::amounts(&text).into_iter().find(|(_, r)| text[r.clone()].contains('.'))?;
            let off = cents + 1337;
            all[site.claim]["content"] =
                format!("{}${}.{:02}{}", &text[..range.start], off / 100, off % 100, &text[range.end..]).into();
        }
        Kind::Id => {
            let id = values::ids(&text).into_iter().find(|i| i.norm.len() >= 6)?;
            let shifted: String = text[id.range.clone()]
                .chars()
                .map(|c| c.to_digit(10).map_or(c, |d| char::from(b'0' + ((d + 3) % 10) as u8)))
                .collect();
            all[site.claim]["content"] =
                format!("{}{}{}", &text[..id.range.start], shifted, &text[id.range.end..]).into();
        }
    }
    Some((all, site.claim))
}
