//! A retro as Markdown, for code hosts, and back again.
//!
//! The text of a section is followed by one comment, which lists its lines in order: a short hash of each as it was
//! written, and the statement, question or action that it belongs to. What is not in the list, a person wrote, and what
//! is gone, a person took out. That is how [`read()`] finds a person's part again without a copy of the old draft.

mod escape;
mod listed;
mod marks;
mod out;
mod read;
mod sections;
mod spans;
pub(crate) mod words;

pub use read::{ReadError, read};
pub use words::duration;

use hindcast_retro::Draft;
use hindcast_retro::merge::session_mark;
use out::Out;

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
    if let [draft] = drafts {
        return write(draft);
    }
    let mut all = Written { text: String::new(), warnings: Vec::new() };
    for (i, draft) in drafts.iter().enumerate() {
        let written = write(draft);
        all.warnings.extend(written.warnings);
        all.text.push_str(&numbered(&written.text, i + 1));
    }
    all
}

/// One of several drafts, to be numbered.
pub fn page_of_several(draft: &Draft) -> Written {
    write(draft)
}

/// A page as one of several that follow each other, counted from 1. Its links stay within their own retro.
pub fn numbered(page: &str, number: usize) -> String {
    let page =
        page.replace("](#q", &format!("](#r{number}-q")).replace("<a name=\"q", &format!("<a name=\"r{number}-q"));
    if number == 1 { page } else { format!("\n---\n\n{page}") }
}

/// Writes one draft.
pub fn page(draft: &Draft) -> String {
    write(draft).text
}

fn write(draft: &Draft) -> Written {
    let mut out = Out::of(draft);
    sections::write(draft, &mut out);
    out.blank();
    let Out { mut text, list, mut warnings, kept_out, .. } = out;
    if kept_out > 0 {
        let (lines, them) =
            if kept_out == 1 { ("1 line stays", "it") } else { (&*format!("{kept_out} lines stay"), "them") };
        warnings.push(format!("{lines} out of the retro because a person removed {them} from the earlier one."));
    }
    text.push_str(&format!("{}\n", list.finish(&session_mark(&draft.session.key))));
    Written { text, warnings }
}
