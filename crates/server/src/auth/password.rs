//! Passwords, hashed with Argon2id.

use crate::failure::Failure;
use crate::state::App;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Characters that a password needs at least (NIST SP 800-63B asks for length, not for kinds of characters).
pub const SHORTEST: usize = 12;
/// Bytes that are hashed at most: longer ones only cost time.
pub const LONGEST: usize = 256;

/// Hashes a password; the parameters are those that OWASP names for Argon2id (19 MiB, two passes).
pub async fn hash(app: &App, password: &str) -> Result<String, Failure> {
    let password = password.to_owned();
    let work = move |_: &_| Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string());
    let hash = app.pools.passwords.run(work).await?;
    hash.map_err(|_| Failure::Internal("a password could not be hashed".to_owned()))
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
        let right =
            PasswordHash::new(&hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
        known && right
    };
    app.pools.passwords.run(work).await
}

/// What is wrong with a new password, if anything.
pub fn fault(password: &str) -> Option<String> {
    match password {
        p if p.chars().count() < SHORTEST => Some(format!("at least {SHORTEST} characters; a few words will do")),
        p if p.len() > LONGEST => Some(format!("at most {LONGEST} bytes")),
        _ => None,
    }
}
