//! The files that a commit takes in, as its own output or the look behind it lists them: also those that a tool rewrote on the way.

use crate::prose::pattern;
use crate::session::Call;
use crate::tools::command::Command;
use crate::work::answer;
use regex::Regex;
use std::sync::LazyLock;

// " db/a.rb | 3 ++-", " create mode 100644 a.rb", "M\tb.rb"
static LINES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?m)^ (?P<stat>[^\s|][^|\n]{0,300}?)\s+\|\s+(?:\d+ [+-]*|Bin .*)$|^ (?:create|delete) mode \d{6} (?P<mode>\S.*)$|^[MAD]\t(?P<name>\S.*)$",
    )
});

/// So many files are read.
const MOST: usize = 400;

/// The files in the commit that a call makes; none where it makes none, or its output lists none.
pub fn paths(call: &Call<'_>, commands: &[Command]) -> Vec<String> {
    let verb = |c: &Command| c.plain().next().unwrap_or_default().to_owned();
    let made = commands.iter().position(|c| c.program() == "git" && verb(c) == "commit" && !c.has(&["--dry-run"]));
    let Some(at) = made else { return Vec::new() };
    // What a diff of something else lists is not in the commit.
    let others = commands.iter().enumerate().any(|(i, c)| {
        c.program() == "git" && (verb(c) == "diff" || i < at && matches!(verb(c).as_str(), "show" | "log" | "stash"))
    });
    let Some(told) = answer::of(call, false).filter(|a| !a.declined && !others) else { return Vec::new() };
    listed(&told.text)
}

/// The files that a summary of changes lists.
pub fn listed(text: &str) -> Vec<String> {
    let all = LINES.iter().flat_map(|r| r.captures_iter(text)).take(MOST);
    all.filter_map(|c| c.iter().skip(1).flatten().next().map(|m| m.as_str().trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_summary_are_read() {
        let text = "6d20f1e\n\n app/a.rb           | 2 +-\n db/b.bin | Bin 0 -> 12 bytes\n 2 files changed, 1 insertion(+)\n create mode 100644 c d.txt\n";
        assert_eq!(listed(text), ["app/a.rb", "db/b.bin", "c d.txt"]);
        assert!(listed("| a | b |\n a | b\n[main 1a2b] x").is_empty());
    }
}
