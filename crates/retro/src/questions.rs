//! The questions that a trace left open, as a facts file to fill in.

use crate::draft::Draft;
use crate::statement::Question;
use std::fmt::Write;

/// Writes the open questions of drafts as YAML; every entry is empty and every question a comment above it.
pub fn yaml(draft: &Draft) -> String {
    let mut asked = draft.questions();
    // Entries of one group stand together, groups in the order in which the retro asks for them.
    let top = |q: &Question| q.entry.split('.').next().unwrap_or_default().to_owned();
    let groups: Vec<String> = asked.iter().map(top).collect();
    asked.sort_by_key(|q| groups.iter().position(|g| *g == top(q)));
    let mut out = String::from(
        "# What the trace cannot know. Fill in what you know, leave the rest empty, and draft again with --context.\n",
    );
    let _ = writeln!(out, "# Times need a zone: 2026-11-23T15:05:00+01:00");
    let mut group = "";
    for question in &asked {
        let (top, rest) = question.entry.split_once('.').map_or((question.entry.as_str(), None), |(t, r)| (t, Some(r)));
        if top != group {
            out.push('\n');
        }
        comment(&mut out, question, if rest.is_some() && top == group { "  " } else { "" });
        match rest {
            Some(rest) => {
                if top != group {
                    let _ = writeln!(out, "{top}:");
                }
                let _ = writeln!(out, "  {rest}:");
                for also in question.entries().into_iter().skip(1).filter_map(|e| e.split_once('.')) {
                    let _ = writeln!(out, "  {}:", also.1);
                }
                if rest == "at" {
                    let _ = writeln!(out, "  by:");
                    // Whoever is asked how needs a place for the answer.
                    if question.ask.contains("how") {
                        let _ = writeln!(out, "  how:");
                    }
                }
            }
            None => {
                let _ = writeln!(out, "{top}:");
            }
        }
        group = top;
    }
    if asked.is_empty() {
        out.push_str("# Nothing is open.\n");
    }
    out
}

fn comment(out: &mut String, question: &Question, indent: &str) {
    let _ = writeln!(out, "{indent}# {}", question.ask.replace('\n', " "));
    let example = match question.entry.as_str() {
        "guards" => "[{name: pii-filter, checks: output, covers: [secret-disclosed], catches: card numbers}]",
        "evals" => "[{name: refund-suite, covers: [completion-not-terminal], catches: what it tests}]",
        "monitors" => "[{name: claims-monitor, covers: [completion-not-terminal]}]",
        _ => return,
    };
    let _ = writeln!(out, "{indent}#   for example: {example}");
}
