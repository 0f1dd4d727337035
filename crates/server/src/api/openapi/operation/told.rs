//! An operation as the document has it.

use super::{Body, Operation};
use crate::api::once;
use crate::api::openapi::permission;
use crate::masking;
use crate::routes::Who;
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::people::Duty;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

impl Operation {
    fn changes_a_version(&self) -> bool {
        self.needs_version || (self.tagged && self.method == "PATCH")
    }

    /// As the document has it.
    pub fn document(
        &self,
        tag: &'static str,
        who: Who,
        taken: &mut SchemaGenerator,
        given: &mut SchemaGenerator,
    ) -> Value {
        let mut told = json!({ "operationId": self.id, "tags": [tag], "summary": self.summary });
        if let Some(words) = permission(who) {
            told["description"] = json!(words);
        }
        let parameters = self.parameters(who, taken);
        if !parameters.is_empty() {
            told["parameters"] = json!(parameters);
        }
        if !self.bodies.is_empty() {
            told["requestBody"] = json!({ "required": self.body_needed, "content": content(&self.bodies, taken) });
        }
        told["responses"] = self.responses(who, given);
        told["security"] = match who {
            Who::Anybody => json!([]),
            _ if self.by_session => json!([{ "session": [] }]),
            _ => json!([{ "token": [] }, { "session": [] }]),
        };
        told
    }

    fn parameters(&self, who: Who, taken: &mut SchemaGenerator) -> Vec<Value> {
        let names = self.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'));
        let mut all: Vec<Value> =
            names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": part(name) })).collect();
        if let Some(query) = self.query {
            let schema = query(taken).to_value();
            let needed: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let mut field = field.clone();
                let words = field.as_object_mut().and_then(|f| f.remove("description"));
                without_null(&mut field);
                let needed = needed.contains(&name.as_str());
                all.push(
                    json!({ "name": name, "in": "query", "required": needed, "description": words, "schema": field }),
                );
            }
        }
        let header = |name: &str, needed: bool, words: &str, schema: Value| json!({ "name": name, "in": "header", "required": needed, "description": words, "schema": schema });
        let tags = json!({ "type": "string" });
        if self.tagged && self.method == "GET" {
            all.push(header("If-None-Match", false, "The ETag of what is known already", tags));
        } else if self.changes_a_version() {
            all.push(header(
                "If-Match",
                true,
                "The ETag of the version that you read; `*` for any (not for approvals and waivers)",
                tags,
            ));
        }
        let takes = |media: &str| self.bodies.iter().any(|(kind, _)| *kind == media);
        let is_upload = takes("multipart/form-data");
        if masking::looks_at(self.method, self.path, who) && (is_upload || takes("application/json")) {
            let schema = json!({ "type": "string", "enum": ["mask", "keep"] });
            let words = match is_upload {
                true => {
                    "What to do about secrets and personal data in the name or the content of the file: `mask` stores masks instead, and `keep` \
                     stores the file as uploaded, which the audit log records. The content of a trace is always masked. Without the header, such a \
                     file is refused with 422, and `masking` lists each value"
                }
                false => {
                    "What to do about secrets and personal data in the text: `mask` stores masks instead, and `keep` stores the text as it is, \
                     which the audit log records. Without the header, such text is refused with 422, and `masking` lists each value"
                }
            };
            all.push(header(masking::HEADER, false, words, schema));
        }
        if self.once {
            let schema = json!({ "type": "string", "minLength": 1, "maxLength": once::LONGEST, "pattern": "^[!-~]+$" });
            let words = "Makes it safe to send the request again: within a day the same key gives the same answer";
            all.push(header("Idempotency-Key", false, words, schema));
        }
        all
    }

    fn responses(&self, who: Who, given: &mut SchemaGenerator) -> Value {
        let mut all: Map<String, Value> = Map::new();
        for (status, words, kinds) in &self.answers {
            let mut answer = json!({ "description": words });
            if !kinds.is_empty() {
                answer["content"] = content(kinds, given);
            }
            let text = json!({ "schema": { "type": "string" } });
            if self.tagged {
                answer["headers"]["ETag"] = text.clone();
            }
            if self.once {
                answer["headers"]["Location"] = text;
            }
            all.insert(status.to_string(), answer);
        }
        if self.tagged && self.method == "GET" {
            let headers = json!({ "ETag": { "schema": { "type": "string" } } });
            all.insert("304".to_owned(), json!({ "description": "Nothing changed", "headers": headers }));
        }
        let mut problems = self.problems.clone();
        let mut add = |status: u16, words: &'static str| {
            if !problems.iter().any(|(s, _)| *s == status) {
                problems.push((status, words));
            }
        };
        if who != Who::Anybody {
            add(401, "You are not signed in, or the token is not valid");
            add(403, "Your role or token does not allow it");
        }
        if self.path.contains('{') {
            add(404, "It does not exist, or you may not see it");
        }
        if !self.bodies.is_empty() {
            add(400, "The body cannot be read");
            add(408, "The body took too long to arrive");
            add(413, "The body is too large");
            add(415, "The body is of another kind");
        }
        if !self.bodies.is_empty() || self.query.is_some() {
            add(422, "Something in the request is not valid; `errors` says what");
        }
        if self.changes_a_version() {
            add(412, "Somebody else changed it meanwhile");
            add(428, "If-Match is missing");
        }
        if self.once {
            add(409, "The same request is being answered already");
            add(422, "The key came with another request before");
        }
        add(500, "The server failed; look for `instance` in its log");
        if self.method != "GET" {
            add(507, "The disk is full; nothing was saved");
        }
        add(
            429,
            "The account has too much under way or started too much within a minute; Retry-After says when to try again",
        );
        add(503, "The server is busy, or the database does not answer; try again");
        problems.sort_unstable();
        for (status, words) in problems {
            let mut answer = json!({ "$ref": "#/components/responses/Problem" });
            answer["description"] = json!(words);
            all.insert(status.to_string(), answer);
        }
        all.sort_keys();
        Value::Object(all)
    }
}

fn content(kinds: &[(&'static str, Body)], generator: &mut SchemaGenerator) -> Value {
    let mut all = Map::new();
    for (kind, body) in kinds {
        let schema = match body {
            Body::Of(maker) => maker(generator).to_value(),
            Body::Given(schema) => schema.clone(),
        };
        all.insert((*kind).to_owned(), json!({ "schema": schema }));
    }
    Value::Object(all)
}

/// A query has no null: what may be left out is left out.
fn without_null(field: &mut Value) {
    if let Some(types) = field["type"].as_array_mut() {
        types.retain(|t| t != "null");
        if let [one] = &types[..] {
            field["type"] = one.clone();
        }
    }
    if let Some(any) = field.get_mut("anyOf").and_then(Value::as_array_mut) {
        any.retain(|s| s["type"] != "null");
        if let [one] = &any[..] {
            *field = one.clone();
        }
    }
    if let Some(fields) = field.as_object_mut() {
        fields.retain(|_, v| !v.is_null());
    }
}

/// A part of a path.
fn part(name: &str) -> Value {
    match name {
        "number" | "revision" | "nth" | "earlier" | "access" | "notice" | "job" => {
            json!({ "type": "integer", "format": "int64", "minimum": 1 })
        }
        "section" => json!({ "type": "string", "enum": Section::ALL.map(Section::name) }),
        "duty" => json!({ "type": "string", "enum": Duty::ALL.map(Duty::name) }),
        _ => json!({ "type": "string", "minLength": 1 }),
    }
}
