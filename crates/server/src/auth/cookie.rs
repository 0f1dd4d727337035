//! The cookies of a browser that is signed in, or about to be.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The browser is signed in.
    Session,
    /// The browser gave the right password, and has to give a code.
    Code,
    /// Somebody signed in with the browser before. It signs nobody in: failures from elsewhere do not slow it.
    Device,
}

/// How long a browser keeps the cookie that says what it gave, until it gives a code, in seconds.
pub const CODE: i64 = 5 * 60;

impl Kind {
    /// With https, a name that browsers take only from this host, over https, for all its paths.
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Kind::Session, false) => "hindcast",
            (Kind::Session, true) => "__Host-hindcast",
            (Kind::Code, false) => "hindcast-code",
            (Kind::Code, true) => "__Host-hindcast-code",
            (Kind::Device, false) => "hindcast-device",
            (Kind::Device, true) => "__Host-hindcast-device",
        }
    }
}

/// The secret in a request's cookie.
pub fn read(kind: Kind, headers: &HeaderMap, https: bool) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';'));
    let mut pairs = all.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == kind.name(https)).map(|(_, value)| value)
}

/// The header that gives a browser its secret for so many seconds; an empty secret takes it back. No script can read it, and no
/// other site's form sends it.
pub fn header(kind: Kind, secret: &str, valid: i64, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let age = if secret.is_empty() { 0 } else { valid };
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
        let code = header(Kind::Code, "s", CODE, true).expect("a header");
        assert!(code.to_str().is_ok_and(|c| c.starts_with("__Host-hindcast-code=s;") && c.contains("Max-Age=300")));
        let header = header(Kind::Session, "s", 60, true).expect("a header");
        let text = header.to_str().expect("text");
        for part in ["__Host-hindcast=s", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
