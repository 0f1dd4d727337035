//! Reading a file of many sessions one by one, in memory for one.

use super::document::unpack;
use super::glued::behind;
use super::recognized::{FLOOR, SAMPLE, rank, refuse_foreign};
use super::{ReadError, judge, read, texts};
use crate::account::Tally;
use crate::assemble::assemble;
use crate::evidence::Evidence;
use crate::format::{Document, Format};
use crate::item::Output;
use crate::json::{Doc, parse_first};
use crate::limits::{Limits, Stop};
use crate::locator::{Base, Bases};
use crate::model::Trace;
use crate::node::Node;
use crate::unwrap;
use std::sync::Arc;

/// What [`scan`] saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Sessions handed over.
    pub sessions: usize,
    /// Lines that could not be used.
    pub dropped: usize,
}

/// Hands over the sessions of one file as they are read. JSON Lines of whole sessions are read line by line; any
/// other file is read as [`read`] does, since its sessions may be spread over it.
///
/// # Errors
/// As [`read`]. That too little of the file was understood shows only at its end, when its sessions are handed over.
pub fn scan(item: &Evidence, mut sink: impl FnMut(Trace)) -> Result<Scanned, ReadError> {
    let mut bases = Bases::default();
    let mut notes = Vec::new();
    let (src, base) = unpack(item, 0, &mut bases, &mut notes, &Limits::default())?;
    let bytes = src.bytes();
    let mut scanned = Scanned::default();
    let Some((format, sample)) = line_wise(bytes, base, &bases, item)? else {
        for trace in read(std::slice::from_ref(item))?.sessions {
            scanned.sessions += 1;
            sink(trace);
        }
        return Ok(scanned);
    };
    let mut total = Tally::default();
    // Places of what was not understood lie in these.
    let mut kept = bases.clone();
    let mut sample = sample.into_iter();
    for (number, start, line) in unwrap::lines(bytes).filter(|(_, _, line)| is_filled(line)) {
        let Some((doc, _)) = sample.next().unwrap_or_else(|| parsed(line)).filter(usable) else {
            scanned.dropped += 1;
            continue;
        };
        let at = Base::Line { parent: base, number, start: start as u64, len: line.len() as u32 };
        let mut out = Output { bases: bases.clone(), ..Output::default() };
        let own = out.bases.push(at);
        // Each record of a line stands for itself.
        let behind = behind(line, &doc);
        scanned.dropped += usize::from(!behind.whole);
        let more = behind.places.into_iter().filter_map(|(from, len)| {
            let (doc, _) = parse_first(line.get(from..from + len)?).ok()?;
            Some((doc, out.bases.push(Base::Span { parent: own, start: from as u32, len: len as u32 })))
        });
        let records: Vec<_> = std::iter::once((doc, own)).chain(more.collect::<Vec<_>>()).collect();
        let mut docs = Vec::with_capacity(records.len());
        for (doc, here) in &records {
            let root = Node::new(doc.root(), *here);
            if format.score(root) == 0 {
                out.unknown(root);
            } else {
                let doc = Document { root, file: &item.name, number };
                format.read(&[doc], &mut out);
                docs.push(doc);
            }
        }
        let account = std::mem::take(&mut out.account);
        let tally = account.of(0);
        if out.sessions.is_empty() || !out.dropped.is_empty() {
            scanned.dropped += 1;
        }
        judge::name_gaps(&mut out.sessions, &account, &[], &tally, std::slice::from_ref(item), &out.bases);
        if tally.unknown() > 0 && total.unknown() == 0 || tally.spoken() > 0 && total.spoken() == 0 {
            kept = out.bases.clone();
        }
        total.add(&tally);
        let shared = Arc::new(out.bases);
        let stop = Stop::default();
        let joined = |session| assemble(session, format.name(), Arc::clone(&shared), &stop);
        let mut sessions: Vec<Trace> = out.sessions.into_iter().map(joined).collect();
        texts::name_gaps(&mut sessions, format.name(), &docs, &account, std::slice::from_ref(item), &stop);
        scanned.sessions += sessions.len();
        sessions.into_iter().for_each(&mut sink);
    }
    judge::refuse(&total, format.name(), item, &kept)?;
    Ok(scanned)
}

