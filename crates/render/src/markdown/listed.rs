//! The comment at the end of each section: what the program wrote there, line by line.

use super::marks::{is_id, label, line_hash, sketch};

/// The beginning of a section's comment; the section's name follows.
pub const SECTION: &str = "<!-- hindcast:lines:";

/// The section that ends the document: its comment names the session and the sections with a comment.
pub const LAST: &str = "evidence";

/// The sections' names, each with how its heading begins and what it is called.
pub const SECTIONS: [(&str, &str, &str); 10] = [
    ("header", "# ", "the head of the retro"),
    ("timeline", "## 1.", "1. Timeline"),
    ("impact", "## 2.", "2. Impact"),
    ("trigger", "## 3.", "3. Trigger"),
    ("behavior", "## 4.", "4. LLM behavior analysis"),
    ("system", "## 5.", "5. System contribution"),
    ("delay", "## 6.", "6. Detection delay"),
    ("actions", "## 7.", "7. Action items"),
    ("open", "## Open questions", "Open questions"),
    (LAST, "## Evidence", "Evidence"),
];

/// Longest mark that is read, in bytes: others repeat it.
const LONGEST: usize = 400;

/// Who wrote a line, and whether it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The program.
    Machine,
    /// A person, earlier: `+`.
    Person,
    /// The program, but a person took the line out: `-`.
    KeptOut,
}

/// One line as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The section that it stood in.
    pub section: &'static str,
    /// Who wrote it.
    pub by: By,
    /// The digest of its words.
    pub hash: String,
    /// What its words are similar by; absent where no line is taken for it in other words.
    pub sketch: Option<u32>,
    /// The digest of its label, where it has one and belongs to something.
    pub label: Option<String>,
    /// What it belongs to.
    pub mark: Option<String>,
}

/// The entries of a section, while it is written.
#[derive(Default)]
pub struct List {
    entries: Vec<String>,
    /// Words of a person at this place: they are listed behind what was taken out there, wherever they came from.
    words: Vec<String>,
    head: String,
    named: Vec<String>,
}

impl List {
    /// Adds a line.
    pub fn add(&mut self, by: By, words: &str, mark: Option<&str>) {
        let mut entry = match by {
            By::Machine => "",
            By::Person => "+",
            By::KeptOut => "-",
        }
        .to_owned();
        entry.push_str(&line_hash(words));
        if by != By::KeptOut && (mark.is_some() || is_prose(words)) {
            entry.push_str(&format!("{:08x}", sketch(words)));
            entry.push_str(&mark.and_then(|_| label(words)).unwrap_or_default());
        }
        if let Some(mark) = mark {
            // A verdict below its statement needs no more than its kind.
            let short = mark.strip_suffix(self.head.as_str()).and_then(|m| m.strip_suffix(' '));
            entry.push_str(&format!(" {}", short.unwrap_or(mark)));
            if is_id(mark) {
                mark.clone_into(&mut self.head);
            }
        }
        match (by, mark) {
            (By::Person, None) => self.words.push(entry),
            (By::KeptOut, _) => self.entries.push(entry),
            _ => {
                self.entries.append(&mut self.words);
                self.entries.push(entry);
            }
        }
    }

    fn take(&mut self) -> Vec<String> {
        self.entries.append(&mut self.words);
        std::mem::take(&mut self.entries)
    }

    /// The comment of a section whose lines were added; nothing for one without lines.
    pub fn close(&mut self, section: &str) -> Option<String> {
        self.head.clear();
        let entries = self.take();
        if entries.is_empty() {
            return None;
        }
        self.named.push(section.to_owned());
        Some(format!("{SECTION}{section} {} -->", entries.join("; ")))
    }

    /// The comment of the last section.
    pub fn finish(mut self, session: &str) -> String {
        self.named.push(LAST.to_owned());
        let about = format!("{session} {}", self.named.join(" "));
        let entries = std::iter::once(about).chain(self.take());
        format!("{SECTION}{LAST} {} -->", entries.collect::<Vec<_>>().join("; "))
    }
}

/// False for headings, tables, diagrams and quotes: nobody's words stand for them.
fn is_prose(line: &str) -> bool {
    let words = line.trim_start();
    line.len() - words.len() < 4 && !words.starts_with(['|', '#', '`', '<']) && !words.starts_with("- <a name=")
}

/// The entries in a section's comment, and what its last section says about the document.
pub fn parse<'t>(section: &'static str, body: &'t str) -> (Vec<Entry>, Option<&'t str>) {
    let mut parts = body.split(';').map(str::trim).filter(|p| !p.is_empty());
    let about = if section == LAST { parts.next() } else { None };
    let mut head = String::new();
    let entries = parts.filter_map(|part| {
        let (by, part) = match (part.strip_prefix('+'), part.strip_prefix('-')) {
            (Some(part), _) => (By::Person, part),
            (_, Some(part)) => (By::KeptOut, part),
            _ => (By::Machine, part),
        };
        let (digests, mark) = part.split_once(' ').map_or((part, None), |(d, m)| (d, Some(m.trim())));
        let mark = mark
            .filter(|m| m.len() <= LONGEST)
            .map(|m| if m.contains(' ') || is_id(m) { m.to_owned() } else { format!("{m} {head}") });
        if let Some(mark) = mark.as_ref().filter(|m| is_id(m)) {
            mark.clone_into(&mut head);
        }
        let sketch = digests.get(8..16).and_then(|s| u32::from_str_radix(s, 16).ok());
        let label = digests.get(16..).filter(|l| !l.is_empty()).map(str::to_owned);
        Some(Entry { section, by, hash: digests.get(..8)?.to_owned(), sketch, label, mark })
    });
    (entries.collect(), about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_read_back() {
        let mut list = List::default();
        list.add(By::Machine, "- **Finding 9**: said", Some("st_1 fp_2"));
        list.add(By::Machine, "- Outcome: open", None);
        list.add(By::Person, "- Verdict: confirmed", Some("verdict st_1 fp_2"));
        list.add(By::KeptOut, "- Owner: unassigned", Some("owner ac_3"));
        let comment = list.close("behavior").expect("a comment");
        assert!(comment.contains(" verdict; -"), "{comment}");
        let body = comment.strip_prefix("<!-- hindcast:lines:behavior ").and_then(|c| c.strip_suffix(" -->"));
        let (entries, about) = parse("behavior", body.expect("a body"));
        let read: Vec<_> = entries.iter().map(|e| (e.by, e.mark.as_deref())).collect();
        let expected = [
            (By::Machine, Some("st_1 fp_2")),
            (By::Machine, None),
            (By::Person, Some("verdict st_1 fp_2")),
            (By::KeptOut, Some("owner ac_3")),
        ];
        assert_eq!((read.as_slice(), about), (expected.as_slice(), None));
        assert_eq!(entries[0].hash, line_hash("- **Finding 9**: said"));
        assert_eq!(entries[0].sketch, Some(sketch("- **Finding 9**: said")));
        assert_eq!((&entries[0].label, &entries[1].label), (&label("- **Finding 9**: else"), &None));
        assert_eq!(list.close("system"), None, "nothing was added");
        let last = list.finish("se_4");
        assert_eq!(last, "<!-- hindcast:lines:evidence se_4 behavior evidence -->");
    }
}
