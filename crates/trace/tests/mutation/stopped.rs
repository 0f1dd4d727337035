//! Reading that nobody waits for any more ends, in the middle of any file.

use super::bases::{self, Base};
use super::{records, text};
use hindcast_trace::redact::{self, Masker, Refused};
use hindcast_trace::{Evidence, Limits, ReadError, Stop, read_within};

/// How many times the records of each base stand in its file.
const TIMES: usize = 60;

fn large(mut base: Base) -> Evidence {
    let once = records(&mut base).clone();
    for _ in 1..TIMES {
        records(&mut base).extend(once.iter().cloned());
    }
    Evidence::new("large.jsonl", text(&base).into_bytes())
}

fn within(stop: &Stop) -> Limits {
    Limits { stop: stop.clone(), ..Limits::default() }
}

#[test]
fn a_set_flag_ends_the_reading_of_every_format_early() {
    let mut late = Vec::new();
    for base in bases::all() {
        let (name, mut base) = (base.name, base);
        let once = records(&mut base).len() as u64;
        let file = large(base);
        let whole = Stop::after(u64::MAX);
        read_within(std::slice::from_ref(&file), &within(&whole)).ok();
        let all = whole.looks();
        assert!(all > TIMES as u64, "{name}: {all} looks");
        for tenth in 0..10 {
            let stop = Stop::after(all * tenth / 10);
            let read = read_within(std::slice::from_ref(&file), &within(&stop));
            assert!(matches!(read, Err(ReadError::Stopped)), "{name}, {tenth} of 10: {:?}", read.err());
            // Every loop that is under way looks once more and ends. Some readers take a list in first, and go over what they took.
            let more = stop.looks() - all * tenth / 10;
            // Here the copies are one run or one record that was seen so often: they cost little behind the first look at each.
            let seen = if name.starts_with("langsmith") || name == "pi" { once * TIMES as u64 } else { 0 };
            if more > (all - all * tenth / 10) / 2 + seen + 20 {
                late.push(format!("{name}, set behind {tenth} tenths of {all} looks: {more} more"));
            }
        }
    }
    assert!(late.is_empty(), "{}", late.join("\n"));
}

#[test]
fn a_set_flag_ends_masking_early() {
    let masker = Masker::new(&redact::parse_key(&"5".repeat(64)).unwrap()).unwrap();
    let said: String =
        (0..2000).map(|n| format!("Ada (ada{n}@example.org, +49 30 1234{n:04}) has the key of {n}.\n")).collect();
    let file = Evidence::new("said.txt", said.into_bytes());
    let whole = Stop::after(u64::MAX);
    redact::admit_within(&masker, &file, &within(&whole)).unwrap();
    let all = whole.looks();
    for tenth in 0..10 {
        let stop = Stop::after(all * tenth / 10);
        let masked = redact::admit_within(&masker, &file, &within(&stop));
        assert!(matches!(masked, Err(Refused::Stopped)), "{tenth} of 10");
        assert!(stop.looks() - all * tenth / 10 < 20, "{tenth} of 10");
    }
}

/// One string of one kind of piece is one record and one token: masking asks on the way through it, whatever stands there.
#[test]
fn a_set_flag_ends_masking_of_one_string() {
    const STRING: usize = 64 << 10;
    /// The longest way between two looks, in bytes.
    const WAY: usize = 16 << 10;
    let masker = Masker::new(&redact::parse_key(&"5".repeat(64)).unwrap()).unwrap();
    let (mut seldom, mut late) = (Vec::new(), Vec::new());
    for piece in [
        "1 ",
        "12 ",
        "GB82",
        "a",
        "@",
        "%41",
        "%2541",
        "&#65;",
        "a (at) b.c ",
        "ruth at kelp dot example ",
        "8fKq2LmZx91T\n",
        "cnV0aCBoZWxsbyB0aGVyZSBydXRoIGhlbGxvIHRoZXJl",
        "cnV0aCBoZWxsbyB0aGVyZSBydXRoIGhlbGxvIHRoZXJl ",
        "password=aB3-",
        "tel ",
        "\u{ad}",
        "\\\"",
    ] {
        let file = Evidence::new("one.txt", piece.repeat(STRING / piece.len()).into_bytes());
        let whole = Stop::after(u64::MAX);
        redact::admit_within(&masker, &file, &within(&whole)).unwrap();
        let all = whole.looks();
        if (all as usize) < STRING / WAY {
            seldom.push(format!("{piece:?}: {all} looks"));
        }
        for tenth in [1, 5, 9] {
            let set = all * tenth / 10;
            let stop = Stop::after(set);
            let masked = redact::admit_within(&masker, &file, &within(&stop));
            let more = stop.looks() - set;
            // Short runs ask once each, until the text is asked for.
            if !matches!(masked, Err(Refused::Stopped)) || more > 120 {
                late.push(format!("{piece:?}, set behind {tenth} tenths of {all} looks: {more} more"));
            }
        }
    }
    assert!(seldom.is_empty() && late.is_empty(), "{}", [seldom, late].concat().join("\n"));
}
