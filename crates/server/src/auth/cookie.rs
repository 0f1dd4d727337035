//! The cookies of a browser that is signed in, or about to be.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// How long a browser stays signed in at most, in seconds: 14 days.
pub const VALID: i64 = 14 * 24 * 60 * 60;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The browser is signed in.
    Session,
    /// The browser gave the right password, and has to give a code.
    Code,
}

impl Kind {
    /// With https, a name that browsers take only from this host, over https, for all its paths.
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Kind::Session, false) => "hindcast",
            (Kind::Session, true) => "__Host-hindcast",
            (Kind::Code, false) => "hindcast-code",
            (Kind::Code, true) => "__Host-hindcast-code",
        }
    }

    /// How long it is good at most, in seconds.
    pub fn valid(self) -> i64 {
        match self {
            Kind::Session => VALID,
            Kind::Code => 5 * 60,
        }
    }
}

/// The secret in a request's cookie.
pub fn read(kind: Kind, headers: &HeaderMap, https: bool) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';'));
    let mut pairs = all.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == kind.name(https)).map(|(_, value)| value)
}

/// The header that gives a browser its secret; an empty secret takes it back. No script can read it, and no other
/// site's form sends it.
pub fn header(kind: Kind, secret: &str, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let age = if secret.is_empty() { 0 } else { kind.valid() };
    let text = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}", kind.name(https));
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_own_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=1; hindcast=s3; xhindcast=no"));
        assert_eq!(read(Kind::Session, &headers, false), Some("s3"));
        assert_eq!(read(Kind::Session, &headers, true), None);
        assert_eq!(read(Kind::Code, &headers, false), None);
    }

    #[test]
    fn is_out_of_reach_of_scripts_and_other_sites() {
        let code = header(Kind::Code, "s", true).expect("a header");
        assert!(code.to_str().is_ok_and(|c| c.starts_with("__Host-hindcast-code=s;") && c.contains("Max-Age=300")));
        let header = header(Kind::Session, "s", true).expect("a header");
        let text = header.to_str().expect("text");
        for part in ["__Host-hindcast=s", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
