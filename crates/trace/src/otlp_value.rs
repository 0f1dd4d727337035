//! OTLP's `AnyValue`: a value wrapped in its type's name.

use crate::json::{Kind, Value};

/// Unwraps one level: `{"stringValue": "x"}` becomes the string. Both the camel-case names of the standard
/// and the snake-case ones that Python's `MessageToDict` writes are known.
pub fn inner(value: Value<'_>) -> Option<(Wrapped, Value<'_>)> {
    let (key, inner) = value.entries().next()?;
    let kind = match key.str()?.as_ref() {
        "stringValue" | "string_value" => Wrapped::Text,
        "boolValue" | "bool_value" => Wrapped::Bool,
        "intValue" | "int_value" | "doubleValue" | "double_value" => Wrapped::Number,
        "arrayValue" | "array_value" => Wrapped::Array,
        "kvlistValue" | "kvlist_value" => Wrapped::Map,
        "bytesValue" | "bytes_value" => Wrapped::Bytes,
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
            _ => out.push_str(&inner.f64().map_or_else(|| "null".into(), |f| f.to_string())),
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
