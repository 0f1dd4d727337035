//! The session as a Mermaid `sequenceDiagram`, for code hosts that draw it.

use crate::steps::{Shape, Step, Steps};
use crate::visible;
use hindcast_retro::Draft;
use std::fmt::Write;

/// Characters of a label.
const LABEL: usize = 60;

/// The sequence diagram of a draft, without the code fence around it.
pub fn sequence(draft: &Draft) -> String {
    let Steps { lanes, steps, left_out } = Steps::of(draft);
    let mut out = String::from("sequenceDiagram\n");
    for (i, lane) in lanes.iter().enumerate() {
        let kind = if lane.name == lane.kind.label() { String::new() } else { format!("{} ", lane.kind.label()) };
        let keyword = if lane.kind == crate::steps::Kind::User { "actor" } else { "participant" };
        line(&mut out, &format!("{keyword} p{i} as {kind}{}", clean(&lane.name, 40)));
    }
    if lanes.is_empty() {
        line(&mut out, "participant p0 as session");
    }
    let all = if lanes.len() > 1 { format!("p0,p{}", lanes.len() - 1) } else { "p0".to_owned() };
    for step in &steps {
        step_lines(step, &all, draft, &mut out);
    }
    if left_out > 0 {
        line(&mut out, &format!("Note over {all}: {left_out} more lines in the timeline"));
    }
    out
}

fn step_lines(step: &Step, all: &str, draft: &Draft, out: &mut String) {
    let text = label(step);
    let place = match step.shape {
        Shape::Arrow { from, to, back } => {
            let arrow = if back { "-->>" } else { "->>" };
            line(out, &format!("p{from}{arrow}p{to}: {text}"));
            if from == to { format!("p{from}") } else { format!("p{},p{}", from.min(to), from.max(to)) }
        }
        Shape::At(lane) => {
            line(out, &format!("Note over p{lane}: {text}"));
            format!("p{lane}")
        }
        Shape::Fold(events) => {
            line(out, &format!("Note over {all}: {events} events, see the timeline"));
            all.to_owned()
        }
        Shape::Outside { learned } => {
            line(out, &format!("Note over {all}: {}{text}", if learned { "discovery: " } else { "" }));
            all.to_owned()
        }
    };
    for number in &step.findings {
        if let Some(finding) = draft.behavior.findings.get(number - 1) {
            line(
                out,
                &format!(
                    "Note over {place}: FINDING {number}, {}: {}",
                    finding.category.label(),
                    clean(&finding.title, LABEL)
                ),
            );
        }
    }
}

fn label(step: &Step) -> String {
    let number = step.event.map_or(String::new(), |e| format!("[{e}] "));
    format!("{number}{}", clean(&step.label, LABEL))
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "    {text}");
}

/// Text that is nothing but text to Mermaid and to the Markdown around it, and reads as it was written.
///
/// What would end a statement or open an entity, a formula or an image of HTML is written as an entity code; the code fence
/// and what could be read as an arrow, a directive or a comment is put in other characters. Braces, brackets and quotation
/// marks mean nothing in a message or a note (mermaid.js.org, "Entity codes to escape characters" of sequence diagrams).
fn clean(text: &str, max: usize) -> String {
    let shown: String = visible::line(text)
        .chars()
        .filter(|&c| c != '\u{fffd}')
        .map(|c| match c {
            '`' | '\u{b4}' => '\'',
            '<' => '(',
            '>' => ')',
            c => c,
        })
        .collect();
    // Dashes and colons in a row could be read as an arrow or as the end of a name, two percent signs as a directive.
    let mut calm = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '-' | ':' if calm.ends_with(c) => {}
            '%' if calm.ends_with('%') => calm.push_str(" %"),
            c => calm.push(c),
        }
    }
    // Shortened before entities are written: none is cut in half.
    let text = visible::label(&calm, max);
    if text.is_empty() { "(no words)".to_owned() } else { entities(&text) }
}

/// `#59;` for `;` and so on, as Mermaid reads them.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' | ';' | '&' | '$' | '\\' | '~' | '|' | '^' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn whatever_it_was(text in ".{0,90}|[;#%{}<>`\"&$|~:\\\\-]{0,40}") {
            let clean = clean(&text, 60);
            proptest::prop_assert!(!clean.trim().is_empty());
            proptest::prop_assert_eq!(clean.find(['<', '>', '`', '&', '$', '|', '~', '\n']), None);
            proptest::prop_assert!(!clean.contains("%%") && !clean.contains("--"));
            // A semicolon ends an entity code of ours and stands nowhere else.
            let mut parts = clean.split('#');
            proptest::prop_assert!(!parts.next().is_some_and(|before| before.contains(';')));
            for part in parts {
                let (code, rest) = part.split_once(';').expect("a code ends");
                proptest::prop_assert!(code.len() <= 3 && code.bytes().all(|b| b.is_ascii_digit()) && !rest.contains(';'));
            }
        }
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(clean("a;b#c\n<script>\"x\"`y` %%{init}%%", 80), "a#59;b#35;c (script)\"x\"'y' % %{init}% %");
        assert_eq!(clean("{\"id\":[\"A-1\"]} costs $120, 5% off", 80), "{\"id\":[\"A-1\"]} costs #36;120, 5% off");
        assert_eq!(clean("\u{202e}", 80), "(no words)");
        assert_eq!(clean(&"x".repeat(5000), 60).chars().count(), 61);
    }
}
