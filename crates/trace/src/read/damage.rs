//! What is said, for people, of the parts of a file that were not read.

/// Lines that a message names.
const NAMED_LINES: usize = 10;

/// What is said of lines that are not JSON, for people: the first of them by number, and how many there are.
pub fn bad_lines(name: &str, first: &[u32], count: usize) -> String {
    format!("{name}: lines that are not JSON were dropped: {}", named(first, count))
}

/// What is said of objects in which a key is there more than once, for people, with their lines. Programs differ in which of
/// the values they take.
pub fn repeated_keys(name: &str, lines: &[u32]) -> Option<String> {
    let told =
        || format!("{name}: an object has the same key more than once, and only the first value was read: line ");
    (!lines.is_empty()).then(|| told() + &named(lines, lines.len()))
}

fn named(first: &[u32], count: usize) -> String {
    let shown: Vec<_> = first.iter().take(NAMED_LINES).map(u32::to_string).collect();
    let more = if count > NAMED_LINES { format!(" and {} more", count - NAMED_LINES) } else { String::new() };
    shown.join(", ") + &more
}

/// What is said of bytes of zero in a file of JSON, for people.
pub fn lost_block(name: &str, at: usize) -> String {
    format!("{name}: the file has bytes of zero from byte {at} on, where a part of it was lost")
}

/// What is said of lines with such bytes, for people.
pub fn lost_lines(name: &str, lines: &[u32]) -> Option<String> {
    let told = || format!("{name}: lines with bytes of zero, where a part of the file was lost, were dropped: ");
    (!lines.is_empty()).then(|| told() + &named(lines, lines.len()))
}

/// What is said of bytes that are not UTF-8, for people.
pub fn bad_utf8(name: &str, at: usize) -> String {
    format!("{name}: invalid UTF-8 at byte {at}; such bytes are shown as \u{FFFD}")
}

/// What is said of lines on which something else stands behind a record, for people.
pub fn rests(name: &str, lines: &[u32]) -> Option<String> {
    let told = || format!("{name}: text after a record on the same line is not JSON and was dropped: line ");
    (!lines.is_empty()).then(|| told() + &named(lines, lines.len()))
}
