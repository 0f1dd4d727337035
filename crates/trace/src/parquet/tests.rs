use super::*;
use crate::test_support::every_text_is_where_it_says;
use crate::unwrap::{Codec, UnwrapError, measure as measured, unwrap};
use crate::{Evidence, Limits, ReadError, read};
use std::fmt::Write as _;

const KINDS: &[u8] = include_bytes!("../../tests/fixtures/parquet/kinds.parquet");
const CHAT: &[u8] = include_bytes!("../../tests/fixtures/parquet/chat.parquet");
const ENCODINGS: [&[u8]; 2] = [
    include_bytes!("../../tests/fixtures/parquet/encodings-1.parquet"),
    include_bytes!("../../tests/fixtures/parquet/encodings-2.parquet"),
];

fn text(bytes: &[u8]) -> String {
    let (json, lost) = to_json(bytes, 1 << 20, &Stop::default()).expect("reads");
    assert_eq!(lost, None);
    String::from_utf8(json).expect("UTF-8")
}

fn refused(bytes: &[u8]) -> Fault {
    to_json(bytes, 1 << 20, &Stop::default()).expect_err("refused")
}

#[test]
fn a_value_of_each_kind_keeps_what_it_says() {
    assert_eq!(text(KINDS), include_str!("../../tests/fixtures/parquet/kinds.jsonl"));
}

