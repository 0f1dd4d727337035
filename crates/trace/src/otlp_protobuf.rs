//! OTLP's binary form, rewritten as OTLP JSON so that one reader serves both.
//!
//! A generated decoder refuses a whole batch for one invalid UTF-8 byte or a missing last byte. Evidence is
//! often exactly that, so this walks the wire format by a table of the fields that matter, keeps what is
//! there and says what was cut. Field numbers are those of opentelemetry-proto v1.

use base64::Engine;
use std::io::Write;

use crate::json::{Builder, Kind, Tape, quote};
use crate::unwrap::Codec;

/// `AnyValue` may nest; deeper than this is dropped.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy)]
enum Type {
    Message(&'static Schema),
    Many(&'static Schema),
    Text,
    Hex,
    Base64,
    /// A 64-bit integer, written as a decimal string.
    Long,
    Fixed64,
    Number,
    Bool,
    Double,
}

struct Field(u32, &'static str, Type);
struct Schema(&'static [Field]);

static ANY: Schema = Schema(&[
    Field(1, "stringValue", Type::Text),
    Field(2, "boolValue", Type::Bool),
    Field(3, "intValue", Type::Long),
    Field(4, "doubleValue", Type::Double),
    Field(5, "arrayValue", Type::Message(&ARRAY)),
    Field(6, "kvlistValue", Type::Message(&KVLIST)),
    Field(7, "bytesValue", Type::Base64),
]);
static ARRAY: Schema = Schema(&[Field(1, "values", Type::Many(&ANY))]);
static KVLIST: Schema = Schema(&[Field(1, "values", Type::Many(&KEY_VALUE))]);
static KEY_VALUE: Schema = Schema(&[Field(1, "key", Type::Text), Field(2, "value", Type::Message(&ANY))]);
static RESOURCE: Schema = Schema(&[Field(1, "attributes", Type::Many(&KEY_VALUE))]);
static SCOPE: Schema = Schema(&[
    Field(1, "name", Type::Text),
    Field(2, "version", Type::Text),
    Field(3, "attributes", Type::Many(&KEY_VALUE)),
]);
static STATUS: Schema = Schema(&[Field(2, "message", Type::Text), Field(3, "code", Type::Number)]);
static EVENT: Schema = Schema(&[
    Field(1, "timeUnixNano", Type::Fixed64),
    Field(2, "name", Type::Text),
    Field(3, "attributes", Type::Many(&KEY_VALUE)),
]);
static SPAN: Schema = Schema(&[
    Field(1, "traceId", Type::Hex),
    Field(2, "spanId", Type::Hex),
    Field(4, "parentSpanId", Type::Hex),
    Field(5, "name", Type::Text),
    Field(6, "kind", Type::Number),
    Field(7, "startTimeUnixNano", Type::Fixed64),
    Field(8, "endTimeUnixNano", Type::Fixed64),
    Field(9, "attributes", Type::Many(&KEY_VALUE)),
    Field(10, "droppedAttributesCount", Type::Number),
    Field(11, "events", Type::Many(&EVENT)),
    Field(15, "status", Type::Message(&STATUS)),
]);
static LOG: Schema = Schema(&[
    Field(1, "timeUnixNano", Type::Fixed64),
    Field(2, "severityNumber", Type::Number),
    Field(3, "severityText", Type::Text),
    Field(5, "body", Type::Message(&ANY)),
    Field(6, "attributes", Type::Many(&KEY_VALUE)),
    Field(7, "droppedAttributesCount", Type::Number),
    Field(9, "traceId", Type::Hex),
    Field(10, "spanId", Type::Hex),
    Field(11, "observedTimeUnixNano", Type::Fixed64),
    Field(12, "eventName", Type::Text),
]);
static SCOPE_SPANS: Schema = Schema(&[Field(1, "scope", Type::Message(&SCOPE)), Field(2, "spans", Type::Many(&SPAN))]);
static SCOPE_LOGS: Schema =
    Schema(&[Field(1, "scope", Type::Message(&SCOPE)), Field(2, "logRecords", Type::Many(&LOG))]);
static RESOURCE_SPANS: Schema =
    Schema(&[Field(1, "resource", Type::Message(&RESOURCE)), Field(2, "scopeSpans", Type::Many(&SCOPE_SPANS))]);
static RESOURCE_LOGS: Schema =
    Schema(&[Field(1, "resource", Type::Message(&RESOURCE)), Field(2, "scopeLogs", Type::Many(&SCOPE_LOGS))]);
static TRACES: Schema = Schema(&[Field(1, "resourceSpans", Type::Many(&RESOURCE_SPANS))]);
static LOGS: Schema = Schema(&[Field(1, "resourceLogs", Type::Many(&RESOURCE_LOGS))]);

#[derive(Clone, Copy)]
enum Wire<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

/// Reads fields one by one; stops, and remembers that it did, where the bytes make no sense.
struct Fields<'b> {
    rest: &'b [u8],
    cut: bool,
}

impl<'b> Fields<'b> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, n: usize) -> Option<&'b [u8]> {
        let taken = self.rest.get(..n)?;
        self.rest = &self.rest[n..];
        Some(taken)
    }

