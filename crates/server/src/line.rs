//! Text that people and programs send, before anything else looks at it. A name, a title, a tag is one line that can be seen as it is: a character
//! that turns the reading order around, breaks the line or cannot be seen would show other people something else than what is stored.
//!
//! The readers of forms and of JSON ask here for every field, so that a new field is one line unless it is listed as longer.

use crate::failure::{Failure, Field};
use hindcast_render::visible::is_hidden;
use serde_json::Value;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Prose, which may quote a trace as it is. In a form, the part of the name before a colon.
const PROSE: [&str; 4] = ["summary", "text", "answer", "notes"];
/// Reasons and notes: several lines, and nothing hidden.
const LINES: [&str; 8] =
    ["reason", "severity_reason", "action-reason", "note", "waiver", "counterfactual", "verification", "action-proof"];
/// What is neither stored nor shown: what proves who asks, and the page to return to, which has a check of its own.
const OPAQUE: [&str; 6] = ["password", "code", "old", "new", "secret", "next"];

/// What a field may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Line,
    Lines,
    Any,
}

fn shape(field: &str) -> Shape {
    let name = field.split(':').next().unwrap_or(field);
    match () {
        () if PROSE.contains(&name) || OPAQUE.contains(&name) => Shape::Any,
        () if LINES.contains(&name) => Shape::Lines,
        () => Shape::Line,
    }
}

/// True for a character that cannot be seen, looks like a blank, or changes how others are read. Line breaks and joiners are not among them.
pub fn hides(c: char) -> bool {
    is_hidden(c)
        || matches!(c, '\u{34f}' | '\u{2800}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0d}' | '\u{fff0}'..='\u{fff8}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        // Private use and what is no character: fonts show nothing, or anything.
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Joiners and the selectors of emoji, which scripts and emoji need.
fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

/// Scripts whose letters take other forms beside a joiner: Arabic to Sinhala, Myanmar, Khmer, Mongolian, and Arabic's older forms.
fn takes_joiners(c: char) -> bool {
    let script = matches!(c, '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fefc}');
    script && (c.is_alphabetic() || is_combining_mark(c))
}

fn is_symbol(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}') && !c.is_alphabetic()
}

/// True where a joiner at this place does something: elsewhere nobody sees it.
fn is_joined(c: char, before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), after) = (before, after.unwrap_or(' ')) else { return false };
    let is_emoji = |c: char| is_symbol(c) || matches!(c, '\u{fe0f}');
    match c {
        '\u{fe0e}' | '\u{fe0f}' => is_symbol(before) || (after == '\u{20e3}' && before.is_ascii()),
        '\u{200d}' if is_emoji(before) => is_symbol(after),
        _ => takes_joiners(before) && takes_joiners(after),
    }
}

fn hidden_in_line(text: &str) -> Option<char> {
    let chars: Vec<char> = text.chars().collect();
    let at = |nth: usize| chars.get(nth).copied();
    chars.iter().enumerate().find_map(|(nth, c)| {
        let joined = || is_joined(*c, nth.checked_sub(1).and_then(at), at(nth + 1));
        (hides(*c) || matches!(c, '\n' | '\t') || (joins(*c) && !joined())).then_some(*c)
    })
}

/// What is wrong with a text of one line, behind the name of its field. Blanks around it do not count.
pub fn fault(text: &str) -> Option<String> {
    let text = text.trim();
    let seen = |c: char| !c.is_whitespace() && !is_combining_mark(c) && !joins(c);
    match hidden_in_line(text) {
        Some(c) => Some(told(c)),
        None if !text.is_empty() && !text.chars().any(seen) => Some("contains nothing that can be seen".to_owned()),
        None => None,
    }
}

fn told(c: char) -> String {
    let what = match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break",
        '\t' => "a tab",
        _ => "an invisible character",
    };
    format!("contains {what} (U+{:04X}); remove it", u32::from(c))
}

/// What is wrong with a text of several lines.
pub fn fault_in_lines(text: &str) -> Option<String> {
    text.replace("\r\n", "\n").chars().find(|c| hides(*c)).map(told)
}

/// A text of one line without what is hidden, for names that nobody typed.
pub fn cleaned(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !hides(*c)).nfc().collect();
    match fault(&text) {
        None => text.trim().to_owned(),
        Some(_) => text.chars().filter(|c| !joins(*c)).collect::<String>().trim().to_owned(),
    }
}

