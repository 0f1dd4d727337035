//! Whether a value that the agent uses stands anywhere before: in what was said to it, or in what tools answered.
//!
//! Compared in normal form: case, `#`, scheme, blanks and separators do not matter. An identifier put together from
//! scalars of one record counts as grounded.

mod amounts;
mod put_together;
mod readings;
mod sources;
mod spans;
pub mod typed;

pub use amounts::{Amounts, stated};
pub use sources::{Source, Sources};

use crate::bits;
use crate::finding::Cite;
use crate::values;
use crate::values::{contact, decode};
use aho_corasick::AhoCorasick;
use hindcast_trace::json::Value;
use std::sync::LazyLock;

/// What kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A web address with a path.
    Url,
    /// A telephone number.
    Phone,
    /// An order number, a booking code.
    Id,
    /// An identifier under a name for whom the conversation is with: an account, a customer, a patient.
    Who,
    /// "Ending in 4471".
    LastDigits,
    /// An amount of money.
    Amount,
    /// A number under a name that may identify: `booking_id: 1189`, `meter: "40781825"`.
    Number,
    /// Who is said to have agreed: `approved_by: J. Smith`.
    Approval,
    /// A number that is read out digit by digit.
    ReadOut,
    /// A span of time until something is to happen: "within ten days".
    Span,
    /// A time of day by which something is to happen: "before 5 pm".
    Clock,
}

impl Kind {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Email => "email address",
            Kind::Url => "link",
            Kind::Phone => "phone number",
            Kind::Id | Kind::Who => "ID",
            Kind::LastDigits => "last digits",
            Kind::Amount => "amount",
            Kind::Number | Kind::ReadOut => "number",
            Kind::Approval => "approval",
            Kind::Span => "period",
            Kind::Clock => "time",
        }
    }
}

/// A value in need of a source.
#[derive(Debug, Clone)]
pub struct Used {
    /// What kind.
    pub kind: Kind,
    /// As it stands.
    pub text: String,
    /// Where it stands.
    pub cite: Cite,
}

/// True when the value stands in a source before an event.
pub fn grounded(sources: &Sources<'_>, used: &Used, before: u32) -> bool {
    let lower = used.text.to_ascii_lowercase();
    if matches!(used.kind, Kind::Id | Kind::Who) && sources.has_word(&values::norm(&used.text), before) {
        return true;
    }
    sources.search();
    match used.kind {
        Kind::Email => {
            sources.contains(&lower, before)
                || sources.composed(&lower, before)
                || sources.is_named_mailbox(&lower, before)
        }
        Kind::Url => {
            let bare = contact::bare_url(&used.text);
            sources.contains(&bare, before)
                || decode::decoded(&bare).is_some_and(|plain| sources.contains(&plain, before))
                || sources.built(&bare, before)
        }
        Kind::Phone if !contact::masked_phones(&lower).is_empty() => sources.contains(&lower, before),
        Kind::Phone => {
            let digits = contact::digits(&used.text);
            sources.has_digits(&digits, before) || sources.was_read_out(&digits, before)
        }
        Kind::LastDigits => sources.ends_with_digits(&lower, before),
        Kind::Id | Kind::Who => {
            let norm = values::norm(&used.text);
            sources.contains(&norm, before)
                || sources.contains_letters(&norm, before)
                || sources.composed(&norm, before)
                || sources.contains_number(&norm, before)
                || sources.contains_grouped(&norm, before)
                || sources.is_spliced(&norm, before)
                || sources.is_path_of_known(&used.text, before)
                || sources.was_read_out(&norm, before)
                || spans::is_known(sources, &norm, before)
                || spans::holds(sources, &norm, before)
        }
        Kind::ReadOut => sources.has_digits(&lower, before) || sources.was_read_out(&lower, before),
        // Judged elsewhere.
        Kind::Amount | Kind::Span | Kind::Clock => true,
        // Most numbers come from nowhere in particular; one that is a slip of what the user said does not.
        Kind::Number => {
            // The user's texts are few, and mostly decide.
            !sources.is_slip(&lower, before) || sources.contains(&lower, before) || sources.was_read_out(&lower, before)
        }
        Kind::Approval => {
            lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 1).all(|w| sources.contains(w, before))
        }
    }
}

