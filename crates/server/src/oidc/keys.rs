//! The keys that a provider publishes.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Most keys that are read. Providers publish a few.
const MOST: usize = 100;
/// Most keys that are tried for a token that names none.
const TRIED: usize = 5;

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

/// Reads a key set. A key of an unknown kind is skipped, so that the others still work.
pub fn read(bytes: &[u8]) -> Option<Vec<Jwk>> {
    let set: Published = serde_json::from_slice(bytes).ok()?;
    Some(set.keys.into_iter().take(MOST).filter_map(|key| serde_json::from_value(key).ok()).collect())
}

/// How many of the keys can verify a token's signature.
pub fn usable(keys: &[Jwk]) -> usize {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let all = [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA];
    let verifies = |key: &&Jwk| all.iter().any(|a| !fitting(std::slice::from_ref(*key), None, *a).is_empty());
    keys.iter().filter(verifies).count()
}

/// The keys that may have signed a token.
pub fn fitting(keys: &[Jwk], id: Option<&str>, algorithm: Algorithm) -> Vec<DecodingKey> {
    let fits = |key: &&Jwk| {
        let family = match &key.algorithm {
            AlgorithmParameters::RSA(_) => Some(AlgorithmFamily::Rsa),
            AlgorithmParameters::EllipticCurve(_) => Some(AlgorithmFamily::Ec),
            AlgorithmParameters::OctetKeyPair(_) => Some(AlgorithmFamily::Ed),
            // A shared secret is never accepted as a public key, even if the provider publishes it.
            _ => None,
        };
        let common = &key.common;
        family.is_some_and(|f| f.algorithms().contains(&algorithm))
            && common.public_key_use.as_ref().is_none_or(|u| *u == PublicKeyUse::Signature)
            && common.key_algorithm.is_none_or(|a| a == algorithm.into())
            && id.is_none_or(|id| common.key_id.as_deref() == Some(id))
    };
    keys.iter().filter(fits).filter_map(|key| DecodingKey::from_jwk(key).ok()).take(TRIED).collect()
}
