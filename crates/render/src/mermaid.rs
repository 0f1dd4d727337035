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

/// Text that is nothing but text to Mermaid and to the Markdown around it: letters, digits and some punctuation.
/// What would end a statement, open an entity, a tag, a comment, a directive or a code fence is put in other characters.
fn clean(text: &str, max: usize) -> String {
    let shown: String = visible::line(text)
        .chars()
        .filter(|&c| c != '\u{fffd}')
        .map(|c| match c {
            '"' | '`' | '\u{b4}' => '\'',
            '{' | '<' | '[' => '(',
            '}' | '>' | ']' => ')',
            ';' => ',',
            '#' | '%' | '\\' | '|' | '&' | '$' | '~' | '^' => ' ',
            c if c.is_alphanumeric() || !c.is_ascii() || " .,:!?()'-_/=+*@".contains(c) => c,
            _ => ' ',
        })
        .collect();
    // Dashes and colons in a row could be read as an arrow or as the end of a name.
    let calm = shown.replace("--", "-").replace("::", ":");
    let text = visible::label(&calm, max);
    if text.is_empty() { "(no words)".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn whatever_it_was(text in ".{0,90}|[;#%{}<>`\"&$|~:\\\\-]{0,40}") {
            let clean = clean(&text, 60);
            proptest::prop_assert!(!clean.trim().is_empty());
            let left = clean.find([';', '#', '%', '{', '}', '<', '>', '`', '"', '&', '$', '|', '~', '\n']);
            proptest::prop_assert_eq!(left, None);
        }
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(clean("a;b#c\n<script>\"x\"`y` %%{init}%%", 80), "a,b c (script)'x''y' (init)");
        assert_eq!(clean("\u{202e}", 80), "(no words)");
        assert_eq!(clean(&"x".repeat(5000), 60).chars().count(), 61);
    }
}
