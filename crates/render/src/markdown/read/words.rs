//! A person's words, without the marks that stand around them.

/// A statement or an action in a person's words, without the label, box and source that stand around it.
pub fn reworded(words: &str) -> String {
    let mut said = words.trim().trim_start_matches("- ").trim();
    for mark in ["[ ]", "[x]", "[X]"] {
        said = said.strip_prefix(mark).map_or(said, str::trim);
    }
    if let Some((_, rest)) = said.strip_prefix("**").and_then(|s| s.split_once("**:")) {
        said = rest;
    }
    let mut said = plain(said);
    // What was looked for is a basis as well, and is written anew.
    while let Some(from) = said.find("(searched event")
        && let Some(length) = said[from..].find(": none)")
    {
        said.replace_range(from..from + length + ": none)".len(), "");
        said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    // "(facts.yaml line 17)" and "(finding 1, eval coverage)" are written anew.
    while let Some((before, inside)) = said.strip_suffix(')').and_then(|s| s.rsplit_once(" (")) {
        let source = inside.contains(" line ") || inside.starts_with("finding ") || inside.ends_with(".yaml");
        if !source {
            break;
        }
        said = before.trim_end().to_owned();
    }
    said
}

/// A person's words as plain text: list marks, table cells, links to quotes and escapes taken away.
pub fn plain(text: &str) -> String {
    let mut text = text.trim();
    // Any blank ends the dash of a list, as blanks are written as one space.
    while let Some(rest) = text.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace)) {
        text = rest.trim_start();
    }
    let text = text.trim_end_matches("*(edited)*").trim();
    let text =
        if text.starts_with('|') { text.trim_end_matches('|').rsplit(" | ").next().unwrap_or(text) } else { text };
    let mut out = String::new();
    let mut rest = text;
    // `quoted words` [q7](#q7) are the basis, which is written anew.
    while let Some(at) = rest.find("](#q") {
        let (before, after) = rest.split_at(at);
        let start = before.rfind('[').unwrap_or(before.len());
        let words = before[..start].trim_end();
        let cut = if words.ends_with('`') { code_start(words) } else { words.len() };
        out.push_str(words[..cut].trim_end());
        out.push(' ');
        rest = after.split_once(')').map_or("", |(_, r)| r);
    }
    out.push_str(rest);
    let out = out.replace("*(edited)*", "").replace("**⚠**", "");
    let mut clean = String::new();
    let mut chars = out.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|n| n.is_ascii_punctuation()) => clean.extend(chars.next()),
            c => clean.push(c),
        }
    }
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The quoted words that stand before links to quotes.
pub fn quoted(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("](#q") {
        let (before, after) = rest.split_at(at);
        let words = before.rfind('[').map_or(before, |start| &before[..start]).trim_end();
        if words.ends_with('`') {
            all.push(words[code_start(words)..].trim_matches('`').trim().to_owned());
        }
        rest = after.split_once(')').map_or("", |(_, r)| r);
    }
    all
}

/// Where the code span at the end of a text begins.
fn code_start(text: &str) -> usize {
    let fence = text.len() - text.trim_end_matches('`').len();
    let inner = &text[..text.len() - fence];
    inner.rfind(&"`".repeat(fence)).unwrap_or(text.len())
}
