//! What a recorder writes in the place of content that it masked, cut or dropped: nobody's words.
//!
//! Every recorder has a wording of its own, and most have a form in common: the whole value is one marker in brackets, or
//! one word between signs, that says what was done. What stands in brackets and says nothing of the kind is content.

use crate::item::{Msg, MsgRole, Part, Unread};
use crate::model::Text;
use crate::node::Node;
use serde_json::Value;

/// No placeholder is longer.
const LONGEST: usize = 240;

/// True for a value that is nothing but a placeholder.
pub fn is_withheld(text: &str) -> bool {
    let text = text.trim();
    // A JSON string is its value.
    let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text).trim();
    if is_record(text) {
        return true;
    }
    if text.len() > LONGEST || text.len() < 3 {
        return false;
    }
    if text.bytes().all(|b| b == b'*') {
        return true;
    }
    match between_signs(text) {
        Some(inner) => says_so(inner),
        None => !text.contains(char::is_whitespace) && begins_as(text, "redacted") && text != "redacted",
    }
}

/// True for an object that a recorder put in the place of what was too large: under a name of its own that begins with a line, it
/// holds nothing but a placeholder; or it says of itself that it is cut, shows the beginning, and says what the original was.
fn is_record(text: &str) -> bool {
    let near = &text[..text.floor_char_boundary(LONGEST)];
    let own = near.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with("\"_"));
    let cut = || near.starts_with('{') && near.contains("\"truncated\"") && near.contains("\"original");
    if !(own && text.len() <= LONGEST || cut()) {
        return false;
    }
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return false };
    if own {
        let mut inner = members.values().next().filter(|_| members.len() == 1);
        while let Some(Value::Object(further)) = inner {
            inner = further.values().next().filter(|_| further.len() == 1);
        }
        return inner.and_then(Value::as_str).is_some_and(|text| !text.starts_with('{') && is_withheld(text));
    }
    let descriptive =
        members.keys().all(|key| matches!(key.as_str(), "truncated" | "preview") || key.starts_with("original"));
    descriptive
        && members.get("truncated") == Some(&Value::Bool(true))
        && members.get("preview").is_some_and(Value::is_string)
}

/// True for a text that ends with a mark that something was left out: an ellipsis, and in brackets that it was cut. Whether a recorder
/// or the tool did it, the mark does not say.
pub fn is_marked_short(text: &str) -> bool {
    let text = text.trim_end();
    let Some(inner) = text.strip_suffix([']', '>', ')']) else { return false };
    let near = &inner[inner.ceil_char_boundary(inner.len().saturating_sub(LONGEST))..];
    let Some((before, inner)) = near.rfind(['[', '<', '(']).map(|at| (near[..at].trim_end(), &near[at + 1..])) else {
        return false;
    };
    let mut words = inner.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let ellipsis =
        before.ends_with("...") || before.ends_with('…') || inner.starts_with("...") || inner.starts_with('…');
    ellipsis && words.clone().count() <= 6 && words.any(|word| begins_as(word, "truncat"))
}

/// True for a text that a recorder shortened, as a marker at its end says: one that gives the recorder's reason. Tools shorten
/// what they print too, and what they printed is what the agent saw.
pub fn is_shortened(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches('.').trim_end();
    let Some(close) = text.chars().next_back().filter(|c| matches!(c, ']' | '>' | ')')) else { return false };
    let open = match close {
        ']' => '[',
        '>' => '<',
        _ => '(',
    };
    let near = text.ceil_char_boundary(text.len().saturating_sub(LONGEST));
    text[near..].rfind(open).is_some_and(|at| {
        let inner = text[near + at..].to_ascii_lowercase();
        inner.contains("truncated due to") || inner.contains("truncated because")
    })
}

/// True for a text from whose middle LiteLLM left something out.
pub fn is_shortened_by_litellm(text: &str) -> bool {
    text.contains("(litellm_truncated ")
}

/// A message whose content was withheld, if all of a value is a placeholder.
pub fn withheld(node: Node<'_>, role: MsgRole) -> Option<Msg> {
    let text = node.text().filter(|text| is_withheld(&text.text))?;
    let mut msg = Msg::new(role, text.loc);
    msg.parts.push(in_place_of(&text));
    Some(msg)
}

/// What stands for content that was withheld.
pub fn in_place_of(text: &Text) -> Part {
    Part::Unread(Unread { kind: Unread::WITHHELD.to_owned(), attachment: false, length: 0, loc: text.loc })
}

