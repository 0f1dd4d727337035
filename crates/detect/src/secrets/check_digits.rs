//! Check digits of numbers that name a person, as data: `check_digits` in `data/secrets.yaml`.

use serde::Deserialize;

/// How a number proves that it is one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckDigits {
    /// How many letters and digits it has.
    length: usize,
    scheme: Scheme,
    /// The weights of the digits, from the left.
    #[serde(default)]
    weights: Vec<u32>,
    #[serde(default)]
    modulo: u32,
    /// The letters that stand for the rests, in order.
    #[serde(default)]
    letters: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scheme {
    /// ISO/IEC 7812-1.
    Luhn,
    /// ISO 7064, MOD 11,10.
    Mod11_10,
    /// The weighted sum of all digits is a multiple of the modulus.
    Weighted,
    /// The weighted sum of the digits before it, taken from the modulus; 10 and 11 are 0.
    Complement,
    /// Two digits of the kind above, the second over the first; the weights count down to 2.
    TwoComplements,
    /// The digits before it, as one number modulo the modulus, name a letter.
    Letter,
    /// The last two digits and the number before them make a multiple of the modulus.
    Rest,
    /// The sum of values in odd and even places, modulo 26, is the last letter (Italy).
    OddEven,
    /// Verhoeff's scheme (India).
    Verhoeff,
}

impl CheckDigits {
    /// True when the number's check digits are right.
    pub fn holds(&self, text: &str) -> bool {
        let text: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase()).collect();
        if text.len() != self.length {
            return false;
        }
        let digits: Vec<u32> = text.iter().map(|b| u32::from(b.wrapping_sub(b'0'))).collect();
        let numeric = |d: &[u32]| d.iter().all(|d| *d < 10) && d.windows(2).any(|w| w[0] != w[1]);
        let last = digits[digits.len() - 1];
        let before = &digits[..digits.len() - 1];
        let sum = |d: &[u32]| d.iter().zip(&self.weights).map(|(d, w)| d * w).sum::<u32>();
        let modulo = self.modulo.max(2);
        match self.scheme {
            Scheme::OddEven => odd_even(&text),
            Scheme::Letter => {
                let rest = before.iter().fold(0, |r, d| (r * 10 + d) % modulo);
                numeric(before) && self.letters.as_bytes().get(rest as usize) == text.last()
            }
            _ if !numeric(&digits) => false,
            Scheme::Luhn => luhn(&digits),
            Scheme::Mod11_10 => {
                let product = before.iter().fold(10, |p, d| match (d + p) % 10 {
                    0 => 20 % 11,
                    s => s * 2 % 11,
                });
                (11 - product) % 10 == last
            }
            Scheme::Weighted => sum(&digits).is_multiple_of(modulo),
            Scheme::Complement => check(modulo - sum(before) % modulo) == last,
            Scheme::TwoComplements => {
                let of = |d: &[u32]| {
                    let sum: u32 = d.iter().rev().zip(2..).map(|(d, w)| d * w).sum();
                    check(modulo - sum % modulo)
                };
                let n = digits.len();
                n > 2 && of(&digits[..n - 2]) == digits[n - 2] && of(&digits[..n - 1]) == digits[n - 1]
            }
            Scheme::Rest => {
                let (number, key) = digits.split_at(digits.len().saturating_sub(2));
                let rest = number.iter().fold(0, |r, d| (r * 10 + d) % modulo);
                modulo - rest == key.iter().fold(0, |k, d| k * 10 + d)
            }
            Scheme::Verhoeff => verhoeff(&digits),
        }
    }
}

fn check(digit: u32) -> u32 {
    if digit >= 10 { 0 } else { digit }
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |d: u32| if d * 2 > 9 { d * 2 - 9 } else { d * 2 };
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 1 { doubled(*d) } else { *d }).sum();
    sum.is_multiple_of(10)
}

fn odd_even(text: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some((last, before)) = text.split_last() else { return false };
    let index = |b: u8| if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b - b'A') };
    let value = |(i, b): (usize, &u8)| if i % 2 == 0 { ODD[index(*b) as usize] } else { index(*b) };
    before.iter().enumerate().map(value).sum::<u32>() % 26 == index(*last) && last.is_ascii_alphabetic()
}

fn verhoeff(digits: &[u32]) -> bool {
    // The dihedral group of order ten, and the permutation by place.
    let multiply = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    const FIRST: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permute = |times: usize, digit: u32| (0..times % 8).fold(digit, |d, _| FIRST[d as usize]);
    digits.iter().rev().enumerate().fold(0, |c, (i, d)| multiply(c, permute(i, *d))) == 0
}

#[cfg(test)]
mod tests {
    use crate::secrets::rules;

    /// Numbers that the schemes' own descriptions give, and the same with one digit changed.
    #[test]
    fn check_digits_tell_numbers_from_others() {
        let file: serde_json::Value =
            serde_saphyr::from_str(include_str!("../../data/secrets.yaml")).expect("a readable file");
        for (name, good, bad) in [
            ("germany", "86095742719", "86095742718"),
            ("spain", "12345678Z", "12345678A"),
            ("italy", "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
            ("brazil", "529.982.247-25", "529.982.247-26"),
            ("poland", "44051401359", "44051401358"),
            ("netherlands", "111222333", "111222334"),
            ("sweden", "811218-9876", "811218-9875"),
            ("france", "255081416802538", "255081416802539"),
            ("india", "2345 6789 0124", "2345 6789 0125"),
        ] {
            let check: super::CheckDigits =
                serde_json::from_value(file["check_digits"][name].clone()).expect("a scheme");
            assert!(check.holds(good), "{name}: {good}");
            assert!(!check.holds(bad), "{name}: {bad}");
        }
        assert!(rules::rules().is_some());
    }
}
