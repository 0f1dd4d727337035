//! Values among the arguments of a call, and who may have left them to the agent.

use super::statement;
use crate::finding::Cite;
use crate::origin::grounding::{self, Kind, Used};
use crate::secrets::spoken;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;

/// The values in a call's arguments that must come from somewhere.
pub fn of(call: &Call<'_>) -> Vec<Used> {
    let (Some(args), Some(text)) = (call.args(), call.arguments) else { return Vec::new() };
    let cite = |value: hindcast_trace::json::Value<'_>| {
        let quotes = usize::from(value.is_str());
        let start = value.start() as usize + quotes;
        Cite::of(call.event, text, start..(start + value.bytes().len()).saturating_sub(2 * quotes))
    };
    grounding::in_arguments(args)
        .into_iter()
        .filter_map(|(kind, value)| {
            Some(Used { kind, text: value.str().unwrap_or_else(|| value.raw()).trim().to_owned(), cite: cite(value)? })
        })
        .filter(|used| !(used.kind == Kind::Email && statement::is_form(&used.text)))
        .collect()
}

/// True when the user leaves a value to the agent: "choose any user name".
pub fn invited(session: &Session<'_>) -> bool {
    const LEFT: &[&str] = &[
        "choose any",
        "pick any",
        "any user name",
        "any username",
        "make up",
        "make one up",
        "come up with",
        "random",
        "generate a",
        "invent",
    ];
    session.heard_texts().iter().any(|t| LEFT.iter().any(|l| t.prose().lower.contains(l)))
}

/// False for nearly every number: the user said none that it could be a slip of. Told before the sources are gathered.
pub fn may_be_slip(session: &Session<'_>, number: &str) -> bool {
    session.heard_texts().iter().map(|t| t.prose()).any(|prose| {
        let written = prose.digits >= number.len()
            && prose.text.text.split(|c: char| !c.is_ascii_digit()).any(|n| n.len() == number.len() && n != number);
        written || spoken::may_read_out(&prose.lower)
    })
}

/// True where the tool knows the account that it was asked for and the user speaks of what is theirs: who that is may be
/// known from the sign-in, which no message tells.
pub fn is_signed_in(session: &Session<'_>, call: &Call<'_>) -> bool {
    let answer = call.result.as_ref().and_then(|r| r.json()).is_some_and(|a| a.is_object() && !a.is_empty());
    let own = |w: &str| matches!(w, "i" | "my" | "me" | "mine" | "we" | "our");
    answer
        && call.known.effect.0 != Effect::Write
        && call.failure().is_none()
        && session
            .heard_texts()
            .iter()
            .take_while(|t| t.event < call.event)
            .any(|t| (0..t.prose().words.len()).any(|i| own(t.prose().word(i))))
}
