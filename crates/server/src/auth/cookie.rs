//! The cookie of a browser that is signed in.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// How long a browser stays signed in at most, in seconds: 14 days.
pub const VALID: i64 = 14 * 24 * 60 * 60;

/// With https, a name that browsers take only from this host, over https, for all its paths.
fn name(https: bool) -> &'static str {
    if https { "__Host-hindcast" } else { "hindcast" }
}

/// The secret in a request's cookie.
pub fn read(headers: &HeaderMap, https: bool) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';'));
    let mut pairs = all.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name(https)).map(|(_, value)| value)
}

/// The header that gives a browser its secret; an empty secret takes it back. No script can read it, and no other
/// site's form sends it.
pub fn header(secret: &str, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let age = if secret.is_empty() { 0 } else { VALID };
    let text = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}", name(https));
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_own_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=1; hindcast=s3; xhindcast=no"));
        assert_eq!(read(&headers, false), Some("s3"));
        assert_eq!(read(&headers, true), None);
    }

    #[test]
    fn is_out_of_reach_of_scripts_and_other_sites() {
        let header = header("s", true).expect("a header");
        let text = header.to_str().expect("text");
        for part in ["__Host-hindcast=s", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
