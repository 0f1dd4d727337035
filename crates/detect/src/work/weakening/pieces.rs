//! The pieces of files that a call replaces: by an editing tool, a patch, `sed -i` or a line of a script.

use crate::prose::pattern;
use crate::session::Call;
use crate::tools::command::Command;
use crate::work::edits;
use hindcast_trace::json::Value;
use regex::Regex;
use std::sync::LazyLock;

/// A piece of a file: path, old, new.
pub type Piece = (String, String, String);

/// So many pieces of one command are read.
const MOST: usize = 100;
/// So many lines of a patch are read.
const LINES: usize = 20_000;

// `text.replace("a", "b")`, `re.sub(r'a', 'b', text)`
static REPLACES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quoted = |n: usize| {
        format!(r#"[rbfu]{{0,2}}(?:'(?P<a{n}>(?:[^'\\\n]|\\.){{0,600}})'|"(?P<b{n}>(?:[^"\\\n]|\\.){{0,600}})")"#)
    };
    pattern::compile(&format!(r"(?:\.replace(?:All)?|\bre\.sub)\(\s*{}\s*,\s*{}", quoted(1), quoted(2)))
});

// The first path in quotes: `open("a/b.py")`, `Path('ci.yml')`.
static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r#"['"](?P<path>[\w@./-]{1,200}\.\w{1,8})['"]"#));

/// The pieces of files that a call replaces: path, old, new.
pub fn changes(call: &Call<'_>, commands: &[Command]) -> Vec<Piece> {
    let mut all = Vec::new();
    if let Some(args) = call.args() {
        let text = |v: Value<'_>, names: &[&str]| {
            names.iter().find_map(|n| v.get(n).and_then(Value::str)).map(|s| s.into_owned())
        };
        const OLD: [&str; 7] = ["old_string", "old_str", "old", "find", "search", "old_text", "oldString"];
        const NEW: [&str; 7] = ["new_string", "new_str", "new", "replace", "new_text", "newString", "replacement"];
        let path = text(args, &["file_path", "path", "filename", "target_file", "filePath", "file", "absolute_path"]);
        if let Some(path) = path {
            let listed = args.get("edits").into_iter().flat_map(Value::items).take(MOST);
            for piece in std::iter::once(args).chain(listed) {
                if let (Some(old), Some(new)) = (text(piece, &OLD), text(piece, &NEW)) {
                    all.push((path.clone(), old, new));
                }
            }
        }
        if let Some(patch) = text(args, &["patch", "input", "diff", "patch_text", "patchText"]) {
            all.extend(of_patch(&patch));
        }
    } else if let Some(patch) = call.arguments.filter(|a| a.text.contains("*** ")) {
        all.extend(of_patch(&patch.text));
    }
    for command in commands.iter().take(MOST) {
        all.extend(of_command(call, command));
    }
    all
}

fn of_command(call: &Call<'_>, command: &Command) -> Vec<Piece> {
    let given = || command.heredoc.as_deref().or(command.words.get(1).map(String::as_str)).unwrap_or_default();
    match command.program() {
        "apply_patch" => of_patch(given()),
        "patch" => of_patch(command.heredoc.as_deref().unwrap_or_default()),
        "git" if command.plain().next() == Some("apply") => of_patch(command.heredoc.as_deref().unwrap_or_default()),
        "sed" | "gsed" | "perl" => {
            let Some(path) = edits::of_command(call, command).first().map(|e| e.path.clone()) else {
                return Vec::new();
            };
            let scripts = command.words.iter().skip(1).filter(|w| !w.starts_with('-') && **w != path);
            let pieces = scripts.flat_map(|script| of_sed(script)).take(MOST);
            pieces.map(|(old, new)| (path.clone(), old, new)).collect()
        }
        "python" | "python3" | "node" | "ruby" => of_script(command),
        _ => Vec::new(),
    }
}

/// What a script for `sed` replaces: `s/a/b/`, `12s|a|b|g;/x/d`, `/x/a\ text`.
fn of_sed(script: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = script.trim_start();
    while !rest.is_empty() && all.len() < MOST {
        let (address, behind) = address(rest);
        let mut chars = behind.chars();
        let verb = chars.next();
        let after = chars.as_str();
        let end = match (verb, after.chars().next()) {
            (Some('s'), Some(mark)) if !mark.is_alphanumeric() && !mark.is_whitespace() && mark != '\\' => {
                let body = &after[mark.len_utf8()..];
                let Some((old, body)) = until(body, mark) else { break };
                let Some((new, body)) = until(body, mark) else { break };
                let old = plain(old);
                let new = plain(&new.replace('&', &old));
                all.push((old, new));
                body.find([';', '\n']).map_or("", |at| &body[at + 1..])
            }
            (Some('d'), _) => {
                all.extend(address.map(|line| (plain(line), String::new())));
                after.find([';', '\n']).map_or("", |at| &after[at + 1..])
            }
            (Some('a' | 'i' | 'c'), _) => {
                let text = after.trim_start_matches('\\').trim_start_matches('\n').trim_start();
                let old = address.filter(|_| verb == Some('c')).map(plain).unwrap_or_default();
                all.push((old, plain(text)));
                ""
            }
            _ => break,
        };
        rest = end.trim_start_matches([' ', ';', '\n', '\t']);
    }
    all
}

