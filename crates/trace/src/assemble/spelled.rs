//! Whether two sightings of a tool's result may be one, spelled in two ways.
//!
//! One instrumentation writes a result as the tool gave it, another wraps it in JSON or in Python's notation. What is said is the same
//! then, between other signs. A result in whose place something else stands is another result.

/// The words of a text, with one sign between them: a line break where there are signs of some notation, a blank where a person would
/// write what stands there within a sentence.
pub fn words(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut between = None;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            let inner = matches!(c, ' ' | '.' | '-' | '/' | '_' | '%' | '+');
            between = Some(if inner && between != Some('\n') { ' ' } else { '\n' });
            continue;
        }
        if let Some(sign) = between.take().filter(|_| !found.is_empty()) {
            found.push(sign);
        }
        found.extend(c.to_lowercase());
    }
    found
}

/// True where neither of two texts, as their words, is the other in another notation or a part of it.
pub fn contradict(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    // Nothing can be said of what has no words.
    !short.is_empty() && !within(short, long)
}

/// True where a text is a value of another one.
fn within(short: &str, long: &str) -> bool {
    let signs = long.as_bytes();
    long.match_indices(short).take(MANY).any(|(at, _)| {
        let begins = at == 0 || signs.get(at - 1) == Some(&b'\n');
        let ends = signs.get(at + short.len()).is_none_or(|sign| *sign == b'\n');
        begins && ends
    })
}

/// Places that are looked at.
const MANY: usize = 64;

#[cfg(test)]
mod tests {
    use super::{contradict, words};

    fn clash(one: &str, other: &str) -> bool {
        contradict(&words(one), &words(other))
    }

    #[test]
    fn another_notation_is_the_same_result_and_other_words_are_another() {
        for (one, other) in [
            ("delivered", r#"{"result": "delivered"}"#),
            (r#"{"a": 1, "b": "x y"}"#, "{'a': 1, 'b': 'x y'}"),
            (r#"{"a": "x"}"#, r#"[{"type": "text", "text": "{\"a\": \"x\"}"}]"#),
            ("", "lost"),
            ("Paid. Thanks", "content='Paid. Thanks' name='pay'"),
        ] {
            assert!(!clash(one, other) && !clash(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("delivered", "lost"),
            ("ok", "not ok"),
            ("1", "10"),
            (r#"{"order": "A1", "status": "delivered"}"#, r#"{"order": "A1", "status": "lost"}"#),
        ] {
            assert!(clash(one, other) && clash(other, one), "{one} {other}");
        }
    }
}
