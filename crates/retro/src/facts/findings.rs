//! Findings of a person: what no rule sees.

use super::Facts;
use crate::draft::Contribution;
use hindcast_detect::finding::Category;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::HashMap;

/// Findings in one file, and quotes or events of one finding.
const MOST: usize = 50;
/// Quotes in one file: each is looked up in the whole session.
const MOST_QUOTES: usize = 200;
/// Characters of one text.
const LONGEST: usize = 2_000;
/// Characters of a title that is made from what happened.
const TITLE: usize = 100;

/// A finding of a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonFinding {
    /// The category.
    pub category: Spanned<Category>,
    /// What happened, in a sentence or two.
    pub what: Spanned<String>,
    /// Words of the session, exactly as they are there.
    #[serde(default)]
    pub quotes: Option<Vec<Spanned<String>>>,
    /// Events, counted from 1 as `hindcast show` counts them. The quotes must be in one of them.
    #[serde(default)]
    pub events: Option<Vec<Spanned<u32>>>,
    /// The system questions that it answers.
    #[serde(default)]
    pub answers: Option<PersonAnswers>,
    /// One line for a heading; by default what happened.
    #[serde(default)]
    pub title: Option<Spanned<String>>,
}

/// A person's answers to the system questions, as far as a finding gives them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonAnswers {
    context: Option<Spanned<PersonAnswer>>,
    tool_design: Option<Spanned<PersonAnswer>>,
    guardrails: Option<Spanned<PersonAnswer>>,
    eval_coverage: Option<Spanned<PersonAnswer>>,
    monitoring: Option<Spanned<PersonAnswer>>,
    permission_scope: Option<Spanned<PersonAnswer>>,
}

/// A person's answer to a system question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonAnswer {
    /// It contributed.
    Contributed,
    /// It did not.
    DidNot,
}

impl From<PersonAnswer> for Contribution {
    fn from(answer: PersonAnswer) -> Self {
        match answer {
            PersonAnswer::Contributed => Contribution::Contributed,
            PersonAnswer::DidNot => Contribution::DidNot,
        }
    }
}

impl PersonFinding {
    /// One line for a heading.
    pub fn heading(&self) -> String {
        if let Some(title) = self.title.as_ref().filter(|t| !t.value.trim().is_empty()) {
            return title.value.trim().to_owned();
        }
        let what = self.what.value.trim();
        let line = what.lines().next().unwrap_or_default().trim_end_matches('.');
        match line.char_indices().nth(TITLE) {
            None => line.to_owned(),
            Some((end, _)) => {
                let cut = line[..end].rfind(char::is_whitespace).unwrap_or(end);
                format!("{} …", line[..cut].trim_end())
            }
        }
    }

    /// The answer to a system question, and its line.
    pub fn answer(&self, question: &str) -> Option<(Contribution, u64)> {
        let answers = self.answers.as_ref()?;
        let answer = match question {
            "context" => &answers.context,
            "tool_design" => &answers.tool_design,
            "guardrails" => &answers.guardrails,
            "eval_coverage" => &answers.eval_coverage,
            "monitoring" => &answers.monitoring,
            "permission_scope" => &answers.permission_scope,
            _ => return None,
        };
        answer.as_ref().map(|a| (a.value.into(), a.referenced.line()))
    }

    /// Its quotes.
    pub(super) fn quotes(&self) -> &[Spanned<String>] {
        self.quotes.as_deref().unwrap_or_default()
    }

    /// Its events.
    pub(super) fn events(&self) -> &[Spanned<u32>] {
        self.events.as_deref().unwrap_or_default()
    }
}

/// `line 3, column 7`.
pub(super) fn place<T>(of: &Spanned<T>) -> String {
    format!("line {}, column {}", of.referenced.line(), of.referenced.column())
}

/// Looks for the first fault that can be told without the session.
pub(super) fn check(facts: &Facts) -> Result<(), String> {
    let mut known: HashMap<&str, &Spanned<String>> = HashMap::new();
    let mut quotes = 0;
    for (number, finding) in facts.findings.iter().flatten().enumerate() {
        let at = place(&finding.what);
        if number == MOST {
            return Err(format!("{at}: a facts file holds at most {MOST} findings."));
        }
        let title = finding.title.iter().map(|t| ("title", t));
        for (name, text) in std::iter::once(("what", &finding.what)).chain(title) {
            length(name, text)?;
        }
        finding.quotes().iter().try_for_each(|q| length("a quote", q))?;
        if finding.quotes().is_empty() && finding.events().is_empty() {
            return Err(format!(
                "{at}: this finding has no evidence. Add `quotes` (words from the session) or `events` (event numbers as shown by `hindcast show`)."
            ));
        }
        quotes += finding.quotes().len();
        let most =
            [("quotes", finding.quotes().get(MOST).map(place)), ("events", finding.events().get(MOST).map(place))];
        for (name, over) in most {
            if let Some(at) = over {
                return Err(format!("{at}: a finding has at most {MOST} {name}."));
            }
        }
        if quotes > MOST_QUOTES {
            return Err(format!("{at}: the findings of a file have at most {MOST_QUOTES} quotes in all."));
        }
        if let Some(first) = known.insert(finding.what.value.trim(), &finding.what) {
            return Err(format!("{at}: the same finding is on line {}. Keep one.", first.referenced.line()));
        }
    }
    Ok(())
}

