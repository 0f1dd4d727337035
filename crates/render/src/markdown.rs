//! A retro as Markdown, for code hosts, and back again.
//!
//! Every statement is one line that ends in a comment with its id. The last comment of the document holds a short
//! hash of every line that the machine wrote, in order: what was added to them, a person wrote, and what is gone, a
//! person took out. That is how [`read()`] finds a person's part again without a copy of the old draft.

mod escape;
mod out;
mod read;
mod sections;
pub(crate) mod words;

pub use read::{ReadError, read};
pub use words::duration;

use hindcast_retro::Draft;
use hindcast_retro::merge::session_mark;
use out::Out;

/// The comment before the hashes.
const LINES: &str = "<!-- hindcast:lines ";

/// A written document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub text: String,
    /// What a person who edited the earlier one should know.
    pub warnings: Vec<String>,
}

/// Writes drafts, one after the other.
pub fn pages(drafts: &[Draft]) -> Written {
    let several = drafts.len() > 1;
    let mut warnings = Vec::new();
    let pages = drafts.iter().enumerate().map(|(i, draft)| {
        let written = write(draft);
        warnings.extend(written.warnings);
        match several {
            // Links must stay within their own retro.
            true => written
                .text
                .replace("](#q", &format!("](#r{}-q", i + 1))
                .replace("<a name=\"q", &format!("<a name=\"r{}-q", i + 1)),
            false => written.text,
        }
    });
    let text = pages.collect::<Vec<_>>().join("\n---\n\n");
    Written { text, warnings }
}

/// Writes one draft.
pub fn page(draft: &Draft) -> String {
    write(draft).text
}

fn write(draft: &Draft) -> Written {
    let mut out = Out::of(draft);
    sections::write(draft, &mut out);
    out.blank();
    let Out { mut text, machine, mut warnings, kept_out, .. } = out;
    if kept_out > 0 {
        let lines = if kept_out == 1 { "1 line stays" } else { &format!("{kept_out} lines stay") };
        warnings.push(format!("{lines} out of the retro because a person removed them from the earlier one."));
    }
    text.push_str(&format!("{LINES}{} {} -->\n", session_mark(&draft.session.key), machine.join(" ")));
    Written { text, warnings }
}
