//! Text that people type: if it contains secrets or personal data, nothing is stored until the person chooses between masks and the text as typed.
//!
//! The readers of forms and of JSON call this, so that it covers every form and every operation that stores text. It runs once the viewer is
//! known, and only for changes of the record: a password or the email address of an invitation is not checked.

mod lines;
mod preview;
mod upload;

pub use lines::FileMasks;
pub use preview::{MaskedPlace, Preview, label};
pub use upload::{HELD, HELD_NAME, Kept, MOST_LINES, Offer, Upload};

use crate::failure::{Failure, Field};
use crate::routes::{TABLE, Who};
use crate::state::App;
use crate::trail::Trail;
use axum::extract::{MatchedPath, Request};
use axum::http::HeaderMap;
use hindcast_store::{Act, StoreError, Viewer, unmasked};
use hindcast_trace::Limits;
use hindcast_trace::redact::{Masked, Masker};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The form field with the choice.
pub const FIELD: &str = "typed_text";
/// The only form with a preview, which stores nothing, and the field that asks for it.
const PREVIEWED: (&str, &str) = ("POST /incidents/{number}/retro/{section}/edit", "preview");
/// The request header with the choice.
pub const HEADER: &str = "Hindcast-Typed-Text";
/// Fields that refer to something and contain no text.
const REFERENCES: [&str; 7] = ["account", "earlier", "revision", "session", "successor", "version", "at"];
/// Changes of accounts with a reason that others read.
const REASONS: [&str; 3] = ["/people/{id}/role", "/people/{id}/disabled", "/api/v1/accounts/{id}"];
/// What proves who asks: it is neither looked at nor written into a page, and is asked for again.
const PROOFS: [&str; 2] = ["password", "code"];

/// What the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Masks are stored.
    Mask,
    /// The text is stored as it is.
    Keep,
}

impl Choice {
    fn read(text: &str) -> Option<Self> {
        match text {
            "mask" => Some(Choice::Mask),
            "keep" => Some(Choice::Keep),
            _ => None,
        }
    }

    /// What a request of the API says.
    fn of(headers: &HeaderMap) -> Result<Option<Self>, Failure> {
        let Some(value) = headers.get(HEADER) else { return Ok(None) };
        value.to_str().ok().and_then(Choice::read).map(Some).ok_or_else(|| {
            let what = "must be `mask` or `keep`".to_owned();
            Failure::Fields(vec![Field { field: HEADER.to_owned(), what }])
        })
    }
}

/// A text in which something was found.
#[derive(Debug)]
struct Found {
    /// Its index in the list of texts that were checked.
    nth: usize,
    masked: Masked,
}

/// A request that contains text.
pub struct Typing<'a> {
    app: &'a App,
    masker: Arc<Masker>,
    viewer: Viewer,
    /// The method, and the path with its parameters in braces.
    route: String,
    /// The path and query of the request.
    action: String,
    /// The incident's number in the path.
    incident: Option<i64>,
    headers: HeaderMap,
}

impl<'a> Typing<'a> {
    /// The request, if this server masks at all and if the request stores text for others to read.
    pub fn of(app: &'a App, request: &Request) -> Option<Self> {
        let masker = Arc::clone(app.masker.as_ref()?);
        let viewer = Trail::of(request.extensions())?.viewer()?.clone();
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        let method = request.method().as_str();
        let who = TABLE.iter().find(|r| r.method == method && r.path == path)?.who;
        if !looks_at(method, path, who) {
            return None;
        }
        let action = request.uri().path_and_query()?.as_str().to_owned();
        let mut parts = request.uri().path().split('/');
        let incident = parts.find(|part| *part == "incidents").and_then(|_| parts.next()?.parse().ok());
        let (route, headers) = (format!("{method} {path}"), request.headers().clone());
        Some(Typing { app, masker, viewer, route, action, incident, headers })
    }

    /// The fields of a form as they are to be stored.
    ///
    /// # Errors
    /// With the form and its masks, if the person has not chosen yet.
    pub async fn form(self, mut fields: Vec<(String, String)>) -> Result<Vec<(String, String)>, Failure> {
        let choice = fields.iter().find(|(name, _)| name == FIELD).and_then(|(_, value)| Choice::read(value));
        fields.retain(|(name, _)| name != FIELD);
        // Any other form ignores the field and stores its text.
        if self.route == PREVIEWED.0 && fields.iter().any(|(name, _)| name == PREVIEWED.1) {
            return Ok(fields);
        }
        let texts = fields.iter().map(|(name, value)| match is_reference(name.split(':').next().unwrap_or(name)) {
            true => String::new(),
            false => value.clone(),
        });
        let found = self.look(texts.collect()).await?;
        if found.is_empty() {
            return Ok(fields);
        }
        match choice {
            None => Err(Failure::Unmasked(Box::new(Preview::of_form(&self.viewer, self.action, fields, &found)))),
            Some(Choice::Keep) => self.keep(&found).await.map(|()| fields),
            Some(Choice::Mask) => {
                found.into_iter().for_each(|f| fields[f.nth].1 = text(&f.masked));
                Ok(fields)
            }
        }
    }

