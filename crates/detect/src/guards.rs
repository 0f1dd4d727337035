//! Guards and what they said: guardrail events, filters of the provider, and tools whose work it is to judge.
//!
//! A verdict is read where verdicts stand. The words "blocked" and "denied" also name the state of a card and the title
//! of an article, so a tool that is no guard only counts when it refuses a call for a rule's sake.

use crate::finding::Cite;
use crate::outcome::rejection;
use crate::prose::pattern;
use crate::session::capture::{self, Capture};
use crate::session::{Answered, Call, Session};
use crate::tools::contract::words_of;
use crate::tools::operation::{self, Weight};
use hindcast_trace::json::Value;
use hindcast_trace::model::{EventKind, Finish, Verdict};
use regex::Regex;
use std::sync::LazyLock;

/// What a guard said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It objected, with the words that say so.
    No(Cite),
    /// It let pass, or said nothing against it.
    Yes,
    /// Its answer cannot be read, and why.
    Unseen(&'static str),
}

/// Who objected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A guardrail of the runtime.
    Guardrail,
    /// The provider's content filter.
    ContentFilter,
    /// A tool that judges, such as a moderation or policy check.
    Judge,
    /// A tool that refused to act for a rule's sake.
    Refusal,
}

/// One judgement.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The event at which it was known.
    pub event: u32,
    /// The guard's name.
    pub name: String,
    /// What it said.
    pub said: Said,
    /// Who it was.
    pub kind: Kind,
    /// Event of the call that asked for it, where it was one.
    pub call: Option<u32>,
}

/// Words in the names of tools whose work is to judge.
const JUDGES: [&str; 37] = [
    "guard",
    "guardrail",
    "guardrails",
    "moderate",
    "moderation",
    "moderator",
    "policy",
    "policies",
    "compliance",
    "screen",
    "screening",
    "gate",
    "filter",
    "review",
    "reviewer",
    "dlp",
    "risk",
    "fraud",
    "safety",
    "sanctions",
    "sanction",
    "kyc",
    "aml",
    "toxicity",
    "claims",
    "eligibility",
    "permission",
    "permissions",
    "allowed",
    "entitlement",
    "scan",
    "scanner",
    "vet",
    "vetting",
    "audit",
    "legal",
    "ethics",
];
/// Words that make one of these a look at a text instead: `get_refund_policy`, `list_reviews`.
const LOOKS: [&str; 8] = ["get", "list", "search", "find", "read", "fetch", "show", "latest"];

/// Verbs that change the thing that one of these names: `open_gate`, `replace_filter`, `cancel_policy`.
const CHANGES: [&str; 29] = [
    "update",
    "set",
    "reset",
    "open",
    "close",
    "lock",
    "unlock",
    "delete",
    "remove",
    "rename",
    "edit",
    "assign",
    "cancel",
    "book",
    "reschedule",
    "pay",
    "renew",
    "replace",
    "install",
    "enable",
    "disable",
    "post",
    "publish",
    "add",
    "write",
    "upload",
    "grant",
    "revoke",
    "reprogram",
];

// A rule as the reason of a refusal. An expired session or a wrong date is none.
static RULE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:legal hold|polic(?:y|ies)|second[ _]approver|(?:needs?|requires?|awaiting|without)[ _](?:\w+[ _]){0,3}(?:approv\w+|authori[sz]ation|sign-?off|review)|not permitted|not authori[sz]ed (?:for|to)|dlp|data loss|compliance|reserved for|prohibited|forbidden by|blocked by|restricted to|embargo|sanction\w*|regulat\w+|(?:above|over|exceeds?|beyond)\b[^.]{0,30}\blimit|payouts? above|against (?:the|our) rules?|four[- ]eyes|dual control|guardrail|safety (?:filter|rule)|personal (?:data|records))",
    )
});
static PASSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:expired|token|session|log ?in|credentials?|password|time-?out|timed out|unavailable|try again later|rate limit)\b",
    )
});
// A verdict in plain words, in the answer of a tool that judges.
static PROSE_NO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:not (?:allowed|permitted|approved|acceptable|compliant|safe|eligible|sent|cleared)|(?:do|does|must|may|can|should|will|is to|are to)(?: not|n't)\b[^.]{0,30}\b(?:be |leave|go out|proceed|send|sent|publish|post|share|pass|continue)|cannot\b[^.]{0,30}\b(?:be |proceed|approve|send|publish)|denied|rejected|declined|blocked|refused|withheld|prohibited|forbidden|violates?|violation|has to (?:call|approve|review|decide)|needs? (?:human|manual) (?:review|approval)|stop(?:ped)? here)\b",
    )
});

