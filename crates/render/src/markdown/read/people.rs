//! The findings of people in a document: they come from a facts file, which may be missing at the next draft.

use super::super::marks::marker;
use super::words::{plain, quoted, reworded};
use hindcast_detect::detectors;
use hindcast_retro::merge::ByPerson;
use std::collections::HashMap;

/// How the line that names a person as the source begins; the second wording is of earlier versions.
const SOURCES: [&str; 2] = ["- Detected by: a person, ", "- Said by: person, "];
/// How an answer that came with a finding begins.
const ANSWERS: [(&str, &str); 2] = [
    ("This contributed to the finding at event ", "contributed"),
    ("This did not contribute to the finding at event ", "did_not"),
];

/// All of them, with everything that the document says of each.
pub fn findings<'l>(lines: impl Iterator<Item = &'l str> + Clone) -> Vec<ByPerson> {
    let mut all = Vec::new();
    let mut now: Option<ByPerson> = None;
    // True in a list of findings of a person in short form.
    let mut short = false;
    let mut question = None;
    let mut answers: Vec<(String, &str, &str)> = Vec::new();
    for line in lines.clone() {
        let mut marks = marker(line).unwrap_or_default().split(' ');
        let mark = (marks.next().unwrap_or_default(), marks.next());
        if line.starts_with('#') {
            now = line.strip_prefix("### Finding ").and_then(heading);
            short = line
                .strip_suffix(", in short form")
                .and_then(|l| l.split_once(" more findings of "))
                .is_some_and(|(_, name)| !detectors::ALL.iter().any(|d| d.id() == plain(name)));
        } else if SOURCES.iter().any(|s| line.starts_with(s)) {
            all.extend(now.take().filter(|f| !f.id.is_empty()));
        } else if let ("system", Some(asked)) = mark {
            question = Some(asked);
        } else if mark.0.starts_with("st_") {
            let words = line.rsplit_once("<!-- ").map_or(line, |(words, _)| words);
            let said = reworded(words);
            let answer = ANSWERS.iter().find_map(|(begins, value)| Some((said.strip_prefix(begins)?, *value)));
            if let (Some((rest, value)), Some(question)) = (answer, question) {
                answers.push((rest.split_once(": ").map_or("", |(_, title)| title).to_owned(), question, value));
            } else if short && line.starts_with("- **Finding ") {
                let title = said.clone();
                all.push(ByPerson { title, ..of(mark.0, said, words) });
            } else if let Some(finding) = now.as_mut().filter(|f| f.id.is_empty()) {
                let (title, category) = (std::mem::take(&mut finding.title), std::mem::take(&mut finding.category));
                *finding = ByPerson { title, category, ..of(mark.0, said, words) };
            }
        }
    }
    if all.is_empty() {
        return all;
    }
    let events: HashMap<&str, u32> = lines.filter_map(evidence).collect();
    for finding in &mut all {
        // Until here, these are the numbers of the quotes.
        let ids = std::mem::take(&mut finding.answers);
        finding.events = ids.iter().filter_map(|(id, _)| events.get(id.as_str()).copied()).collect();
        finding.events.sort_unstable();
        finding.events.dedup();
        let of = answers.iter().filter(|(title, ..)| *title == finding.title);
        finding.answers = of.map(|(_, question, value)| ((*question).to_owned(), (*value).to_owned())).collect();
    }
    all
}

/// "1: misinterpretation or hallucination: what happened".
fn heading(heading: &str) -> Option<ByPerson> {
    let mut parts = heading.splitn(3, ": ").skip(1);
    let (category, title) = (parts.next()?, parts.next()?);
    let category = category.split(" or ").next().unwrap_or_default().to_owned();
    Some(ByPerson { category, title: plain(title), ..ByPerson::default() })
}

/// What a statement's line says; the numbers of its quotes stand where the answers will.
fn of(id: &str, what: String, words: &str) -> ByPerson {
    let links = words.split("](#").skip(1).filter_map(|l| l.split_once(')'));
    ByPerson {
        id: id.to_owned(),
        what,
        quotes: quoted(words),
        answers: links.map(|(id, _)| (id.to_owned(), String::new())).collect(),
        ..ByPerson::default()
    }
}

/// The number of a quote, and the event that it stands in: `- <a name="q1"></a>**q1** event 4, …`.
fn evidence(line: &str) -> Option<(&str, u32)> {
    let (id, rest) = line.strip_prefix("- <a name=\"")?.split_once('"')?;
    let event = rest.split_once("** event ")?.1;
    let digits = event.len() - event.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((id, event.get(..digits)?.parse().ok()?))
}
