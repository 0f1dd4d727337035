//! From a file's bytes to JSON documents, whatever wraps them, keeping what is good of a damaged file.

use super::ReadError;
use super::damage::{bad_lines, bad_utf8, lost_block, lost_lines, repeated_keys, rests};
use super::foreign::{self, Known};
use super::glued::{Behind, behind};
use super::meter::Meter;
use super::quoted;
use crate::evidence::{Evidence, Excerpt, ExcerptLine};
use crate::json::{Doc, Fault, Source, Tape, Value, parse_first, parse_lenient, parse_tape};
use crate::limits::Limits;
use crate::locator::{Base, Bases};
use crate::node::Node;
use crate::unwrap::{self, Codec};

/// The documents of one file, each with the number of its base.
pub struct Split<'e> {
    pub docs: Vec<(Doc<'e>, u32)>,
    /// What was dropped, for people.
    pub dropped: Vec<String>,
}

impl Split<'_> {
    /// The outermost values of its documents.
    pub fn roots(&self) -> Vec<Node<'_>> {
        self.docs.iter().map(|(doc, base)| Node::new(doc.root(), *base)).collect()
    }
}

/// Wrapping inside wrapping: more than this is no export but an attack.
const MAX_WRAPS: usize = 3;

/// Undoes what wraps a file and refuses what is no text. Gives what is inside and the number of its base.
pub fn unpack<'e>(
    item: &'e Evidence,
    index: u32,
    bases: &mut Bases,
    dropped: &mut Vec<String>,
    limits: &Limits,
) -> Result<(Source<'e>, u32), ReadError> {
    unpack_parsed(item, index, bases, dropped, limits).map(|(src, base, _)| (src, base))
}

/// A file without what wraps it, the number of its base, and its values where unpacking tells them.
type Unpacked<'e> = (Source<'e>, u32, Option<Tape>);

/// The same, with the values of the one document that is inside, where unpacking tells them.
fn unpack_parsed<'e>(
    item: &'e Evidence,
    index: u32,
    bases: &mut Bases,
    dropped: &mut Vec<String>,
    limits: &Limits,
) -> Result<Unpacked<'e>, ReadError> {
    let name = || item.name.clone();
    let mut src: Option<Source<'e>> = None;
    let mut base = bases.push(Base::File { evidence: index });
    let mut parsed = None;
    for _ in 0..MAX_WRAPS {
        let bytes = src.as_ref().map_or(&item.bytes[..], Source::bytes);
        let Some(codec) = Codec::sniff(bytes) else { break };
        let unwrapped = unwrap::unwrap_parsed(codec, bytes, limits).map_err(|e| match e {
            unwrap::UnwrapError::Stopped => ReadError::Stopped,
            e => ReadError::Wrapped { name: name(), why: e.to_string() },
        })?;
        dropped.extend(unwrapped.lost.map(|lost| format!("{}: {lost}", item.name)));
        (src, parsed) = (Some(unwrapped.src), unwrapped.tape);
        base = bases.push(Base::Unwrapped { parent: base, codec });
    }
    let bytes = src.as_ref().map_or(&item.bytes[..], Source::bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty { name: name() });
    }
    if let Some(known) = foreign::of_database(bytes).or_else(|| foreign::of_text(bytes)) {
        return Err(ReadError::Foreign { name: name(), format: known.name, instead: known.instead });
    }
    if let Some(Known { name: what, instead }) = not_text(bytes) {
        return Err(ReadError::NotText { name: name(), what, instead });
    }
    Ok((src.unwrap_or_else(|| Source::from(&item.bytes[..])), base, parsed))
}

/// The lines of an excerpt. What is no JSON in the file is not in it.
fn lines_of<'e>(item: &'e Evidence, excerpt: &Excerpt, index: u32, bases: &mut Bases) -> Split<'e> {
    let mut base = bases.push(Base::File { evidence: index });
    for &codec in &excerpt.codecs {
        base = bases.push(Base::Unwrapped { parent: base, codec });
    }
    let mut docs = Vec::with_capacity(excerpt.lines.len());
    for line in &excerpt.lines {
        let bytes = item.bytes.get(line.at..line.at + line.len as usize).unwrap_or_default();
        if let Some((doc, None)) = parse_lenient(bytes) {
            let ExcerptLine { number, start, len, .. } = *line;
            let places = behind(bytes, &doc).places;
            let line = bases.push(Base::Line { parent: base, number, start, len });
            docs.push((doc, line));
            docs.extend(places.into_iter().filter_map(|(from, len)| {
                let (doc, _) = parse_lenient(bytes.get(from..from + len)?)?;
                Some((doc, bases.push(Base::Span { parent: line, start: from as u32, len: len as u32 })))
            }));
        }
    }
    Split { docs, dropped: Vec::new() }
}