fn length(name: &str, text: &Spanned<String>) -> Result<(), String> {
    let at = place(text);
    if text.value.trim().is_empty() {
        return Err(format!("{at}: {name} is empty."));
    }
    match text.value.chars().nth(LONGEST) {
        Some(_) => Err(format!("{at}: {name} is longer than {LONGEST} characters. Shorten it.")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use hindcast_detect::finding::Category;

    fn refused(yaml: &str) -> String {
        parse(yaml, "f.yaml").expect_err("a fault").to_string()
    }

    #[test]
    fn a_finding_is_read_with_its_answers() {
        let yaml = "findings:\n  - category: tool_misuse\n    what: It took the wrong tool.\n    quotes: [a, b]\n    events: [4]\n    answers: {tool_design: contributed, context: did_not}\n";
        let facts = parse(yaml, "f.yaml").expect("valid");
        let [finding] = &facts.findings.expect("findings")[..] else { panic!("one") };
        assert_eq!(finding.category.value, Category::ToolMisuse);
        assert_eq!(finding.heading(), "It took the wrong tool");
        assert_eq!(finding.answer("tool_design").map(|(_, line)| line), Some(6));
        assert_eq!(finding.answer("monitoring"), None);
        assert!(parse("findings:\n", "f.yaml").is_ok() && parse("findings: []\n", "f.yaml").is_ok());
    }

    #[test]
    fn faults_are_told_with_line_and_column() {
        let other = refused("findings:\n  - category: hallucinations\n    what: a\n    events: [1]\n");
        assert!(
            other.contains("line 2, column 15: unknown value `hallucinations`. Did you mean `hallucination`?"),
            "{other}"
        );
        let all = "Allowed: hallucination, misinterpretation, tool_misuse, refusal_failure, safety_violation.";
        assert!(other.contains(all), "{other}");
        let field = refused("findings:\n  - category: hallucination\n    what: a\n    quote: [b]\n");
        assert!(field.contains("line 4, column 5: unknown field `quote`. Did you mean `quotes`?"), "{field}");
        let question = refused(
            "findings:\n  - category: hallucination\n    what: a\n    events: [1]\n    answers: {tools_design: contributed}\n",
        );
        assert!(
            question.contains("line 5, column 15: unknown field `tools_design`. Did you mean `tool_design`?"),
            "{question}"
        );
        let answer = refused(
            "findings:\n  - category: hallucination\n    what: a\n    events: [1]\n    answers: {context: unknown}\n",
        );
        assert!(answer.contains("Allowed: contributed, did_not."), "{answer}");
        assert!(refused("findings:\n  - what: a\n    events: [1]\n").contains("`category` is missing"));
        let nothing = refused("findings:\n  - category: hallucination\n    what: a\n    quotes: []\n");
        assert!(nothing.contains("line 3, column 11: this finding has no evidence"), "{nothing}");
        let twice = "findings:\n  - {category: hallucination, what: a, events: [1]}\n  - {category: tool_misuse, what: a, events: [2]}\n";
        assert!(refused(twice).contains("line 3, column 35: the same finding is on line 2"), "{}", refused(twice));
    }

    #[test]
    fn sizes_are_limited() {
        let long = "x".repeat(2_001);
        let of = |fields: &str| format!("findings:\n  - {{category: hallucination, what: a, {fields}}}\n");
        assert!(refused(&of(&format!("quotes: [{long}]"))).contains("a quote is longer than 2000 characters"));
        assert!(parse(&of(&format!("quotes: [{}]", &long[1..])), "f.yaml").is_ok());
        let many = |n: usize| vec!["1"; n].join(", ");
        assert!(refused(&of(&format!("events: [{}]", many(51)))).contains("at most 50 events"));
        assert!(refused(&of(&format!("quotes: [{}]", many(51)))).contains("at most 50 quotes"));
        let lines: String =
            (0..51).map(|n| format!("  - {{category: hallucination, what: a{n}, events: [1]}}\n")).collect();
        assert!(refused(&format!("findings:\n{lines}")).contains("line 52, column 37: a facts file holds at most 50"));
    }

    #[test]
    fn a_long_text_is_cut_for_the_heading() {
        let yaml = format!("findings:\n  - {{category: hallucination, what: {}, events: [1]}}\n", "word ".repeat(40));
        let facts = parse(&yaml, "f.yaml").expect("valid");
        let heading = facts.findings.expect("findings")[0].heading();
        assert!(heading.ends_with("word …") && heading.chars().count() < 105, "{heading}");
    }
}
