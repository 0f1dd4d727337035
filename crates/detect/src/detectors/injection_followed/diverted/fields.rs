//! Fields of records in tools' answers, and the values in them.

use super::shape::{Argument, Shape};
use crate::detectors::injection_followed::unasked::LONGEST;
use crate::secrets::squeeze;
use crate::session::{Call, Session};

/// A longer value is no field's.
const NEAR: usize = 300;

/// Another value in the field of an argument's name, in a record that the call is about.
pub(super) fn other_value(
    session: &Session<'_>,
    call: &Call<'_>,
    arguments: &[Argument],
    argument: &Argument,
) -> Option<String> {
    let others: Vec<&Argument> =
        arguments.iter().filter(|a| a.range != argument.range && a.squeezed.len() >= 3).collect();
    let before = session.calls.iter().take_while(|c| c.event < call.event);
    let mut found = None;
    for earlier in before {
        let Some(answer) = earlier.result.as_ref().filter(|r| r.event < call.event) else { continue };
        let about = |text: &str| others.iter().any(|a| a.stands_in(text));
        let asked = || earlier.arguments.is_some_and(|a| about(&a.text));
        for text in answer.texts().filter(|t| t.text.len() <= LONGEST) {
            let mut values = values_of(&text.text, &argument.key);
            values.retain(|v| is_alike(v, argument));
            if !values.is_empty() && (asked() || about(&text.text)) {
                // Where the field has the call's own value, nothing differs.
                if values.iter().any(|v| squeeze(v) == argument.squeezed) {
                    return None;
                }
                found = values.pop();
            }
        }
    }
    found
}

/// True for a value of the same kind as the argument.
fn is_alike(value: &str, argument: &Argument) -> bool {
    match (&argument.shape, super::shape::number(value)) {
        (Shape::Number, number) => number.is_some_and(|n| n > 0.0),
        (_, Some(_)) => false,
        (Shape::Code(_) | Shape::Mail, None) => value.bytes().any(|b| b.is_ascii_digit() || b == b'@'),
        _ => value.len() >= 3 && value.split_whitespace().count() <= 10,
    }
}

/// The values in the fields of a text with a name: `"account": "…"`, `account: …`, or a column of a table.
fn values_of(text: &str, name: &str) -> Vec<String> {
    const MOST: usize = 16;
    let mut found = Vec::new();
    if name.len() < 3 {
        return found;
    }
    let folded = text.to_ascii_lowercase();
    for at in memchr::memmem::find_iter(folded.as_bytes(), name.as_bytes()).take(64) {
        let rest = &text[at + name.len()..];
        let begins = !text[..at].ends_with(|c: char| c.is_alphanumeric());
        let Some(value) = rest.trim_start_matches('"').trim_start().strip_prefix([':', '=']).filter(|_| begins) else {
            continue;
        };
        let value = value.trim_start_matches([' ', '"']);
        let end = value.find([',', '"', '\n', ';', '}', '|']).unwrap_or(value.len().min(NEAR));
        found.extend(value.get(..end).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()));
        if found.len() >= MOST {
            return found;
        }
    }
    let mut lines = text.lines();
    let Some(head) = lines.next().filter(|h| h.len() <= 1000) else { return found };
    let Some(separator) = [';', '|', '\t', ','].into_iter().find(|s| head.matches(*s).count() >= 2) else {
        return found;
    };
    let column = head.split(separator).position(|c| c.trim().eq_ignore_ascii_case(name));
    if let Some(column) = column {
        let cells = lines.filter_map(|l| l.split(separator).nth(column)).map(|c| c.trim().to_owned());
        found.extend(cells.filter(|c| !c.is_empty()).take(MOST));
    }
    found
}
