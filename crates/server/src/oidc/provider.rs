//! The provider: its cached documents, and the steps from a callback to a person.

use super::claims::{self, Person};
use super::discovery::{self, Endpoints};
use super::flow::Flow;
use super::outcome::Untrusted;
use super::settings::Settings;
use super::token::{self, Expected};
use super::{keys, signature};
use crate::outgoing::{FetchError, Http};
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::Mutex;
use url::form_urlencoded::byte_serialize;

/// How long the discovery document and the keys are cached.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long the provider is not asked again after an outage. During that time, people who sign in see the error at once.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// Least time between two requests for the keys when tokens name unknown keys.
const KEYS_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// An OpenID Connect provider.
pub struct Provider {
    settings: Settings,
    http: Http,
    known: Mutex<Known>,
}

/// What is cached about the provider.
#[derive(Default)]
struct Known {
    endpoints: Option<(Timestamp, Arc<Endpoints>)>,
    failed: Option<(Timestamp, String)>,
    keys: Option<(Timestamp, Vec<Jwk>)>,
    /// When fetching the keys last failed, and why.
    keys_failed: Option<(Timestamp, FetchError)>,
}

/// The parameters that a browser brings back from the provider.
#[derive(Debug, Default, Deserialize)]
pub struct Callback {
    /// The code to exchange.
    pub code: Option<String>,
    /// The sign-in that it belongs to.
    pub state: Option<String>,
    /// The issuer that responds (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    access_token: Option<String>,
}

/// False once the span is over, or if the clock was set back.
fn within(since: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    let age = now.duration_since(since);
    !age.is_negative() && age < span
}