/// Argument names whose values the caller makes up, or that hold prose.
const FREE: &[&str] = &[
    "idempotency",
    "nonce",
    "uuid",
    "correlation",
    "trace",
    "request_id",
    "requestid",
    "session",
    "timestamp",
    "date",
    "time",
    "start",
    "end",
    "body",
    "text",
    "message",
    "content",
    "subject",
    "description",
    "query",
    "thought",
    "reason",
    "note",
    "title",
    "summary",
    "code_snippet",
    "expression",
    "sql",
    "command",
    "cmd",
    "username",
    "user_name",
    "password",
    "pin",
    "name",
    "slug",
    "filename",
    "file_name",
    "task",
    "prompt",
    "question",
    "color",
    "token",
    "hash",
    "seed",
    "regex",
    "pattern",
    "client_",
    "external_",
    "format",
    "model",
    "sku_prefix",
    "label",
    "tag",
    "path",
];

/// The values among a call's arguments that must come from somewhere.
pub fn in_arguments<'d>(args: Value<'d>) -> Vec<(Kind, Value<'d>)> {
    let mut found = Vec::new();
    walk(args, "", 0, &mut found);
    found
}

fn walk<'d>(value: Value<'d>, key: &str, depth: usize, out: &mut Vec<(Kind, Value<'d>)>) {
    if depth > 24 {
        return;
    }
    if value.is_object() {
        // Nearly every value has no mark of any kind, and then its name does not matter.
        // Who agreed to something is named without any mark.
        let matters = |key: Value<'_>, v: Value<'_>| {
            v.is_object() || v.is_array() || has_marks(v.bytes()) || may_name_approval(key.bytes())
        };
        for (key, member) in value.entries().filter(|(k, v)| matters(*k, *v)) {
            walk(member, &key.str().unwrap_or_default().to_ascii_lowercase(), depth + 1, out);
        }
    } else if value.is_array() {
        value.items().for_each(|item| walk(item, key, depth + 1, out));
    } else if approval(key) {
        let named = value.str().is_some_and(|v| v.chars().any(char::is_alphabetic) && !is_role(&v));
        out.extend(named.then_some((Kind::Approval, value)));
    } else if may_identify(value.bytes(), key)
        && (!FREE_NAMES.as_ref().is_some_and(|free| free.is_match(key)) || identifying(key))
    {
        out.extend(kind_of(value, key).map(|kind| (kind, value)));
    }
}

/// True for a value that may identify something under some name.
fn has_marks(value: &[u8]) -> bool {
    bits::digits(value) >= 3 || value.iter().any(|b| matches!(b, b'@' | b':' | b'\\' | b'.'))
}

/// True for a value with the marks of an address or the digits of a number; nothing else is of any kind. Escapes may
/// hide either.
fn may_identify(value: &[u8], key: &str) -> bool {
    bits::digits(value) >= 3
        || memchr::memchr3(b'@', b':', b'\\', value).is_some()
        || memchr::memchr(b'.', value)
            .is_some_and(|_| key.contains("url") || memchr::memmem::find(value, b"www.").is_some())
}

static FREE_NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(FREE).ok());

/// `user_id` and `session_number` identify, whatever else their names hold.
fn identifying(key: &str) -> bool {
    (key.ends_with("_id") || key == "id" || key.ends_with("_ids"))
        && !["idempotency", "request", "correlation", "trace", "client", "external", "session"]
            .iter()
            .any(|f| key.contains(f))
}

/// Names under which a call says who agreed to it.
fn approval(key: &str) -> bool {
    matches!(
        key,
        "approved_by"
            | "approver"
            | "approvedby"
            | "authorized_by"
            | "authorised_by"
            | "authorizer"
            | "approval_code"
            | "authorization_code"
            | "authorisation_code"
            | "supervisor"
    )
}

