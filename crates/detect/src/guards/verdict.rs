//! What a guard's answer says: a verdict in a member, in a score against its limit, or in plain words.

use super::words::WORDS;
use crate::finding::Cite;
use crate::outcome::rejection;
use crate::prose::pattern;
use crate::session::Answered;
use hindcast_trace::json::Value;
use regex::Regex;
use std::sync::LazyLock;

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

/// What says that leave was refused; an answer that is still to come refuses nothing.
pub(super) fn refused_leave(answer: &Answered<'_>) -> Option<Cite> {
    let text = answer.texts().next()?;
    let json = answer.json().filter(|j| j.is_object())?;
    let text_value = |v: Value<'_>| v.str().unwrap_or_default().to_ascii_lowercase();
    if json.entries().any(|(_, v)| v.is_str() && WORDS.waits.iter().any(|w| text_value(v).contains(w.as_str()))) {
        return None;
    }
    let (_, value) = json.entries().find(|(key, value)| {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        match value.bool() {
            Some(given) => !given && WORDS.granted.contains(&key),
            None => WORDS.decided.contains(&key) && WORDS.refused.contains(&text_value(*value)),
        }
    })?;
    let start = value.start() as usize;
    Cite::of(answer.event, text, start..start + value.bytes().len())
}

/// A refusal to act that gives a rule as its reason.
pub(super) fn refusal(answer: &Answered<'_>) -> Option<Cite> {
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
pub(super) fn objection(answer: &Answered<'_>, judge: bool) -> Option<Cite> {
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
        if (judge && says_no(&key, inner)) || (!judge && WORDS.is_verdict_key(&key) && says_no(&key, inner)) {
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

/// True when a member says no.
fn says_no(key: &str, value: Value<'_>) -> bool {
    match value.bool() {
        Some(yes) => WORDS.objects_if_true(key).is_some_and(|no_if_true| yes == no_if_true),
        None => value.str().is_some_and(|word| WORDS.objects_in_words(key, &word)),
    }
}

/// True for an answer with a member under which only verdicts stand.
pub(super) fn gives_verdicts(answer: &Answered<'_>) -> bool {
    answer.json().is_some_and(|j| j.entries().any(|(k, _)| WORDS.is_verdict_key(&k.str().unwrap_or_default())))
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
}
