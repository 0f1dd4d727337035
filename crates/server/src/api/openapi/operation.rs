//! One operation of the document: what it takes and gives.

mod told;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

type Maker = fn(&mut SchemaGenerator) -> Schema;

/// Bodies by their media types.
type Kinds = Vec<(&'static str, Body)>;

/// What an operation takes and gives.
pub struct Operation {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    id: &'static str,
    summary: &'static str,
    query: Option<Maker>,
    bodies: Kinds,
    body_needed: bool,
    answers: Vec<(u16, &'static str, Kinds)>,
    problems: Vec<(u16, &'static str)>,
    tagged: bool,
    needs_version: bool,
    once: bool,
    by_session: bool,
}

#[derive(Clone)]
enum Body {
    Of(Maker),
    Given(Value),
}

fn operation(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        query: None,
        bodies: Vec::new(),
        body_needed: false,
        answers: Vec::new(),
        problems: Vec::new(),
        tagged: false,
        needs_version: false,
        once: false,
        by_session: false,
    }
}

macro_rules! methods {
    ($($name:ident $method:literal)*) => {
        $(#[doc = concat!("An operation with the method ", $method, ".")]
        pub fn $name(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
            operation($method, path, id, summary)
        })*
    };
}

methods! { get "GET" post "POST" patch "PATCH" delete "DELETE" }

fn maker<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Operation {
    /// It takes a query.
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    /// It takes a body of JSON.
    pub fn body<T: JsonSchema>(mut self) -> Self {
        self.bodies.push(("application/json", Body::Of(maker::<T>)));
        self.body_needed = true;
        self
    }

    /// It takes a body of JSON, or none.
    pub fn body_if_any<T: JsonSchema>(mut self) -> Self {
        self = self.body::<T>();
        self.body_needed = false;
        self
    }

    /// It takes a body of this kind.
    pub fn body_of(mut self, kind: &'static str, schema: Value) -> Self {
        self.bodies.push((kind, Body::Given(schema)));
        self.body_needed = true;
        self
    }

    /// It answers with JSON.
    pub fn gives<T: JsonSchema>(mut self, status: u16, words: &'static str) -> Self {
        self.answers.push((status, words, vec![("application/json", Body::Of(maker::<T>))]));
        self
    }

    /// It answers with nothing but a status.
    pub fn gives_nothing(mut self, words: &'static str) -> Self {
        self.answers.push((204, words, Vec::new()));
        self
    }

    /// It answers with something else; after [`Operation::gives`] with the same status, or with that.
    pub fn gives_any(mut self, status: u16, kind: &'static str, words: &'static str) -> Self {
        let schema = match kind {
            "application/json" => json!({ "type": "object" }),
            "application/octet-stream" => json!({}),
            _ => json!({ "type": "string" }),
        };
        match self.answers.iter_mut().find(|(s, ..)| *s == status) {
            Some((_, _, kinds)) => kinds.push((kind, Body::Given(schema))),
            None => self.answers.push((status, words, vec![(kind, Body::Given(schema))])),
        }
        self
    }

    /// It may be refused for a reason of its own.
    pub fn problem(mut self, status: u16, words: &'static str) -> Self {
        self.problems.push((status, words));
        self
    }

    /// Its answer has an ETag; reading heeds `If-None-Match`, changing needs `If-Match`.
    pub fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    /// It needs `If-Match`, as changing what is [`tagged`](Self::tagged) does.
    pub fn needs_version(mut self) -> Self {
        self.needs_version = true;
        self
    }

    /// It makes something, and heeds `Idempotency-Key`.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Only a person who is signed in may, not a token.
    pub fn by_session(mut self) -> Self {
        self.by_session = true;
        self
    }
}
