//! Arguments against the JSON Schema that the tool was offered with (<https://json-schema.org>, dialect by `$schema`,
//! else 2020-12).

use crate::maps::HashMap;
use crate::tools::decimal;
use boon::{Compiler, ErrorKind, SchemaIndex, Schemas, UrlLoader, ValidationError};
use serde_json::Value;
use std::sync::{Arc, LazyLock, Mutex};

/// A schema, ready for use.
pub struct Schema {
    source: Value,
    schemas: Schemas,
    root: SchemaIndex,
}

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the part of the value that breaks it.
    pub at: String,
    /// The rule, for people; never the value.
    pub rule: String,
}

/// A schema is judged by itself: nothing is read from the disk or the network for it.
struct Nothing;

impl UrlLoader for Nothing {
    fn load(&self, url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err(format!("{url} is another document").into())
    }
}

/// Any absolute address will do: it is only the base of the references inside.
const HERE: &str = "urn:hindcast:arguments";

/// A corpus offers the same tools again and again, and compiling is dearer than checking. Only a memo: what is
/// answered does not depend on it.
static COMPILED: LazyLock<Mutex<HashMap<String, Option<Arc<Schema>>>>> = LazyLock::new(Mutex::default);
const MOST_COMPILED: usize = 1024;

impl Schema {
    /// Compiles a schema; `None` where it is none, or refers to a document elsewhere.
    pub fn compile(text: &str) -> Option<Arc<Schema>> {
        if let Some(known) = COMPILED.lock().ok().and_then(|memo| memo.get(text).cloned()) {
            return known;
        }
        let made = Self::make(text).map(Arc::new);
        if let Ok(mut memo) = COMPILED.lock() {
            if memo.len() >= MOST_COMPILED {
                memo.clear();
            }
            memo.insert(text.to_owned(), made.clone());
        }
        made
    }

    fn make(text: &str) -> Option<Schema> {
        let source: Value = serde_json::from_str(text).ok()?;
        // `true`, numbers and strings say nothing about arguments.
        source.as_object()?;
        let mut judged = source.clone();
        drop_unreadable_patterns(&mut judged);
        let mut compiler = Compiler::new();
        compiler.use_loader(Box::new(Nothing));
        compiler.add_resource(HERE, judged).ok()?;
        let mut schemas = Schemas::new();
        let root = compiler.compile(HERE, &mut schemas).ok()?;
        Some(Schema { source, schemas, root })
    }

    /// Every way in which `value` breaks the schema.
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        let mut found = Vec::new();
        if let Err(error) = self.schemas.validate(value, self.root) {
            self.collect(&error, value, &mut found);
        }
        found
    }

    fn collect(&self, error: &ValidationError<'_, '_>, value: &Value, found: &mut Vec<Violation>) {
        match &error.kind {
            // What holds a list of errors, and is none itself.
            ErrorKind::Group
            | ErrorKind::Schema { .. }
            | ErrorKind::Reference { .. }
            | ErrorKind::AllOf
            | ErrorKind::PropertyName { .. } => {
                error.causes.iter().for_each(|cause| self.collect(cause, value, found));
                return;
            }
            // Decimals are judged as written; binary floats would refuse 19.99 in steps of 0.01.
            ErrorKind::MultipleOf { got, want }
                if decimal::is_multiple(&got.to_string(), &want.to_string()) != Some(false) =>
            {
                return;
            }
            // OpenAPI's `nullable` is no JSON Schema, but providers that take OpenAPI schemas honor it.
            ErrorKind::Type { .. } | ErrorKind::Enum { .. } => {
                let at = error.instance_location.to_string();
                if value.pointer(&at).is_some_and(Value::is_null) && self.is_nullable(error.schema_url) {
                    return;
                }
            }
            _ => {}
        }
        found.push(Violation { at: error.instance_location.to_string(), rule: rule(&error.kind) });
    }

    /// Whether the part of the schema at `url` says `nullable`.
    fn is_nullable(&self, url: &str) -> bool {
        let pointer = url.split_once('#').map_or("", |(_, fragment)| fragment);
        let pointer = decoded(pointer);
        self.source.pointer(&pointer).and_then(|s| s.get("nullable")).is_some_and(|n| n == true)
    }
}

/// A fragment of an address as the JSON pointer it stands for (RFC 6901, section 6).
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%')
            .then(|| tail.get(..2).and_then(|two| std::str::from_utf8(two).ok()))
            .flatten()
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A pattern that looks around or refers back cannot be judged in linear time. It is not judged; the rest of the schema
/// is. A pattern that is none at all stays, so that such a schema is none.
fn drop_unreadable_patterns(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let dear = map.get("pattern").and_then(Value::as_str).is_some_and(looks_around);
            if dear {
                map.shift_remove("pattern");
            }
            map.values_mut().for_each(drop_unreadable_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unreadable_patterns),
        _ => {}
    }
}

fn looks_around(pattern: &str) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!", "\\k<"].iter().any(|mark| pattern.contains(mark))
        || (1..=9).any(|n| pattern.contains(&format!("\\{n}")))
}

