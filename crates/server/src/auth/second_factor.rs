//! What a person gives as a code: one of their authenticator app, or a recovery code.

use super::totp;
use crate::secret::{self, NoRandomness};
use data_encoding::BASE32_NOPAD;
use hindcast_store::second_factors::{self, SecondFactor};
use hindcast_store::{Act, StoreError, Tx};
use jiff::Timestamp;

/// Recovery codes of a second factor.
pub const CODES: usize = 10;
/// Random bytes of one: a plain hash of so many tells nothing.
const BYTES: usize = 10;
/// Bytes of what is read as a code.
const LONGEST: usize = 64;

/// Recovery codes that were just made. They have no `Debug`, so that they get into no log.
pub struct RecoveryCodes {
    /// As a person keeps them; shown once.
    pub shown: Vec<String>,
    /// As the record keeps them.
    pub hashes: Vec<String>,
}

/// Makes the recovery codes of an account.
///
/// # Errors
/// When the machine has no randomness.
pub fn recovery_codes(account: &str) -> Result<RecoveryCodes, NoRandomness> {
    let mut codes = RecoveryCodes { shown: Vec::new(), hashes: Vec::new() };
    for _ in 0..CODES {
        let code = BASE32_NOPAD.encode(&secret::bytes()?[..BYTES]).to_lowercase();
        codes.hashes.push(hash(account, &code));
        codes.shown.push(grouped(&code));
    }
    Ok(codes)
}

/// In groups of four, which are easier to copy.
pub fn grouped(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn hash(account: &str, code: &str) -> String {
    secret::digest(&[b"recovery code", account.as_bytes(), code.as_bytes()])
}

/// A code that may prove something; whether it does is asked with [`accept`].
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// That of a step.
    App(i64),
    /// A recovery code, by its hash.
    Recovery(String),
}

/// Reads what a person of an account typed. `None` if it is the code of no step that counts, and cannot be a recovery code.
pub fn read(text: &str, factor: &SecondFactor, account: &str, now: Timestamp) -> Option<Code> {
    if text.len() > LONGEST {
        return None;
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let text = text.to_ascii_lowercase();
    match text.len() {
        6 => totp::matching(&factor.secret, &text, now).map(Code::App),
        _ if text.len() == (BYTES * 8).div_ceil(5) => Some(Code::Recovery(hash(account, &text))),
        _ => None,
    }
}

/// Uses the actor's code up. False if it was used before, or is none of theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn accept(tx: &mut Tx, act: Act<'_>, code: &Code) -> Result<bool, StoreError> {
    match code {
        Code::App(step) => second_factors::accept(tx, &act.by.account, *step).await,
        Code::Recovery(hash) => second_factors::use_code(tx, act, hash).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        let codes = recovery_codes("ana").expect("random");
        let (now, factor) = (
            "2026-11-25T10:00:00Z".parse().expect("a time"),
            SecondFactor { secret: totp::new_secret().expect("random"), since: Timestamp::UNIX_EPOCH, codes_left: 10 },
        );
        assert_eq!((codes.shown.len(), codes.shown[0].len()), (CODES, 19));
        let read = |text: &str, account| read(text, &factor, account, now);
        let right = Some(Code::Recovery(codes.hashes[0].clone()));
        let code = &codes.shown[0];
        for typed in
            [code.clone(), code.to_uppercase(), code.replace('-', " "), format!("  {} ", code.replace('-', ""))]
        {
            assert!(read(&typed, "ana") == right, "{typed}");
        }
        assert!(read(code, "bob") != right, "the hash is of one account");
        for none in ["", "000000 0", "x", &"a".repeat(100), &code[..18]] {
            assert!(read(none, "ana").is_none(), "{none}");
        }
    }
}
