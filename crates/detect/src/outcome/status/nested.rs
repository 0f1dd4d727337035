//! An open status somewhere in an answer: a guess, which only weaker rules follow.

use super::{KEYS, Standing, Status, words};
use crate::outcome::failure;
use crate::prose::lexicon::english;
use crate::session::{Answered, Call, Session};
use hindcast_trace::json::Value;

/// More members than this are a record, not an answer about an operation.
const MOST: usize = 120;
/// Members nested deeper are parts of parts.
const DEEPEST: usize = 5;
/// Longer texts are content.
const LONGEST: usize = 2000;

/// The open status that stands anywhere in a call's answer, where no status beside it tells an end. A record that showed the
/// same status before the call tells its own state.
pub fn nested(session: &Session<'_>, call: &Call<'_>) -> Option<Status> {
    let answer = call.result.as_ref()?;
    let found = match answer.json().filter(|v| v.is_object()) {
        Some(root) => {
            let mut seen = Seen { left: MOST, open: None, ended: false };
            seen.walk(call, answer, root, 0);
            (seen.left > 0 && !seen.ended).then_some(seen.open)??
        }
        None => in_lines(call, answer).filter(|s| s.standing == Standing::NonTerminal)?,
    };
    let pair = found.cite.as_ref()?.text();
    (!session.answer_texts().hold(pair, call.event)).then_some(found)
}

/// True when a later answer about the same thing tells an end anywhere in it.
pub fn ended_later(session: &Session<'_>, call: &Call<'_>) -> bool {
    let own = call.about();
    session.calls_between(call.event, u32::MAX).iter().take(64).any(|later| {
        let Some(answer) = &later.result else { return false };
        let ended = match answer.json().filter(|v| v.is_object()) {
            Some(root) => {
                let mut seen = Seen { left: MOST, open: None, ended: false };
                seen.walk(call, answer, root, 0);
                seen.ended
            }
            None => in_lines(call, answer).is_some_and(|s| s.standing == Standing::Terminal),
        };
        ended && later.about().intersection(own).count() >= 2
    })
}

struct Seen {
    left: usize,
    open: Option<Status>,
    ended: bool,
}

impl Seen {
    fn walk(&mut self, call: &Call<'_>, answer: &Answered<'_>, object: Value<'_>, depth: usize) {
        for (key, value) in object.entries() {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            if value.is_object() && depth < DEEPEST {
                self.walk(call, answer, value, depth + 1);
                continue;
            }
            let name = key.str().unwrap_or_default().to_ascii_lowercase();
            let standing = match value.str() {
                Some(text) if is_status(&name) || is_open_token(&text) => standing(&text, call),
                Some(text) if is_note(&name) && words::is_pending(&text) => Some(Standing::NonTerminal),
                _ if value.bool() == Some(false) && tells_end(&name) => Some(Standing::NonTerminal),
                _ => None,
            };
            match standing {
                Some(Standing::NonTerminal) if self.open.is_none() => {
                    let cite = failure::cite_member(answer, key, value);
                    self.open = Some(assumed(cite));
                }
                Some(Standing::Terminal) => self.ended = true,
                _ => {}
            }
        }
    }
}

fn assumed(cite: Option<crate::finding::Cite>) -> Status {
    Status::assumed(
        Standing::NonTerminal,
        cite,
        "an open status anywhere in the result may be the status of the operation",
    )
}

/// True for the name of a member that holds a status, in small letters.
pub(crate) fn is_status(name: &str) -> bool {
    let is = |key: &&str| name.bytes().filter(|b| !matches!(b, b'_' | b'-')).eq(key.bytes());
    KEYS.iter().any(is) || ["status", "state", "stage", "phase"].iter().any(|end| name.ends_with(end))
}

/// The standing of a value. What it says in several words must begin with the open one, and tell no deed of the call's own
/// kind: "pending (item modified)" is a record's state after the change. A constant that begins with a deed, such as
/// `ISSUED_NOT_ACTIVATED`, tells two stages, and which of them is the operation is not known.
fn standing(value: &str, call: &Call<'_>) -> Option<Standing> {
    let found = words::standing(value, &call.known.families)?;
    let mut parts = value.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_ascii_lowercase);
    let own = |w: String| english().of_past(&w).iter().any(|f| call.known.families.iter().any(|own| own == f));
    let many = value.trim().contains(' ');
    let first = parts.next()?;
    if found == Standing::NonTerminal && many && (!is_open_token(&first) || parts.any(own)) {
        return None;
    }
    let deed = !english().of_past(&first).is_empty() || english().is("status_done", &first);
    if found == Standing::NonTerminal && !many && parts.next().is_some() && deed && !is_open_token(&first) {
        return None;
    }
    Some(found)
}

