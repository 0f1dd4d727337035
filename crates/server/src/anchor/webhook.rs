//! The head as JSON, signed, for a webhook.

use super::{AnchorError, Head};
use crate::outgoing::{Http, SharedSecret, is_safe, reach};
use axum::http::HeaderValue;
use jiff::Timestamp;
use ring::hmac;
use serde_json::json;
use std::fmt;
use url::Url;

/// The header with the signature.
const SIGNATURE: &str = "hindcast-signature";

/// Where the head is posted.
#[derive(Clone)]
pub struct Webhook {
    url: Url,
    secret: Option<SharedSecret>,
}

impl fmt::Debug for Webhook {
    // The path of a webhook URL is often a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.host()).finish_non_exhaustive()
    }
}

impl Webhook {
    /// A webhook at an https URL, or at an http URL on this machine.
    ///
    /// # Errors
    /// What is wrong with the URL or the secret.
    pub fn new(url: &str, secret: Option<SharedSecret>) -> Result<Self, AnchorError> {
        let refused = |why: &str| Err(AnchorError::Settings(format!("the webhook's URL {why}")));
        let Ok(url) = Url::parse(url) else { return refused("is not a URL") };
        if !is_safe(&url) {
            return refused("must begin with https://; http works only for localhost");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("must not contain a user name or password; set a secret to sign the requests instead");
        }
        if secret.as_ref().is_some_and(|s| s.expose().is_empty()) {
            return Err(AnchorError::Settings("the webhook's secret is empty".to_owned()));
        }
        Ok(Webhook { url, secret })
    }

    /// The host, which may be shown. The rest of the URL may be a secret.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Connects to the webhook's host, with TLS if the URL says so, and sends nothing.
    ///
    /// # Errors
    /// When there is no connection within five seconds.
    pub async fn reach(&self) -> Result<(), AnchorError> {
        Ok(reach(&self.url).await?)
    }

    /// Posts the head. Redirects are not followed.
    ///
    /// # Errors
    /// When the webhook does not respond with a 2xx status within five seconds.
    pub async fn post(&self, head: &Head, at: Timestamp) -> Result<(), AnchorError> {
        // A new client for each post, because the next post may be hours away.
        let http = Http::new().map_err(AnchorError::Settings)?;
        let body = body(head, at);
        let signature = self.secret.as_ref().map(|secret| sign(secret, &body));
        let signature = signature.and_then(|text| HeaderValue::from_str(&text).ok());
        let headers = signature.map(|value| (SIGNATURE, value));
        http.send(&self.url, "application/json", headers, body.into_bytes()).await?;
        Ok(())
    }
}

/// Chat programs show `text`.
fn body(head: &Head, at: Timestamp) -> String {
    let Head { row, hash } = head;
    let text = format!("Hindcast audit log: head {row}:{hash}");
    json!({ "kind": "hindcast.audit.head", "row": row, "hash": hash, "at": at, "text": text }).to_string()
}

/// `sha256=` and the HMAC of the body in hexadecimal digits.
fn sign(secret: &SharedSecret, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mac = hmac::sign(&key, body.as_bytes());
    let hex: String = mac.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_go_over_https_or_stay_on_this_machine() {
        for good in ["https://hooks.example.com/a?b=c", "http://127.0.0.1:1/a", "http://localhost/"] {
            assert!(Webhook::new(good, None).is_ok(), "{good}");
        }
        for bad in ["http://hooks.example.com/", "ftp://localhost/", "hooks", "https://me:word@hooks.example.com/"] {
            assert!(Webhook::new(bad, None).is_err(), "{bad}");
        }
        assert!(Webhook::new("https://hooks.example.com/", Some(SharedSecret::new(" \n"))).is_err());
    }

    #[test]
    fn neither_path_nor_secret_is_printed() {
        let hook = Webhook::new("https://hooks.example.com/T0/B0/word", Some(SharedSecret::new("other"))).expect("one");
        let text = format!("{hook:?}");
        assert!(text.contains("hooks.example.com") && !text.contains("word") && !text.contains("other"), "{text}");
    }

    #[test]
    fn the_signature_is_the_hmac_of_the_body() {
        // From RFC 4231, test case 2.
        let signed = sign(&SharedSecret::new("Jefe"), "what do ya want for nothing?");
        assert_eq!(signed, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
