//! A text as somebody reads it who undoes its escapes: JSON's, HTML's and those of web addresses.

/// JSON inside JSON inside JSON: more layers are seen nowhere.
const LAYERS: usize = 3;

/// The text without its escapes; `None` where it has none.
pub fn decoded(text: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for _ in 0..LAYERS {
        let Some(next) = once(found.as_deref().unwrap_or(text)) else { break };
        found = Some(next);
    }
    found
}

fn once(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    memchr::memchr3(b'\\', b'%', b'&', bytes)?;
    let mut out = String::with_capacity(text.len());
    let (mut at, mut changed) = (0, false);
    while let Some(next) = memchr::memchr3(b'\\', b'%', b'&', &bytes[at..]).map(|n| at + n) {
        out.push_str(text.get(at..next)?);
        match escape(text, next) {
            Some((character, len)) => {
                out.push(character);
                at = next + len;
                changed = true;
            }
            None => {
                out.push(char::from(bytes[next]));
                at = next + 1;
            }
        }
    }
    out.push_str(text.get(at..)?);
    changed.then_some(out)
}

/// The character that an escape stands for, and the escape's length.
fn escape(text: &str, at: usize) -> Option<(char, usize)> {
    let rest = &text[at..];
    let hex = |range: std::ops::Range<usize>| u32::from_str_radix(rest.get(range)?, 16).ok();
    match rest.as_bytes() {
        [b'\\', b'u', ..] => Some((char::from_u32(hex(2..6)?)?, 6)),
        [b'\\', b'n' | b'r' | b't', ..] => Some((' ', 2)),
        [b'\\', c @ (b'"' | b'\\' | b'/' | b'\''), ..] => Some((char::from(*c), 2)),
        [b'%', first, ..] => {
            // One character of one to three bytes, as UTF-8.
            let len = match first {
                b'0'..=b'7' => 1,
                b'E' | b'e' => 3,
                _ => 2,
            };
            let bytes: Option<Vec<u8>> = (0..len)
                .map(|i| rest.get(i * 3..i * 3 + 3)?.strip_prefix('%').and_then(|h| u8::from_str_radix(h, 16).ok()))
                .collect();
            let bytes = bytes?;
            let character = std::str::from_utf8(&bytes).ok()?.chars().next()?;
            Some((character, len * 3))
        }
        [b'&', ..] => {
            let end = rest.as_bytes().iter().take(10).position(|b| *b == b';')?;
            let name = rest.get(1..end)?;
            let character = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => ' ',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let value = match number.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(value)?
                }
            };
            Some((character, end + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_of_every_kind_are_undone_at_any_depth() {
        let of = |t: &str| decoded(t).unwrap_or_default();
        assert_eq!(of(r#"{\"a\": \"it\u2019s\"}"#), "{\"a\": \"it’s\"}");
        assert_eq!(of(r#"\\\"x\\u0041\\n\""#), "\"xA \"");
        assert_eq!(of("a%40b.example%2Fx%C3%A9%E2%82%AC"), "a@b.example/xé€");
        assert_eq!(of("R&amp;D &#39;x&#x41;"), "R&D 'xA");
        assert_eq!(decoded("50% off & more"), None);
        assert_eq!(decoded("plain"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[\\\\%&#;u0-9a-fxé€ ]{0,40}") {
            let _ = decoded(&text);
        }
    }
}