fn is_filled(line: &[u8]) -> bool {
    !line.iter().all(u8::is_ascii_whitespace)
}

/// The first value of a line, and whether it is all of it, without a byte of zero in it.
type Parsed<'b> = Option<(Doc<'b>, bool)>;

/// True for a line of records, one or several.
fn usable((doc, whole): &(Doc<'_>, bool)) -> bool {
    *whole || doc.root().is_object() && memchr::memchr(0, doc.source()).is_none()
}

/// A format, and the first lines of its file.
type LineWise<'b> = (&'static dyn Format, Vec<Parsed<'b>>);

fn parsed(line: &[u8]) -> Parsed<'_> {
    parse_first(line).ok().map(|(doc, end)| (doc, end == line.len() && memchr::memchr(0, line).is_none()))
}

/// The format of a file that can be read line by line, with the first lines, which had to be parsed to know it.
fn line_wise<'b>(
    bytes: &'b [u8],
    base: u32,
    bases: &Bases,
    item: &Evidence,
) -> Result<Option<LineWise<'b>>, ReadError> {
    let first = unwrap::lines(bytes).map(|(_, _, line)| line).filter(|line| is_filled(line)).take(SAMPLE);
    let docs: Vec<Parsed<'b>> = first.map(parsed).collect();
    // One value that goes on over lines is no JSON Lines.
    let whole = docs.first().is_some_and(|first| first.as_ref().is_some_and(|(_, whole)| *whole));
    if !whole || docs.len() < 2 {
        return Ok(None);
    }
    let good = docs.iter().flatten().filter(|(_, whole)| *whole);
    let roots: Vec<Node<'_>> = good.map(|(doc, _)| Node::new(doc.root(), base)).collect();
    refuse_foreign(&roots, item, None)?;
    let (score, format) = rank(&roots)[0];
    // Records of one conversation may be told apart only by all of them.
    let bears =
        |root: Node<'_>| format.bears_on(&Document { root, file: &item.name, number: 1 }, bases.clone()).is_some();
    let alone = score >= FLOOR && format.standalone() && roots.iter().all(|root| bears(*root));
    drop(roots);
    Ok(alone.then_some((format, docs)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GapKind;

    fn scanned(lines: &[&str]) -> (Result<Scanned, ReadError>, Vec<Trace>) {
        let mut sessions = Vec::new();
        let item = Evidence::new("log.jsonl", lines.join("\n").into_bytes());
        (scan(&item, |trace| sessions.push(trace)), sessions)
    }

    const GOOD: &str = r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;
    const STRANGE: &str = r#"{"messages":[{"role":"user","content":"Hi there"},{"role":"assistant","content":"Hello"},{"role":"narrator","content":"Then"}]}"#;

    #[test]
    fn formats_that_are_not_read_are_refused_by_name() {
        let line = r#"{"request_body":{"model":"m"},"response_body":{"id":"r"}}"#;
        let (outcome, sessions) = scanned(&[line, line]);
        assert!(matches!(outcome, Err(ReadError::Foreign { .. })) && sessions.is_empty());
    }

    #[test]
    fn only_the_session_whose_record_was_not_read_has_the_gap() {
        let (outcome, sessions) = scanned(&[GOOD, STRANGE, GOOD]);
        assert_eq!(outcome.map(|s| s.sessions), Ok(3));
        let gaps: Vec<_> = sessions.iter().map(|s| s.has_gap(&[GapKind::RecordsUnread])).collect();
        assert_eq!(gaps, [false, true, false]);
        let item = Evidence::new("log.jsonl", [GOOD, STRANGE, GOOD].join("\n").into_bytes());
        let whole = read(std::slice::from_ref(&item)).expect("reads").sessions;
        assert_eq!(whole.iter().map(|s| s.has_gap(&[GapKind::RecordsUnread])).collect::<Vec<_>>(), gaps);
    }

    #[test]
    fn a_file_that_is_mostly_something_else_is_refused_at_its_end() {
        let other = r#"{"type":"narrator_message","role":"narrator","text":"Then"}"#;
        let lines: Vec<_> = [GOOD; 20].into_iter().chain([other; 60]).collect();
        let (outcome, _) = scanned(&lines);
        assert!(matches!(outcome, Err(ReadError::NotUnderstood { unread: 60, .. })), "{outcome:?}");
    }
}
