//! Shell command lines as agents write them, taken apart into simple commands.
//!
//! This is no shell: what it cannot read (loops, functions, `$(…)`) stays one opaque word or is marked as uncertain.

pub mod exit;
mod given;
pub mod gone;
pub(crate) mod kept;
pub mod risk;
mod split;
mod strip;
mod table;
mod trial;

pub(crate) use given::{is_line, program_of};
pub use given::{of_call, script};
pub use split::parse;
pub use table::{Risk, phrased, spoken};

/// How a command is joined to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Join {
    /// `;`, a new line, or the beginning.
    #[default]
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
}

/// One command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// Program and arguments, without quotes, environment assignments, and wrappers such as `sudo`, `npx` or `uv run`.
    pub words: Vec<String>,
    /// How it is joined to the command before.
    pub join: Join,
    /// The file that its output goes to.
    pub output: Option<String>,
    /// The text that follows in the script for it to read (`<<EOF`).
    pub heredoc: Option<String>,
    /// True with `&` behind it.
    pub background: bool,
    /// The folder that a `cd` before it named.
    pub folder: Option<String>,
    /// True inside a loop, a condition or a function: nobody knows whether, and how often, it ran.
    pub uncertain: bool,
    /// The command as it stands in the script, with its quotes; empty where it is given as a list of words.
    pub source: String,
}

/// So many characters of a command are shown.
const MOST_SHOWN: usize = 90;

impl Command {
    /// The program's name without its folder.
    pub fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }

    /// The command as it was written, for people: cut, and marked as cut, where it is long or has several lines.
    pub fn shown(&self) -> String {
        let whole = if self.source.is_empty() { self.words.join(" ") } else { self.source.clone() };
        let line = whole.lines().next().unwrap_or_default().trim_end();
        match line.char_indices().nth(MOST_SHOWN) {
            Some((at, _)) => format!("{}…", line[..at].trim_end()),
            None if line.len() < whole.trim_end().len() => format!("{line} …"),
            None => line.to_owned(),
        }
    }

    /// The arguments that are no options, in order.
    pub fn plain(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).map(String::as_str).filter(|w| !w.starts_with('-') && !w.starts_with('+'))
    }

    /// True when an argument is one of these.
    pub fn has(&self, options: &[&str]) -> bool {
        self.words.iter().skip(1).any(|w| options.contains(&w.as_str()))
    }
}

/// True when a command may change something: it is none that only looks, or its output goes to a file.
pub fn may_change(command: &Command) -> bool {
    command.output.is_some() || !table::looks(command)
}

/// True when a command only shows what it, or another one, would change.
pub fn is_trial(command: &Command) -> bool {
    trial::is(command)
}

/// True for a check, a build or a script: it fails because of what it looks at.
pub fn checks(command: &Command) -> bool {
    table::checks(command)
}

/// True when a command changes something as far as anybody knows, and is no check, build or script.
pub fn acts(command: &Command) -> bool {
    command.output.is_none() && !table::looks(command) && !table::checks(command)
}

/// True when the exit code of the whole line is zero only if the command at `at` succeeded: nothing behind it hides its failure.
pub fn decides(commands: &[Command], at: usize) -> bool {
    let own = commands.get(at).is_some_and(|c| !c.background && !c.uncertain);
    let pipes_tell = commands[..at.min(commands.len())].iter().any(|c| c.program() == "set" && c.has(&["pipefail"]));
    own && commands[at + 1..].iter().all(|c| c.join == Join::And || c.join == Join::Pipe)
        && (pipes_tell || commands.get(at + 1).is_none_or(|next| next.join == Join::And))
}

/// True when the line prints the exit code of the command at `at` itself: `npm test; echo $?`.
pub fn tells_code(commands: &[Command], at: usize) -> bool {
    let behind = commands.get(at + 1..).unwrap_or_default();
    let pipes = behind.iter().take_while(|c| c.join == Join::Pipe).count();
    let Some(next) = behind.get(pipes).filter(|c| matches!(c.program(), "echo" | "printf")) else { return false };
    let says = |sign: &str| next.words.iter().any(|w| w.contains(sign));
    says("PIPESTATUS[0]") || says("pipestatus[1]") || (pipes == 0 && says("$?"))
}

