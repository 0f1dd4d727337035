//! Scripts that stand in a command itself: `python - <<EOF`, `node -e '…'`. Their text says what they may have done.

use crate::prose::pattern;
use crate::tools::command::Command;
use regex::Regex;
use std::sync::LazyLock;

// What starts programs, speaks to others, or runs the project's tests.
static REACHES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)subprocess|system\(|popen|spawn|exec|child_process|runpy|check_(?:output|call)|pexpect|fabric|paramiko|invoke|sh\.|`|\$\(|%x|test|request|https?:|urllib|socket|fetch\(|boto|docker|kubernetes|psycopg|sqlalchemy|sqlite|connect\(|import_module|importlib|__import__|require\(['\x22]\.|\bload\b|eval\(",
    )
});
static WRITES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"['"][wa]\+?b?['"]|write_text|write_bytes|writelines|writeFile|\.write\(|\.save\(|\.dump\(|File\.write"#,
    )
});
static PATHS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r#"['"]([^'"\s]{1,200}\.[A-Za-z]{1,10})['"]"#));

/// The script that stands in a command of an interpreter.
pub fn script(command: &Command) -> Option<&str> {
    let program = command.program();
    let interpreter =
        matches!(program, "node" | "ruby" | "perl" | "php" | "bun" | "deno") || program.starts_with("python");
    if !interpreter {
        return None;
    }
    let option = command.words.iter().position(|w| matches!(w.as_str(), "-c" | "-e" | "--eval" | "-p" | "-pe" | "-ne"));
    let given = option.and_then(|at| command.words.get(at + 1)).map(String::as_str);
    given.or(command.heredoc.as_deref())
}

/// True when a script only computes, prints and works on files: it starts no program, and speaks to nobody.
pub fn keeps_to_itself(script: &str) -> bool {
    script.len() < 20_000 && REACHES.as_ref().is_some_and(|r| !r.is_match(script))
}

/// The files that a script writes to, as far as it names them.
pub fn written(script: &str) -> Vec<&str> {
    let (Some(writes), Some(paths)) = (WRITES.as_ref(), PATHS.as_ref()) else { return Vec::new() };
    if !writes.is_match(script) {
        return Vec::new();
    }
    paths.captures_iter(script).take(40).filter_map(|c| c.get(1)).map(|m| m.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::command::parse;

    #[test]
    fn a_script_says_what_it_may_have_done() {
        let edits = "python3 - <<'PY'\ns = open('warp.py').read()\nopen('warp.py', 'w').write(s)\nPY";
        let command = &parse(edits)[0];
        let text = script(command).expect("a script");
        assert!(keeps_to_itself(text));
        assert_eq!(written(text), ["warp.py", "warp.py"]);
        for reaches in ["import subprocess; subprocess.run(['make'])", "import os\nos.system('pytest')", "test_all()"] {
            assert!(!keeps_to_itself(reaches), "{reaches}");
        }
        assert_eq!(script(&parse("node -e 'console.log(1)'")[0]), Some("console.log(1)"));
        assert!(script(&parse("python tool.py")[0]).is_none() && written("print(open('a.py').read())").is_empty());
    }
}
