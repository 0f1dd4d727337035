//! What a request brings: a body of JSON, a query, parts of the path. Each is refused in the API's own words.

use super::once::{Key, Once};
use crate::excess;
use crate::failure::{Failure, Field};
use crate::form::MOST;
use crate::line;
use crate::masking::Typing;
use crate::state::App;
use axum::body::{Bytes, HttpBody};
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use hindcast_store::Viewer;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A body of JSON, with the key that the request came with.
pub struct Sent<T> {
    /// What it says.
    pub value: T,
    key: Key,
    bytes: Bytes,
}

impl<T> Sent<T> {
    /// What it says, and the request as one that may have been answered before.
    pub fn once(self, viewer: &Viewer) -> (T, Once) {
        (self.value, self.key.of(viewer, &[&self.bytes]))
    }
}

/// The bytes of a body, of which no more are taken than `most`.
///
/// # Errors
/// When there are too many, or they broke off.
pub async fn bytes(request: Request, most: usize) -> Result<Bytes, Failure> {
    let too_large =
        || Failure::TooLarge(format!("The body is larger than the {} MiB that are taken here.", most >> 20));
    let request = excess::within(request, most, too_large).await?;
    let mut body = request.into_body();
    // Put where it stays at once: pieces that are kept until the last one is there would be as large again.
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(told.min(most));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::Unreadable("The body broke off.".to_owned()))?;
        let Ok(piece) = frame.into_data() else { continue };
        // A body that does not say how long it is may be of any length.
        if piece.len() > most - bytes.len() {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

/// The kind of a body, without its parameters.
pub fn kind(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    text.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &App) -> Result<Self, Failure> {
        read(request, state, false).await
    }
}

/// The same, where nothing has to be said: no body is one that says nothing.
pub struct SentIfAny<T>(pub Sent<T>);

impl<T: DeserializeOwned> FromRequest<App> for SentIfAny<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &App) -> Result<Self, Failure> {
        read(request, state, true).await.map(SentIfAny)
    }
}

async fn read<T: DeserializeOwned>(request: Request, state: &App, may_be_empty: bool) -> Result<Sent<T>, Failure> {
    let typing = Typing::of(state, &request);
    let (mut parts, body) = request.into_parts();
    let kind = kind(&parts.headers);
    let key = Key::from_request_parts(&mut parts, state).await?;
    let bytes = bytes(Request::from_parts(parts, body), MOST).await?;
    let json = match (bytes.is_empty(), kind.as_str()) {
        (true, "") if may_be_empty => "{}".as_bytes(),
        (true, _) => return Err(Failure::Unreadable("This needs a body of JSON.".to_owned())),
        (false, "application/json") => &bytes,
        _ => return Err(Failure::MediaType("Send JSON, with Content-Type: application/json.".to_owned())),
    };
    let mut value: Value =
        serde_json::from_slice(json).map_err(|e| Failure::Unreadable(format!("The body is no JSON: {e}.")))?;
    if has_nul(&value) {
        return Err(Failure::Invalid("A text holds the character U+0000, which cannot be stored.".to_owned()));
    }
    if !value.is_object() {
        return Err(Failure::Invalid("The body is one JSON object.".to_owned()));
    }
    line::json(&mut value)?;
    let value = match typing {
        Some(typing) => {
            // A body of the wrong form is reported before its text is checked.
            of_kind::<T>(value.clone())?;
            of_kind(typing.json(value).await?)?
        }
        None => of_kind(value)?,
    };
    Ok(Sent { value, key, bytes })
}

fn of_kind<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|e| Failure::Invalid(format!("The body: {e}.")))
}

/// No database keeps this character in a text.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(all) => all.iter().any(has_nul),
        Value::Object(all) => all.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// Parts of the path.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let nothing = || Failure::NotFound("There is nothing at this address.".to_owned());
        if parts.uri.path().contains("%00") {
            return Err(nothing());
        }
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(PathRejection::FailedToDeserializePathParams(e))
                if matches!(
                    e.kind(),
                    ErrorKind::WrongNumberOfParameters { .. } | ErrorKind::UnsupportedType { .. }
                ) =>
            {
                Err(Failure::Internal(e.to_string()))
            }
            Err(_) => Err(nothing()),
        }
    }
}

/// The query.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        if parts.uri.query().is_some_and(|q| q.contains("%00")) {
            return Err(Failure::Invalid("The query holds the character U+0000.".to_owned()));
        }
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        // The library's own words, without the part that says that it is a query.
        let told = |e: axum::extract::rejection::QueryRejection| {
            let text = e.body_text();
            Failure::Invalid(format!("The query: {}.", text.rsplit_once("string: ").map_or(text.as_str(), |(_, t)| t)))
        };
        query.map(|axum::extract::Query(value)| Query(value)).map_err(told)
    }
}

/// Collects what is wrong with fields, so that all of it is told at once.
#[derive(Default)]
pub struct Faults(Vec<Field>);

impl Faults {
    /// Something is wrong.
    pub fn add(&mut self, field: &str, what: impl Into<String>) {
        self.0.push(Field { field: field.to_owned(), what: what.into() });
    }

    /// A text without blanks around it, which is not too long.
    pub fn short(&mut self, field: &str, text: &str, most: usize) -> String {
        // Blanks around it count as well: the document's `maxLength` knows nothing of trimming.
        if text.chars().count() > most {
            self.add(field, format!("has more than {most} characters"));
        }
        text.trim().to_owned()
    }

    /// The same for a text that must be there.
    pub fn required(&mut self, field: &str, text: &str, most: usize) -> String {
        let text = self.short(field, text, most);
        if text.is_empty() {
            self.add(field, "is empty");
        }
        text
    }

    /// Goes on where nothing is wrong.
    ///
    /// # Errors
    /// With everything that is.
    pub fn told(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::Fields(self.0)) }
    }
}
