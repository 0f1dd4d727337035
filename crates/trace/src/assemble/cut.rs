//! JSON that ends in the middle: an exporter's limit, or a file that was cut. Half of a value is nothing that anybody gave or answered.

use serde::de::IgnoredAny;

/// True for arguments, which are JSON wherever they are an object or a list, that end before they are complete.
pub fn arguments(text: &str) -> bool {
    ends_within(text).is_some()
}

/// The same for an answer, which may be any text: whoever writes it may forget the last bracket, and a tool may print the first
/// lines of a longer text by intent. So it has to break off within a string or, in one line, where a value has to follow.
pub fn answer(text: &str) -> bool {
    let expects = |text: &str| !text.contains('\n') && text.ends_with([',', ':']);
    ends_within(text).is_some_and(|within_string| within_string || expects(text.trim()))
}

/// For an object or a list that is not closed, whether its text ends within a string.
fn ends_within(text: &str) -> Option<bool> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let fault = serde_json::from_str::<IgnoredAny>(text).err().filter(serde_json::Error::is_eof)?;
    // A bracket alone begins much that is no JSON.
    let begun = text.trim().len() > 1;
    begun.then(|| fault.to_string().starts_with("EOF while parsing a string"))
}

#[cfg(test)]
mod tests {
    use super::{answer, arguments};

    #[test]
    fn what_is_not_closed_is_cut() {
        for text in [r#"{"a": "b"#, r#"[{"a": 1}, "#, r#" {"a":"#] {
            assert!(arguments(text) && answer(text), "{text}");
        }
        for text in [r#"{"a": {"b": 1}"#, "[1, 2", r#"{"a": "b""#] {
            assert!(arguments(text) && !answer(text), "{text}");
        }
        for text in [r#"{"a": 1}"#, "[ -f x ] && make", "{'a': 'b", "{", "", "word", r#"{"a":1}{"b":"#, "[INFO] began"]
        {
            assert!(!arguments(text) && !answer(text), "{text}");
        }
    }

    #[test]
    fn the_first_lines_of_a_text_are_an_answer() {
        assert!(!answer("{\n  \"name\": \"x\",\n  \"scripts\": {\n"));
        assert!(answer("{\n  \"name\": \"x\",\n  \"scr"));
    }
}
