//! ETags: each counted change of a thing gives it another one, `"v3"`.

use super::json::Json;
use crate::failure::Failure;
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use hindcast_store::StoreError;
use serde::Serialize;
use std::convert::Infallible;

/// The ETag of a version.
pub fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// A list of ETags as a header has them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    These(Vec<i64>),
}

/// `weak` tells whether `W/"v3"` counts too: it does for reading, not for changing.
fn tags(headers: &HeaderMap, name: &HeaderName, weak: bool) -> Option<Tags> {
    let mut found = None;
    for line in headers.get_all(name) {
        let these = found.get_or_insert_with(Vec::new);
        for part in line.to_str().unwrap_or("").split(',').map(str::trim) {
            if part == "*" {
                return Some(Tags::Any);
            }
            let part = if weak { part.strip_prefix("W/").unwrap_or(part) } else { part };
            let digits = part.strip_prefix("\"v").and_then(|p| p.strip_suffix('"'));
            these.extend(digits.and_then(|d| d.parse::<i64>().ok()));
        }
    }
    found.map(Tags::These)
}

/// The version that a change was made from: `If-Match`, without which nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made(Tags);

impl<S: Sync> FromRequestParts<S> for Made {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Made::of(&parts.headers)
    }
}

impl Made {
    /// What these headers say.
    ///
    /// # Errors
    /// Without `If-Match`.
    pub fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        tags(headers, &IF_MATCH, false).map(Made).ok_or(Failure::NoVersion)
    }

    /// The one version that was read. `*` and a list do not say what was read.
    ///
    /// # Errors
    /// Where it names none, or several.
    pub fn read(&self) -> Result<i64, Failure> {
        match &self.0 {
            Tags::These(these) if these.len() == 1 => Ok(these[0]),
            _ => Err(Failure::Unreadable(
                "If-Match must contain exactly one ETag: that of the version you read.".to_owned(),
            )),
        }
    }

    /// What the store has to find, given what stands there: `None` for whatever does.
    ///
    /// # Errors
    /// When the change was made from another version.
    pub fn from(&self, current: i64, what: &'static str) -> Result<Option<i64>, Failure> {
        match &self.0 {
            Tags::Any => Ok(None),
            Tags::These(these) if these.contains(&current) => Ok(Some(current)),
            Tags::These(_) => Err(StoreError::Stale(what).into()),
        }
    }
}

/// What the one who asks has already: `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Has(Option<Tags>);

impl<S: Sync> FromRequestParts<S> for Has {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Has(tags(&parts.headers, &IF_NONE_MATCH, true)))
    }
}

impl Has {
    /// The answer with its ETag, or that nothing changed.
    pub fn answer<T: Serialize + Send + 'static>(&self, version: i64, value: impl FnOnce() -> T) -> Response {
        let known = match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::These(these)) => these.contains(&version),
        };
        let headers = [(ETAG, etag(version))];
        match known {
            true => (StatusCode::NOT_MODIFIED, headers).into_response(),
            false => (headers, Json(value())).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, weak: bool) -> Option<Tags> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, text.parse().expect("a value"));
        tags(&headers, &IF_MATCH, weak)
    }

    #[test]
    fn headers_name_versions() {
        assert_eq!(read("\"v3\"", false), Some(Tags::These(vec![3])));
        assert_eq!(read("\"v3\", \"v12\"", false), Some(Tags::These(vec![3, 12])));
        assert_eq!(read("*", false), Some(Tags::Any));
        for other in ["W/\"v3\"", "v3", "\"3\"", "\"v\"", ""] {
            assert_eq!(read(other, false), Some(Tags::These(Vec::new())), "{other}");
        }
        assert_eq!(read("W/\"v3\"", true), Some(Tags::These(vec![3])));
        assert_eq!(tags(&HeaderMap::new(), &IF_MATCH, false), None);
    }

    #[test]
    fn a_change_is_made_from_what_stands_there() {
        assert_eq!(Made(Tags::Any).from(7, "x").expect("any"), None);
        assert_eq!(Made(Tags::These(vec![7])).read().expect("one"), 7);
        for vague in [Tags::Any, Tags::These(vec![]), Tags::These(vec![1, 7])] {
            assert!(matches!(Made(vague).read(), Err(Failure::Unreadable(_))));
        }
        assert_eq!(Made(Tags::These(vec![1, 7])).from(7, "x").expect("one of them"), Some(7));
        assert!(matches!(Made(Tags::These(vec![])).from(7, "x"), Err(Failure::Stale(_))));
    }
}
