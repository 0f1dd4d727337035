//! OTLP's `AnyValue`: a value wrapped in its type's name.

use crate::json::{Kind, Value};
use std::borrow::Cow;

/// Unwraps one level: `{"stringValue": "x"}` becomes the string. Both the camel-case names of the standard
/// and the snake-case ones that Python's `MessageToDict` writes are known.
pub fn inner(value: Value<'_>) -> Option<(Wrapped, Value<'_>)> {
    let (key, inner) = value.first()?;
    // Nearly every key is written as it is, and is told without decoding it.
    let decoded = if key.kind() == Kind::Escaped { key.str().unwrap_or_default() } else { Cow::Borrowed("") };
    let name = match key.bytes() {
        [b'"', name @ .., b'"'] if decoded.is_empty() => name,
        _ => decoded.as_bytes(),
    };
    let kind = match name {
        b"stringValue" | b"string_value" => Wrapped::Text,
        b"boolValue" | b"bool_value" => Wrapped::Bool,
        b"intValue" | b"int_value" | b"doubleValue" | b"double_value" => Wrapped::Number,
        b"arrayValue" | b"array_value" => Wrapped::Array,
        b"kvlistValue" | b"kvlist_value" => Wrapped::Map,
        b"bytesValue" | b"bytes_value" => Wrapped::Bytes,
        _ => return None,
    };
    Some((kind, inner))
}

/// What an `AnyValue` wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapped {
    /// A string.
    Text,
    /// A truth value.
    Bool,
    /// An integer or a double.
    Number,
    /// A list under `values`.
    Array,
    /// Pairs under `values`.
    Map,
    /// Base64.
    Bytes,
}

/// Writes an `AnyValue` as plain JSON.
pub fn to_json(value: Value<'_>) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: Value<'_>, out: &mut String) {
    let Some((kind, inner)) = inner(value) else {
        out.push_str("null");
        return;
    };
    match kind {
        Wrapped::Text | Wrapped::Bytes => {
            out.push_str(&serde_json::to_string(inner.str().unwrap_or_default().as_ref()).unwrap_or_default());
        }
        Wrapped::Bool => out.push_str(if inner.kind() == Kind::True { "true" } else { "false" }),
        Wrapped::Number => match inner.i64() {
            Some(n) if inner.raw().find(['.', 'e', 'E']).is_none() => out.push_str(&n.to_string()),
            // JSON has no infinite numbers, which OTLP writes as words.
            _ => {
                let finite = inner.f64().filter(|f| f.is_finite());
                out.push_str(&finite.map_or_else(|| "null".into(), |f| f.to_string()));
            }
        },
        Wrapped::Array => {
            out.push('[');
            for (i, item) in inner.get("values").into_iter().flat_map(Value::items).enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Wrapped::Map => {
            out.push('{');
            for (i, pair) in inner.get("values").into_iter().flat_map(Value::items).enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let key = pair.get("key").and_then(Value::str).unwrap_or_default();
                out.push_str(&serde_json::to_string(key.as_ref()).unwrap_or_default());
                out.push(':');
                match pair.get("value") {
                    Some(v) => write(v, out),
                    None => out.push_str("null"),
                }
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::to_json;
    use crate::json::parse_first;

    #[test]
    fn any_value_is_plain_json() {
        for (value, says) in [
            (r#"{"doubleValue":1.5}"#, "1.5"),
            (r#"{"doubleValue":"NaN"}"#, "null"),
            (r#"{"doubleValue":"-Infinity"}"#, "null"),
            (r#"{"intValue":"inf"}"#, "null"),
            (r#"{"doubleValue":1e999}"#, "null"),
            (r#"{"intValue":"+7"}"#, "7"),
            (r#"{"stringValue":7}"#, r#""""#),
            (r#"{"arrayValue":{"values":[{"boolValue":true},{}]}}"#, "[true,null]"),
            (
                r#"{"kvlistValue":{"values":[{"value":{"bytesValue":"YQ=="}},{"key":"\"q\""}]}}"#,
                r#"{"":"YQ==","\"q\"":null}"#,
            ),
        ] {
            let (doc, _) = parse_first(value.as_bytes()).expect("JSON");
            assert_eq!(to_json(doc.root()), says, "{value}");
            assert!(serde_json::from_str::<serde_json::Value>(says).is_ok());
        }
    }
}
