//! What the tests of several rooms ask for.

use super::copy::Edit;

/// A text as its edits make it.
pub(super) fn applied<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>) -> String {
    let (mut out, mut at) = (Vec::new(), 0);
    for edit in edits {
        out.extend_from_slice(&text.as_bytes()[at..edit.start()]);
        out.extend(edit.byte);
        at = edit.end();
    }
    out.extend_from_slice(&text.as_bytes()[at..]);
    String::from_utf8_lossy(&out).into_owned()
}
