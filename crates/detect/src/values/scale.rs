//! Amounts that are written short: `64K`, `€3.2M`, `20 million euros`.

/// The factor that stands behind a number which ends at `end`, and how long its word is.
pub fn factor(text: &str, end: usize) -> Option<(i64, usize)> {
    let rest = text.as_bytes().get(end..)?;
    let blank = usize::from(rest.first() == Some(&b' '));
    let word = &rest[blank..];
    let len = word.iter().take(9).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = word.get(..len)?;
    // What goes on with a digit is a code: `5k3`.
    if rest.get(blank + len).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let named = |words: &[&[u8]]| words.iter().any(|w| word.eq_ignore_ascii_case(w));
    // A single letter belongs to the number only where nothing parts them; `m` may be meters.
    let factor = match (blank, word) {
        (0, b"k" | b"K") => 1_000,
        (0, b"M" | b"m") => 1_000_000,
        (0, b"B") => 1_000_000_000,
        _ if named(&[b"thousand"]) => 1_000,
        _ if named(&[b"million", b"mio", b"mn"]) => 1_000_000,
        _ if named(&[b"billion", b"bn"]) => 1_000_000_000,
        _ => return None,
    };
    Some((factor, blank + len))
}

/// The step between amounts that would be written the same, in cents: 10,000,000 for `€3.2M`. `None` for an amount that is not
/// written short.
pub fn step(written: &str) -> Option<i64> {
    let end = written.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (factor, _) = factor(written, end)?;
    let number = &written[..end];
    let decimals = number.rsplit_once('.').map_or(0, |(_, d)| d.len());
    (0..decimals.min(9)).try_fold(factor * 100, |step, _| (step >= 10).then_some(step / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_amounts_have_a_factor_and_a_step() {
        let of = |t: &str| factor(t, t.rfind(|c: char| c.is_ascii_digit()).map_or(0, |i| i + 1)).map(|f| f.0);
        assert_eq!(of("$64K"), Some(1_000));
        assert_eq!(of("€3.2M"), Some(1_000_000));
        assert_eq!(of("20 million euros"), Some(1_000_000));
        assert_eq!(of("5 k"), None);
        assert_eq!(of("12 meters"), None);
        assert_eq!(factor("5k3", 1), None);
        assert_eq!(step("€3.2M"), Some(10_000_000));
        assert_eq!(step("$64K"), Some(100_000));
        assert_eq!(step("$64"), None);
    }
}
