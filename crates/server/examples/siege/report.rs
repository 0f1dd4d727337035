//! What the stages tell: progress while they run, and a table in the end.

use std::io::{IsTerminal, Write};

/// Whether a bar was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Yes,
    No,
    /// A figure without a bar.
    Figure,
    Skipped,
}

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    stage: &'static str,
    database: &'static str,
    what: String,
    figure: String,
    held: Held,
}

impl Row {
    fn new(stage: &'static str, database: &'static str, what: &str, figure: &str, held: Held) -> Self {
        Row { stage, database, what: what.to_owned(), figure: figure.to_owned(), held }
    }

    /// A figure that a bar is set for.
    pub fn bar(stage: &'static str, database: &'static str, what: &str, figure: &str, held: bool) -> Self {
        Self::new(stage, database, what, figure, if held { Held::Yes } else { Held::No })
    }

    /// A figure that no bar is set for.
    pub fn figure(stage: &'static str, database: &'static str, what: &str, figure: &str) -> Self {
        Self::new(stage, database, what, figure, Held::Figure)
    }

    /// What could not be done here, and why.
    pub fn skipped(stage: &'static str, database: &'static str, why: &str) -> Self {
        Self::new(stage, database, "skipped", why, Held::Skipped)
    }

    pub fn is_missed(&self) -> bool {
        self.held == Held::No
    }
}

/// The lines below their heading.
pub fn table(rows: &[Row]) -> String {
    let mut text = format!("{:<9} {:<11} {:<7} {:<44} figure\n", "stage", "database", "bar", "");
    for Row { stage, database, what, figure, held } in rows {
        let held = match held {
            Held::Yes => "held",
            Held::No => "MISSED",
            Held::Figure => "",
            Held::Skipped => "skipped",
        };
        // A fault may be told in many lines.
        let figure: String = figure.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(600).collect();
        text.push_str(&format!("{stage:<9} {database:<11} {held:<7} {what:<44} {figure}\n"));
    }
    text
}

/// Shows how far it is, in place of what was shown before, if somebody watches.
pub fn progress(text: &str) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let text: String = text.chars().take(100).collect();
        write!(err, "\r\x1b[K{text}").and_then(|()| err.flush()).ok();
    }
}
