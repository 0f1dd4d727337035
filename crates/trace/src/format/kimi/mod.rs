//! Sessions of Moonshot's Kimi CLI, which is written in Python ([`wire`]), and of its successor Kimi Code
//! ([`code`]). Both call their log `wire.jsonl` and open it with the same header, so they are one format.

mod code;
mod kinds;
mod origin;
mod repeats;
mod said;
mod wire;

use super::{Document, Format};
use crate::item::{Output, Session};
use crate::locator::evidence_of;
use crate::model::KeyKind;
use crate::node::Node;

/// See the module's documentation.
pub struct Kimi;

impl Format for Kimi {
    fn name(&self) -> &'static str {
        "kimi"
    }

    fn dialect(&self, docs: &[Document<'_>]) -> Option<&'static str> {
        docs.iter().any(|doc| kinds::score(doc.root) > 0).then_some("kimi-code")
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_header(root) { 95 } else { kinds::score(root).max(wire::score(root)) }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let (mut logs, mut agents) = (Vec::new(), Vec::new());
        let of = |doc: &Document<'_>| evidence_of(&out.bases, doc.root.loc().base);
        let files: Vec<_> = docs.chunk_by(|a, b| of(a) == of(b)).collect();
        for file in files {
            match file.iter().any(|doc| kinds::score(doc.root) > 0) {
                true => agents.push(file),
                false => {
                    let mut log = wire::Log::new(Session::new(file[0].file, KeyKind::Position));
                    file.iter().for_each(|doc| log.record(doc.root, out));
                    logs.push(log.session);
                }
            }
        }
        out.sessions.extend(logs);
        code::read(&agents, out);
    }
}

/// The first line of a log.
fn is_header(root: Node<'_>) -> bool {
    root.has("type", "metadata") && root.get("protocol_version").is_some()
}

#[cfg(test)]
mod tests;
