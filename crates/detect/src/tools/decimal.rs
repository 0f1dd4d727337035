//! Decimal arithmetic on numbers as they are written: 19.99 is a multiple of 0.01, whatever binary floats say.

/// True when `value` is a whole multiple of `step`; `None` where the numbers are too long to tell.
pub fn is_multiple(value: &str, step: &str) -> Option<bool> {
    let (v, v_scale) = parse(value)?;
    let (s, s_scale) = parse(step)?;
    let scale = v_scale.max(s_scale);
    let v = v.checked_mul(10i128.checked_pow(scale - v_scale)?)?;
    let s = s.checked_mul(10i128.checked_pow(scale - s_scale)?)?;
    v.checked_rem(s).map(|rest| rest == 0)
}

/// Digits and the number of them behind the point.
fn parse(number: &str) -> Option<(i128, u32)> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    if scale >= 0 {
        return Some((digits, scale as u32));
    }
    Some((digits.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_compared_as_written() {
        assert_eq!(is_multiple("19.99", "0.01"), Some(true));
        assert_eq!(is_multiple("1.1", "0.1"), Some(true));
        assert_eq!(is_multiple("-3e2", "1e1"), Some(true));
        assert_eq!(is_multiple("19.995", "0.01"), Some(false));
        assert_eq!(is_multiple("1", "0"), None);
        assert_eq!(is_multiple("1e400", "0.01"), None);
        assert_eq!(is_multiple("x", "0.01"), None);
    }
}
