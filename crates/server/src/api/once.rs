//! Idempotency keys: a request sent again is answered as it was, and not done again.

use crate::failure::{Failure, Field};
use crate::secret;
use crate::state::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hindcast_store::idempotency::{self, Answered};
use hindcast_store::{Act, Tx, Viewer};
use serde::Serialize;

/// The header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Characters of a key at most.
pub const LONGEST: usize = 255;

fn is_key(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// The key that a request came with, if it came with one.
pub struct Key {
    key: Option<String>,
    address: String,
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let key = match parts.headers.get(KEY) {
            None => None,
            Some(value) => Some(value.to_str().ok().filter(|k| is_key(k)).ok_or_else(|| {
                let what = format!("is 1 to {LONGEST} visible characters of ASCII");
                Failure::Fields(vec![Field { field: "Idempotency-Key".to_owned(), what }])
            })?),
        };
        let address = format!("{} {}", parts.method, parts.uri.path());
        Ok(Key { key: key.map(str::to_owned), address })
    }
}

/// A request that may have been answered before.
pub struct Once {
    /// Digests of key and request.
    key: Option<(String, String)>,
}

impl Key {
    /// Tells this request apart from others; a key counts for one account only.
    pub fn of(self, viewer: &Viewer, request: &[&[u8]]) -> Once {
        let key = self.key.map(|key| {
            let mut all = vec![self.address.as_bytes()];
            all.extend(request);
            (secret::digest(&[viewer.account.as_bytes(), key.as_bytes()]), secret::digest(&all))
        });
        Once { key }
    }
}

impl Once {
    /// The answer given before.
    ///
    /// # Errors
    /// When the key came with another request.
    pub async fn before(&self, app: &App) -> Result<Option<Response>, Failure> {
        let Some((key, request)) = &self.key else { return Ok(None) };
        let found = idempotency::find(&mut *app.store.reader().await?, key, app.clock.now()).await?;
        let Some(found) = found else { return Ok(None) };
        if found.request_hash != *request {
            let what = "came with another request before; take a new one for each request".to_owned();
            return Err(Failure::Fields(vec![Field { field: "Idempotency-Key".to_owned(), what }]));
        }
        Ok(Some(response(&found)))
    }

    /// Answers that something was made, and keeps the answer in the transaction that makes it. What is kept may say less
    /// than what is told now: secrets are told once.
    ///
    /// # Errors
    /// When the same key is being answered at the same time; then nothing is made.
    pub async fn created<T: Serialize>(
        &self,
        tx: &mut Tx,
        act: Act<'_>,
        location: String,
        told: &T,
        kept: &T,
    ) -> Result<Response, Failure> {
        self.keep(tx, act, &location, write(kept)?).await?;
        Ok(response(&Answered { request_hash: String::new(), status: 201, location, body: write(told)? }))
    }

    /// The same with an answer that is large, and was written in a thread.
    ///
    /// # Errors
    /// As [`Once::created`].
    pub async fn created_as(
        &self,
        tx: &mut Tx,
        act: Act<'_>,
        location: String,
        body: String,
    ) -> Result<Response, Failure> {
        let answer = response(&Answered {
            request_hash: String::new(),
            status: 201,
            location: location.clone(),
            body: body.clone(),
        });
        self.keep(tx, act, &location, body).await?;
        Ok(answer)
    }

    async fn keep(&self, tx: &mut Tx, act: Act<'_>, location: &str, body: String) -> Result<(), Failure> {
        let Some((key, request)) = &self.key else { return Ok(()) };
        let answered = Answered { request_hash: request.clone(), status: 201, location: location.to_owned(), body };
        Ok(idempotency::keep(tx, key, &answered, act.at).await?)
    }
}

/// An answer as text.
///
/// # Errors
/// When it is none.
pub fn write<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|e| Failure::Internal(format!("an answer cannot be written: {e}")))
}

fn response(answered: &Answered) -> Response {
    let status = u16::try_from(answered.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    let kind = (header::CONTENT_TYPE, "application/json".to_owned());
    let location = (header::LOCATION, answered.location.clone());
    (status.unwrap_or(StatusCode::CREATED), [kind, location], answered.body.clone()).into_response()
}