impl Judgement {
    /// True when the guard objected.
    pub fn objected(&self) -> bool {
        matches!(self.said, Said::No(_))
    }
}

/// Every judgement of a session, in order.
pub fn judgements(session: &Session<'_>) -> Vec<Judgement> {
    let mut found = Vec::new();
    for (i, event) in session.trace.events.iter().enumerate() {
        if let EventKind::Guardrail { name, verdict, detail, .. } = &event.kind {
            let i = i as u32;
            let said = match verdict {
                Verdict::Passed => Said::Yes,
                Verdict::Unknown => Said::Unseen("does not say what it found"),
                Verdict::Triggered => {
                    let cite = detail.as_ref().and_then(|d| Cite::whole(i, d)).or_else(|| Cite::whole(i, name));
                    cite.map_or(Said::Unseen("has no text to cite"), Said::No)
                }
            };
            found.push(Judgement { event: i, name: name.text.clone(), said, kind: Kind::Guardrail, call: None });
        }
    }
    for (i, model) in session.trace.model_calls.iter().enumerate() {
        if let Some((Finish::ContentFilter, text)) = &model.finish {
            let of_model = |e: &hindcast_trace::Event| e.model_call == Some(i as u32);
            let Some(event) = session.trace.events.iter().rposition(of_model).map(|e| e as u32) else { continue };
            if let Some(cite) = Cite::whole(event, text) {
                found.push(Judgement {
                    event,
                    name: "content filter".to_owned(),
                    said: Said::No(cite),
                    kind: Kind::ContentFilter,
                    call: None,
                });
            }
        }
    }
    found.extend(session.calls.iter().filter_map(of_call));
    found.sort_by_key(|j| j.event);
    found
}

/// True for a tool whose work is to judge, by its name.
pub fn is_judge(tool: &str) -> bool {
    judges(&words_of(tool))
}

fn judges(words: &[String]) -> bool {
    let first = |list: &[&str]| words.first().is_some_and(|w| list.contains(&w.as_str()));
    // `update_gate_code` changes a thing that is named so; `send_for_review` puts something before a judge.
    let hands_over = || words.iter().any(|w| matches!(w.as_str(), "for" | "to"));
    let changes = first(&CHANGES) && !hands_over();
    words.iter().any(|w| JUDGES.contains(&w.as_str())) && !first(&LOOKS) && !changes
}

fn of_call(call: &Call<'_>) -> Option<Judgement> {
    let judge = judges(&call.known.words);
    let made =
        |event, said, kind| Some(Judgement { event, name: call.name.text.clone(), said, kind, call: Some(call.event) });
    let Some(answer) = &call.result else {
        return judge.then(|| made(call.event, Said::Unseen("is not in the trace"), Kind::Judge)).flatten();
    };
    if asks_leave(&call.known.words) {
        return refused_leave(answer).and_then(|no| made(answer.event, Said::No(no), Kind::Judge));
    }
    let weight = operation::of(call).weight;
    let text = answer.texts().next();
    if judge || weight == Weight::Look {
        if judge {
            match text.map_or(Capture::Empty, |t| capture::of(&t.text)) {
                Capture::Whole => {}
                captured => return made(answer.event, Said::Unseen(captured.why()), Kind::Judge),
            }
        }
        if let Some(no) = objection(answer, judge) {
            return made(answer.event, Said::No(no), Kind::Judge);
        }
        // A look-up that gives verdicts lets pass what it does not object to.
        let verdicts =
            || answer.json().is_some_and(|j| j.entries().any(|(k, _)| is_verdict_key(&k.str().unwrap_or_default())));
        return (judge || verdicts()).then(|| made(answer.event, Said::Yes, Kind::Judge)).flatten();
    }
    let refused = refusal(answer)?;
    made(answer.event, Said::No(refused), Kind::Refusal)
}

/// `request_approval`, `ask_for_sign_off`: the call puts something before somebody who decides.
fn asks_leave(words: &[String]) -> bool {
    let is = |w: &String, of: &[&str]| of.contains(&w.as_str());
    words.first().is_some_and(|w| is(w, &["request", "ask", "seek", "obtain", "await", "require"]))
        && words
            .iter()
            .any(|w| is(w, &["approval", "authorization", "authorisation", "signoff", "permission", "consent"]))
}