    fn field(&mut self) -> Option<(u32, Wire<'b>)> {
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Number(self.varint()?),
            1 => Wire::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            5 => Wire::Number(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            2 => {
                let n = usize::try_from(self.varint()?).ok()?;
                if n > self.rest.len() {
                    // The end is missing: what is there of this field still counts.
                    self.cut = true;
                    let all = self.rest;
                    self.rest = &[];
                    Wire::Bytes(all)
                } else {
                    Wire::Bytes(self.take(n)?)
                }
            }
            _ => return None,
        };
        let number = u32::try_from(tag >> 3).ok().filter(|&n| n > 0)?;
        Some((number, wire))
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u32, Wire<'b>);
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.cut = true;
            self.rest = &[];
        }
        field
    }
}

fn fields(bytes: &[u8]) -> Fields<'_> {
    Fields { rest: bytes, cut: false }
}

/// Says whether the bytes look like OTLP protobuf, and of which signal.
pub fn sniff(bytes: &[u8]) -> Option<Codec> {
    // resource_spans > scope_spans > span: every level must look right, so that text and pictures never pass.
    let group = child(bytes, 1)?;
    let scope = child(group, 2)?;
    let record = child(scope, 2)?;
    let mut spans = 0;
    let mut logs = 0;
    for (number, wire) in fields(record) {
        match (number, wire) {
            (1, Wire::Bytes(id)) if id.len() == 16 || id.is_empty() => spans += 1,
            (7 | 8, Wire::Number(n)) if n > u64::from(u32::MAX) => spans += 1,
            (5, Wire::Bytes(name)) if std::str::from_utf8(name).is_ok() && spans > 0 => spans += 1,
            (1 | 11, Wire::Number(_)) => logs += 1,
            (9, Wire::Bytes(id)) if id.len() == 16 => logs += 1,
            (10, Wire::Bytes(id)) if id.len() == 8 => logs += 1,
            _ => {}
        }
    }
    match (spans, logs) {
        (0, 0) => None,
        (s, l) if s >= l => Some(Codec::OtlpTraces),
        _ => Some(Codec::OtlpLogs),
    }
}

fn child(bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    if bytes.first()? & 7 != 2 {
        return None;
    }
    fields(bytes).take(64).find_map(|(number, wire)| match wire {
        Wire::Bytes(inner) if number == wanted => Some(inner),
        _ => None,
    })
}

/// Rewrites a binary export as OTLP JSON; also says what was cut.
///
/// # Errors
/// When no span or log record can be read.
pub fn to_json(bytes: &[u8], logs: bool) -> Result<(Vec<u8>, Option<String>), String> {
    let Rewritten { json, lost, .. } = rewrite(bytes, logs)?;
    Ok((json, lost))
}

/// A binary export as OTLP JSON.
pub struct Rewritten {
    /// The text.
    pub json: Vec<u8>,
    /// Its values; none where it is longer than a document may be.
    pub tape: Option<Tape>,
    /// What was cut.
    pub lost: Option<String>,
}

/// Does so and notes its values, so that it need not be parsed.
///
/// # Errors
/// As [`to_json`].
pub fn rewrite(bytes: &[u8], logs: bool) -> Result<Rewritten, String> {
    let out = Vec::with_capacity(bytes.len() * 2);
    let mut writer = Writer { out, tape: Builder::default(), fields: Vec::new(), cut: false };
    writer.message(if logs { &LOGS } else { &TRACES }, bytes, 0);
    if writer.out == b"{}" {
        return Err("it contains no spans or log records".to_owned());
    }
    let lost = writer.cut.then(|| "the protobuf message is truncated; the rest of its fields are missing".to_owned());
    let tape = writer.tape.finish(writer.out.len());
    Ok(Rewritten { json: writer.out, tape, lost })
}

struct Writer<'b> {
    out: Vec<u8>,
    tape: Builder,
    /// The fields of the messages that are being written, those of the innermost last.
    fields: Vec<(u32, Wire<'b>)>,
    cut: bool,
}

