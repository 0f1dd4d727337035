//! JSON that ends in the middle: an exporter's limit, or a file that was cut. Half of a value is nothing that anybody gave or answered.

use super::arguments::from_python;
use serde::de::IgnoredAny;
use serde_json::Value;

/// True for arguments, which are JSON wherever they are an object or a list, that end before they are complete.
pub fn arguments(text: &str) -> bool {
    ends_within(text).is_some()
}

/// The same for an answer, which may be any text: whoever writes it may forget the last bracket, and a tool may print the first
/// lines of a longer text by intent. So it has to break off within a string or, in one line, where a value has to follow.
pub fn answer(text: &str) -> bool {
    let expects = |text: &str| !text.contains('\n') && text.ends_with([',', ':']);
    ends_within(text).is_some_and(|within_string| within_string || expects(text.trim())) || is_open_string(text)
}

/// True for a JSON string that is not closed, as an answer that was encoded once more and then cut. Words may begin with a quote too, so
/// that it has to be long, or to hold what only an encoder writes.
fn is_open_string(text: &str) -> bool {
    const LONG: usize = 100;
    let text = text.trim();
    if !text.starts_with('"') || text.contains('\n') || text.len() < LONG && !text.contains("\\\"") {
        return false;
    }
    serde_json::from_str::<IgnoredAny>(text).is_err_and(|fault| fault.is_eof())
}

/// True for an answer in which a tool says that it could not read its arguments, in the words of common JSON parsers (Python, JavaScript,
/// Go, serde, Jackson, Gson, .NET): then the model wrote half of them, and nothing cut the record.
pub fn is_refused(text: &str) -> bool {
    const WORDS: [&str; 7] = [
        "unterminated",
        "unexpected end",
        "eof while parsing",
        "end of input",
        "end of data",
        "expecting",
        "invalid json",
    ];
    let start = text[..text.floor_char_boundary(1000)].to_ascii_lowercase().replace('-', " ");
    WORDS.iter().any(|words| start.contains(words))
}

/// True for arguments that are several objects, one behind the other: a proxy put the arguments of two calls together, or
/// a model wrote two answers. A tool can have received only one of them. Objects on lines of their own are JSON Lines, which a tool
/// may well be given.
pub fn are_several(text: &str) -> bool {
    let begins = |rest: &str| rest.trim_start_matches([' ', '\t']).starts_with('{');
    let may_be = text.split('}').skip(1).any(begins);
    may_be && (are_glued(text) || held(text).is_some_and(|inner| are_glued(&inner)))
}

fn are_glued(text: &str) -> bool {
    let behind = |text: &str| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let first = values.next().is_some_and(|value| value.is_ok());
        first && text[values.byte_offset()..].trim_start_matches([' ', '\t']).starts_with('{')
    };
    text.trim_start().starts_with('{') && (behind(text) || from_python(text).is_some_and(|text| behind(&text)))
}

/// What was put around arguments that are text: they were encoded twice, or a tracing library keeps them under a name of its own.
fn held(text: &str) -> Option<String> {
    const AROUND: [&str; 5] = ["input", "arguments", "args", "params", "parameters"];
    match serde_json::from_str(text).ok()? {
        Value::String(inner) => Some(inner),
        Value::Object(members) if members.len() == 1 => {
            let (key, value) = members.into_iter().next()?;
            if let Value::String(inner) = value { AROUND.contains(&key.as_str()).then_some(inner) } else { None }
        }
        _ => None,
    }
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
    use super::{answer, are_several, arguments, is_refused};

    #[test]
    fn a_parser_says_that_the_model_wrote_half() {
        for text in [
            "Error: Unterminated string starting at: line 1 column 68 (char 67)",
            "SyntaxError: Unexpected end of JSON input",
            "EOF while parsing an object at line 1 column 40",
            "com.fasterxml.jackson.core.io.JsonEOFException: Unexpected end-of-input in VALUE_STRING",
        ] {
            assert!(is_refused(text), "{text}");
        }
        for text in ["ok", "Error: no such mailbox", r#"{"status": "sent", "end": "2026-05-01"}"#] {
            assert!(!is_refused(text), "{text}");
        }
    }

    #[test]
    fn objects_in_a_row_are_several() {
        for text in [
            r#"{"a":1}{"b":2}"#,
            r#" {"a":"}{"}{"b":"#,
            r#"{"a":1} {"b":2}"#,
            r#"{}{"b":2}"#,
            "{'a': 1}{'b': \"it's\"}",
            r#"{"input":"{\"a\":1}{\"b\":2}"}"#,
            r#""{\"a\":1}{\"b\":2}""#,
        ] {
            assert!(are_several(text), "{text}");
        }
        for text in [
            r#"{"text":"{\"a\":1}{\"b\":2}"}"#,
            r#"{"input":"{a} {b}"}"#,
            r#"{"a":1}"#,
            r#"{"a":"}{"}"#,
            "{a}{b}",
            "[1]{}",
            "{\"a\":1}\n{\"b\":2}",
            "",
            "}{",
        ] {
            assert!(!are_several(text), "{text}");
        }
    }

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
    fn an_encoded_text_that_is_not_closed_is_cut() {
        assert!(answer(r#""{\"seats\": [\"4A\", \"4"#) && answer(&format!("\"{}", "seat ".repeat(30))));
        for text in [r#""4A" is free"#, "\"4A is free", r#""{\"seats\": 4}""#, "\"a \\\" b\nc"] {
            assert!(!answer(text), "{text}");
        }
    }

    #[test]
    fn the_first_lines_of_a_text_are_an_answer() {
        assert!(!answer("{\n  \"name\": \"x\",\n  \"scripts\": {\n"));
        assert!(answer("{\n  \"name\": \"x\",\n  \"scr"));
    }
}
