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
        "# Facts that the trace does not contain. Fill in what you know, leave the rest empty, and draft again with --context.\n",
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
        out.push_str("# There are no open questions.\n");
    }
    out.push_str(FINDINGS);
    out
}

/// How a person adds a finding of their own; a comment, since it answers no question.
const FINDINGS: &str = "
# Did anything else go wrong? Give at least one quote or event for each finding.
# category is one of: hallucination, misinterpretation, tool_misuse, refusal_failure, safety_violation.
# quotes are exact words from the session; events are event numbers as shown by `hindcast show`.
# answers is optional: context, tool_design, guardrails, eval_coverage, monitoring, permission_scope (contributed or did_not).
# findings:
#   - category: misinterpretation
#     what: The agent read \"regular\" as \"gold\" and granted lounge access
#     quotes: ['\"membership\":\"regular\"', 'As a gold member']
#     events: [4, 6]
#     answers: {tool_design: contributed, guardrails: contributed}
#     title: A regular member was treated as gold
";

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

#[cfg(test)]
mod tests {
    use super::FINDINGS;
    use crate::facts::parse;

    #[test]
    fn the_example_of_a_finding_can_be_filled_in_as_it_is() {
        let lines = FINDINGS.lines().skip_while(|l| *l != "# findings:");
        let yaml: String = lines.filter_map(|l| l.strip_prefix("# ")).map(|l| format!("{l}\n")).collect();
        assert_eq!(parse(&yaml, "f.yaml").expect(&yaml).findings.map(|f| f.len()), Some(1));
        assert!(parse(FINDINGS, "f.yaml").is_ok(), "nothing but comments");
    }
}
