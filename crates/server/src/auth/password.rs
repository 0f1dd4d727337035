//! Passwords, hashed with Argon2id.

mod weak;

use crate::failure::Failure;
use crate::state::App;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// Characters that a password needs at least (NIST SP 800-63B asks for length, not for kinds of characters).
pub const SHORTEST: usize = 12;
/// Bytes that are hashed at most: longer ones only cost time. At least 64 characters of any script fit.
pub const LONGEST: usize = 256;

/// A password as it is hashed (NIST SP 800-63B asks for NFKC or NFKD): keyboards send the same character in several ways.
fn normalize(password: &str) -> Cow<'_, str> {
    if is_nfkc(password) { Cow::Borrowed(password) } else { Cow::Owned(password.nfkc().collect()) }
}

fn hash_now(password: &str) -> Result<String, Failure> {
    let hash = Argon2::default().hash_password(normalize(password).as_bytes()).map(|h| h.to_string());
    hash.map_err(|_| Failure::Internal("a password could not be hashed".to_owned()))
}

/// Hashes a password that a program made; the parameters are those that OWASP names for Argon2id (19 MiB, two passes).
pub async fn hash(app: &App, password: &str) -> Result<String, Failure> {
    let password = password.to_owned();
    app.pools.passwords.run(move |_: &_| hash_now(&password)).await?
}

/// Hashes a password that a person chose, or tells what is wrong with it (behind "Password: "). Every new password of a person goes
/// through here. `person` is the name and the email address that it must not consist of.
pub async fn hash_new(app: &App, password: &str, person: [&str; 2]) -> Result<Result<String, String>, Failure> {
    // Before anything is spent on it.
    if let Some(fault) = length_fault(password) {
        return Ok(Err(fault));
    }
    let (password, person) = (password.to_owned(), person.map(str::to_owned));
    let work = move |_: &_| match weak::fault(&normalize(&password), &person) {
        Some(fault) => Ok(Err(fault)),
        None => hash_now(&password).map(Ok),
    };
    app.pools.passwords.run(work).await?
}

/// True where a password is the one that was hashed. Without a hash it takes as long, and is false: how long an answer
/// takes does not tell whether there is such an account.
pub async fn check(app: &App, password: &str, hash: Option<String>) -> Result<bool, Failure> {
    const NOBODYS: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    if password.len() > LONGEST {
        return Ok(false);
    }
    let password = password.to_owned();
    let work = move |_: &_| {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
        let verify = |password: &str| {
            PasswordHash::new(&hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
        };
        let normalized = normalize(&password);
        // Earlier versions hashed passwords as they were sent.
        let right = verify(&normalized) || (*normalized != *password && verify(&password));
        known && right
    };
    app.pools.passwords.run(work).await
}

fn length_fault(password: &str) -> Option<String> {
    match normalize(password) {
        p if p.chars().count() < SHORTEST => Some(format!("at least {SHORTEST} characters; a few words will do")),
        p if p.len() > LONGEST || password.len() > LONGEST => Some(format!("at most {LONGEST} bytes")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_and_nothing_is_cut_off() {
        assert!(length_fault(&"é".repeat(SHORTEST - 1)).is_some());
        assert!(length_fault(&"e\u{301}".repeat(SHORTEST - 1)).is_some(), "two code points, one character");
        assert_eq!(length_fault(&"é".repeat(SHORTEST)), None);
        assert_eq!(length_fault(&"𝕏𐍈".repeat(32)), None, "64 characters of any script");
        assert!(length_fault(&"x".repeat(LONGEST + 1)).is_some_and(|f| f.contains("256")));
    }

    #[test]
    fn the_same_characters_hash_alike_however_they_are_sent() {
        let hash = hash_now("cafe\u{301} lantern ﬁnch").expect("hashes");
        let hash = PasswordHash::new(&hash).expect("a hash");
        let verify = |p: &str| Argon2::default().verify_password(normalize(p).as_bytes(), &hash).is_ok();
        assert!(verify("caf\u{e9} lantern finch") && !verify("cafe lantern finch"));
    }
}