#[test]
fn encodings_are_read_in_both_versions_of_pages() {
    let mut told = String::new();
    for n in 0..300i64 {
        let delta = n * n * if n % 2 == 0 { 1 } else { -1 };
        let (small, length, split) = (n % 7, "x".repeat(n as usize % 5), n as f64 / 4.0);
        let truth = if n % 11 == 0 { String::new() } else { format!(r#","truth":{}"#, n % 3 == 0) };
        let _ = writeln!(
            told,
            r#"{{"delta":{delta},"small":{small},"suffix":"order-{n:04}","length":"{length}","split":{split:?}{truth}}}"#
        );
    }
    ENCODINGS.into_iter().for_each(|bytes| assert_eq!(text(bytes), told));
}

#[test]
fn quotes_have_their_place_in_the_rows() {
    let evidence = [Evidence::new("chat.parquet", CHAT.to_vec())];
    let sessions = read(&evidence).expect("reads").sessions;
    assert_eq!(crate::test_support::texts(&sessions[0]), ["Is order 7 paid?", "Yes, it is."]);
    every_text_is_where_it_says(&sessions[0], &evidence);
    assert_eq!(Codec::sniff(CHAT).map(Codec::name), Some("parquet"));
    assert_eq!(Codec::from_name("parquet"), Some(Codec::Parquet));
}

#[test]
fn a_table_is_measured_without_being_kept() {
    for bytes in [KINDS, CHAT, ENCODINGS[0]] {
        let size = text(bytes).len() as u64;
        assert_eq!(measured(bytes, &Limits::default()), Ok(size));
        assert_eq!(
            measured(bytes, &Limits { unpacked: size - 1, ..Limits::default() }),
            Err(UnwrapError::TooLarge { limit_mib: 0 })
        );
    }
}

#[test]
fn a_cut_file_is_refused_and_nothing_panics() {
    for whole in [KINDS, CHAT, ENCODINGS[0], ENCODINGS[1]] {
        for at in 4..whole.len() {
            assert!(matches!(refused(&whole[..at]), Fault::Broken(_)), "{at}");
        }
    }
    let error = read(&[Evidence::new("chat.parquet", CHAT[..CHAT.len() - 1].to_vec())]).expect_err("refused");
    assert!(matches!(&error, ReadError::Wrapped { .. }), "{error}");
    assert!(error.to_string().contains("its end is missing"), "{error}");
}

#[test]
fn no_byte_can_make_it_panic_or_go_on() {
    for (whole, step) in [(CHAT, 1), (KINDS, 17), (ENCODINGS[1], 61)] {
        let mut bytes = whole.to_vec();
        for at in (4..bytes.len()).step_by(step) {
            for value in [0, 1, 0x7f, 0xff] {
                let before = std::mem::replace(&mut bytes[at], value);
                let _ = to_json(&bytes, 1 << 20, &Stop::default());
                bytes[at] = before;
            }
        }
    }
}

#[test]
fn damage_costs_the_rows_of_its_group_and_is_told() {
    let mut bytes = KINDS.to_vec();
    bytes[4] = 0xff;
    let (json, lost) = to_json(&bytes, 1 << 20, &Stop::default()).expect("reads");
    assert_eq!(json.split(|b| *b == b'\n').count(), 2, "the last row, and nothing after its line end");
    assert_eq!(lost.as_deref(), Some("2 of 3 rows of the Parquet file were dropped: its metadata is damaged"));
}

#[test]
fn what_is_larger_than_allowed_is_refused() {
    assert_eq!(to_json(KINDS, 100, &Stop::default()), Err(Fault::TooLarge));
    assert_eq!(to_json(ENCODINGS[0], 4000, &Stop::default()), Err(Fault::TooLarge));
    let stop = Stop::default();
    stop.set();
    assert_eq!(to_json(KINDS, 1 << 20, &stop), Err(Fault::Stopped));
}

fn varint_of(mut number: u64, into: &mut Vec<u8>) {
    while number > 127 {
        into.push(number as u8 | 128);
        number >>= 7;
    }
    into.push(number as u8);
}

/// An element of a schema: a group of so many, or a column of integers.
fn element(children: u64) -> Vec<u8> {
    let mut bytes = if children == 0 { vec![0x15, 2, 0x25, 0] } else { vec![0x35, 0] };
    bytes.extend([0x18, 1, b'a']);
    if children > 0 {
        bytes.push(0x15);
        varint_of(children * 2, &mut bytes);
    }
    bytes.push(0);
    bytes
}

/// A file with this schema and a group of so many rows.
fn file(schema: &[u64], rows: u64) -> Vec<u8> {
    let mut footer = vec![0x15, 2, 0x19, 0xfc];
    varint_of(schema.len() as u64, &mut footer);
    schema.iter().for_each(|children| footer.extend(element(*children)));
    footer.extend([0x29, 0x1c, 0x19, 0x0c, 0x26]);
    varint_of(rows * 2, &mut footer);
    footer.extend([0, 0]);
    [b"PAR1", &footer[..], &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

#[test]
fn a_schema_that_is_no_table_is_refused() {
    let deep = [vec![1; 5_000], vec![0]].concat();
    assert_eq!(refused(&file(&deep, 0)), Fault::Beyond("its columns are nested deeper than 32 levels".to_owned()));
    let wide = [vec![10_001], vec![0; 10_001]].concat();
    assert_eq!(refused(&file(&wide, 0)), Fault::Beyond("it has more than 10000 columns".to_owned()));
    let long = file(&[1, 0], 10_000_001);
    assert_eq!(refused(&long), Fault::Beyond("it has more than 10000000 rows".to_owned()));
    assert_eq!(
        unwrap(Codec::Parquet, &long).expect_err("refused").to_string(),
        "it has more than 10000000 rows".to_owned()
    );
    assert!(matches!(refused(&file(&[1_000_000_000, 0], 0)), Fault::Broken(_)));
    assert!(matches!(refused(&file(&[1, 0], 5)), Fault::Broken(_)), "rows without pages");
    assert_eq!(refused(b"PARE\x15\x04rest PARE"), Fault::Broken("it is encrypted".to_owned()));
}

#[test]
fn compression_copies_what_reaches_into_itself() {
    let unpack = |codec, bytes: &[u8], size| codec::unpack(codec, bytes, size).ok();
    assert_eq!(unpack(1, b"\x08\x08ab \x05\x03", 8).as_deref(), Some(&b"ab ab ab"[..]));
    assert_eq!(unpack(1, b"\x09\x08ab \x05\x03", 9), None, "nine bytes are promised, eight are there");
    assert_eq!(unpack(1, b"\x08\x08ab \x09\x03", 8), None, "it is longer than it says");
    assert_eq!(unpack(1, b"\x08\x08ab \x05\x04", 8), None, "it reaches before the start");
    assert_eq!(unpack(7, b"\x31ab \x03\x00", 8).as_deref(), Some(&b"ab ab ab"[..]));
    assert_eq!(unpack(7, b"\x31ab \x04\x00", 8), None, "it reaches before the start");
    assert_eq!(unpack(7, b"\x31ab \x03\x00", 7), None, "it is longer than it says");
}
