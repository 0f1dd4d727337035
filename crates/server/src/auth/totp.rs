//! Codes that change every 30 seconds (TOTP, RFC 6238, with SHA-1 and six digits, which every authenticator app knows).

use crate::secret::{self, NoRandomness};
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use ring::hmac;
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Seconds of a step.
const STEP: i64 = 30;
/// Steps before and after the present one whose codes count as well, for clocks that differ and people who type slowly.
const AROUND: i64 = 1;
/// Bytes of a secret: as RFC 4226 recommends.
const BYTES: usize = 20;

/// A new secret, in Base32, as apps take it.
///
/// # Errors
/// When the machine has no randomness.
pub fn new_secret() -> Result<String, NoRandomness> {
    Ok(BASE32_NOPAD.encode(&secret::bytes()?[..BYTES]))
}

/// The step of a time.
fn step(at: Timestamp) -> i64 {
    at.as_second().div_euclid(STEP)
}

fn code(key: &hmac::Key, step: i64) -> u32 {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[bytes.len() - 1] & 0x0f);
    let word = bytes[offset..offset + 4].iter().fold(0_u32, |word, b| (word << 8) | u32::from(*b));
    (word & 0x7fff_ffff) % 1_000_000
}

/// The step whose code this is, of those that count now. How long it takes does not tell how much of the code is right.
pub fn matching(secret: &str, given: &str, now: Timestamp) -> Option<i64> {
    let key = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let given: u32 = Some(given).filter(|g| g.len() == 6 && g.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let mut found = -1_i64;
    for step in step(now) - AROUND..=step(now) + AROUND {
        found.conditional_assign(&step, code(&key, step).ct_eq(&given));
    }
    (found >= 0).then_some(found)
}

/// What an app reads from the QR code.
pub fn uri(secret: &str, email: &str) -> String {
    let mut uri = url::form_urlencoded::Serializer::new(String::new());
    uri.append_pair("secret", secret).append_pair("issuer", "Hindcast");
    let label: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    // A plus sign stands for a blank in queries only.
    format!("otpauth://totp/Hindcast:{}?{}", label.replace('+', "%20"), uri.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        // The last six digits of the eight in appendix B.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(matching(&secret, expected, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn the_step_before_and_the_one_after_count_and_no_others() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        let code = "050471";
        let found = |seconds: i64| matching(&secret, code, at(1_111_111_110 + seconds));
        assert_eq!(
            [found(-31), found(-30), found(0), found(59), found(60)].map(|f| f.is_some()),
            [false, true, true, true, false]
        );
        for bad in ["", "50471", "0504710", "+50471", "０５０４７１", "05047a"] {
            assert_eq!(matching(&secret, bad, at(1_111_111_110)), None, "{bad}");
        }
        assert_eq!(matching("not base 32!", code, at(1_111_111_110)), None);
    }

    #[test]
    fn secrets_differ_and_fit_into_an_address() {
        let (a, b) = (new_secret().expect("random"), new_secret().expect("random"));
        assert!(a != b && a.len() == 32);
        let uri = uri(&a, "dana+x y@example.com");
        assert_eq!(uri, format!("otpauth://totp/Hindcast:dana%2Bx%20y%40example.com?secret={a}&issuer=Hindcast"));
    }
}