impl<'b> Writer<'b> {
    fn message(&mut self, schema: &Schema, bytes: &'b [u8], depth: usize) {
        if depth > MAX_DEPTH {
            self.cut = true;
            self.tape.open(Kind::Object, self.out.len());
            self.out.extend(b"{}");
            self.tape.close(self.out.len());
            return;
        }
        let begin = self.fields.len();
        let mut reader = fields(bytes);
        self.fields.extend(reader.by_ref());
        self.cut |= reader.cut;
        self.tape.open(Kind::Object, self.out.len());
        self.out.push(b'{');
        let end = self.fields.len();
        // The first field that was not written yet. Fields usually come in the order of their numbers.
        let mut at = begin;
        let ordered = self.fields[begin..].is_sorted_by_key(|(number, _)| *number);
        let mut first = true;
        for Field(number, name, kind) in schema.0 {
            let is = |field: &(u32, Wire<'b>)| field.0 == *number;
            let (from, to) = if ordered {
                at += self.fields[at..].iter().take_while(|(n, _)| n < number).count();
                let from = at;
                at += self.fields[at..].iter().take_while(|field| is(field)).count();
                (from, at)
            } else {
                (begin, end)
            };
            if !self.fields[from..to].iter().any(is) {
                continue;
            }
            if !first {
                self.out.push(b',');
            }
            first = false;
            self.tape.key(name, self.out.len());
            self.out.push(b'"');
            self.out.extend(name.as_bytes());
            self.out.extend(b"\":");
            if let Type::Many(inner) = kind {
                self.tape.open(Kind::Array, self.out.len());
                self.out.push(b'[');
                let mut any = false;
                for i in from..to {
                    let (_, wire) = self.fields[i];
                    if !is(&self.fields[i]) {
                        continue;
                    }
                    if any {
                        self.out.push(b',');
                    }
                    any = true;
                    self.one(Type::Message(inner), wire, depth);
                }
                self.out.push(b']');
                self.tape.close(self.out.len());
            } else if let Some((_, last)) = self.fields[from..to].iter().copied().rfind(is) {
                // proto3: of a singular field the last one counts.
                self.one(*kind, last, depth);
            }
        }
        self.fields.truncate(begin);
        self.out.push(b'}');
        self.tape.close(self.out.len());
    }

    fn one(&mut self, kind: Type, wire: Wire<'b>, depth: usize) {
        let number = if let Wire::Number(n) = wire { n } else { 0 };
        let bytes = if let Wire::Bytes(b) = wire { b } else { &[] };
        if let Type::Message(inner) | Type::Many(inner) = kind {
            return self.message(inner, bytes, depth + 1);
        }
        let out = &mut self.out;
        let start = out.len();
        let mut written = Kind::Plain;
        match kind {
            Type::Message(_) | Type::Many(_) => {}
            Type::Text => {
                // Almost always valid UTF-8, and checking that is faster than finding invalid bytes.
                written = match simdutf8::basic::from_utf8(bytes) {
                    Ok(text) => quote(text, out),
                    Err(_) => quote(&String::from_utf8_lossy(bytes), out),
                };
            }
            Type::Hex => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                out.push(b'"');
                out.extend(bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| DIGITS[usize::from(d)]));
                out.push(b'"');
            }
            Type::Base64 => {
                out.push(b'"');
                out.extend(base64::engine::general_purpose::STANDARD.encode(bytes).as_bytes());
                out.push(b'"');
            }
            // Writing into memory does not fail.
            Type::Long => drop(write!(out, "\"{}\"", number.cast_signed())),
            Type::Fixed64 => drop(write!(out, "\"{number}\"")),
            Type::Number => {
                written = Kind::Number;
                drop(write!(out, "{number}"));
            }
            Type::Bool => {
                written = if number != 0 { Kind::True } else { Kind::False };
                drop(write!(out, "{}", number != 0));
            }
            Type::Double => {
                let value = f64::from_bits(number);
                // JSON has no other numbers.
                written = if value.is_finite() { Kind::Number } else { Kind::Null };
                out.extend(serde_json::to_string(&value).unwrap_or_default().as_bytes());
            }
        }
        self.tape.scalar(written, start, self.out.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse_tape;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    #[test]
    fn the_values_are_those_that_a_parser_finds() {
        let double = |value: f64| [&[4 << 3 | 1], &value.to_le_bytes()[..]].concat();
        let list =
            [field(1, &double(1.5)), field(1, &double(f64::NAN)), field(1, &[]), field(1, &field(7, b"ab"))].concat();
        let values = [
            field(1, b"plain"),
            field(1, "with \"quotes\",\n\u{1} and \u{e9}".as_bytes()),
            field(1, b"\xff not UTF-8"),
            vec![2 << 3, 1],
            vec![3 << 3, 7],
            field(5, &list),
            field(6, &field(1, &[field(1, b"k"), field(2, &[2 << 3, 0])].concat())),
        ];
        let attributes = values.iter().flat_map(|value| field(9, &[field(1, b"key"), field(2, value)].concat()));
        let mut span: Vec<u8> = field(1, &[7; 16]).into_iter().chain(attributes).collect();
        span.extend([6 << 3, 3]);
        let export = [field(1, &field(2, &field(2, &span))), field(1, &[])].concat();
        for bytes in [&export[..], &export[..export.len() - 9]] {
            let Rewritten { json, tape, .. } = rewrite(bytes, false).expect("spans");
            let (parsed, end) = parse_tape(&json);
            assert_eq!(end, Ok(json.len()));
            assert_eq!(format!("{tape:?}"), format!("{parsed:?}"), "{}", String::from_utf8_lossy(&json));
        }
    }
}
