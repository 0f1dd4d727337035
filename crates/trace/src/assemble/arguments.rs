//! The same arguments, written differently.

use serde_json::Value;

/// True when two texts of arguments mean the same: as JSON whatever the spacing and order of keys, also where
/// one was written by Python's `repr`, or holds values by position.
pub fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (or_none(a), or_none(b));
    if spelled_alike(a, b) {
        return true;
    }
    let (x, y) = (parse(a), parse(b));
    if y.as_ref().is_some_and(|y| is_only_value(a, y)) || x.as_ref().is_some_and(|x| is_only_value(b, x)) {
        return true;
    }
    match (x, y) {
        (Some(a), Some(b)) => {
            a == b || by_position(&a, &b) || by_position(&b, &a) || wrapped(&a) == Some(&b) || wrapped(&b) == Some(&a)
        }
        _ => false,
    }
}

/// The same but for white space, which providers change at will in JSON.
fn spelled_alike(a: &str, b: &str) -> bool {
    a == b || a.split_whitespace().flat_map(str::bytes).eq(b.split_whitespace().flat_map(str::bytes))
}

/// What stands inside of what exports put around the arguments: `{"input": {…}}` is LangSmith's, and BeeAI's has the options of the
/// run beside it. Where a decorator writes down a function's parameters, a function that takes all of its arguments as one has
/// them under the name of that one.
fn wrapped(around: &Value) -> Option<&Value> {
    let around = around.as_object()?;
    if around.keys().all(|key| matches!(key.as_str(), "input" | "options")) {
        return around.get("input").filter(|inner| inner.is_object());
    }
    let only = around.values().next().filter(|_| around.len() == 1)?;
    only.as_object().is_some_and(|inner| !inner.is_empty()).then_some(only)
}

/// True when a text is the value of the only argument: LangChain hands that on bare.
fn is_only_value(text: &str, named: &Value) -> bool {
    let Some(named) = named.as_object().filter(|named| named.len() == 1) else { return false };
    named.values().all(|value| match value {
        Value::String(value) => value.trim() == text.trim(),
        Value::Object(_) => false,
        other => serde_json::from_str::<Value>(text).is_ok_and(|text| text == *other),
    })
}

/// True when `own` are the arguments and `around` is another way of writing them: the model's own words stand for what a tool's
/// span noted of them.
pub fn only_rewritten(own: &str, around: &str) -> bool {
    // Nearly always, both wrote the same.
    if own == around {
        return false;
    }
    match (parse(own), parse(around)) {
        (Some(own), _) if is_only_value(around, &own) => true,
        (Some(own), Some(around)) => own != around && (wrapped(&around) == Some(&own) || by_position(&around, &own)),
        _ => false,
    }
}

/// Nothing at all is what some write for no arguments.
fn or_none(text: &str) -> &str {
    if text.trim().is_empty() { "{}" } else { text }
}

/// True when `placed` is a note of how a Python function was called, with the values of `named` in their order: by position, by
/// name, or both. Traceloop and smolagents write such notes; the latter's has switches of the call beside the arguments.
fn by_position(placed: &Value, named: &Value) -> bool {
    let (Some(placed), Some(named)) = (placed.as_object(), named.as_object()) else { return false };
    let Some(values) = placed.get("args").and_then(Value::as_array) else { return false };
    let by_name = placed.get("kwargs").and_then(Value::as_object);
    let count = values.len() + by_name.map_or(0, serde_json::Map::len);
    let switches = || placed.iter().all(|(key, value)| matches!(key.as_str(), "args" | "kwargs") || value.is_boolean());
    (!values.is_empty() || by_name.is_some() && switches())
        && count == named.len()
        && by_name.is_none_or(|k| k.iter().all(|(key, value)| named.get(key) == Some(value)))
        && values.iter().all(|value| named.values().any(|v| v == value))
}

fn parse(text: &str) -> Option<Value> {
    // `serde_json` counts nesting itself and refuses what is too deep.
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&from_python(text)?).ok())
}

/// Python's way of writing a dictionary, as JSON: `{'query': 'example', 'all': True}`.
pub fn from_python(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphabetic() {
            word.push(c);
            continue;
        }
        flush(&mut word, &mut out);
        if c != '\'' && c != '"' {
            out.push(c);
            continue;
        }
        out.push('"');
        loop {
            match chars.next()? {
                end if end == c => break,
                '\\' => match chars.next()? {
                    '\'' => out.push('\''),
                    other => out.extend(['\\', other]),
                },
                '"' => out.push_str("\\\""),
                other => out.push(other),
            }
        }
        out.push('"');
    }
    flush(&mut word, &mut out);
    Some(out)
}

