//! Whether an ordered call carries something else than the user named: a placeholder, or another recipient.

use crate::prose::pattern;
use crate::session::{Call, Session};
use hindcast_trace::model::Role;
use regex::Regex;
use std::sync::LazyLock;

// The whole value stands for one that was to be filled in: `<CODE>`, `{{new_email}}`, `YOUR_PASSWORD_HERE`, `[recipient name]`.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?-u)^\s*(?:<[A-Z][A-Z0-9_ -]{1,40}>|<[a-z0-9]+(?:[_ -][a-z0-9]+){1,5}>|(?u:<\p{Lu}[\p{Lu}0-9_ -]{1,50}>|\[\p{Lu}[\p{Lu}0-9_ -]{2,50}\])|\{\{?\s*[A-Za-z][\w .-]{1,40}\}?\}|\$\{[A-Za-z_]\w{1,40}\}|\[[A-Za-z]+(?:[_ ][A-Za-z]+){0,5}\]|%[A-Z_]{3,40}%|(?i:your|my|insert|enter|replace|user'?s?)[_-](?:[A-Za-z]+[_-]){0,4}(?i:here)|(?:YOUR|INSERT|ENTER|REPLACE|USER)(?:[_ ][A-Z0-9]+){1,5}|\$[A-Z][A-Z_]{2,40}|(?i:placeholder|to be (?:filled(?: in)?|provided)|fill[_ ]me[_ ]in|x{4,}))\s*$",
    )
});

/// The argument whose whole value is a placeholder that nobody wrote before; its key and the value.
pub fn placeholder(session: &Session<'_>, call: &Call<'_>) -> Option<(String, String)> {
    // Templates hold placeholders on purpose.
    if call.known.words.iter().any(|w| matches!(w.as_str(), "template" | "templates" | "snippet" | "prompt" | "macro"))
    {
        return None;
    }
    let args = call.args()?;
    let found = args.entries().find_map(|(key, value)| {
        let value = value.str().filter(|v| v.len() <= 60 && may_be_placeholder(v.trim()))?;
        PLACEHOLDER.as_ref()?.is_match(&value).then(|| (key.str().unwrap_or_default().into_owned(), value.into_owned()))
    })?;
    let written = |text: &str| text.contains(found.1.as_str());
    let said = session.messages.iter().filter(|m| m.event < call.event && m.role != Role::Assistant);
    let answered = session.calls.iter().take_while(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.content);
    let stood = said.flat_map(|m| m.texts).chain(answered).any(|t| written(&t.text));
    (!stood).then_some(found)
}

/// False for most values, by their first and last letters alone.
fn may_be_placeholder(value: &str) -> bool {
    let first = value.bytes().next().unwrap_or_default();
    matches!(first, b'<' | b'{' | b'$' | b'[' | b'%')
        || matches!(first.to_ascii_lowercase(), b'p' | b't' | b'f' | b'x')
        || value.get(value.len().saturating_sub(4)..).is_some_and(|end| end.eq_ignore_ascii_case("here"))
        || matches!(first, b'Y' | b'I' | b'E' | b'R' | b'U') && !value.bytes().any(|b| b.is_ascii_lowercase())
}

/// Keys of arguments that say to whom.
const RECIPIENT: [&str; 24] = [
    "recipient",
    "recipients",
    "to",
    "iban",
    "payee",
    "beneficiary",
    "account",
    "to_account",
    "email",
    "to_email",
    "phone",
    "number",
    "msisdn",
    "address",
    "with",
    "share_with",
    "user",
    "destination",
    "target",
    "receiver",
    "wallet",
    "contact",
    "attendee",
    "participant",
];

/// A recipient of the same form as the only one that the user named, where no call has the one that was named: what the user named, and what the call has instead.
pub fn other_recipient(session: &Session<'_>, call: &Call<'_>) -> Option<(String, String)> {
    let args = call.args()?;
    let (value, form) = args.entries().find_map(|(key, value)| {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        let value = value.str()?.trim().to_lowercase();
        RECIPIENT.contains(&key.as_str()).then(|| form(&value).map(|f| (value, f))).flatten()
    })?;
    let talk = || session.messages.iter().filter(|m| m.event < call.event);
    // Most users name no address, or several.
    let users = talk().filter(|m| m.role == Role::User).flat_map(|m| m.texts);
    let mut named: Vec<String> = users.flat_map(|t| written(&t.text.to_lowercase(), form)).collect();
    named.sort();
    named.dedup();
    let [only] = named.as_slice() else { return None };
    // Whatever anybody spoke of before is no other one.
    if talk().flat_map(|m| m.texts).any(|t| holds(&t.text.to_lowercase(), &value)) {
        return None;
    }
    // Whose mailbox was read, or who was paid by another call, is no recipient that was passed over.
    let reached = session.calls.iter().filter_map(|c| c.arguments).any(|a| holds(&a.text.to_lowercase(), only));
    (!reached).then(|| (only.clone(), value))
}

