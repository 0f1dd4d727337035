//! What a request can come to instead of an answer, and how that is told: a page for people, problem+json for programs.

use crate::assets;
use crate::fair::Kind;
use crate::masking::{Preview, Upload};
use crate::pages::frame::sentence;
use crate::secret;
use crate::trail::Trail;
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use hindcast_retro::record::edit::EditFault;
use hindcast_retro::record::people::Permission;
use hindcast_store::{StorageFault, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// Why a request was not answered.
#[derive(Debug)]
pub enum Failure {
    /// Nobody is signed in: pages lead to the sign-in form.
    SignIn,
    /// The one who is has to set up a second factor first: pages lead there.
    SecondFactor,
    /// The one who is may not.
    Forbidden,
    /// A form that a page of another site sent, with the cookies of somebody who is signed in here.
    Elsewhere,
    /// There is none, or the one who asks may not know of it.
    NotFound(String),
    /// What was sent is not what was asked for.
    Invalid(String),
    /// The same, with every field that is wrong.
    Fields(Vec<Field>),
    /// Typed text contains secrets or personal data, and the person has not yet chosen what to do about them.
    Unmasked(Box<Preview>),
    /// The same of an upload: its name or its text.
    UnmaskedUpload(Box<Upload>),
    /// What was sent cannot be read at all.
    Unreadable(String),
    /// What was sent is of a kind that is not taken here.
    MediaType(String),
    /// The address exists, and does not do this.
    Method,
    /// A change must name the version that it was made from.
    NoVersion,
    /// A failure, and more about it for programs.
    With(Box<Failure>, Map<String, Value>),
    /// It exists already, or is in a state that does not allow it.
    Conflict(String),
    /// Somebody else changed it meanwhile.
    Stale(String),
    /// More than is taken.
    TooLarge(String),
    /// Too many attempts.
    Throttled,
    /// Too many failed at an account: sources that it never signed in from take turns, one in so many seconds.
    Turns(u64),
    /// A token would give, or take from somebody, what it may not do itself; with what it lacks.
    Outranked(Vec<Permission>),
    /// More of a kind of work than one account or address may have; in so many seconds there is room again.
    TooMany(Kind, u64),
    /// Try again later.
    Busy,
    /// Reading from the database took longer than it may.
    TooLong,
    /// More is being sent at once, by all together, than is held.
    Full,
    /// Evidence of others takes all the memory that there is for it.
    NoMemory,
    /// Nobody waits for the answer any more.
    Ended,
    /// A body did not arrive within so many seconds.
    Slow(u64),
    /// The answer took longer than anybody waits for it.
    Overdue,
    /// The disk or the database file does not work; what the system said goes to the log only.
    Storage(StorageFault, String),
    /// The stored bytes of evidence are not those that were added; which evidence goes to the log only.
    DamagedEvidence(String),
    /// Something is wrong with the program; the words go to the log only.
    Internal(String),
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Field {
    /// Which one.
    pub field: String,
    /// What is wrong with it, in words.
    pub what: String,
}

impl From<EditFault> for Field {
    fn from(fault: EditFault) -> Self {
        Field { field: fault.field, what: fault.what }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Failure::NotFound(format!("There is no such {what}.")),
            StoreError::Stale(_) => Failure::Stale(sentence(&error.to_string())),
            StoreError::Conflict(text) => Failure::Conflict(sentence(&text)),
            StoreError::Invalid(text) => Failure::Invalid(sentence(&text)),
            StoreError::Storage(fault, what) => Failure::Storage(fault, what),
            StoreError::TooLong => Failure::TooLong,
            StoreError::DamagedEvidence(id) => Failure::DamagedEvidence(id),
            e if e.is_passing() => {
                tracing::warn!(error = %e, "the database does not answer");
                Failure::Busy
            }
            e => Failure::Internal(e.to_string()),
        }
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Failure::Internal(format!("a page could not be written: {error}"))
    }
}

impl From<secret::NoRandomness> for Failure {
    fn from(error: secret::NoRandomness) -> Self {
        Failure::Internal(error.to_string())
    }
}

impl Failure {
    /// Status, a heading, and what to do.
    fn told(&self) -> (StatusCode, &'static str, String) {
        match self {
            Failure::SignIn => (StatusCode::UNAUTHORIZED, "Sign in first", "Sign in, or send a token.".to_owned()),
            Failure::SecondFactor => {
                let text = "This server requires a second factor. Open Your account in a browser and set it up.";
                (StatusCode::FORBIDDEN, "Set up your second factor first", text.to_owned())
            }
            Failure::Forbidden => {
                let text = "Your role does not allow this. Ask a Hindcast administrator.";
                (StatusCode::FORBIDDEN, "You may not do this", text.to_owned())
            }
            Failure::Elsewhere => {
                let text = "This was sent from a page of another site, so nothing was changed. Open the page here and send it again.";
                (StatusCode::FORBIDDEN, "Sent from another site", text.to_owned())
            }
            Failure::NotFound(text) => (StatusCode::NOT_FOUND, "Not found", text.clone()),
            Failure::Invalid(text) => (StatusCode::UNPROCESSABLE_ENTITY, "Not valid", text.clone()),
            Failure::Fields(all) => {
                let first = all.first().map(|f| format!("`{}`: {}", f.field, f.what)).unwrap_or_default();
                let more = match all.len().saturating_sub(1) {
                    0 => String::new(),
                    n => format!(" `errors` lists {n} more."),
                };
                (StatusCode::UNPROCESSABLE_ENTITY, "Not valid", format!("{}{more}", sentence(&first)))
            }
            Failure::Unmasked(preview) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Secrets or personal data", preview.detail())
            }
            Failure::UnmaskedUpload(upload) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Secrets or personal data", upload.detail())
            }
            Failure::Unreadable(text) => (StatusCode::BAD_REQUEST, "Could not be read", text.clone()),
            Failure::MediaType(text) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported content type", text.clone()),
            Failure::Method => {
                let text =
                    "This address does not support this method. The Allow header lists the methods that it supports.";
                (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", text.to_owned())
            }
            Failure::NoVersion => {
                let text = "This request needs an If-Match header with the ETag of the version you read, so that it does not overwrite someone else's change.";
                (StatusCode::PRECONDITION_REQUIRED, "If-Match is missing", text.to_owned())
            }
            Failure::With(failure, _) => failure.told(),
            Failure::Conflict(text) => (StatusCode::CONFLICT, "Not possible right now", text.clone()),
            Failure::Stale(text) => {
                let text = format!("{text} Look at the current version, then make your change again.");
                (StatusCode::PRECONDITION_FAILED, "Changed in the meantime", text)
            }
            Failure::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, "Too large", text.clone()),
            Failure::Throttled => {
                let text = "Too many attempts. Wait a quarter of an hour and try again.";
                (StatusCode::TOO_MANY_REQUESTS, "Too many attempts", text.to_owned())
            }
            Failure::Turns(seconds) => {
                let text = format!(
                    "Many attempts to sign in to this account have failed. There is one attempt every {seconds} seconds from networks and \
                     browsers that it has not signed in from before. Try again in a moment, or from a browser or network that you have used."
                );
                (StatusCode::TOO_MANY_REQUESTS, "Too many attempts", text)
            }
            Failure::Outranked(lacks) => {
                let lacks: Vec<String> = lacks.iter().map(|p| format!("`{}`", p.name())).collect();
                let text = format!(
                    "This token lacks {}, so it cannot give this role to anyone or manage people who have it. Use a token with all scopes of \
                     the role.",
                    lacks.join(" and ")
                );
                (StatusCode::FORBIDDEN, "The token may not do this", text)
            }
            Failure::TooMany(kind, seconds) => {
                let (kind, s) = (kind.words(), if *seconds == 1 { "" } else { "s" });
                let text = format!(
                    "You have more {kind} in progress than one account or network address may have. Nothing was done. Try again in \
                     {seconds} second{s}."
                );
                (StatusCode::TOO_MANY_REQUESTS, "Too many requests", text)
            }
            Failure::Busy => {
                let text = "The database is not responding right now. Try again in a moment.";
                (StatusCode::SERVICE_UNAVAILABLE, "Busy", text.to_owned())
            }
            Failure::TooLong => {
                let text = "Reading this from the database took too long and was stopped. Search for more or longer words, or try again in a moment.";
                (StatusCode::SERVICE_UNAVAILABLE, "Took too long", text.to_owned())
            }
            Failure::Full => {
                let text = "Clients are sending more data than the server holds at once. Nothing was saved. Try again in a moment.";
                (StatusCode::SERVICE_UNAVAILABLE, "Busy", text.to_owned())
            }
            Failure::NoMemory => {
                let text =
                    "The memory for reading evidence is in use right now. Nothing was saved. Try again in a moment.";
                (StatusCode::SERVICE_UNAVAILABLE, "Busy", text.to_owned())
            }
            Failure::Ended => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Canceled",
                "This request was canceled. Nothing was saved. Try again.".to_owned(),
            ),
            Failure::Slow(seconds) => {
                let text =
                    format!("The request did not arrive within {seconds} seconds. Nothing was saved. Send it again.");
                (StatusCode::REQUEST_TIMEOUT, "Too slow", text)
            }
            Failure::Overdue => {
                let text = "This request took too long and was canceled. Check whether your change was saved before you send it again.";
                (StatusCode::SERVICE_UNAVAILABLE, "Timed out", text.to_owned())
            }
            Failure::Storage(fault, _) => storage(*fault),
            Failure::DamagedEvidence(_) => {
                let text = "The stored bytes of this evidence do not match its SHA-256, so Hindcast does not use them. Add the same file \
                            to the incident again to repair it, or restore it from a backup.";
                (StatusCode::INTERNAL_SERVER_ERROR, "The evidence is damaged", text.to_owned())
            }
            Failure::Internal(_) => {
                let text = "Hindcast hit an internal error. Its log has the details, under the ID below.";
                (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", text.to_owned())
            }
        }
    }

    /// In how many seconds it is worth trying again.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Failure::With(failure, _) => failure.retry_after(),
            Failure::Throttled => Some(900),
            Failure::TooMany(_, seconds) | Failure::Turns(seconds) => Some(*seconds),
            failure => (failure.told().0 == StatusCode::SERVICE_UNAVAILABLE).then_some(2),
        }
    }

    /// What whoever runs the server has to know of it, and nobody else.
    fn for_the_log(&self) -> Option<String> {
        match self {
            Failure::With(failure, _) => failure.for_the_log(),
            Failure::Internal(what) => Some(what.clone()),
            Failure::Storage(fault, what) => Some(format!("{fault} ({what})")),
            Failure::DamagedEvidence(id) => Some(format!("the stored bytes of evidence {id} are damaged")),
            _ => None,
        }
    }

    /// What there is to say about it for programs.
    fn more(&self) -> Map<String, Value> {
        match self {
            Failure::Fields(all) => Map::from_iter([("errors".to_owned(), serde_json::json!(all))]),
            Failure::Unmasked(preview) => Map::from_iter([("masking".to_owned(), serde_json::json!(preview.places))]),
            Failure::UnmaskedUpload(upload) => {
                Map::from_iter([("masking".to_owned(), serde_json::json!(upload.places()))])
            }
            Failure::With(failure, more) => failure.more().into_iter().chain(more.clone()).collect(),
            _ => Map::new(),
        }
    }

    /// The answer for whoever asked: a page, or problem+json (RFC 9457). What goes to the log has the number of the request.
    fn answer(self, wants_json: bool, request: Option<String>) -> Response {
        let (status, heading, text) = self.told();
        let retry = self.retry_after();
        let mut number = None;
        if let Some(what) = self.for_the_log() {
            let id = request.unwrap_or_else(secret::id);
            tracing::error!(id, what, "a request failed");
            number = Some(id);
        }
        let mut response = if wants_json {
            let mut body = serde_json::json!({
                "type": "about:blank", "title": heading, "status": status.as_u16(), "detail": text
            });
            for (key, value) in self.more() {
                body[key] = value;
            }
            if let Some(number) = number {
                body["instance"] = Value::String(format!("urn:uuid:{number}"));
            }
            let kind = HeaderValue::from_static("application/problem+json");
            (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
        } else if let Failure::Unmasked(preview) = &self
            && let Ok(page) = preview.page()
        {
            page
        } else if let Failure::UnmaskedUpload(upload) = &self
            && let Some(Ok(page)) = upload.page()
        {
            page
        } else {
            let page = Page { style: assets::style_path(), heading, text: &text, number: number.as_deref() };
            (status, Html(page.render().unwrap_or_else(|_| text.clone()))).into_response()
        };
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED && wants_json {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Status, a heading, and what to do about a disk or a database file that does not work.
fn storage(fault: StorageFault) -> (StatusCode, &'static str, String) {
    let (status, heading, text) = match fault {
        StorageFault::Full => (
            StatusCode::INSUFFICIENT_STORAGE,
            "The disk is full",
            "The disk that holds Hindcast's data is full. Nothing was saved. Ask an administrator to free some space, then try again.",
        ),
        StorageFault::ReadOnly => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The data is read-only",
            "Hindcast cannot write to its data. Nothing was saved. Ask an administrator to give it write access, then try again.",
        ),
        StorageFault::Io => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The disk reports an error",
            "The disk that holds Hindcast's data reports an error. Ask an administrator to check it. Before you repeat a change, check \
             whether it was saved.",
        ),
        StorageFault::Damaged => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The database is damaged",
            "Hindcast's database is damaged. Ask an administrator to restore the latest backup, and do not enter anything until then.",
        ),
    };
    (status, heading, text.to_owned())
}

