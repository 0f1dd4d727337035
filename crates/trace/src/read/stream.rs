//! Reading a file of many sessions one by one, in memory for one.

use super::document::unpack;
use super::{ReadError, rank, read};
use crate::assemble::assemble;
use crate::evidence::Evidence;
use crate::format::Document;
use crate::item::Output;
use crate::json::parse_first;
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
/// As [`read`].
pub fn scan(item: &Evidence, mut sink: impl FnMut(Trace)) -> Result<Scanned, ReadError> {
    let mut bases = Bases::default();
    let mut notes = Vec::new();
    let (bytes, base) = unpack(item, 0, &mut bases, &mut notes)?;
    let line_wise =
        unwrap::lines(&bytes).find(|(_, _, l)| !l.iter().all(u8::is_ascii_whitespace)).and_then(|(_, _, line)| {
            let (doc, end) = parse_first(line).ok()?;
            let (score, format) = *rank(&[Node::new(doc.root(), base)]).first()?;
            (end == line.len() && line.len() < bytes.len() && score > 0 && format.standalone()).then_some(format)
        });
    let mut scanned = Scanned::default();
    let Some(format) = line_wise else {
        for trace in read(std::slice::from_ref(item))?.sessions {
            scanned.sessions += 1;
            sink(trace);
        }
        return Ok(scanned);
    };
    for (number, start, line) in unwrap::lines(&bytes) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let parsed = parse_first(line).ok().filter(|(_, end)| *end == line.len());
        let Some((doc, _)) = parsed else {
            scanned.dropped += 1;
            continue;
        };
        let mut out = Output { bases: bases.clone(), ..Output::default() };
        let here = out.bases.push(Base::Line { parent: base, number, start: start as u64, len: line.len() as u32 });
        let root = Node::new(doc.root(), here);
        format.read(&[Document { root, file: &item.name, number }], &mut out);
        if out.sessions.is_empty() || !out.dropped.is_empty() {
            scanned.dropped += 1;
        }
        let shared = Arc::new(out.bases);
        for session in out.sessions {
            scanned.sessions += 1;
            sink(assemble(session, format.name(), Arc::clone(&shared)));
        }
    }
    Ok(scanned)
}
