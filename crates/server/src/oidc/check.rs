//! A look at the provider without anybody who signs in: are its documents there, and can they be used?

use super::discovery;
use super::outcome::Untrusted;
use super::settings::Settings;
use super::{keys, signature};
use crate::outgoing::{FetchError, Http};

/// Fetches the provider's discovery document and its keys, with the limits of a sign-in, and returns how many keys can sign tokens. The client ID and
/// the client secret are not sent, so this does not tell whether the provider accepts them.
///
/// # Errors
/// What is wrong, in words without secrets.
pub async fn check(settings: &Settings) -> Result<usize, String> {
    settings.check()?;
    signature::install();
    let http = Http::new()?;
    let words = |e: Untrusted| e.to_string();
    let endpoints = discovery::fetch(&http, &settings.issuer).await.map_err(words)?;
    let bytes = http.get(&endpoints.keys, None).await;
    let keys = bytes.and_then(|bytes| keys::read(&bytes).ok_or(FetchError::Form));
    match keys::usable(&keys.map_err(|e| words(Untrusted::Outage("the keys", e)))?) {
        0 => Err("the keys: none of them can verify a signature, so nobody can sign in".to_owned()),
        n => Ok(n),
    }
}