/// What stands between brackets, or between runs of one sign.
fn between_signs(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let close = match first {
        '{' if !text.starts_with("{{") => return None,
        '[' => ']',
        '<' => '>',
        '(' => ')',
        '{' => '}',
        '_' | '*' | '#' | '%' => first,
        _ => return None,
    };
    let inner = text.trim_matches(|c| c == first || c == close);
    let closed = text.ends_with(close) && !inner.is_empty();
    // Between other signs than brackets, several words are set off as Markdown does it: "**Redact the transcript**".
    if matches!(first, '_' | '*' | '#' | '%') && inner.contains(char::is_whitespace) {
        return None;
    }
    // Several pairs are several things.
    (closed && !inner.contains([first, close]) && !inner.contains('\n') || first == '_' && closed).then_some(inner)
}

/// True where words say that content was taken away: by a stem that means nothing else, or by one alone or with a reason.
fn says_so(inner: &str) -> bool {
    const SURE: [&str; 5] = ["redacted", "scrubbed", "sanitized", "withheld", "censored"];
    const ALONE: [&str; 4] = ["mask", "truncat", "dropped", "filtered"];
    let words = || inner.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let says = |stems: &[&str]| words().take(8).any(|word| stems.iter().any(|stem| begins_as(word, stem)));
    // Carts and alarms are cleared too.
    let cleared = || {
        let about = |word: &str| ["content", "output", "result"].iter().any(|w| word.eq_ignore_ascii_case(w));
        words().next_back().is_some_and(|word| word.eq_ignore_ascii_case("cleared")) && words().any(about)
    };
    let reason = || words().nth(1).is_none() || words().any(|word| matches!(word, "due" | "because"));
    !inner.contains('"') && (says(&SURE) || says(&ALONE) && reason() || cleared() || is_limit(inner))
}

/// True for the name of a constant that says that a limit was passed: `EXCEEDS_LIMITS`.
fn is_limit(inner: &str) -> bool {
    let constant = inner.contains('_') && inner.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let words = || inner.split('_');
    constant
        && (words().any(|word| word.starts_with("EXCEED"))
            || words().any(|w| w == "TOO") && words().any(|w| w == "LARGE"))
}

fn begins_as(word: &str, stem: &str) -> bool {
    word.get(..stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(stem))
}

#[cfg(test)]
mod tests {
    use super::{is_marked_short, is_shortened, is_withheld};

    #[test]
    fn an_ellipsis_before_a_mark_in_brackets_shortens_a_text() {
        for text in [
            "row 1, row ...[truncated]",
            "row 1… [truncated 300 chars]",
            "row <... truncated>",
            "row ... (truncated)\n",
        ] {
            assert!(is_marked_short(text), "{text}");
        }
        for text in ["[truncated]", "the list (truncated)", "wait ... [done]", "see [truncated]...", "", "...", "]"] {
            assert!(!is_marked_short(text), "{text}");
        }
    }

    #[test]
    fn a_value_that_is_a_marker_is_no_content() {
        for text in [
            "[REDACTED]",
            " [Filtered]",
            "__REDACTED__",
            "<fully masked due to a failed mask function>",
            "[This value has been dropped because this span is too large.]",
            "\"<truncated due to size>\"",
            "redacted-by-proxy",
            "****",
            "{{masked}}",
            "[Old tool result content cleared]",
            "[earlier output cleared]",
            "<TOO_LARGE>",
            "<EXCEEDS_LIMITS>",
            r#"{"_recorder": {"error": "<EXCEEDS_LIMITS>"}}"#,
            r#"{"truncated": true, "original_type": "dict", "original_bytes": 90000, "preview": "{'rows': ..."}"#,
        ] {
            assert!(is_withheld(text), "{text}");
        }
        for text in [
            "[pending]",
            "<MAX_LENGTH>",
            r#"{"error": "<EXCEEDS_LIMITS>"}"#,
            r#"{"_id": "x"}"#,
            r#"{"truncated": true, "preview": "a", "rows": 3}"#,
            r#"{"truncated": false, "original_type": "dict", "preview": "a"}"#,
            "[call dropped]",
            "[cart cleared]",
            "[Cleared the output folder]",
            "[\"masked\"]",
            "[1, 2]",
            "{\"masked\": true}",
            "[a] redacted [b]",
            "[removed]",
            "The log was redacted.",
            "redacted",
            "<b>masked</b>",
            "[Call me when the last of the seven parcels that I asked for was dropped]",
            "__init__",
            "**bold**",
            "**Step 5: Redacted context:**",
            "_The log was redacted._",
            "[Redact the transcript]",
            "",
            "*",
        ] {
            assert!(!is_withheld(text), "{text}");
        }
    }

    #[test]
    fn a_marker_at_the_end_that_gives_the_recorders_reason_shortens_a_text() {
        assert!(is_shortened("{\"a\": 1 ...[truncated due to size exceeding 10 characters]"));
        assert!(is_shortened("abc <truncated because of a limit>..."));
        assert!(!is_shortened("abc [truncated 30 lines]") && !is_shortened("abc") && !is_shortened("truncated due to"));
    }
}
