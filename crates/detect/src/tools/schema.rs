//! Arguments against the JSON Schema that the tool was offered with (<https://json-schema.org>, dialect by `$schema`,
//! else 2020-12).

use crate::tools::decimal;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind as Kind;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// A schema, ready for use.
pub struct Schema {
    source: serde_json::Value,
    validator: Validator,
}

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the part of the value that breaks it.
    pub at: String,
    /// The keyword that is broken: `required`, `enum`, `type`, …
    pub keyword: String,
    /// The rule, for people; never the value.
    pub rule: String,
}

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
        let source: serde_json::Value = serde_json::from_str(text).ok()?;
        // `true`, numbers and strings say nothing about arguments.
        source.as_object()?;
        let validator = jsonschema::validator_for(&source).ok()?;
        Some(Schema { source, validator })
    }

    /// Every way in which `value` breaks the schema; `None` where a pattern was too dear to judge.
    pub fn violations(&self, value: &serde_json::Value) -> Option<Vec<Violation>> {
        let mut found = Vec::new();
        for error in self.validator.iter_errors(value) {
            let at = error.instance_path().as_str();
            match error.kind() {
                Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => return None,
                // Decimals are judged as written; binary floats would refuse 19.99 in steps of 0.01.
                Kind::MultipleOf { multiple_of } => {
                    let number = value.pointer(at).map(ToString::to_string).unwrap_or_default();
                    if decimal::is_multiple(&number, &multiple_of.to_string()) != Some(false) {
                        continue;
                    }
                }
                // OpenAPI's `nullable` is no JSON Schema, but providers that take OpenAPI schemas honour it.
                Kind::Type { .. } | Kind::Enum { .. }
                    if self.is_nullable(error.schema_path().as_str())
                        && value.pointer(at).is_some_and(serde_json::Value::is_null) =>
                {
                    continue;
                }
                _ => {}
            }
            found.push(Violation {
                at: at.to_owned(),
                keyword: error.kind().keyword().to_owned(),
                rule: rule(error.kind()),
            });
        }
        Some(found)
    }

    fn is_nullable(&self, keyword: &str) -> bool {
        let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.source.pointer(parent).and_then(|s| s.get("nullable")).is_some_and(|n| n == true)
    }
}

/// The broken rule in words. The value is left out: it may be a secret.
fn rule(kind: &Kind) -> String {
    match kind {
        Kind::Required { property } => format!("lacks the required {property}"),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("has {}, which the schema does not allow", list(unexpected))
        }
        Kind::Type { kind } => format!("is not of type {}", types(kind)),
        Kind::Enum { options } => format!("is not one of {}", short(&options.to_string())),
        Kind::Constant { expected_value } => format!("is not {}", short(&expected_value.to_string())),
        Kind::Pattern { pattern } => format!("does not match the pattern {}", short(pattern)),
        Kind::Minimum { limit } => format!("is below the minimum {limit}"),
        Kind::Maximum { limit } => format!("is above the maximum {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("is not greater than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("is not less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("is not a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("is shorter than {limit} characters"),
        Kind::MaxLength { limit } => format!("is longer than {limit} characters"),
        Kind::MinItems { limit } => format!("has fewer than {limit} items"),
        Kind::MaxItems { limit } => format!("has more than {limit} items"),
        Kind::UniqueItems => "repeats an item".to_owned(),
        Kind::Format { format } => format!("is not a valid {format}"),
        Kind::OneOfMultipleValid { .. } => "matches several alternatives, and only one is allowed".to_owned(),
        Kind::OneOfNotValid { .. } | Kind::AnyOf { .. } => "matches none of the alternatives".to_owned(),
        other => format!("violates `{}`", other.keyword()),
    }
}

fn types(kind: &jsonschema::error::TypeKind) -> String {
    match kind {
        jsonschema::error::TypeKind::Single(one) => one.to_string(),
        jsonschema::error::TypeKind::Multiple(set) => {
            set.iter().map(|t| t.to_string()).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().take(5).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
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

    fn broken(schema: &str, value: serde_json::Value) -> Vec<(String, String)> {
        let schema = Schema::compile(schema).expect("a schema");
        schema.violations(&value).expect("judged").into_iter().map(|v| (v.at, v.keyword)).collect()
    }

    #[test]
    fn violations_say_where() {
        let schema =
            r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","required":["b"]}}}}"#;
        assert_eq!(
            broken(schema, serde_json::json!({"a": [{"b": 1}, {}]})),
            [("/a/1".to_owned(), "required".to_owned())]
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
    fn bad_schemas_are_no_schemas() {
        for bad in ["", "true", "{\"type\": 12}", "{\"$ref\": \"https://example.com/x.json\"}", "{\"pattern\": \"(\"}"]
        {
            assert!(Schema::compile(bad).is_none(), "{bad}");
        }
    }
}