/// Takes a file apart.
pub fn split<'e>(
    item: &'e Evidence,
    index: u32,
    bases: &mut Bases,
    meter: &mut Meter<'_>,
) -> Result<Split<'e>, ReadError> {
    if let Some(excerpt) = &item.excerpt {
        return Ok(lines_of(item, excerpt, index, bases));
    }
    let mut dropped = Vec::new();
    let (src, base, parsed) = unpack_parsed(item, index, bases, &mut dropped, meter.limits)?;
    let bytes = src.bytes();
    // A number that a text begins with is no value of JSON.
    if let Some(known) = foreign::of_plain(bytes).filter(|_| parsed.is_none() && !has_good_line(bytes)) {
        let name = item.name.clone();
        return Err(ReadError::Foreign { name, format: known.name, instead: known.instead });
    }
    meter.file(item, bytes)?;
    let mut docs = Vec::new();
    let (tape, first) = match parsed {
        Some(tape) => (Some(tape), Ok(bytes.len())),
        None => {
            let fault = src.text().is_none().then(|| std::str::from_utf8(bytes).err()).flatten();
            dropped.extend(fault.map(|e| bad_utf8(&item.name, e.valid_up_to())));
            parse_tape(bytes)
        }
    };
    // One value to the end of the file is a document; anything after it means JSON Lines.
    let one = match &first {
        Ok(end) => *end == bytes.len(),
        Err(_) => !has_good_line(bytes),
    };
    if one {
        // JSON has no such bytes: a block of the file was never written, or not copied.
        dropped.extend(memchr::memchr(0, bytes).map(|at| lost_block(&item.name, at)));
        let doc = whole(src, tape, first.err(), item, &mut dropped)?;
        meter.document(item, &doc)?;
        let doc = doc.until(&meter.limits.stop);
        dropped.extend(repeated_keys(&item.name, &repeats(&doc, doc.source(), 0)));
        docs.push((doc, base));
        return Ok(Split { docs: quoted::open(docs, bases), dropped });
    }
    drop(tape);
    documents(&src, base, bases, item, &mut docs, &mut dropped, meter)?;
    Ok(Split { docs: quoted::open(docs, bases), dropped })
}

/// Reads a file that is one value, or the beginning of one.
fn whole<'e>(
    src: Source<'e>,
    tape: Option<Tape>,
    fault: Option<Fault>,
    item: &Evidence,
    dropped: &mut Vec<String>,
) -> Result<Doc<'e>, ReadError> {
    let (line, fault) = match (tape, fault) {
        (Some(tape), None) => return Ok(tape.over(src)),
        (Some(tape), Some(fault)) => {
            let doc = tape.over(src);
            let line = line_of(doc.source(), fault.at);
            if !doc.root().is_empty() && fault.what != TOO_DEEP {
                let rest = match doc.source().len() - fault.at.min(doc.source().len()) {
                    0 => "the incomplete value there was dropped".to_owned(),
                    rest => format!("{rest} bytes from there on were dropped"),
                };
                dropped.push(format!("{}: {} at byte {} (line {line}); {rest}", item.name, fault.what, fault.at));
                return Ok(doc);
            }
            (line, fault)
        }
        (None, fault) => {
            let fault = fault.unwrap_or(Fault { at: 0, what: "no JSON value", truncated: false });
            (line_of(src.bytes(), fault.at), fault)
        }
    };
    Err(ReadError::Broken { name: item.name.clone(), what: fault.what.to_owned(), at: fault.at, line })
}