/// What says that leave was refused; an answer that is still to come refuses nothing.
fn refused_leave(answer: &Answered<'_>) -> Option<Cite> {
    let text = answer.texts().next()?;
    let waits = ["pending", "waiting", "requested", "queued"];
    let json = answer.json().filter(|j| j.is_object())?;
    let text_value = |v: Value<'_>| v.str().unwrap_or_default().to_ascii_lowercase();
    if json.entries().any(|(_, v)| v.is_str() && waits.iter().any(|w| text_value(v).contains(w))) {
        return None;
    }
    let (_, value) = json.entries().find(|(key, value)| {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        match key.as_str() {
            "approved" | "authorized" | "authorised" | "granted" | "permitted" | "allowed" => {
                value.bool() == Some(false)
            }
            "status" | "decision" | "verdict" | "outcome" | "result" | "state" => {
                matches!(text_value(*value).as_str(), "rejected" | "denied" | "declined" | "refused" | "disapproved")
            }
            _ => false,
        }
    })?;
    let start = value.start() as usize;
    Cite::of(answer.event, text, start..start + value.bytes().len())
}

/// A refusal to act that gives a rule as its reason.
fn refusal(answer: &Answered<'_>) -> Option<Cite> {
    let text = answer.texts().next().filter(|t| t.text.len() < 4000)?;
    let negative = rejection::in_answer(answer).is_some()
        || answer
            .json()
            .is_some_and(|j| j.entries().any(|(k, v)| says_no(&k.str().unwrap_or_default(), v) || undone(v)));
    if !negative || !RULE.as_ref()?.is_match(&text.text) {
        return None;
    }
    if PASSING.as_ref().is_some_and(|p| p.is_match(&text.text)) && !text.text.to_ascii_lowercase().contains("polic") {
        return None;
    }
    Cite::of(answer.event, text, 0..text.text.floor_char_boundary(300))
}

/// `"sent": false`, `"outcome": "not permitted"`.
fn undone(value: Value<'_>) -> bool {
    value.bool() == Some(false) || value.str().is_some_and(|s| s.to_ascii_lowercase().starts_with("not "))
}

/// The part of a judging answer that objects.
fn objection(answer: &Answered<'_>, judge: bool) -> Option<Cite> {
    let text = answer.texts().next()?;
    if let Some(json) = answer.json().filter(|j| j.is_object() || j.is_array()) {
        let mut found = None;
        walk(json, judge, &mut found, 0);
        let value = found?;
        let start = value.start() as usize;
        return Cite::of(answer.event, text, start..start + value.bytes().len());
    }
    if !judge || text.text.len() > 2000 {
        return None;
    }
    let found = PROSE_NO.as_ref()?.find(&text.text)?;
    let before = text.text[..found.start()].to_ascii_lowercase();
    // "No violation found", "is not prohibited".
    let denied = before
        .trim_end()
        .rsplit(' ')
        .next()
        .is_some_and(|w| matches!(w, "no" | "not" | "without" | "nothing" | "isn't" | "never" | "zero"));
    (!denied).then(|| Cite::of(answer.event, text, found.range())).flatten()
}

fn walk<'d>(value: Value<'d>, judge: bool, found: &mut Option<Value<'d>>, depth: usize) {
    if depth > 8 || found.is_some() {
        return;
    }
    let mut score = None;
    let mut limit = None;
    for (key, inner) in value.entries() {
        // Of a tool that does not judge, only verdicts and what may hold some matter.
        if !judge && !inner.is_object() && !may_be_verdict_key(key.bytes()) {
            continue;
        }
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        // What the categories are is the reason; whether it is allowed stands elsewhere.
        if key.contains("categor") || key == "scores" || key == "input" || key == "text" {
            continue;
        }
        if (judge && says_no(&key, inner)) || (!judge && is_verdict_key(&key) && says_no(&key, inner)) {
            *found = Some(inner);
            return;
        }
        match key.as_str() {
            "score" | "risk_score" | "risk" | "probability" => score = inner.f64().map(|f| (f, inner)),
            "limit" | "threshold" | "max" | "max_score" | "cutoff" => limit = inner.f64(),
            _ => {}
        }
        if inner.is_object() {
            walk(inner, judge, found, depth + 1);
        }
    }
    if let (Some((score, at)), Some(limit)) = (score, limit)
        && judge
        && score > limit
        && found.is_none()
    {
        *found = Some(at);
    }
    for inner in value.items().take(50) {
        walk(inner, judge, found, depth + 1);
    }
}

