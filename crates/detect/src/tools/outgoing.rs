//! Whether a call gives a message to somebody, whatever its tool is named: `compose`, described as "Send an e-mail".

use crate::session::Call;
use hindcast_trace::json::Value;

/// True where the tool is described as sending, or the arguments have an address and what is written to it.
pub fn is(call: &Call<'_>) -> bool {
    let description = call.described.map(|d| d.text.as_str()).unwrap_or_default();
    let sentence = description.split(['.', '\n', ';']).next().unwrap_or_default();
    let sentence = &sentence[..sentence.floor_char_boundary(LONGEST)];
    let told: Vec<String> = words(sentence).take(16).collect();
    let prepares = |w: &str| matches!(w, "draft" | "drafts" | "template" | "preview" | "scratch");
    if call.known.words.iter().chain(&told).any(|w| prepares(w)) {
        return false;
    }
    let Some(args) = call.args() else { return false };
    let (mut place, mut address, mut text) = (false, false, false);
    for (key, value) in args.entries().take(MOST) {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        if is_place(&key) {
            place = true;
            address |= is_address(value);
        }
        text |= is_text(&key) && value.is_str();
    }
    text && (address || place && sends(&told))
}

/// So much of a description is read.
const LONGEST: usize = 200;
/// So many arguments are looked at.
const MOST: usize = 40;

/// "Send an e-mail", "Compose and send a message".
fn sends(told: &[String]) -> bool {
    let verb = |w: &str| {
        matches!(
            w,
            "send"
                | "sends"
                | "deliver"
                | "delivers"
                | "email"
                | "emails"
                | "mails"
                | "notify"
                | "notifies"
                | "text"
                | "texts"
        )
    };
    told.first().is_some_and(|w| verb(w)) || told.windows(2).any(|w| w[0] == "and" && verb(&w[1]))
}

fn is_place(key: &str) -> bool {
    matches!(
        key,
        "to" | "recipient"
            | "recipients"
            | "address"
            | "addresses"
            | "addressee"
            | "email"
            | "cc"
            | "bcc"
            | "phone"
            | "channel"
    ) || key.ends_with("_to") && key.starts_with("send")
        || key.starts_with("recipient")
        || key.starts_with("to_")
}

fn is_text(key: &str) -> bool {
    matches!(key, "body" | "text" | "message" | "content" | "html" | "contents" | "msg" | "body_text" | "plain_text")
}

/// An address that messages go to.
fn is_address(value: Value<'_>) -> bool {
    let one = |v: Value<'_>| {
        v.str().is_some_and(|s| {
            let mail = s.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            s.len() <= 320 && mail
        })
    };
    one(value) || value.items().take(MOST).any(one)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .map(|w| w.replace('-', "").to_lowercase())
        .filter(|w| !w.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::tools::operation::Weight;
    use crate::{Contracts, Session};
    use hindcast_trace::{Evidence, read};
    use serde_json::json;

    fn seen(tool: &str, description: &str, arguments: serde_json::Value) -> (bool, Weight) {
        let json = json!({
            "tools": [{"type": "function", "function": {"name": tool, "description": description, "parameters": {"type": "object"}}}],
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": arguments.to_string()}}]},
                {"role": "tool", "tool_call_id": "c", "content": "{}"},
            ]
        });
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        (super::is(&session.calls[0]), session.calls[0].operation().weight)
    }

    #[test]
    fn a_message_goes_out_by_whatever_name() {
        let mail = json!({"to": "desk@fern.example", "subject": "Ride", "text": "At nine."});
        assert!(seen("compose", "Send an e-mail", mail.clone()).0);
        assert!(seen("write_mail", "Write and send a mail to a guest", json!({"to": "Bo", "body": "At nine."})).0);
        assert!(seen("outbox", "", mail.clone()).0);
        assert!(!seen("compose", "Draft an e-mail", mail).0);
        assert!(!seen("translate", "Translate a text", json!({"to": "de", "text": "At nine."})).0);
        assert!(!seen("add_contact", "Add a contact", json!({"email": "a@b.example", "name": "Bo"})).0);
    }

    #[test]
    fn somebodys_plan_and_record_are_no_scratchpad() {
        let of = |tool: &str, description: &str, arguments| seen(tool, description, arguments).1;
        assert_eq!(
            of("set_plan", "Change the plan of a subscription", json!({"sub": "S-7", "plan": "Big"})),
            Weight::Heavy
        );
        assert_eq!(of("update_plan", "", json!({"plan": "Big", "msisdn": "0660123"})), Weight::Heavy);
        assert_eq!(
            of("add_comment", "Add an entry to a patient record", json!({"mrn": "7", "text": "x"})),
            Weight::Heavy
        );
        assert_eq!(of("update_plan", "Update the task plan", json!({"plan": "1. Read, 2. Answer"})), Weight::Light);
        assert_eq!(of("add_comment", "Add a comment to an issue", json!({"issue": "7", "text": "x"})), Weight::Light);
        assert_eq!(of("save_note", "Save a note", json!({"text": "x"})), Weight::Light);
    }
}