/// The broken rule in words. The value is left out: it may be a secret.
fn rule(kind: &ErrorKind<'_, '_>) -> String {
    match kind {
        ErrorKind::Required { want } => match &want[..] {
            [one] => format!("lacks the required {}", quoted(one)),
            _ => format!("lacks the required {}", list(want)),
        },
        ErrorKind::AdditionalProperties { got } => {
            format!("has {}, which the schema does not allow", list(got))
        }
        ErrorKind::FalseSchema | ErrorKind::AdditionalItems { .. } => "is not allowed by the schema".to_owned(),
        ErrorKind::Type { want, .. } => {
            let names = want.iter().map(|t| format!("\"{t}\"")).collect::<Vec<_>>();
            format!("is not of type {}", names.join(" or "))
        }
        ErrorKind::Enum { want } => format!("is not one of {}", short(&Value::Array((*want).clone()).to_string())),
        ErrorKind::Const { want } => format!("is not {}", short(&want.to_string())),
        ErrorKind::Pattern { want, .. } => format!("does not match the pattern {}", short(want)),
        ErrorKind::Minimum { want, .. } => format!("is below the minimum {want}"),
        ErrorKind::Maximum { want, .. } => format!("is above the maximum {want}"),
        ErrorKind::ExclusiveMinimum { want, .. } => format!("is not greater than {want}"),
        ErrorKind::ExclusiveMaximum { want, .. } => format!("is not less than {want}"),
        ErrorKind::MultipleOf { want, .. } => format!("is not a multiple of {want}"),
        ErrorKind::MinLength { want, .. } => format!("is shorter than {want} characters"),
        ErrorKind::MaxLength { want, .. } => format!("is longer than {want} characters"),
        ErrorKind::MinItems { want, .. } => format!("has fewer than {want} items"),
        ErrorKind::MaxItems { want, .. } => format!("has more than {want} items"),
        ErrorKind::MinProperties { want, .. } => format!("has fewer than {want} properties"),
        ErrorKind::MaxProperties { want, .. } => format!("has more than {want} properties"),
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!("has {} but lacks {}, which it requires", quoted(prop), list(missing))
        }
        ErrorKind::UniqueItems { .. } => "repeats an item".to_owned(),
        ErrorKind::Format { want, .. } => format!("is not a valid {want}"),
        ErrorKind::OneOf(Some(_)) => "matches several alternatives, and only one is allowed".to_owned(),
        ErrorKind::OneOf(None) | ErrorKind::AnyOf => "matches none of the alternatives".to_owned(),
        ErrorKind::Not => "matches what the schema excludes".to_owned(),
        ErrorKind::Contains | ErrorKind::MinContains { .. } => "lacks an item that the schema requires".to_owned(),
        ErrorKind::MaxContains { .. } => "has too many items of a kind that the schema limits".to_owned(),
        _ => "does not follow the schema".to_owned(),
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

fn list<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().take(5).map(|n| quoted(n.as_ref())).collect::<Vec<_>>().join(", ")
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(schema: &str, value: Value) -> Vec<(String, String)> {
        let schema = Schema::compile(schema).expect("a schema");
        schema.violations(&value).into_iter().map(|v| (v.at, v.rule)).collect()
    }

    #[test]
    fn violations_say_where() {
        let schema =
            r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","required":["b"]}}}}"#;
        assert_eq!(
            broken(schema, serde_json::json!({"a": [{"b": 1}, {}]})),
            [("/a/1".to_owned(), "lacks the required `b`".to_owned())]
        );
        assert!(broken(schema, serde_json::json!({"a": []})).is_empty());
    }

    #[test]
    fn decimals_and_nullable_are_judged_kindly() {
        let schema =
            r#"{"properties":{"a":{"type":"number","multipleOf":0.01},"b":{"type":"string","nullable":true}}}"#;
        assert!(broken(schema, serde_json::json!({"a": 19.99, "b": null})).is_empty());
        assert_eq!(broken(schema, serde_json::json!({"a": 19.995, "b": 1})).len(), 2);
    }

    #[test]
    fn nullable_is_found_under_names_that_an_address_must_escape() {
        let schema = r##"{"properties":{"a b/ü%":{"type":"string","nullable":true},"c":{"$ref":"#/$defs/c"}},
            "$defs":{"c":{"enum":["x"],"nullable":true}}}"##;
        assert!(broken(schema, serde_json::json!({"a b/ü%": null, "c": null})).is_empty());
        assert_eq!(broken(schema, serde_json::json!({"a b/ü%": 1, "c": "y"})).len(), 2);
    }

    #[test]
    fn a_pattern_that_looks_around_is_not_judged_and_the_rest_is() {
        let schema = r#"{"properties":{"a":{"pattern":"^(?!x)"},"b":{"pattern":"^y"}},"required":["c"]}"#;
        let found = broken(schema, serde_json::json!({"a": "x", "b": "x"}));
        assert_eq!(
            found,
            [
                (String::new(), "lacks the required `c`".to_owned()),
                ("/b".to_owned(), "does not match the pattern ^y".to_owned())
            ]
        );
    }

    #[test]
    fn nothing_outside_of_a_schema_is_read() {
        for outside in ["file:///etc/hostname", "/etc/hostname", "other.json"] {
            assert!(Schema::compile(&format!(r#"{{"$ref":"{outside}"}}"#)).is_none(), "{outside}");
        }
    }

    #[test]
    fn bad_schemas_are_no_schemas() {
        for bad in ["", "true", "{\"type\": 12}", "{\"$ref\": \"https://example.com/x.json\"}", "{\"pattern\": \"(\"}"]
        {
            assert!(Schema::compile(bad).is_none(), "{bad}");
        }
    }
}
