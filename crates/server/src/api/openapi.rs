//! The OpenAPI document: made from the router's table, the types that handlers take and give, and what stands beside
//! each handler. Schemas come from the types themselves, so that they cannot tell of a field that is not there.

mod operation;

pub use operation::{Operation, delete, get, patch, post};

use super::sections::Text;
use crate::failure::Field;
use crate::masking::MaskedPlace;
use crate::routes::{self, Route, Who};
use crate::work::SessionRow;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hindcast_retro::record::difference::Line;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Every operation, by resource.
pub fn operations() -> Vec<(&'static str, Vec<Operation>)> {
    use super::{
        access, account, accounts, actions, affected, due, emergency, events, evidence, incidents, invitations, jobs,
        near_misses, notices, people, recurrences, retro, review, revisions, sections,
    };
    vec![
        ("document", own()),
        ("incidents", incidents::operations()),
        ("incidents", due::operations()),
        ("near-misses", near_misses::operations()),
        ("people", people::operations()),
        ("evidence", evidence::operations()),
        ("affected", affected::operations()),
        ("retro", retro::operations()),
        ("retro", sections::operations()),
        ("review", review::operations()),
        ("revisions", revisions::operations()),
        ("actions", actions::operations()),
        ("recurrences", recurrences::operations()),
        ("events", events::operations()),
        ("notices", notices::operations()),
        ("jobs", jobs::operations()),
        ("accounts", accounts::operations()),
        ("accounts", invitations::operations()),
        ("accounts", access::operations()),
        ("emergency-access", emergency::operations()),
        ("account", account::operations()),
    ]
}

/// Why a request was not answered (RFC 9457).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it describes what `failure` writes")]
struct Problem {
    /// Always `about:blank`: the status says what kind it is.
    r#type: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, and what to do.
    detail: String,
    /// The number under which the log tells more; only for faults of the server.
    #[schemars(with = "String")]
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The fields that are wrong.
    #[schemars(with = "Vec<Field>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<Field>>,
    /// Secrets and personal data in the text. Send the header `Hindcast-Typed-Text` to say what to do about them.
    #[schemars(with = "Vec<MaskedPlace>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    masking: Option<Vec<MaskedPlace>>,
    /// The sessions to choose from, where a retro is begun from several.
    #[schemars(with = "Vec<SessionRow>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionRow>>,
    /// The section as it stands now, where somebody else edited it meanwhile.
    #[schemars(with = "Text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Text>,
    /// What the refused edit would make of it, line by line.
    #[schemars(with = "Vec<Line>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Vec<Line>>,
}

/// Two generators: what is taken may leave out what has a default, what is given never does.
pub struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings
        };
        Schemas {
            taken: settings().for_deserialize().into_generator(),
            given: settings().for_serialize().into_generator(),
        }
    }

    /// All that were referred to. A type that is both taken and given must read alike both ways.
    fn all(mut self) -> Result<Map<String, Value>, String> {
        let mut all = self.given.take_definitions(true);
        for (name, schema) in self.taken.take_definitions(true) {
            match all.get(&name) {
                Some(other) if *other != schema => return Err(format!("two schemas are called {name}")),
                _ => all.insert(name, schema),
            };
        }
        all.sort_keys();
        Ok(all)
    }
}

/// Every address of the API, with who may use it.
pub fn addresses() -> impl Iterator<Item = Route> {
    let all = routes::TABLE.iter().copied().chain(routes::UPLOADS);
    all.filter(|r| r.path.starts_with("/api/"))
}

/// The document.
///
/// # Errors
/// When an address has no operation, an operation no address, or two schemas have one name.
pub fn document() -> Result<Value, String> {
    let mut schemas = Schemas::new();
    let problem = schemas.given.subschema_for::<Problem>();
    let mut operations: Vec<(&str, Operation)> = Vec::new();
    for (tag, all) in self::operations() {
        operations.extend(all.into_iter().map(|o| (tag, o)));
    }
    let mut paths: Map<String, Value> = Map::new();
    for route in addresses() {
        let at = operations.iter().position(|(_, o)| (o.method, o.path) == (route.method, route.path));
        let (tag, operation) =
            operations.swap_remove(at.ok_or(format!("{} {} is not told", route.method, route.path))?);
        let told = operation.document(tag, route.who, &mut schemas.taken, &mut schemas.given);
        paths.entry(route.path).or_insert_with(|| json!({}))[route.method.to_lowercase()] = told;
    }
    if let Some((_, operation)) = operations.first() {
        return Err(format!("{} {} does not exist", operation.method, operation.path));
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hindcast",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The record of incidents, retros and action items. Everything that the pages do.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas.all()?,
            "responses": {
                "Problem": {
                    "description": "Why the request was not answered",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "A token, made on the page Your account." },
                "session": { "type": "apiKey", "in": "cookie", "name": "hindcast", "description": "A browser that is signed in; over https the cookie is called __Host-hindcast." },
            },
        },
    }))
}

/// Gives the document out.
pub async fn show() -> Response {
    static TEXT: LazyLock<Result<String, String>> =
        LazyLock::new(|| document().map(|d| serde_json::to_string_pretty(&d).unwrap_or_default()));
    match &*TEXT {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response(),
        Err(why) => crate::failure::Failure::Internal(why.clone()).into_response(),
    }
}

/// What this file answers.
fn own() -> Vec<Operation> {
    vec![get("/api/openapi.json", "getDocument", "Gives this document").gives_any(
        200,
        "application/json",
        "The document",
    )]
}

/// The words for who may.
fn permission(who: Who) -> Option<&'static str> {
    match who {
        Who::Anybody => None,
        Who::Signed => Some("Any account that is signed in may do this."),
        Who::Read => Some("Needs the permission `read`."),
        Who::Write => Some("Needs the permission `write`."),
        Who::Approve => Some("Needs the permission `approve`."),
        Who::Administer => Some("Needs the permission `administer`."),
    }
}

#[cfg(test)]
mod tests;
