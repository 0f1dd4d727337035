//! Types of the API's documents that the rooms below have no schema for.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A time, as RFC 3339 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time(pub Timestamp);

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Who, and when.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stamp {
    /// The person's name.
    pub by: String,
    /// When.
    pub at: Time,
}

impl Stamp {
    /// The stamp of a name and a time.
    pub fn new(by: impl Into<String>, at: Timestamp) -> Self {
        Stamp { by: by.into(), at: Time(at) }
    }
}

/// A list that comes whole.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct All<T> {
    /// The entries.
    pub items: Vec<T>,
}

/// Schemas of names that the store gives.
pub mod names {
    use hindcast_retro::record::people::Duty;
    use hindcast_store::emergency::Ending;
    use hindcast_store::evidence::Kind;
    use hindcast_store::retros::State;
    use schemars::{Schema, SchemaGenerator, json_schema};

    /// What somebody has to do with an incident.
    pub fn duty(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": (Duty::ALL.map(Duty::name)) })
    }

    /// A severity, or none.
    pub fn level(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "null"], "minimum": 1, "maximum": 4 })
    }

    /// What a file is for.
    pub fn kind(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ([Kind::Trace, Kind::Facts, Kind::Contracts].map(Kind::name)) })
    }

    /// Why emergency access ended before its time was over, if it did.
    pub fn ending(_: &mut SchemaGenerator) -> Schema {
        let all = Ending::ALL.map(Ending::name).map(Some).into_iter().chain([None]).collect::<Vec<_>>();
        json_schema!({ "type": ["string", "null"], "enum": (all) })
    }

    /// How far a retro has come.
    pub fn state(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ([State::Draft, State::InReview, State::Approved].map(State::name)) })
    }
}