#[derive(Template)]
#[template(path = "failure.html")]
struct Page<'a> {
    style: &'a str,
    heading: &'a str,
    text: &'a str,
    number: Option<&'a str>,
}

/// A failure on its way out; what form it takes is decided where the request is known ([`tell`]).
#[derive(Clone)]
struct Untold(std::sync::Arc<std::sync::Mutex<Option<Failure>>>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.told().0;
        let mut response = status.into_response();
        response.extensions_mut().insert(Untold(std::sync::Arc::new(std::sync::Mutex::new(Some(self)))));
        response
    }
}

/// Gives a failure the form that its request asks for. Runs around every route.
pub async fn tell(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let json = wants_json(request.uri(), request.headers());
    let to = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let reads = request.method() == axum::http::Method::GET;
    let pages = !request.uri().path().starts_with("/api/");
    let id = Trail::of(request.extensions()).map(|trail| trail.id().to_owned());
    let response = next.run(request).await;
    let untold = response.extensions().get::<Untold>().cloned();
    let allow = response.headers().get(header::ALLOW).cloned();
    let failure = untold.and_then(|u| u.0.lock().unwrap_or_else(|e| e.into_inner()).take());
    match failure {
        // A number or a query in the address that is none: nothing was looked for.
        None if pages && response.status() == StatusCode::BAD_REQUEST => {
            Failure::NotFound("There is nothing at this address.".to_owned()).answer(json, id)
        }
        None => response,
        Some(Failure::SignIn) if !json => crate::pages::sign_in::lead(reads.then_some(to.as_str())),
        Some(Failure::SecondFactor) if !json => crate::pages::frame::go("/account/second-factor"),
        Some(failure) => {
            let mut answer = failure.answer(json, id);
            if let Some(allow) = allow {
                answer.headers_mut().insert(header::ALLOW, allow);
            }
            answer
        }
    }
}

fn wants_json(uri: &Uri, headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|a| a.to_str().ok()).unwrap_or("");
    uri.path().starts_with("/api/") || (accepts.contains("json") && !accepts.contains("text/html"))
}
