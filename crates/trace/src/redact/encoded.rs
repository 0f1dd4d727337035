//! Values behind encodings. A copy of what is encoded is decoded, searched like any text, and what is found in it leads
//! back to the bytes that were written. Encodings inside encodings are undone to a bounded depth, and since no copy is longer
//! than what it was made of, the work stays linear in the text.

use super::copy::{self, Copy, Edit};
use super::find::{self, Found, Taken};
use super::rules::{Kind, Rules};
use super::view::View;
use super::{blob, decode, wrap};

/// Encodings inside encodings that are undone.
const DEEPEST: usize = 4;

/// Finds values behind encodings in a text, given where words for the sign of an address stand in it.
pub(super) fn find(rules: &Rules, text: &[u8], signs: &[usize], depth: usize, taken: &mut Taken) {
    if depth >= DEEPEST {
        return;
    }
    let single = decode::edits(text, signs);
    copies(rules, text, &single, depth, taken, |_, _| true);
    let breaks = wrap::edits(text, taken);
    copies(rules, text, &breaks, depth, taken, |kind, whole| kind == Kind::Iban || kind == Kind::Secret && whole);
    blob::each(text, |range, read| {
        if taken.covers(&range) {
            return;
        }
        let view = View::of(&read);
        let inner = find::within(rules, &view.text, depth + 1, taken.room(), taken.ips, &taken.stop);
        let found: Vec<&Found> = inner.found().collect();
        let Some(first) = found.first() else { return };
        // One value and nothing else is the same value, however it is written.
        let same = found.len() == 1 && first.range == (0..view.text.len());
        let (kind, canonical) = match same {
            true => (first.kind, first.canonical.clone()),
            false => (Kind::Secret, text[range.clone()].to_vec()),
        };
        taken.cover(Found { kind, range, canonical });
    });
}

fn copies(
    rules: &Rules,
    text: &[u8],
    edits: &[Edit],
    depth: usize,
    taken: &mut Taken,
    fits: impl Fn(Kind, bool) -> bool,
) {
    copy::around(text, edits, |copy: Copy| {
        let inner = find::within(rules, &copy.text, depth + 1, taken.room(), taken.ips, &taken.stop);
        for found in inner.found() {
            let Some(range) = copy.back(&found.range) else { continue };
            let near = range.start.saturating_sub(NEAR)..range.end + 1;
            let first = edits.partition_point(|e| e.range.end <= near.start);
            // What no encoding has to do with was looked at where it stands.
            let encoded = edits.get(first).is_some_and(|e| e.range.start < near.end);
            let inside = edits.partition_point(|e| e.range.end <= range.start);
            let inside = edits.get(inside).is_some_and(|e| e.range.start < range.end);
            // No value goes on in another string.
            let whole = memchr::memchr(b'"', &text[range.clone()]).is_none();
            if encoded && whole && fits(found.kind, inside) {
                taken.cover(Found { kind: found.kind, range, canonical: found.canonical.clone() });
            }
        }
    });
}

/// How far before a value what announces it may be encoded.
const NEAR: usize = 96;
