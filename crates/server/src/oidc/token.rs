//! The checks that an ID token must pass before any of its claims count (OpenID Connect Core 1.0, section 3.1.3.7).

use super::outcome::Untrusted;
use super::signature;
use crate::secret;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

/// Seconds by which the clocks of provider and server may differ.
const LEEWAY: i64 = 60;
/// Most characters of a subject (OpenID Connect Core 1.0, section 2).
const SUBJECT: usize = 255;

/// What the token must say.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
}

/// The algorithm and the key that a token names. Neither is trusted yet.
pub fn header(token: &str) -> Result<(Algorithm, Option<String>), Untrusted> {
    // A token without a signature, or with one of an unknown kind, has no such header.
    let header = decode_header(token).map_err(|e| match e.into_kind() {
        jsonwebtoken::errors::ErrorKind::Json(_) => Untrusted::Algorithm,
        _ => Untrusted::Unreadable,
    })?;
    if signature::is_accepted(header.alg) { Ok((header.alg, header.kid)) } else { Err(Untrusted::Algorithm) }
}

/// The token's claims, if it is signed with one of the keys and passes the checks.
pub fn verify(
    token: &str,
    algorithm: Algorithm,
    keys: &[DecodingKey],
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Map<String, Value>, Untrusted> {
    let mut rules = Validation::new(algorithm);
    // The rest is checked below, by this server's clock and more strictly.
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    let claims = keys.iter().find_map(|key| decode::<Map<String, Value>>(token, key, &rules).ok());
    let claims = claims.ok_or(Untrusted::Signature)?.claims;
    check(&claims, expected, now)?;
    Ok(claims)
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>, now: Timestamp) -> Result<(), Untrusted> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(Untrusted::Issuer);
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let party = text("azp");
    // A token for several clients counts only if it names this server as the authorized party.
    let alone = audience.len() == 1 && !claims.contains_key("azp");
    if !audience.contains(&expected.client_id) || !(alone || party == Some(expected.client_id)) {
        return Err(Untrusted::Audience);
    }
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|s| s as i64);
    let (now, expires, issued) = (now.as_second(), seconds("exp"), seconds("iat"));
    let current = expires.is_some_and(|at| at > now.saturating_sub(LEEWAY))
        && issued.is_some_and(|at| at <= now + LEEWAY)
        && seconds("nbf").is_none_or(|at| at <= now + LEEWAY);
    if !current {
        return Err(Untrusted::Time);
    }
    // Comparing digests keeps the timing from revealing the nonce.
    let nonce = text("nonce").ok_or(Untrusted::Nonce)?;
    if secret::hash(nonce) != secret::hash(expected.nonce) {
        return Err(Untrusted::Nonce);
    }
    let subject = text("sub").unwrap_or("");
    let named = !subject.is_empty() && subject.len() <= SUBJECT && !subject.chars().any(char::is_control);
    if named { Ok(()) } else { Err(Untrusted::Subject) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_800_000_000;

    fn checked(change: impl FnOnce(&mut Value)) -> Result<(), Untrusted> {
        let mut claims = json!({
            "iss": "https://id", "aud": "us", "sub": "7", "nonce": "n", "iat": NOW - 5, "exp": NOW + 300,
        });
        change(&mut claims);
        let Value::Object(claims) = claims else { unreachable!("an object") };
        let expected = Expected { issuer: "https://id", client_id: "us", nonce: "n" };
        check(&claims, &expected, Timestamp::from_second(NOW).expect("a time"))
    }

    #[test]
    fn a_token_for_several_names_who_asked() {
        assert!(checked(|_| ()).is_ok());
        assert!(checked(|c| c["aud"] = json!(["us"])).is_ok());
        assert!(matches!(checked(|c| c["aud"] = json!(["us", "them"])), Err(Untrusted::Audience)));
        let both = |party: &'static str| checked(move |c| (c["aud"], c["azp"]) = (json!(["us", "them"]), json!(party)));
        assert!(both("us").is_ok());
        assert!(matches!(both("them"), Err(Untrusted::Audience)));
        assert!(matches!(checked(|c| c["azp"] = json!("them")), Err(Untrusted::Audience)));
        for bad in [json!("them"), json!(["them"]), json!([]), json!(7), json!({"us": 1})] {
            assert!(matches!(checked(|c| c["aud"] = bad), Err(Untrusted::Audience)));
        }
    }

    #[test]
    fn issuer_and_nonce_are_exactly_those() {
        for bad in [json!("https://id/"), json!(["https://id"]), json!(null)] {
            assert!(matches!(checked(|c| c["iss"] = bad), Err(Untrusted::Issuer)));
        }
        for bad in [json!("N"), json!(""), json!(null)] {
            assert!(matches!(checked(|c| c["nonce"] = bad), Err(Untrusted::Nonce)));
        }
    }

    #[test]
    fn its_time_has_come_and_is_not_over() {
        assert!(checked(|c| c["exp"] = json!(NOW - 59)).is_ok(), "clocks differ");
        assert!(checked(|c| c["exp"] = json!(NOW as f64 + 0.5)).is_ok());
        for (name, bad) in [
            ("exp", json!(NOW - 60)),
            ("exp", json!("never")),
            ("exp", json!(null)),
            ("iat", json!(NOW + 61)),
            ("iat", json!(null)),
            ("nbf", json!(NOW + 61)),
        ] {
            assert!(matches!(checked(|c| c[name] = bad), Err(Untrusted::Time)), "{name}");
        }
    }

    #[test]
    fn it_names_a_person() {
        for bad in [json!(""), json!(7), json!("x".repeat(256)), json!("a\nb")] {
            assert!(matches!(checked(|c| c["sub"] = bad), Err(Untrusted::Subject)));
        }
    }
}