fn flush(word: &mut String, out: &mut String) {
    out.push_str(match word.as_str() {
        "True" => "true",
        "False" => "false",
        "None" => "null",
        other => other,
    });
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::{alike, only_rewritten};

    #[test]
    fn spelling_does_not_matter() {
        assert!(alike(r#"{"a": 1, "b": "x"}"#, r#"{"b":"x","a":1}"#));
        assert!(alike(r#"{"query":"example"}"#, "{'query': 'example'}"));
        assert!(alike(r#"{"ok":true,"n":null,"s":"it's \"so\""}"#, r#"{'ok': True, 'n': None, 's': 'it\'s "so"'}"#));
    }

    #[test]
    fn nothing_is_an_empty_object_and_places_may_stand_for_names() {
        assert!(alike("", "{}"));
        assert!(alike(r#"{"args":[12],"kwargs":{"b":"x"}}"#, r#"{"a":12,"b":"x"}"#));
        assert!(!alike(r#"{"args":[13],"kwargs":{}}"#, r#"{"a":12}"#));
        assert!(!alike(r#"{"args":[12],"kwargs":{}}"#, r#"{"a":12,"b":"x"}"#));
        assert!(!alike("", r#"{"a":1}"#));
    }

    #[test]
    fn arguments_by_name_may_have_switches_beside_them() {
        let note = r#"{"args":[],"sanitize_inputs_outputs":true,"kwargs":{"id":"A-1","n":2}}"#;
        assert!(alike(note, r#"{"n": 2, "id": "A-1"}"#) && only_rewritten(r#"{"n":2,"id":"A-1"}"#, note));
        assert!(!alike(note, r#"{"n":2,"id":"A-2"}"#) && !alike(note, r#"{"n":2}"#));
        assert!(!alike(r#"{"args":[],"kwargs":{"n":2},"to":"x"}"#, r#"{"n":2}"#));
    }

    #[test]
    fn what_an_export_puts_around_them_does_not_count() {
        assert!(alike(r#"{"input":{"body":"Jupiter"}}"#, r#"{"body":"Jupiter"}"#));
        assert!(alike(r#"{"body":"Jupiter"}"#, r#"{"input":{"body":"Jupiter"},"options":{}}"#));
        assert!(!alike(r#"{"input":"Jupiter"}"#, r#""Jupiter""#));
        assert!(!alike(r#"{"input":{"body":"Jupiter"},"to":"x"}"#, r#"{"body":"Jupiter"}"#));
        assert!(only_rewritten(r#"{"a":1}"#, r#"{"input": {"a": 1}}"#));
        assert!(alike(r#"{"a":{"body":"Jupiter"}}"#, r#"{"body":"Jupiter"}"#));
        assert!(!alike(r#"{"a":{"body":"Mars"}}"#, r#"{"body":"Jupiter"}"#) && !alike(r#"{"a":{}}"#, "{}"));
        assert!(!alike(r#"{"a":{"body":"Mars"},"b":1}"#, r#"{"body":"Mars"}"#));
        assert!(!only_rewritten(r#"{"a":1}"#, r#"{"a": 1}"#) && !only_rewritten(r#"{"input":{"a":1}}"#, r#"{"a":1}"#));
    }

    #[test]
    fn the_only_argument_may_stand_bare() {
        assert!(alike("A-17", r#"{"order_id": "A-17"}"#) && alike(r#"{"n":5}"#, "5"));
        assert!(only_rewritten(r#"{"order_id":"A-17"}"#, "A-17"));
        assert!(!alike("A-17", r#"{"order_id":"A-18"}"#) && !alike("A-17", r#"{"order_id":"A-17","n":1}"#));
        assert!(!alike("", r#"{"order_id":"A-17"}"#));
    }

    #[test]
    fn meaning_does() {
        assert!(!alike(r#"{"a":1}"#, r#"{"a":2}"#));
        assert!(!alike("free text", "other text"));
        assert!(!alike("{'a': 'open", "{'a': 'b'}"));
    }
}
