//! Quoted-printable, as mails carry it: `=40` for a byte, and an equals sign at the end of a line that goes on in the next one.

use super::checks;
use super::copy::Edit;
use super::decode;
use super::room::{List, Pace, Room};

/// A line that is broken is about this long at least, unless something in it is encoded.
const LINE: usize = 40;
/// No line is longer (RFC 2045), in any text that keeps to it.
const LONGEST: usize = 80;

/// All of it in a text, in order and apart. `None` where there is no memory for it.
pub(super) fn edits<'r>(text: &[u8], room: &'r Room) -> Option<List<'r, Edit>> {
    let each = || {
        let mut pace = Pace::default();
        let places = memchr::memchr_iter(b'=', text);
        decode::apart(places.take_while(move |at| !pace.is_over(*at, room)).filter_map(|at| one(text, at)))
    };
    // Counted first: a list that grows takes twice as much.
    let mut edits = List::with_capacity(room, each().count())?;
    each().for_each(|edit| edits.push(edit));
    Some(edits)
}

fn one(text: &[u8], at: usize) -> Option<Edit> {
    match code(text, at) {
        // What needs no encoding is written as it is, and only a text that encodes everything has several in a row. `width=40em` stays.
        Some(byte) if byte.is_ascii_alphanumeric() => {
            let row =
                code(text, at + 3).is_some() || at.checked_sub(3).is_some_and(|before| code(text, before).is_some());
            row.then(|| Edit::of(at..at + 3, Some(byte)))
        }
        Some(byte) => Some(decode::byte(text, at, byte)),
        None => line_end(text, at).map(|end| Edit::of(at..end, None)),
    }
}

/// The byte that stands encoded at a place. Its digits are capitals, as the standard has them.
fn code(text: &[u8], at: usize) -> Option<u8> {
    match text.get(at..at + 3)? {
        [b'=', digits @ ..] if !digits.iter().any(u8::is_ascii_lowercase) => Some(decode::number(digits, 16)? as u8),
        _ => None,
    }
}

/// Where the next line begins, if an equals sign says that this one goes on in it. Base64 and empty settings end in one as well.
fn line_end(text: &[u8], at: usize) -> Option<usize> {
    // A line break that was an escape is one sign for each half.
    let end = match text[at + 1..] {
        [b'\r' | b'\n', b'\n', ..] => at + 3,
        [b'\n', ..] => at + 2,
        _ => return None,
    };
    text.get(end).filter(|b| !b.is_ascii_whitespace())?;
    let line = text[..at].iter().rev().take(LONGEST).take_while(|b| **b != b'\n').count();
    let line = &text[at - line..at];
    // In JSON, a quote stands before the first line.
    if line.len() == LONGEST && !line.contains(&b'"') {
        return None;
    }
    let is_encoded = || (0..line.len()).any(|place| code(line, place).is_some());
    if line.len() < LINE && !is_encoded() {
        return None;
    }
    let is_sign = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let word = line.iter().rev().take_while(|b| is_sign(b)).count();
    let is_base64 = word >= 7 && (word + 1).is_multiple_of(4) && checks::is_mixed(&line[line.len() - word..]);
    (!is_base64 && line.last() != Some(&b'=')).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Stop;
    use crate::redact::test_support::applied;

    fn read(text: &str) -> String {
        let room = Room::new(u64::MAX, &Stop::default());
        let edits = edits(text.as_bytes(), &room).expect("there is room");
        applied(text, edits.iter())
    }

    #[test]
    fn bytes_and_broken_lines_are_undone() {
        assert_eq!(read("a=40b =3D =C3=A9 =EF=BC=A0 =E2=80=8B."), "a@b = é @ .");
        assert_eq!(read("=72=75=74=68=40"), "ruth@");
        assert_eq!(read("size=41 x=3d =4G ="), "size=41 x=3d =4G =");
        let long = "This line is as long as the lines of a mail are, which b=";
        assert_eq!(read(&format!("{long}\nreaks")), format!("{}reaks", &long[..long.len() - 1]));
        assert_eq!(read(&format!("{long}\r\nreaks")), format!("{}reaks", &long[..long.len() - 1]));
        assert_eq!(read("short=20line=\nof it"), "short lineof it");
    }

    #[test]
    fn other_lines_that_end_in_an_equals_sign_are_not_joined() {
        for other in [
            "MAIL=\nHOST=x",
            &format!("powershell -EncodedCommand {}=\nexit", "JABjAHIA".repeat(12)),
            "a line that is as long as the lines of a mail are, with a blank behind =\n HOST",
            "the vector that was sent along with the message is q83vEjRWeJA=\nsupport",
            "the vector that was sent along with the message is q83vEjRWeA==\nsupport",
        ] {
            assert_eq!(read(other), other);
        }
    }
}
