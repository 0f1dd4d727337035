//! Keys that nothing announces and no prefix marks, known by the lengths of their parts: hexadecimal digits joined by hyphens.

use super::checks;
use super::room::Pace;
use super::rules::{Kind, Rules, Shape};
use super::taken::{Found, Taken};
use std::ops::Range;

pub(super) fn find(rules: &Rules, text: &[u8], taken: &mut Taken) {
    for shape in &rules.file.shapes {
        let (Some(first), Some(second)) = (shape.parts.first(), shape.parts.get(1)) else { continue };
        let mut pace = Pace::default();
        for at in memchr::memchr_iter(b'-', text) {
            if pace.is_over(at, taken.room) {
                return;
            }
            // Nearly every hyphen stands in a word, a date or a UUID.
            let next = text.get(at + 1 + second);
            if shape.parts.len() > 2 && next != Some(&b'-') {
                continue;
            }
            let Some(range) = at.checked_sub(*first).and_then(|start| key(shape, text, start)) else { continue };
            if taken.is_free(&range) {
                taken.add(Found { kind: Kind::Secret, range, canonical: None });
            }
        }
    }
}

/// The range of a key of this shape that begins at a place.
fn key(shape: &Shape, text: &[u8], start: usize) -> Option<Range<usize>> {
    let goes_on = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let mut end = start;
    // Where all behind the first part is digits, it is a date and a time behind a digest.
    let mut has_letter = false;
    for (nth, length) in shape.parts.iter().enumerate() {
        let part = text.get(end..end + length)?;
        if !part.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        has_letter |= nth > 0 && part.iter().any(u8::is_ascii_lowercase);
        end += length;
        if nth + 1 < shape.parts.len() {
            text.get(end).filter(|b| **b == b'-')?;
            end += 1;
        }
    }
    let alone = !goes_on(start.checked_sub(1).and_then(|b| text.get(b))) && !goes_on(text.get(end));
    (alone && has_letter && checks::entropy(&text[start..end]) >= 3.0).then_some(start..end)
}