/// True when the command at `at` may not have run at all: it stands behind `||`, or inside a condition.
pub fn may_be_skipped(commands: &[Command], at: usize) -> bool {
    commands.get(at).is_none_or(|c| c.uncertain || c.join == Join::Or)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<String> {
        parse(script).iter().map(|c| c.words.join(" ")).collect()
    }

    #[test]
    fn lines_are_taken_apart() {
        assert_eq!(words("cd app && npm test 2>&1 | tail -20"), ["cd app", "npm test", "tail -20"]);
        assert_eq!(words("RUST_BACKTRACE=1 cargo test --all; echo done"), ["cargo test --all", "echo done"]);
        assert_eq!(words("bash -lc \"cd x && pytest -q\""), ["cd x", "pytest -q"]);
        assert_eq!(
            words("git commit -m \"$(cat <<'EOF'\nFix && run tests\n\n- a; b\nEOF\n)\""),
            ["git commit -m $(cat <<'EOF'\nFix && run tests\n\n- a; b\nEOF\n)"]
        );
        assert_eq!(words("# run it\nnpx --yes jest src # all"), ["jest src"]);
        assert_eq!(words("timeout 60 uv run python -m pytest tests"), ["pytest tests"]);
        assert_eq!(words("docker compose exec -T web bundle exec rspec"), ["rspec"]);
        assert_eq!(words("git ls-files | xargs -n 20 ruff check"), ["git ls-files", "ruff check"]);
        assert_eq!(words("(cd a; make) || true"), ["cd a", "make", "true"]);
        assert_eq!(words("cargo build \\\n  --release"), ["cargo build --release"]);
    }

    #[test]
    fn a_heredoc_is_no_command() {
        let parsed = parse("cat > src/a.rs <<'EOF'\nfn a() {}\ncargo test\nEOF\ncargo build");
        assert_eq!(parsed.iter().map(Command::program).collect::<Vec<_>>(), ["cat", "cargo"]);
        assert_eq!(parsed[0].output.as_deref(), Some("src/a.rs"));
        assert_eq!(parsed[0].heredoc.as_deref(), Some("fn a() {}\ncargo test\n"));
    }

    #[test]
    fn looking_is_told_from_changing() {
        let any = |script: &str| parse(script).iter().any(may_change);
        for looks in [
            "ls -la | grep x",
            "git status && git log -3",
            "cat a.txt; sed -n 1,5p b",
            "kubectl get pods",
            "find . -name a",
        ] {
            assert!(!any(looks), "{looks}");
        }
        for changes in ["sed -i s/a/b/ x", "echo a >> b", "git commit -m x", "rm a", "find . -delete", "make"] {
            assert!(any(changes), "{changes}");
        }
        assert!(parse("logrotate -f x").iter().any(acts) && !parse("pytest -q; cat x").iter().any(acts));
    }

    #[test]
    fn folders_and_exit_codes_are_followed() {
        let parsed = parse("cd web && npm test && npm run lint");
        assert_eq!(parsed[1].folder.as_deref(), Some("web"));
        assert!(decides(&parsed, 1) && decides(&parsed, 2));
        let hidden = parse("npm test | tee log; echo $?");
        assert!(!decides(&hidden, 0));
        assert!(!decides(&parse("npm test || true"), 0));
        assert!(decides(&parse("set -euo pipefail; npm test | tail -5"), 1));
        assert!(
            tells_code(&parse("npm test; echo \"exit=$?\""), 0) && !tells_code(&parse("npm test | tail; echo $?"), 0)
        );
        assert!(tells_code(&parse("npm test | tail -3; echo ${PIPESTATUS[0]}"), 0));
        assert!(!decides(&parse("npm start & sleep 2"), 0));
        assert!(parse("for f in a b; do pytest $f; done").iter().any(|c| c.program() == "pytest" && c.uncertain));
        assert!(may_be_skipped(&parse("a || cargo test"), 1));
    }

    #[test]
    fn odd_text_neither_panics_nor_runs_on() {
        for odd in [
            "", "'", "\"", "`", "$(", "((", "<<", "<<<", "&& ||", "a >", "\\", "é|ü", "<<EOF", "bash -c", "env",
            "timeout",
        ] {
            parse(odd);
        }
        let deep = format!("{}x", "bash -c '".repeat(50));
        parse(&deep);
        assert!(parse(&"a;".repeat(10_000)).len() <= 400);
    }
}
