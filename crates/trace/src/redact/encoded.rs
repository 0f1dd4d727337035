//! Values behind encodings. A copy of what is encoded is decoded, searched like any text, and what is found in it leads
//! back to the bytes that were written. Encodings inside encodings are undone to a bounded depth, and since no copy is longer
//! than what it was made of, the work stays linear in the text.

use super::ascending::Numbers;
use super::copy::{self, Copy, Edit};
use super::find;
use super::rules::{Kind, Rules};
use super::taken::{Found, Taken};
use super::view::View;
use super::{blob, decode, quoted, wrap};

/// Encodings inside encodings that are undone.
const DEEPEST: usize = 4;

/// Finds values behind encodings in a text, given where words for the sign of an address stand in it.
pub(super) fn find(rules: &Rules, text: &[u8], signs: Numbers<'_>, depth: usize, taken: &mut Taken) {
    if depth >= DEEPEST {
        return;
    }
    let room = taken.room;
    let Some(single) = decode::edits(text, signs.map(|sign| sign as usize), room) else { return };
    copies(rules, text, &single, depth, taken, |_, _| true);
    drop(single);
    let Some(mail) = quoted::edits(text, room) else { return };
    // Numbers need no encoding: one that only stands near an equals sign is looked at where it stands.
    copies(rules, text, &mail, depth, taken, |kind, inside| inside || kind == Kind::Secret);
    drop(mail);
    let breaks = wrap::edits(text, taken);
    copies(rules, text, &breaks, depth, taken, |kind, whole| kind == Kind::Iban || kind == Kind::Secret && whole);
    drop(breaks);
    blob::each(text, room, |range, read| {
        if taken.covers(&range) {
            return;
        }
        let Some(view) = View::of(&read, room) else { return };
        let view = view.into_text();
        drop(read);
        // The whole is masked if anything is found in it: two values tell as much as all of them.
        let Some(inner) = find::within(rules, &view, depth + 1, taken.ips, 2, room) else { return };
        let mut found = inner.found();
        let Some(first) = found.next() else { return };
        // One value and nothing else is the same value, however it is written.
        let same = found.next().is_none() && first.range == (0..view.len());
        let (kind, canonical) = match same {
            true => (first.kind, Some(first.canonical().into_owned())),
            false => (Kind::Secret, None),
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
    let (ips, room) = (taken.ips, taken.room);
    copy::around(text, edits, room, |copy: Copy| {
        let Some(inner) = find::within(rules, &copy.text, depth + 1, ips, usize::MAX, room) else { return };
        for found in inner.found() {
            let Some(range) = copy.back(&found.range) else { continue };
            let near = range.start.saturating_sub(NEAR)..range.end + 1;
            let first = edits.partition_point(|e| e.end() <= near.start);
            // What no encoding has to do with was looked at where it stands.
            let encoded = edits.get(first).is_some_and(|e| e.start() < near.end);
            let inside = edits.partition_point(|e| e.end() <= range.start);
            let inside = edits.get(inside).is_some_and(|e| e.start() < range.end);
            // No value goes on in another string.
            let whole = memchr::memchr(b'"', &text[range.clone()]).is_none();
            if encoded && whole && fits(found.kind, inside) {
                taken.cover(Found { kind: found.kind, range, canonical: Some(found.canonical().into_owned()) });
            }
        }
    });
}

/// How far before a value what announces it may be encoded.
const NEAR: usize = 96;
