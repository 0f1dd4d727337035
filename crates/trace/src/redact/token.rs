//! Masks: what stands in a value's place.
//!
//! A mask is one word that needs no escape in JSON, YAML, a URL or code, says the kind of what it hides, and is equal for
//! equal values under one key. Digits and letters take turns in it, so that no part of a mask is ever taken for a number
//! again. An email address stays one; a card and a bank account keep their last four characters, as receipts do, since
//! people name them by these.

use super::rules::Kind;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Pairs of a digit and a letter: 56 bits.
const PAIRS: usize = 7;
/// Letters that no two of look alike.
const LETTERS: &[u8; 25] = b"abcdefghijkmnopqrstuvwxyz";
const DOMAIN: &str = "@masked.invalid";

/// The longest mask has so many bytes: that of an address.
pub(super) const LONGEST: usize = 6 + 2 * PAIRS + DOMAIN.len();

/// What masks are computed with, for all masks of a text.
pub(super) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // The key of a whole block, as HMAC pads it (RFC 2104).
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block.into())
}

/// The mask of a value of a kind. `canonical` is the value in the one spelling that all its spellings share.
pub(super) fn of(keyed: &Hmac<Sha256>, kind: Kind, canonical: &[u8]) -> String {
    let mut mac = keyed.clone();
    mac.update(kind.name().as_bytes());
    mac.update(&[0]);
    mac.update(canonical);
    let digest = mac.finalize().into_bytes();
    let mut mask = format!("{}-", kind.name());
    for pair in digest.chunks(4).take(PAIRS) {
        let number = pair.iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
        mask.push(char::from(b'0' + (number % 10) as u8));
        mask.push(char::from(LETTERS[(number / 10 % 25) as usize]));
    }
    match kind {
        Kind::Email => mask.push_str(DOMAIN),
        Kind::Card | Kind::Iban => {
            let last = canonical.get(canonical.len().saturating_sub(4)..).unwrap_or_default();
            mask.push('-');
            mask.extend(last.iter().map(|b| char::from(b.to_ascii_lowercase())));
        }
        _ => {}
    }
    mask
}

/// Where a mask ends that begins here; `None` where none begins.
pub(super) fn end(text: &[u8], start: usize, kind: Kind) -> Option<usize> {
    let mut at = start + kind.name().len() + 1;
    for _ in 0..PAIRS {
        let pair = text.get(at..at + 2)?;
        if !pair[0].is_ascii_digit() || !LETTERS.contains(&pair[1]) {
            return None;
        }
        at += 2;
    }
    match kind {
        Kind::Email => text.get(at..)?.starts_with(DOMAIN.as_bytes()).then_some(at + DOMAIN.len()),
        Kind::Card | Kind::Iban => {
            let last = text.get(at..at + 5)?;
            let fits = |b: &u8| b.is_ascii_digit() || b.is_ascii_lowercase() && kind == Kind::Iban;
            (last[0] == b'-' && last[1..].iter().all(fits)).then_some(at + 5)
        }
        _ => Some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_keyed_and_known_again() {
        let (key, other) = (keyed(&[7; 32]), keyed(&[8; 32]));
        let mask = of(&key, Kind::Email, b"ruth@kelpline.example");
        assert_eq!(mask, of(&key, Kind::Email, b"ruth@kelpline.example"));
        assert_ne!(mask, of(&other, Kind::Email, b"ruth@kelpline.example"));
        assert_ne!(mask, of(&key, Kind::Email, b"ruth@kelpline.invalid"));
        for kind in Kind::ALL {
            let mask = of(&key, kind, b"4111111111111111");
            assert!(mask.len() <= LONGEST, "{mask}");
            let text = format!("x{mask} y");
            assert_eq!(end(text.as_bytes(), 1, kind), Some(1 + mask.len()), "{mask}");
            assert_eq!(end(&text.as_bytes()[..mask.len()], 1, kind), None, "{mask} cut");
        }
        assert!(of(&key, Kind::Card, b"4111111111111111").ends_with("-1111"));
    }
}
