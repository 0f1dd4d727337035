//! Counts what reading will take, and ends it before it takes too much.

use super::ReadError;
use crate::evidence::Evidence;
use crate::json::Doc;
use crate::limits::{Limits, Use};

/// What the files of one reading take so far.
pub struct Meter<'l> {
    pub limits: &'l Limits,
    used: Use,
}

impl<'l> Meter<'l> {
    pub fn new(limits: &'l Limits) -> Self {
        Meter { limits, used: Use::default() }
    }

    /// Ends reading where the caller does.
    pub fn go_on(&self) -> Result<(), ReadError> {
        if self.limits.stop.is_set() { Err(ReadError::Stopped) } else { Ok(()) }
    }

    /// A file that is about to be taken apart: there must be room for its bytes, and for all the values that they may hold.
    pub fn file(&mut self, item: &Evidence, bytes: &[u8]) -> Result<(), ReadError> {
        self.go_on()?;
        self.used.bytes += bytes.len() as u64;
        if self.limits.memory == u64::MAX {
            return Ok(());
        }
        let mut expected = self.used;
        expected.add(Use { values: values(bytes), ..Use::default() });
        self.check(item, expected)
    }

    /// A document that was read.
    pub fn document(&mut self, item: &Evidence, doc: &Doc<'_>) -> Result<(), ReadError> {
        self.go_on()?;
        if self.limits.memory == u64::MAX {
            return Ok(());
        }
        self.used.add(Use { values: doc.values() as u64, records: doc.records() as u64, ..Use::default() });
        self.check(item, self.used)
    }

    fn check(&self, item: &Evidence, used: Use) -> Result<(), ReadError> {
        let (memory, limit) = (used.memory(), self.limits.memory);
        if memory <= limit {
            return Ok(());
        }
        Err(ReadError::TooMuch {
            name: item.name.clone(),
            bytes: used.bytes,
            what: match used.records {
                0 => format!("up to {} JSON values", used.values),
                records => format!("{records} records and {} JSON values", used.values),
            },
            memory_mib: memory >> 20,
            limit_mib: limit >> 20,
        })
    }
}

/// How many JSON values some bytes hold at most: each but the first stands behind a sign that is in no string.
fn values(bytes: &[u8]) -> u64 {
    let (mut values, mut in_string, mut escaped) = (1, false, false);
    for byte in bytes {
        match byte {
            // No string goes on over a line; one that a damaged line leaves open ends there.
            b'\n' => (in_string, escaped, values) = (false, false, values + 1),
            b'"' if !escaped => in_string = !in_string,
            b'[' | b'{' | b',' | b':' if !in_string => values += 1,
            _ => {}
        }
        escaped = in_string && !escaped && *byte == b'\\';
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse_first;
    use crate::limits::Stop;
    use crate::read_within;
    use crate::unwrap::{self, UnwrapError};
    use std::io::Write;

    #[test]
    fn values_are_never_more_than_was_expected() {
        for text in [r#"{"a":[1,2,{"b":"x,y\"[,\\"}],"c":null}"#, "[[],[],[]]", "[]", "7", r#""a,b""#, "[{},{},1]"] {
            let (doc, _) = parse_first(text.as_bytes()).expect("valid");
            assert!(doc.values() as u64 <= values(text.as_bytes()), "{text}");
        }
        assert_eq!(values(br#"{"a":"many, many, commas"}"#), 3, "what stands in a text is none");
    }

    #[test]
    fn records_are_messages_and_no_attributes() {
        let of = |text: &str| parse_first(text.as_bytes()).expect("valid").0.records();
        assert_eq!(of(r#"{"messages":[{"role":"user"},{"role":"assistant"}]}"#), 4);
        assert_eq!(of(r#"{"attributes":[{"key":"a","value":{"stringValue":"b"}}]}"#), 2);
        assert_eq!(of(r#"["a","b","c"]"#), 3);
        assert_eq!(of(r#"{"input":"[{\"role\":\"user\"},{\"role\":\"user\"}]"}"#), 3);
    }

    /// As many messages of a few bytes as fit.
    fn tiny(bytes: usize) -> Evidence {
        const ONE: &str = r#"{"role":"user","content":"a"},{"role":"assistant","content":"b"}"#;
        let all = vec![ONE; bytes / ONE.len()].join(",");
        Evidence::new("tiny.json", format!(r#"{{"messages":[{all}]}}"#).into_bytes())
    }

    #[test]
    fn a_file_of_very_many_tiny_records_is_refused_with_the_figures_before_it_is_read() {
        let limits = |memory| Limits { memory, ..Limits::default() };
        let few = tiny(2000);
        assert!(read_within(std::slice::from_ref(&few), &limits(Limits::FLOOR)).is_ok());
        let many = tiny(6_000_000);
        let refused =
            read_within(std::slice::from_ref(&many), &limits(Limits::FLOOR)).expect_err("too many").to_string();
        assert!(refused.starts_with("tiny.json holds ") && refused.contains("at most 64 MiB"), "{refused}");
    }

    /// Zeros, packed twice.
    fn bomb(bytes: usize) -> Vec<u8> {
        let pack = |bytes: &[u8]| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packed.write_all(bytes).and_then(|()| packed.finish()).expect("packs")
        };
        pack(&pack(&vec![b'0'; bytes]))
    }

    #[test]
    fn what_is_packed_is_measured_without_being_kept() {
        let limits = Limits { unpacked: 8 << 20, ..Limits::default() };
        assert_eq!(unwrap::measure(&bomb(1 << 20), &limits), Ok(1 << 20));
        assert_eq!(unwrap::measure(&bomb(9 << 20), &limits), Err(UnwrapError::TooLarge { limit_mib: 8 }));
        assert_eq!(unwrap::measure(b"{}", &limits), Ok(2));
        assert_eq!(
            unwrap::measure(b"\x1f\x8bno gzip", &limits),
            Ok(0),
            "what cannot be unpacked is told by who unpacks it"
        );
        limits.stop.set();
        assert_eq!(unwrap::measure(&bomb(1 << 20), &limits), Err(UnwrapError::Stopped));
    }

    #[test]
    fn reading_ends_when_the_caller_says_so() {
        let stop = Stop::default();
        stop.set();
        let limits = Limits { stop, ..Limits::default() };
        assert_eq!(read_within(&[tiny(2000)], &limits).expect_err("stopped"), ReadError::Stopped);
    }
}