/// A constant that says so under any name: `AWAITING_MANAGER`, `pending-reboot`.
fn is_open_token(value: &str) -> bool {
    const OPEN: [&str; 14] = [
        "pending",
        "queued",
        "awaiting",
        "awaits",
        "waiting",
        "submitted",
        "requires",
        "processing",
        "unconfirmed",
        "requested",
        "initiated",
        "held",
        "not_started",
        "unapproved",
    ];
    let lower = value.to_ascii_lowercase();
    value.len() <= 40
        && !value.is_empty()
        && value.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
        && OPEN.iter().any(|w| lower.starts_with(w))
}

fn is_note(name: &str) -> bool {
    matches!(
        name,
        "message" | "msg" | "detail" | "details" | "note" | "info" | "description" | "next" | "next_step" | "hint"
    )
}

/// `"completed": false`, `"applied": false`.
fn tells_end(name: &str) -> bool {
    matches!(
        name,
        "completed"
            | "complete"
            | "done"
            | "final"
            | "finished"
            | "applied"
            | "executed"
            | "delivered"
            | "approved"
            | "effective"
            | "committed"
            | "settled"
            | "sent"
            | "live"
            | "published"
            | "confirmed"
    )
}

/// `state: queued` on a line of its own, `status=PENDING` among other pairs.
fn in_lines(call: &Call<'_>, answer: &Answered<'_>) -> Option<Status> {
    let content = answer.content?;
    if content.text.len() > LONGEST {
        return None;
    }
    let mut open = None;
    for (at, _) in content.text.match_indices([':', '=']) {
        let start = content.text[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |i| i + 1);
        let start = content.text.ceil_char_boundary(start);
        let name = content.text.get(start..at).unwrap_or_default().to_ascii_lowercase();
        let rest = &content.text[at + 1..];
        let length = rest.find(['\n', ',', ';', '|']).unwrap_or(rest.len()).min(rest.floor_char_boundary(40));
        let value = rest[..length].trim();
        if name.is_empty() || !(is_status(&name) || is_open_token(value)) {
            continue;
        }
        match standing(value, call) {
            Some(Standing::NonTerminal) => {
                let end = at + 1 + length;
                open = open.or_else(|| crate::finding::Cite::of(answer.event, content, start..end));
            }
            Some(Standing::Terminal) => {
                return Some(Status::assumed(Standing::Terminal, None, "a status in the result is final"));
            }
            _ => {}
        }
    }
    open.map(|cite| assumed(Some(cite)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::contract::Contracts;
    use hindcast_trace::{Evidence, read};

    fn open(before: &str, answer: &str) -> Option<String> {
        let call = |id: &str, name: &str| serde_json::json!({"role": "assistant", "tool_calls": [{"id": id, "function": {"name": name, "arguments": "{}"}}]});
        let json = serde_json::json!({"messages": [
            {"role": "user", "content": "go"},
            call("a", "get_item"), {"role": "tool", "tool_call_id": "a", "content": before},
            call("b", "publish_item"), {"role": "tool", "tool_call_id": "b", "content": answer},
        ]});
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        nested(&session, &session.calls[1]).and_then(|s| s.cite).map(|c| c.text().to_owned())
    }

    #[test]
    fn an_open_status_is_found_wherever_it_stands() {
        let deep = r#"{"item": {"id": 1, "publication": {"stage": "in_review"}}}"#;
        assert_eq!(open("{}", deep).as_deref(), Some(r#""stage": "in_review""#));
        assert_eq!(open("{}", "transfer:\n  id: T1\n  state: queued\n").as_deref(), Some("state: queued"));
        assert_eq!(open("{}", "ref=1 status=AWAITING_APPROVAL, by=me").as_deref(), Some("status=AWAITING_APPROVAL"));
        assert_eq!(
            open("{}", r#"{"request": "awaiting_manager"}"#).as_deref(),
            Some(r#""request": "awaiting_manager""#)
        );
        assert_eq!(open("{}", r#"{"id": 1, "delivered": false}"#).as_deref(), Some(r#""delivered": false"#));
    }

    #[test]
    fn a_records_own_state_and_an_end_are_not() {
        let order = r#"{"order": {"id": 1, "status": "pending"}}"#;
        assert_eq!(open(order, order), None);
        assert_eq!(open("{}", r#"{"job": {"state": "done"}, "order": {"status": "pending"}}"#), None);
        assert_eq!(open("{}", r#"{"id": 1, "name": "queue"}"#), None);
        // One stage is over, and another one is not.
        assert_eq!(open("{}", r#"{"card": {"status": "ISSUED_NOT_ACTIVATED"}}"#), None);
        assert_eq!(open("{}", r#"{"parcel": {"state": "shipped_pending_customs"}}"#), None);
        assert!(open("{}", r#"{"parcel": {"state": "not_shipped"}}"#).is_some());
        assert!(open("{}", r#"{"refund": {"state": "requested_not_approved"}}"#).is_some());
    }
}
