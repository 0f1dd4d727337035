//! One sign-in, from its start here to the return from the provider. Everything about it is in a short-lived cookie of the browser that started
//! it. State, nonce and PKCE verifier are digests of that cookie, so the server stores nothing for strangers who start and never return.

use super::settings::Settings;
use crate::secret;
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Seconds within which a person has to return.
pub const VALID: i64 = 10 * 60;
/// Most bytes of the address to return to.
const NEXT: usize = 512;
/// Most bytes of the cookie's value.
const LONGEST: usize = 1024;

/// A sign-in that was started.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The cookie's value.
    text: String,
    /// The login that links its account; absent for a sign-in.
    pub link: Option<String>,
    /// Where to go afterwards. The code that uses it checks that it is a page of this server.
    pub next: String,
}

impl Flow {
    /// Starts a sign-in.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn begin(now: Timestamp, link: Option<&str>, next: &str) -> Result<Self, secret::NoRandomness> {
        let next = if next.len() <= NEXT { next } else { "/" };
        let (secret, packed) = (secret::new("")?, URL_SAFE_NO_PAD.encode(next));
        let text = format!("{secret}.{}.{}.{packed}", now.as_second(), link.unwrap_or(""));
        Ok(Flow { text, link: link.map(str::to_owned), next: next.to_owned() })
    }

    /// Reads the sign-in from a cookie, if it has not expired.
    pub fn read(text: &str, now: Timestamp) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [secret, begun, link, next] = parts[..] else { return None };
        let begun: i64 = begun.parse().ok()?;
        let age = now.as_second().checked_sub(begun)?;
        // Setting the clock back ends it too.
        if text.len() > LONGEST || secret.len() < 43 || !(0..VALID).contains(&age) {
            return None;
        }
        let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
        let link = Some(link).filter(|l| !l.is_empty()).map(str::to_owned);
        Some(Flow { text: text.to_owned(), link, next })
    }

    fn digest(&self, what: &str) -> String {
        secret::digest(&[b"sign-in", what.as_bytes(), self.text.as_bytes()])
    }

    /// The state, which the provider sends back.
    pub fn state(&self) -> String {
        self.digest("state")
    }

    /// The nonce, which the ID token must contain.
    pub fn nonce(&self) -> String {
        self.digest("nonce")
    }

    /// The PKCE verifier, which proves that the client that exchanges the code started the sign-in.
    pub fn verifier(&self) -> String {
        self.digest("verifier")
    }

    /// The PKCE challenge, which may be public.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }

    /// The key under which a completed sign-in is stored.
    pub fn key(&self) -> String {
        self.digest("completed")
    }

    /// The header that sets the cookie.
    pub fn cookie(&self, https: bool) -> Option<HeaderValue> {
        header(&self.text, VALID, https)
    }

    /// The parameters with which the browser goes to the provider.
    pub fn query(&self, settings: &Settings, redirect: &str) -> Vec<(&'static str, String)> {
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", settings.client_id.clone()),
            ("redirect_uri", redirect.to_owned()),
            ("scope", settings.scopes.join(" ")),
            ("state", self.state()),
            ("nonce", self.nonce()),
            ("code_challenge", self.challenge()),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }
}

/// The cookie's name. With https, browsers accept it only from this host and over https.
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-hindcast-oidc" } else { "hindcast-oidc" }
}

/// The header that deletes the cookie.
pub fn forget(https: bool) -> Option<HeaderValue> {
    header("", 0, https)
}

/// Browsers send the cookie when the provider redirects here (`Lax`), but never with another site's form.
fn header(value: &str, age: i64, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let name = cookie_name(https);
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    #[test]
    fn comes_back_as_it_was_within_its_time() {
        let flow = Flow::begin(at(0), Some("login"), "/incidents/1?a=b&c=ü").expect("begins");
        let back = Flow::read(&flow.text, at(VALID - 1)).expect("reads");
        assert_eq!((back.next.as_str(), back.link.as_deref()), ("/incidents/1?a=b&c=ü", Some("login")));
        assert_eq!((back.state(), back.verifier()), (flow.state(), flow.verifier()));
        assert!(Flow::read(&flow.text, at(VALID)).is_none() && Flow::read(&flow.text, at(-1)).is_none());
        assert_eq!(Flow::begin(at(0), None, &"/x".repeat(400)).expect("begins").next, "/");
        for bad in ["", "a.b.c.d", "....", &"x".repeat(5000), &flow.text.replace(".18", ".x8")] {
            assert!(Flow::read(bad, at(0)).is_none(), "{bad}");
        }
    }

    #[test]
    fn everything_in_it_changes_its_state() {
        let flow = Flow::begin(at(0), None, "/").expect("begins");
        for change in [flow.text.replacen(".18", ".19", 1), format!("{}A", flow.text), format!("x{}", flow.text)] {
            assert_ne!(Flow { text: change, ..flow.clone() }.state(), flow.state());
        }
        let all = [
            flow.state(),
            flow.nonce(),
            flow.verifier(),
            flow.key(),
            Flow::begin(at(0), None, "/").expect("one").state(),
        ];
        assert!(all.iter().enumerate().all(|(n, a)| !all[..n].contains(a)));
        assert!((43..=128).contains(&flow.verifier().len()), "as RFC 7636 has it");
    }

    #[test]
    fn its_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let flow = Flow::begin(at(0), None, "/").expect("begins");
        let text = flow.cookie(true).expect("a header");
        let text = text.to_str().expect("text");
        for part in ["__Host-hindcast-oidc=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=600"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