/// False for a key, with its quotes, that begins like no such name: most do.
fn may_name_approval(quoted: &[u8]) -> bool {
    let begins = |with: &[u8]| quoted.get(1..3).is_some_and(|k| k.eq_ignore_ascii_case(with));
    begins(b"ap") || begins(b"au") || begins(b"su")
}

/// "system", "the customer", "auto": a role, which nobody need have named.
fn is_role(value: &str) -> bool {
    const ROLES: [&str; 22] = [
        "system",
        "agent",
        "assistant",
        "ai",
        "bot",
        "auto",
        "automatic",
        "automated",
        "policy",
        "user",
        "customer",
        "caller",
        "client",
        "self",
        "none",
        "null",
        "na",
        "n/a",
        "true",
        "false",
        "yes",
        "the",
    ];
    let folded = value.to_lowercase();
    folded.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-')).all(|w| w.is_empty() || ROLES.contains(&w))
}

/// Names under which a call says for whom it is.
fn names_user(key: &str) -> bool {
    let name = key.trim_end_matches("_id").trim_end_matches("_number").trim_end_matches("_no").trim_end_matches("id");
    matches!(
        name.trim_end_matches('_'),
        "account"
            | "customer"
            | "client"
            | "member"
            | "patient"
            | "user"
            | "subscriber"
            | "tenant"
            | "guest"
            | "employee"
    )
}

/// True for a choice in words with a measure among them, which no list need name: `micro-sterile-120ml`.
fn describes(text: &str) -> bool {
    let parts = || text.split(['-', '_']);
    let word = |p: &str| p.len() >= 4 && p.bytes().all(|b| b.is_ascii_lowercase());
    let measure = |p: &str| {
        let unit = p.trim_start_matches(|c: char| c.is_ascii_digit());
        unit.len() < p.len() && (1..=3).contains(&unit.len()) && unit.bytes().all(|b| b.is_ascii_lowercase())
    };
    parts().filter(|p| word(p)).count() >= 2 && parts().all(|p| word(p) || measure(p))
}

fn kind_of(value: Value<'_>, key: &str) -> Option<Kind> {
    let text = value.str().unwrap_or_else(|| value.raw());
    let text = text.trim();
    let whole = |found: Vec<std::ops::Range<usize>>| found.first().is_some_and(|r| r.start == 0 && r.end == text.len());
    if whole(contact::emails(text)) {
        return Some(Kind::Email);
    }
    if whole(contact::urls(text)) || (key.contains("url") && text.contains('.')) {
        return contact::bare_url(text).contains('/').then_some(Kind::Url);
    }
    let digits = bits::digits(text.as_bytes());
    let international = text.strip_prefix('+').is_some_and(|n| n.len() == digits);
    let called_phone = || ["phone", "mobile", "msisdn", "tel", "whatsapp"].iter().any(|k| key.contains(k));
    if digits >= 7 && (international || called_phone()) {
        return Some(Kind::Phone);
    }
    let plain = !text.contains(char::is_whitespace) && text.len() <= 64 && !text.contains('.');
    // A bare number identifies only where its key says so: 25000 may be an amount.
    let number = text.bytes().all(|b| b.is_ascii_digit());
    let named = identifying(key)
        || ["number", "order", "invoice", "booking", "account", "ticket", "reference", "ref", "code", "no"]
            .iter()
            .any(|k| key == *k || key.ends_with(k));
    if plain && digits >= 3 && values::looks_like_id(text) && (!number || named) && !describes(text) {
        let phone_like = number && digits >= 9 && key == "number";
        return Some(match () {
            () if phone_like => Kind::Phone,
            () if names_user(key) => Kind::Who,
            () => Kind::Id,
        });
    }
    if plain && number && named && (3..5).contains(&digits) {
        return Some(Kind::Number);
    }
    // What is counted or paid is written as a number; digits in quotes name something: a meter, a postcode.
    if plain && number && value.is_str() && (5..=12).contains(&digits) && !amounts::money_key(key) {
        return Some(Kind::Number);
    }
    None
}

#[cfg(test)]
mod tests;
