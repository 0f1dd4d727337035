//! A retro as Markdown, for code hosts, and back again.
//!
//! Every statement is one line that ends in a comment with its id. The last comment of the document holds a short
//! hash of every line that the machine wrote: whatever is not among them was written by a person. That is how
//! [`read()`] finds a person's words again without a copy of the old draft.

mod escape;
mod read;
mod sections;
mod words;

pub use read::{ReadError, read};
pub use words::duration;

use hindcast_retro::Draft;
use sha2::{Digest, Sha256};

/// The comment before the hashes.
const LINES: &str = "<!-- hindcast:lines ";

/// Writes drafts, one after the other.
pub fn pages(drafts: &[Draft]) -> String {
    let several = drafts.len() > 1;
    let pages = drafts.iter().enumerate().map(|(i, draft)| match several {
        // Links must stay within their own retro.
        true => page(draft)
            .replace("](#q", &format!("](#r{}-q", i + 1))
            .replace("<a name=\"q", &format!("<a name=\"r{}-q", i + 1)),
        false => page(draft),
    });
    pages.collect::<Vec<_>>().join("\n---\n\n")
}

/// Writes one draft.
pub fn page(draft: &Draft) -> String {
    let mut out = Out::default();
    sections::write(draft, &mut out);
    let mut hashes: Vec<String> = out.machine.iter().map(|l| line_hash(l)).collect();
    hashes.sort();
    hashes.dedup();
    out.text.push_str(&format!("\n{LINES}{} -->\n", hashes.join(" ")));
    out.text
}

/// The document so far, and the lines in it that the machine wrote.
#[derive(Default)]
struct Out {
    text: String,
    machine: Vec<String>,
}

impl Out {
    /// Adds lines of the machine.
    fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            self.machine.push(line.to_owned());
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Adds lines of a person, which are not remembered as the machine's.
    fn person(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }
}

fn line_hash(line: &str) -> String {
    let digest = Sha256::digest(line.trim_end().as_bytes());
    digest.iter().take(4).map(|b| format!("{b:02x}")).collect()
}
