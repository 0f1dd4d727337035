//! Arithmetic that tells values from what looks like them.

/// Luhn's check digit (ISO/IEC 7812-1).
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b.wrapping_sub(b'0'));
            match (i % 2, digit * 2) {
                (0, _) => digit,
                (_, twice) if twice > 9 => twice - 9,
                (_, twice) => twice,
            }
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|b| *b != b'0')
}

/// The check digits of an IBAN (ISO 13616), of letters and digits in upper case: the number modulo 97 is 1.
pub(super) fn mod97(iban: &[u8]) -> bool {
    let Some((head, tail)) = iban.split_at_checked(4) else { return false };
    let rest = tail.iter().chain(head).fold(0u32, |rest, &b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.saturating_sub(b'A')) + 10) % 97,
    });
    rest == 1
}

/// Shannon's entropy in bits per byte.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    text.iter().for_each(|b| counts[usize::from(*b)] += 1);
    let n = text.len().max(1) as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / n).map(|p| -p * p.log2()).sum()
}

/// True for what no word of a sentence and no name in code is: it has a digit, or signs within, or small letters and
/// capitals in no order.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let inner = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let rises = value.windows(2).filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase()).count();
    value.iter().any(u8::is_ascii_digit)
        || inner.iter().any(|b| b.is_ascii_punctuation() && !matches!(b, b'-' | b'\'' | b'.' | b'/' | b'_' | b':'))
        || rises * 5 >= value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        assert!(luhn(b"4242424242424242") && !luhn(b"4242424242424241") && !luhn(b"0000000000000000"));
        assert!(mod97(b"GB82WEST12345698765432") && !mod97(b"GB82WEST12345698765433") && !mod97(b"GB8"));
        assert!(entropy(b"aaaaaaaa") < 0.1 && entropy(b"7hRk29QmTzXv4LpB8sNd") > 4.0);
    }
}