    /// A JSON body as it is to be stored.
    ///
    /// # Errors
    /// With the places, if the request does not say what to do about them.
    pub async fn json(self, mut body: Value) -> Result<Value, Failure> {
        let choice = Choice::of(&self.headers)?;
        let mut texts = Vec::new();
        each_text(&mut body, &mut String::new(), &mut |pointer, text| texts.push((pointer.to_owned(), text.clone())));
        let found = self.look(texts.iter().map(|(_, text)| text.clone()).collect()).await?;
        if found.is_empty() {
            return Ok(body);
        }
        match choice {
            None => Err(Failure::Unmasked(Box::new(Preview::of_texts(&self.viewer, texts, &found)))),
            Some(Choice::Keep) => self.keep(&found).await.map(|()| body),
            Some(Choice::Mask) => {
                let mut found = found.into_iter().peekable();
                let mut nth = 0;
                each_text(&mut body, &mut String::new(), &mut |_, place| {
                    if let Some(f) = found.next_if(|f| f.nth == nth) {
                        *place = text(&f.masked);
                    }
                    nth += 1;
                });
                Ok(body)
            }
        }
    }

    /// Checks texts, in a thread of the pages' pool.
    async fn look(&self, texts: Vec<String>) -> Result<Vec<Found>, Failure> {
        if texts.iter().all(String::is_empty) {
            return Ok(Vec::new());
        }
        let masker = Arc::clone(&self.masker);
        let memory = self.app.memory.all();
        let work = move |stop: &_| {
            let limits = Limits { unpacked: memory, memory, stop: Clone::clone(stop) };
            let mut found = Vec::new();
            for (nth, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                let masked = masker.mask_within(text.as_bytes(), &limits).ok_or(Failure::Ended)?;
                if !masked.places.is_empty() {
                    found.push(Found { nth, masked });
                }
            }
            Ok(found)
        };
        self.app.pools.pages.run(work).await?
    }

    /// Records that the person wants the text stored as typed. This happens before the text is stored, so that no such text lacks its event.
    async fn keep(&self, found: &[Found]) -> Result<(), Failure> {
        let mut tx = self.app.begin().await?;
        let act = Act { by: &self.viewer, at: self.app.clock.now() };
        match unmasked::record(&mut tx, act, self.incident, &self.route, &counts(found)).await {
            // The viewer may not see the incident. The next step refuses the request and stores nothing.
            Err(StoreError::NotFound(_)) => Ok(()),
            done => {
                done?;
                Ok(tx.commit().await?)
            }
        }
    }
}

/// True for a route whose text is stored for others to read.
pub fn looks_at(method: &str, path: &str, who: Who) -> bool {
    method != "GET"
        && (matches!(who, Who::Write | Who::Approve) || path.contains("emergency") || REASONS.contains(&path))
}

fn is_reference(name: &str) -> bool {
    REFERENCES.contains(&name) || PROOFS.contains(&name)
}

fn text(masked: &Masked) -> String {
    String::from_utf8_lossy(&masked.bytes).into_owned()
}

/// The number of values of each kind.
fn counts(found: &[Found]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (kind, n) in found.iter().flat_map(|f| &f.masked.counts) {
        *all.entry(kind.clone()).or_default() += n;
    }
    all
}

/// Goes through the texts of a JSON document in order, each with its JSON pointer.
fn each_text(value: &mut Value, pointer: &mut String, see: &mut impl FnMut(&str, &mut String)) {
    let length = pointer.len();
    let mut within = |key: &str, value: &mut Value| {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        each_text(value, pointer, see);
        pointer.truncate(length);
    };
    match value {
        Value::Array(all) => all.iter_mut().enumerate().for_each(|(nth, value)| within(&nth.to_string(), value)),
        Value::Object(all) => {
            all.iter_mut().filter(|(key, _)| !is_reference(key)).for_each(|(key, value)| within(key, value));
        }
        Value::String(text) => see(pointer, text),
        _ => {}
    }
}