/// False for a key, with its quotes, that begins like no verdict's or is as long as none.
fn may_be_verdict_key(quoted: &[u8]) -> bool {
    let begins = quoted.get(1).is_some_and(|b| b"dvapigm\\".contains(&b.to_ascii_lowercase()));
    begins && (matches!(quoted.len() - 2, 5 | 7..=10 | 15) || quoted.contains(&b'\\'))
}

/// A key under which only verdicts stand, whatever the tool is called.
fn is_verdict_key(key: &str) -> bool {
    matches!(
        key,
        "decision"
            | "verdict"
            | "allow"
            | "allowed"
            | "permitted"
            | "is_allowed"
            | "policy_decision"
            | "guardrail"
            | "moderation"
    )
}

/// True when a member says no.
fn says_no(key: &str, value: Value<'_>) -> bool {
    if let Some(yes) = value.bool() {
        return match key {
            "flagged" | "blocked" | "denied" | "rejected" | "violation" | "match" | "hit" | "is_match" | "unsafe"
            | "prohibited" | "requires_review" | "requires_approval" | "needs_review" | "needs_approval"
            | "sanctioned" | "fraudulent" | "is_fraud" | "tripwire_triggered" => yes,
            "allow" | "allowed" | "approved" | "permitted" | "pass" | "passed" | "safe" | "compliant"
            | "is_allowed" | "is_safe" | "eligible" | "cleared" | "can_proceed" | "valid" | "authorized"
            | "ok_to_send" => !yes,
            _ => false,
        };
    }
    let verdict = matches!(
        key,
        "decision"
            | "verdict"
            | "result"
            | "action"
            | "outcome"
            | "status"
            | "recommendation"
            | "next_step"
            | "route"
            | "disposition"
            | "judgement"
            | "judgment"
            | "conclusion"
            | "label"
            | "rating"
            | "policy_decision"
            | "guardrail"
            | "moderation"
            | "state"
    );
    if !verdict {
        return false;
    }
    let Some(word) = value.str() else { return false };
    let word = word.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    if [
        "allow",
        "approve",
        "pass",
        "accept",
        "clear",
        "ok",
        "safe",
        "permit",
        "warn",
        "no_",
        "not_flagged",
        "unblocked",
    ]
    .iter()
    .any(|w| word.starts_with(w))
    {
        return false;
    }
    [
        "deny",
        "denied",
        "reject",
        "block",
        "fail",
        "withhold",
        "withheld",
        "hold",
        "refuse",
        "decline",
        "forbid",
        "prohibit",
        "disallow",
        "stop",
        "escalate",
        "flag",
        "unsafe",
        "violation",
        "not_permitted",
        "not_allowed",
        "not_approved",
        "changes_requested",
        "manual_review",
        "human_review",
        "needs_",
        "requires_",
        "quarantine",
        "suspend",
        "ineligible",
        "not_eligible",
    ]
    .iter()
    .any(|w| word.starts_with(w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::json::parse_lenient;

    fn objects(json: &str, judge: bool) -> bool {
        let (doc, _) = parse_lenient(json.as_bytes()).expect("json");
        let mut found = None;
        walk(doc.root(), judge, &mut found, 0);
        found.is_some()
    }

    #[test]
    fn verdicts_are_read_where_they_stand() {
        for no in [
            r#"{"flagged": true}"#,
            r#"{"decision": "deny"}"#,
            r#"{"ok": true, "verdict": {"allow": false, "categories": {"x": false}}}"#,
            r#"{"score": 0.91, "limit": 0.7}"#,
            r#"{"match": true, "next_step": "hold"}"#,
        ] {
            assert!(objects(no, true), "{no}");
        }
        for yes in [
            r#"{"flagged": false, "blocked_terms": []}"#,
            r#"{"action": "allow_with_notice"}"#,
            r#"{"title": "denied", "verdict": "clear"}"#,
            r#"{"score": 0.1, "limit": 0.7}"#,
        ] {
            assert!(!objects(yes, true), "{yes}");
        }
        assert!(!objects(r#"{"status": "blocked", "flagged": "stolen"}"#, false));
    }

    #[test]
    fn judges_are_known_by_name() {
        assert!(is_judge("policy_check") && is_judge("moderate") && is_judge("security_review"));
        assert!(
            is_judge("send_for_review")
                && is_judge("gate")
                && is_judge("content_filter")
                && is_judge("create_moderation")
        );
        for name in ["update_gate_code", "open_gate", "replaceFilter", "cancel_policy", "book_screening", "post_review"]
        {
            assert!(!is_judge(name), "{name}");
        }
        assert!(!is_judge("get_refund_policy") && !is_judge("get_card") && !is_judge("list_reviews"));
    }
}
