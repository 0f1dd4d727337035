//! An ordered write that carries something else than the user named.

use crate::dialogue::misnamed::{self, Misnamed};
use crate::dialogue::mistyped::{self, Slip};
use crate::dialogue::recipient;
use crate::dialogue::substitution::placeholder;
use crate::dialogue::turned_number;
use crate::finding::{Category, Cite, Finding};
use crate::outcome::rejection;
use crate::session::{Call, Session};

/// The finding, where a placeholder or another recipient stands in the place of what the user named.
pub(super) fn finding(session: &Session<'_>, call: &Call<'_>) -> Option<Finding> {
    let name = call.name.text.as_str();
    let (path, title, detail) = if let Some((key, value)) = placeholder(session, call) {
        let title = format!("`{name}` was called with the placeholder `{value}`");
        (
            "placeholder",
            title,
            format!("The argument `{key}` is a placeholder that appears nowhere earlier. The user did not ask for it."),
        )
    } else if let Some(other) = recipient::other(session, call) {
        let title = format!("`{name}` has {}, but the user gave {}", other.used, other.named);
        let path = if other.toward { "other-place" } else { "other-recipient" };
        (path, title, recipient_words(session, &other))
    } else if let Some(Slip { given, used, by_user }) = mistyped::of(session, call) {
        let (title, detail) = if by_user {
            (
                format!("`{name}` has {used}, but the user gave {given}"),
                format!("The user gave {given}. {used} differs from it by one digit and appears nowhere earlier."),
            )
        } else {
            (
                format!("`{name}` has {used}, but an earlier result has {given}"),
                format!("{used} has two digits of {given} turned around and appears nowhere earlier."),
            )
        };
        (if by_user { "mistyped" } else { "mistyped-result" }, title, detail)
    } else if let Some((agreed, used)) = turned_number::of(session, call) {
        let title = format!("`{name}` has {used}, but {agreed} was agreed");
        let detail = format!(
            "The messages before the call name {agreed}, which the call does not have. It has {used}, which they do not name, beside other numbers that they do name."
        );
        ("turned-number", title, detail)
    } else {
        let Misnamed { path, named, used } = misnamed::of(session, call)?;
        let title = format!("`{name}` has {used}, which is not what the user named");
        (path, title, format!("The user named {named}; the call has {used}, which the user did not name."))
    };
    let arguments = call.arguments?;
    let cite = Cite::of(call.event, arguments, 0..arguments.text.floor_char_boundary(400))?;
    let made =
        Finding::new("unconfirmed-write", Category::ToolMisuse, call.event, title, cite).path(path).detail(detail);
    Some(made.outcome(rejection::outcome(call)).tool(name))
}

fn recipient_words(session: &Session<'_>, other: &recipient::Other) -> String {
    let recipient::Other { named, used, from, ordered, .. } = other;
    let given =
        if *ordered { format!("The user named {named} as the recipient") } else { format!("The user gave {named}") };
    let source = from.and_then(|event| session.call_at(event)).map_or_else(
        || format!("{used} appears nowhere earlier, except in the agent's own calls and their results."),
        |c| format!("{used} comes from the result of `{}`. No message before the call mentions it.", c.name.text),
    );
    format!("{given}, and no call has it. {source}")
}