/// What kind of address a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Email,
    Iban,
    Phone,
}

fn form(value: &str) -> Option<Form> {
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = compact.as_bytes();
    if compact.contains('@') && compact.rsplit('@').next().is_some_and(|d| d.contains('.')) && !value.contains(' ') {
        return Some(Form::Email);
    }
    let iban = (14..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[..2].iter().all(u8::is_ascii_alphabetic)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    if iban {
        return Some(Form::Iban);
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let phone = (9..=15).contains(&digits)
        && compact.starts_with(['0', '+'])
        && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'(' | b')' | b'/' | b'.'));
    phone.then_some(Form::Phone)
}

static WRITTEN: LazyLock<[Option<Regex>; 3]> = LazyLock::new(|| {
    [
        pattern::compile(r"[a-z0-9][\w.+-]*@[\w-]+(?:\.[\w-]+)+"),
        pattern::compile(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{1,4}){3,8}\b|\b[a-z]{2}\d{2}[a-z0-9]{10,30}\b"),
        pattern::compile(r"(?:\+|\b0)\d[\d ()/.-]{7,18}\d\b"),
    ]
});

/// The addresses of a form in a text in lower case.
fn written(text: &str, wanted: Form) -> Vec<String> {
    let index = match wanted {
        Form::Email => 0,
        Form::Iban => 1,
        Form::Phone => 2,
    };
    let found = WRITTEN[index].iter().flat_map(|r| r.find_iter(text)).map(|m| m.as_str().trim().to_owned());
    found.filter(|v| form(v) == Some(wanted)).map(|v| compact(&v)).collect()
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '@' | '.' | '_')).collect()
}

/// True when a text has a value, however it is grouped; a telephone number with or without the country's code.
fn holds(text: &str, value: &str) -> bool {
    let digits = |t: &str| -> String { t.chars().filter(char::is_ascii_digit).collect() };
    let local = digits(value);
    let phone = form(value) == Some(Form::Phone) && {
        let end = local.get(local.len().saturating_sub(8)..).unwrap_or(&local);
        digits(text).contains(end)
    };
    phone || text.contains(value) || compact(text).contains(&compact(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contracts;
    use hindcast_trace::{Evidence, read};

    fn with<T>(user: &str, tool: &str, args: serde_json::Value, see: impl Fn(&Session<'_>, &Call<'_>) -> T) -> T {
        let json = serde_json::json!({"messages": [
            {"role": "user", "content": user},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": args.to_string()}}]},
            {"role": "tool", "tool_call_id": "c", "content": "ok"},
        ]});
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        see(&session, &session.calls[0])
    }

    #[test]
    fn a_placeholder_is_no_value() {
        for value in
            ["<CODE>", "{{new_email}}", "YOUR_PASSWORD_HERE", "[recipient name]", "${TOKEN}", "your-email-here"]
        {
            let found = with("set it", "set_x", serde_json::json!({"v": value}), |s, c| placeholder(s, c).is_some());
            assert!(found, "{value}");
        }
        for value in ["<p>", "tulip-77x", "[1, 2]", "user", "my car", "{\"a\": 1}", "your order is here"] {
            let found = with("set it", "set_x", serde_json::json!({"v": value}), |s, c| placeholder(s, c).is_some());
            assert!(!found, "{value}");
        }
        let quoted = with("use {{name}} there", "set_x", serde_json::json!({"v": "{{name}}"}), |s, c| {
            placeholder(s, c).is_some()
        });
        assert!(!quoted);
    }

    #[test]
    fn another_recipient_is_told() {
        let other = |user: &str, args: serde_json::Value| {
            with(user, "send_money", args, |s, c| other_recipient(s, c).is_some())
        };
        let iban = "GB29JJJJ44445555666677";
        assert!(other("Transfer 10 to US13HHHH00001111222233.", serde_json::json!({"recipient": iban})));
        assert!(!other("Transfer 10 to gb29 jjjj 4444 5555 6666 77.", serde_json::json!({"recipient": iban})));
        assert!(!other("Transfer 10 to Ben.", serde_json::json!({"recipient": iban})));
        assert!(other("Share it with d.okafor@works.example.", serde_json::json!({"with": "dirk@works.example"})));
        assert!(!other("Mail a@b.example and c@d.example.", serde_json::json!({"to": "x@y.example"})));
        assert!(!other("Fax it to 020 7946 0128.", serde_json::json!({"to": "+442079460128"})));
        assert!(other("Top up 0171 5550134 with 20.", serde_json::json!({"number": "0171 5550188"})));
    }
}