fn documents<'e>(
    src: &Source<'e>,
    base: u32,
    bases: &mut Bases,
    item: &Evidence,
    docs: &mut Vec<(Doc<'e>, u32)>,
    dropped: &mut Vec<String>,
    meter: &mut Meter<'_>,
) -> Result<(), ReadError> {
    let bytes = src.bytes();
    if !has_good_line(bytes) {
        let before = docs.len();
        if values(src, base, bases, item, docs, dropped) {
            let limits = meter.limits;
            let until = |(doc, base): (Doc<'e>, u32)| (doc.until(&limits.stop), base);
            docs.iter().skip(before).try_for_each(|(doc, _)| meter.document(item, doc))?;
            let told: Vec<_> = docs.drain(before..).map(until).collect();
            docs.extend(told);
            return Ok(());
        }
    }
    let (mut bad, mut repeats, mut zeros, mut cut) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, start, line) in unwrap::lines(bytes) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        // JSON has no such byte, so what stands around it in a text is not what was written there.
        if memchr::memchr(0, line).is_some() {
            zeros.push(number);
            continue;
        }
        match parse_lenient(src.part(start, start + line.len())) {
            Some((doc, None)) => {
                meter.document(item, &doc)?;
                if doc.repeated().is_some() {
                    repeats.push(number);
                }
                let Behind { places, whole } = behind(line, &doc);
                if !whole {
                    cut.push(number);
                }
                let len = line.len() as u32;
                let own = bases.push(Base::Line { parent: base, number, start: start as u64, len });
                docs.push((doc.compact().until(&meter.limits.stop), own));
                for (from, len) in places {
                    let Some((doc, None)) = parse_lenient(src.part(start + from, start + from + len)) else { continue };
                    meter.document(item, &doc)?;
                    let span = bases.push(Base::Span { parent: own, start: from as u32, len: len as u32 });
                    docs.push((doc.compact().until(&meter.limits.stop), span));
                }
            }
            _ => bad.push(number),
        }
    }
    if !bad.is_empty() {
        dropped.push(bad_lines(&item.name, &bad, bad.len()));
    }
    dropped.extend(lost_lines(&item.name, &zeros));
    dropped.extend(rests(&item.name, &cut));
    dropped.extend(repeated_keys(&item.name, &repeats));
    Ok(())
}

/// Values one after another, each over several lines, as programs print them. False where that is not what is there.
fn values<'e>(
    src: &Source<'e>,
    base: u32,
    bases: &mut Bases,
    item: &Evidence,
    docs: &mut Vec<(Doc<'e>, u32)>,
    dropped: &mut Vec<String>,
) -> bool {
    let bytes = src.bytes();
    let mut at = 0;
    let mut found = Vec::new();
    let mut empty = 0;
    let mut lost = None;
    while let Some(skip) = bytes[at..].iter().position(|b| !b.is_ascii_whitespace() && *b != b',' && *b != 0x1e) {
        at += skip;
        let end = match parse_first(&bytes[at..]) {
            // An export of nothing behind another one.
            Ok((doc, end)) if end > 0 && doc.root().is_empty() && (doc.root().is_array() || doc.root().is_object()) => {
                (empty, at) = (empty + 1, at + end);
                continue;
            }
            Ok((doc, end)) if end > 0 && !doc.root().is_empty() => at + end,
            _ => {
                lost = Some(at);
                break;
            }
        };
        let value = bytes[at..end].trim_ascii_end();
        let Some((doc, None)) = parse_lenient(src.part(at, at + value.len())) else {
            lost = Some(at);
            break;
        };
        found.push((doc, at, value.len()));
        at = end;
    }
    if found.is_empty() || found.len() + empty < 2 {
        return false;
    }
    let again: Vec<u32> = found.iter().flat_map(|(doc, start, _)| repeats(doc, bytes, *start)).collect();
    dropped.extend(repeated_keys(&item.name, &again));
    dropped.extend(memchr::memchr(0, &bytes[..at]).map(|at| lost_block(&item.name, at)));
    for (doc, start, len) in found {
        let span = bases.push(Base::Span { parent: base, start: start as u32, len: len as u32 });
        docs.push((doc, span));
    }
    if let Some(at) = lost {
        let (rest, line) = (bytes.len() - at, line_of(bytes, at));
        dropped.push(format!(
            "{}: no JSON value at byte {at} (line {line}); {rest} bytes from there on were dropped",
            item.name
        ));
    }
    true
}

/// The line of the first object with a repeated key in a document that starts at a byte.
fn repeats(doc: &Doc<'_>, bytes: &[u8], start: usize) -> Vec<u32> {
    let line = |object: Value<'_>| line_of(bytes, start + object.start() as usize) as u32;
    doc.repeated().map(line).into_iter().collect()
}

const TOO_DEEP: &str = "nested deeper than 512 levels";

fn has_good_line(bytes: &[u8]) -> bool {
    let objects = unwrap::lines(bytes).filter(|(_, _, line)| line.first() == Some(&b'{')).take(50);
    objects.into_iter().any(|(_, _, line)| parse_first(line).is_ok_and(|(_, end)| end == line.len()))
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at.min(bytes.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// What a file is that is no text.
pub fn not_text(bytes: &[u8]) -> Option<Known> {
    const BINARY: Known = Known { name: "binary data", instead: foreign::INSTEAD };
    if let Some(known) = foreign::of_binary(bytes) {
        return Some(known);
    }
    let start = &bytes[..bytes.len().min(4096)];
    let odd = start.iter().filter(|b| **b < 9 || (14..32).contains(*b)).count();
    // A disk that filled up, or a crash, leaves a block of zeros in the middle of a log: its lines are still good.
    (odd * 10 > start.len() && !has_good_line(bytes)).then_some(BINARY)
}