impl Provider {
    /// A provider. Nothing is requested until somebody signs in, so the server also starts while the provider is down.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        signature::install();
        Ok(Provider { settings, http: Http::new()?, known: Mutex::default() })
    }

    /// The operator's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The URL to which the browser goes to sign in.
    ///
    /// # Errors
    /// When the provider cannot be reached.
    pub async fn authorization(&self, flow: &Flow, redirect: &str, now: Timestamp) -> Result<String, Untrusted> {
        let mut url = self.endpoints(now).await?.authorization.clone();
        url.query_pairs_mut().extend_pairs(flow.query(&self.settings, redirect));
        Ok(url.into())
    }

    /// The person who came back. The caller must have compared the state.
    ///
    /// # Errors
    /// Why nobody is signed in.
    pub async fn person(
        &self,
        callback: &Callback,
        flow: &Flow,
        redirect: &str,
        now: Timestamp,
    ) -> Result<Person, Untrusted> {
        let endpoints = self.endpoints(now).await?;
        let named = callback.iss.as_deref();
        if named.map_or(endpoints.names_issuer, |issuer| issuer != self.settings.issuer) {
            return Err(Untrusted::MixedUp);
        }
        if let Some(error) = &callback.error {
            let code = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
            return Err(Untrusted::Denied(code));
        }
        let code = callback.code.as_deref().ok_or_else(|| Untrusted::Denied("no code".to_owned()))?;
        let tokens = self.exchange(&endpoints, code, flow, redirect).await?;
        let id_token = tokens.id_token.ok_or(Untrusted::Unreadable)?;
        let (algorithm, key) = token::header(&id_token)?;
        let keys = self.keys(&endpoints, key.as_deref(), algorithm, now).await?;
        let nonce = flow.nonce();
        let (issuer, client_id) = (&*self.settings.issuer, &*self.settings.client_id);
        let expected = Expected { issuer, client_id, nonce: &nonce };
        let mut claims = token::verify(&id_token, algorithm, &keys, &expected, now)?;
        if !claims::is_complete(&claims, &self.settings) {
            self.add_user_info(&endpoints, tokens.access_token.as_deref(), &mut claims).await?;
        }
        Ok(claims::person(&claims, &self.settings))
    }

    /// The provider's endpoints. An old document is used while no newer one can be fetched.
    async fn endpoints(&self, now: Timestamp) -> Result<Arc<Endpoints>, Untrusted> {
        let mut known = self.known.lock().await;
        if let Some((_, endpoints)) = known.endpoints.as_ref().filter(|(at, _)| within(*at, FRESH, now)) {
            return Ok(Arc::clone(endpoints));
        }
        let outage = known.failed.as_ref().filter(|(at, _)| within(*at, PAUSE, now)).map(|(_, why)| why.clone());
        let found = match outage {
            Some(why) => Err(Untrusted::Document(why)),
            None => discovery::fetch(&self.http, &self.settings.issuer).await,
        };
        match found {
            Ok(endpoints) => {
                let endpoints = Arc::new(endpoints);
                known.endpoints = Some((now, Arc::clone(&endpoints)));
                known.failed = None;
                Ok(endpoints)
            }
            Err(why) => {
                if known.failed.as_ref().is_none_or(|(at, _)| !within(*at, PAUSE, now)) {
                    known.failed = Some((now, why.to_string()));
                }
                match &known.endpoints {
                    Some((_, old)) => {
                        tracing::warn!(error = %why, "could not refresh the sign-in provider's discovery document");
                        Ok(Arc::clone(old))
                    }
                    None => Err(why),
                }
            }
        }
    }

    async fn exchange(
        &self,
        endpoints: &Endpoints,
        code: &str,
        flow: &Flow,
        redirect: &str,
    ) -> Result<Tokens, Untrusted> {
        let (settings, verifier) = (&self.settings, flow.verifier());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", &verifier),
        ];
        let mut header = None;
        match &settings.client_secret {
            Some(secret) if !endpoints.secret_in_form => {
                header = Some(basic(&settings.client_id, secret.expose())?);
            }
            Some(secret) => form.extend([("client_id", &*settings.client_id), ("client_secret", secret.expose())]),
            None => form.push(("client_id", &settings.client_id)),
        }
        match self.http.post(&endpoints.token, &form, header).await {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| Untrusted::Outage("the code", FetchError::Form)),
            Err(FetchError::Status(status @ (400 | 401 | 403))) => Err(Untrusted::Code(status)),
            Err(e) => Err(Untrusted::Outage("the code", e)),
        }
    }

    /// The keys that may have signed a token.
    async fn keys(
        &self,
        endpoints: &Endpoints,
        id: Option<&str>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Vec<DecodingKey>, Untrusted> {
        let mut known = self.known.lock().await;
        if let Some((at, all)) = &known.keys {
            let found = keys::fitting(all, id, algorithm);
            // Keys that the provider withdrew are dropped within the hour.
            if !found.is_empty() && within(*at, FRESH, now) {
                return Ok(found);
            }
            if found.is_empty() && within(*at, KEYS_EVERY, now) {
                return Err(Untrusted::UnknownKey);
            }
        }
        // A caller that waited behind a failed request does not repeat it.
        if let Some((_, why)) = known.keys_failed.as_ref().filter(|(at, _)| within(*at, PAUSE, now)) {
            return Err(Untrusted::Outage("the keys", why.clone()));
        }
        let bytes = self.http.get(&endpoints.keys, None).await;
        let all = match bytes.and_then(|bytes| keys::read(&bytes).ok_or(FetchError::Form)) {
            Ok(all) => all,
            Err(why) => {
                known.keys_failed = Some((now, why.clone()));
                return Err(Untrusted::Outage("the keys", why));
            }
        };
        let found = keys::fitting(&all, id, algorithm);
        known.keys = Some((now, all));
        if found.is_empty() { Err(Untrusted::UnknownKey) } else { Ok(found) }
    }

    /// Adds the claims that only the user info has. It never replaces signed claims.
    async fn add_user_info(
        &self,
        endpoints: &Endpoints,
        access_token: Option<&str>,
        claims: &mut Map<String, Value>,
    ) -> Result<(), Untrusted> {
        let (Some(address), Some(token)) = (&endpoints.user_info, access_token) else { return Ok(()) };
        let mut header = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Untrusted::Unreadable)?;
        header.set_sensitive(true);
        let outage = |e| Untrusted::Outage("the user info", e);
        let bytes = self.http.get(address, Some(header)).await.map_err(outage)?;
        let more: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| outage(FetchError::Form))?;
        if more.get("sub").is_none() || more.get("sub") != claims.get("sub") {
            return Err(Untrusted::Subject);
        }
        // `email_verified` must come from the same source as the address.
        let email = if claims.contains_key("email") { Some("email_verified") } else { None };
        for (name, value) in more.into_iter().filter(|(name, _)| Some(name.as_str()) != email) {
            claims.entry(name).or_insert(value);
        }
        Ok(())
    }
}

/// The header with the client's ID and secret. RFC 6749 form-encodes both first.
fn basic(id: &str, secret: &str) -> Result<HeaderValue, Untrusted> {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let text = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))));
    let mut value = HeaderValue::from_str(&text).map_err(|_| Untrusted::Unreadable)?;
    value.set_sensitive(true);
    Ok(value)
}