/// The text of an address (`/x/`), and what stands behind all addresses.
fn address(script: &str) -> (Option<&str>, &str) {
    let mut text = None;
    let mut rest = script;
    for _ in 0..2 {
        if let Some(body) = rest.strip_prefix('/')
            && let Some((found, behind)) = until(body, '/')
        {
            text = text.or(Some(found));
            rest = behind;
        }
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | '+' | '~' | ' '));
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    (text, rest)
}

/// Cuts a text at the first mark that no backslash stands before.
fn until(text: &str, mark: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return Some((&text[..at], &text[at + c.len_utf8()..])),
            _ => {}
        }
    }
    None
}

/// A pattern, or what takes its place, without what escapes it.
fn plain(text: &str) -> String {
    let text = text.trim_start_matches('^').trim_end_matches('$');
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(next) => out.push(next),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}

/// What a line of a script replaces in a file: `text.replace("a", "b")`.
fn of_script(command: &Command) -> Vec<Piece> {
    let script = command.heredoc.as_deref().or_else(|| {
        let at = command.words.iter().position(|w| matches!(w.as_str(), "-c" | "-e"))?;
        command.words.get(at + 1).map(String::as_str)
    });
    let (Some(script), Some(replaces), Some(path)) = (script, REPLACES.as_ref(), PATH.as_ref()) else {
        return Vec::new();
    };
    let Some(path) = path.captures(script).map(|c| c["path"].to_owned()) else { return Vec::new() };
    let all = replaces.captures_iter(script).take(MOST);
    all.map(|c| {
        let side = |n: usize| {
            c.name(&format!("a{n}")).or_else(|| c.name(&format!("b{n}"))).map_or(String::new(), |m| plain(m.as_str()))
        };
        (path.clone(), side(1), side(2))
    })
    .collect()
}

/// The pieces that a patch replaces, with heads of any form: `*** Update File: a`, `+++ b/a`, `--- a` alone, `*** a`.
fn of_patch(patch: &str) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    let mut lines = patch.lines().take(LINES).peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        if let Some(path) = head(line, next) {
            if !path.is_empty() {
                all.push((path, String::new(), String::new()));
            }
        } else if let Some((_, old, new)) = all.last_mut() {
            let (to, rest) = match line.split_at_checked(1) {
                Some(("-", rest)) => (old, rest),
                Some(("+", rest)) => (new, rest),
                _ => continue,
            };
            to.push_str(rest);
            to.push('\n');
        }
    }
    all
}

/// The path in the head of a file's part of a patch; empty for a line that belongs to a head and names no new file.
fn head(line: &str, next: &str) -> Option<String> {
    let named = |path: &str| {
        let path = path.split('\t').next().unwrap_or_default().trim();
        let path = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path);
        let file = !path.is_empty() && path != "/dev/null" && !path.contains(' ');
        if file { path.to_owned() } else { String::new() }
    };
    if let Some(rest) = line.strip_prefix("*** ") {
        let other = ["Begin", "End", "Add File", "Delete File", "Move"].iter().any(|w| rest.starts_with(w));
        return Some(if other { String::new() } else { named(rest.strip_prefix("Update File: ").unwrap_or(rest)) });
    }
    if let Some(rest) = line.strip_prefix("+++ ") {
        return Some(named(rest));
    }
    // Without a head of the new file, that of the old one names both.
    let rest = line.strip_prefix("--- ")?;
    match next {
        _ if next.starts_with("+++ ") => Some(String::new()),
        _ if next.starts_with("@@") => Some(named(rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_sed_are_read() {
        let of = |script: &str| of_sed(script);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(of("s/run: make a/& || true/"), [pair("run: make a", "run: make a || true")]);
        assert_eq!(of("12s|^x/y$|z|g"), [pair("x/y", "z")]);
        assert_eq!(of(r"s/a\.b/a\/c/;/assert x/d"), [pair("a.b", "a/c"), pair("assert x", "")]);
        assert_eq!(of(r"/name: lint/a\        continue-on-error: true"), [pair("", "continue-on-error: true")]);
        assert!(of("20,30p").is_empty() && of("").is_empty() && of("s/a").is_empty());
    }

    #[test]
    fn heads_of_patches_have_many_forms() {
        let all = [
            "*** Begin Patch\n*** Update File: a.c\n@@\n-x\n+y\n*** End Patch",
            "--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-x\n+y",
            "--- a.c\n@@\n-x\n+y",
            "*** a.c\n-x\n+y",
            "diff --git a/a.c b/a.c\n--- a/a.c\t2026\n+++ b/a.c\t2026\n@@ -1 +1 @@\n-x\n+y\n",
        ];
        for patch in all {
            assert_eq!(of_patch(patch), [("a.c".to_owned(), "x\n".to_owned(), "y\n".to_owned())], "{patch}");
        }
        assert!(of_patch("--- a remark\nmore").is_empty());
    }

    #[test]
    fn scripts_that_replace_text_are_read() {
        let script = "python3 - <<'E'\np='ci/a.yml'\nt=open(p).read()\nt=t.replace(\"run: lint\",\"run: lint || true\")\nopen(p,'w').write(t)\nE";
        let command = &crate::tools::command::parse(script)[0];
        let expected = ("ci/a.yml".to_owned(), "run: lint".to_owned(), "run: lint || true".to_owned());
        assert_eq!(of_script(command), [expected]);
    }
}
