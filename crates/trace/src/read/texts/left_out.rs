//! Fields with words that are left out on purpose: they are about the session, and nobody said them in it.

use crate::json::Value;

/// Fields of any format: a key, or keys one below the other, with all that is below them.
const ANYWHERE: [&[&str]; 0] = [];

/// Fields of one format.
const OF_FORMAT: [(&str, &[&[&str]]); 0] = [];

/// True for a field that is left out on purpose.
pub fn is(format: &str, keys: &[&str]) -> bool {
    let of_format = OF_FORMAT.iter().filter(|(name, _)| *name == format).flat_map(|(_, fields)| fields.iter());
    ANYWHERE.iter().chain(of_format).any(|field| keys.windows(field.len()).any(|part| part == *field))
}

/// True for a JSON Schema of an object, and for what has one: the definition of a tool, with what it is good for.
pub fn is_definition(value: Value<'_>) -> bool {
    const SCHEMAS: [&str; 5] = ["parameters", "input_schema", "inputSchema", "json_schema", "schema"];
    let is_schema = |value: Value<'_>| {
        value.get("properties").is_some_and(Value::is_object) && value.get("type").is_some_and(|kind| kind.is("object"))
    };
    is_schema(value) || SCHEMAS.iter().filter_map(|key| value.get(key)).any(is_schema)
}
