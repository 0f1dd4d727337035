//! Whether an ordered call carries a placeholder in the place of what the user named.

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
}