/// Checks one field and composes its characters (NFC), so that what looks the same is the same.
fn check(field: &str, text: &mut String) -> Option<String> {
    let fault = match shape(field) {
        Shape::Any => return None,
        Shape::Lines => fault_in_lines(text),
        Shape::Line => fault(text),
    };
    if !is_nfc(text) {
        *text = text.nfc().collect();
    }
    fault
}

/// Checks the fields of a form.
///
/// # Errors
/// With the first that is wrong.
pub fn form(fields: &mut [(String, String)], label: impl Fn(&str) -> String) -> Result<(), Failure> {
    for (name, value) in fields {
        if let Some(fault) = check(name, value) {
            return Err(Failure::Invalid(format!("{}: it {fault}.", label(name))));
        }
    }
    Ok(())
}

/// Checks the texts of a JSON body.
///
/// # Errors
/// With all that are wrong.
pub fn json(body: &mut Value) -> Result<(), Failure> {
    let mut faults = Vec::new();
    within(body, "", "", &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Failure::Fields(faults)) }
}

fn within(value: &mut Value, field: &str, place: &str, faults: &mut Vec<Field>) {
    /// Faults told at most.
    const TOLD: usize = 20;
    let inside = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match value {
        Value::String(text) if faults.len() < TOLD => {
            faults.extend(check(field, text).map(|what| Field { field: place.to_owned(), what }));
        }
        Value::Array(all) => {
            all.iter_mut().enumerate().for_each(|(nth, v)| within(v, field, &inside(&nth.to_string()), faults));
        }
        Value::Object(all) => all.iter_mut().for_each(|(key, v)| within(v, key, &inside(key), faults)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_seen_as_it_is_stored() {
        for fine in [
            "",
            " Ada Lovelace ",
            "山田 太郎",
            "O’Neil-Śmith (SRE)",
            "👩\u{200d}🚒 on call ❤\u{fe0f}",
            "1\u{fe0f}\u{20e3} first",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "Zoe\u{308}",
            "©\u{fe0f}",
        ] {
            assert_eq!(fault(fine), None, "{fine:?}");
        }
        for c in [
            '\u{202e}',
            '\n',
            '\r',
            '\t',
            '\u{b}',
            '\u{85}',
            '\u{2028}',
            '\u{2029}',
            '\u{200b}',
            '\u{ad}',
            '\u{7}',
            '\u{2066}',
            '\u{2800}',
            '\u{3164}',
            '\u{115f}',
            '\u{1160}',
            '\u{ffa0}',
            '\u{34f}',
            '\u{61c}',
            '\u{feff}',
            '\u{e0041}',
            '\u{180e}',
            '\u{180b}',
            '\u{fe00}',
            '\u{e0100}',
            '\u{e000}',
            '\u{ffff}',
            '\u{10ffff}',
            '\u{200c}',
            '\u{200d}',
            '\u{fe0f}',
            '\u{fffb}',
            '\u{1d173}',
        ] {
            let found = fault(&format!("Ada{c}Eve")).unwrap_or_default();
            assert!(found.contains(&format!("(U+{:04X})", u32::from(c))), "{c:?}: {found}");
        }
        for blank in ["\u{2800}", "\u{3164}", "\u{301}", "\u{200d}", "a\u{200c}"] {
            assert!(fault(blank).is_some(), "{blank:?}");
        }
    }

    #[test]
    fn every_field_is_one_line_unless_it_is_listed() {
        let mut body = serde_json::json!({
            "title": "Ti\ntle", "reason": "one\ntwo", "summary": "as \u{202e}is", "password": "a\u{200b}",
            "times": [{ "source": "a\u{2066}" }], "whatever": "e\u{301}", "note": "x\u{200b}"
        });
        let Err(Failure::Fields(faults)) = json(&mut body) else { panic!("is refused") };
        let fields: Vec<_> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields.len(), 3);
        assert!(["title", "times.0.source", "note"].iter().all(|f| fields.contains(f)), "{fields:?}");
        assert_eq!(body["whatever"], "\u{e9}");
        assert!(faults[0].what.contains("U+"));
    }

    #[test]
    fn a_name_that_nobody_typed_is_cleaned() {
        assert_eq!(cleaned(" a\u{202e}b\u{200d}.js\non "), "ab.js on");
        assert_eq!(cleaned("\u{200b}\u{2800}"), "");
        assert_eq!(cleaned("e\u{301}👩\u{200d}🚒"), "\u{e9}👩\u{200d}🚒");
    }
}
