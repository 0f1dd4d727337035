//! The files that the agent changed, and when.

use crate::session::Call;
use crate::tools::builtin::{ToolRole, of};
use crate::tools::command::Command;
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;

/// A change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The call's event.
    pub event: u32,
    /// The answer's event; the call's, where there is no answer.
    pub answered: u32,
    /// The file's path, as the call names it.
    pub path: String,
    /// True when the change touches code: a file of a programming language, and more than comments and blanks of it.
    pub code: bool,
}

impl Edit {
    /// The file's name without its folder, in lower case.
    pub fn name(&self) -> String {
        name_of(&self.path)
    }

    /// The file's name as the call writes it.
    pub fn shown(&self) -> &str {
        last_part(&self.path)
    }

    /// The ending, in lower case; the whole name for a file like `Dockerfile`.
    pub fn ending(&self) -> String {
        let name = self.name();
        name.rsplit('.').next().unwrap_or(&name).to_owned()
    }
}

/// A path's last part, in lower case.
pub fn name_of(path: &str) -> String {
    last_part(path).to_ascii_lowercase()
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Endings of files that hold code.
const CODE: [&str; 52] = [
    "rs",
    "go",
    "py",
    "pyi",
    "js",
    "jsx",
    "ts",
    "tsx",
    "mjs",
    "cjs",
    "mts",
    "cts",
    "vue",
    "svelte",
    "java",
    "kt",
    "kts",
    "scala",
    "groovy",
    "c",
    "cc",
    "cpp",
    "cxx",
    "h",
    "hpp",
    "cs",
    "fs",
    "vb",
    "rb",
    "erb",
    "php",
    "swift",
    "m",
    "mm",
    "ex",
    "exs",
    "clj",
    "hs",
    "ml",
    "mli",
    "lua",
    "dart",
    "jl",
    "zig",
    "sh",
    "bash",
    "sql",
    "pl",
    "r",
    "elm",
    "tf",
    "dockerfile",
];

/// True for a file of a programming language that belongs to the project.
pub fn is_code(path: &str) -> bool {
    let name = name_of(path);
    let ending = name.rsplit('.').next().unwrap_or(&name);
    let aside = path.starts_with("/tmp/")
        || path.contains("/scratchpad")
        || path.contains("/.claude/")
        || path.starts_with(".claude/");
    CODE.contains(&ending) && !aside
}

/// The changes that a call of an editing tool makes, whatever came of it.
pub fn of_tool(call: &Call<'_>) -> Vec<Edit> {
    let writes = match call.named_role() {
        Some(ToolRole::Edit) => true,
        Some(ToolRole::File) => of(&call.name.text).is_some_and(|b| b.effect == Effect::Write),
        _ => false,
    };
    if !writes {
        return Vec::new();
    }
    let Some(args) = call.args() else {
        // A patch that is the whole of the arguments.
        let patch = call.arguments.map(|a| a.text.as_str()).filter(|a| a.contains("*** "));
        return patch.map(|patch| of_patch(call, patch)).unwrap_or_default();
    };
    let text = |names: &[&str]| names.iter().find_map(|n| args.get(n).and_then(Value::str)).map(|s| s.into_owned());
    // One tool that does several things says which.
    if text(&["command"]).is_some_and(|c| c == "view" || c == "undo_edit") {
        return Vec::new();
    }
    if let Some(patch) = text(&["patch", "input", "diff", "patch_text", "patchText"]).filter(|p| p.contains("*** ")) {
        return of_patch(call, &patch);
    }
    let path =
        text(&["file_path", "path", "filename", "target_file", "filePath", "notebook_path", "file", "absolute_path"]);
    let Some(path) = path else { return of_changes(call, args) };
    let old = text(&["old_string", "old_str", "old", "find", "search", "old_text", "oldString"]);
    let new = text(&["new_string", "new_str", "new", "replace", "new_text", "newString"]);
    let real = match (&old, &new) {
        (Some(old), Some(new)) => stripped(old) != stripped(new),
        _ => true,
    };
    vec![edit(call, &path, real)]
}

/// The files in a record of changes: an object by path (`{"src/a.rs": {"type": "update"}}`), or a list of `{path, kind}`.
fn of_changes(call: &Call<'_>, args: Value<'_>) -> Vec<Edit> {
    let by_path = args.entries().filter(|(_, change)| change.get("type").is_some()).filter_map(|(path, _)| path.str());
    let listed = args.items().filter(|change| change.get("kind").is_some()).filter_map(|c| c.get("path")?.str());
    by_path.chain(listed).take(100).map(|path| edit(call, &path, true)).collect()
}

/// The files that a patch of the form `*** Update File: src/a.rs` changes.
pub fn of_patch(call: &Call<'_>, patch: &str) -> Vec<Edit> {
    let named = |line: &str| {
        ["*** Update File: ", "*** Add File: ", "*** Delete File: "]
            .iter()
            .find_map(|p| line.strip_prefix(p))
            .map(str::trim)
            .map(str::to_owned)
    };
    patch.lines().filter_map(named).take(100).map(|path| edit(call, &path, true)).collect()
}

pub(super) fn edit(call: &Call<'_>, path: &str, real: bool) -> Edit {
    let answered = call.result.as_ref().map_or(call.event, |r| r.event);
    Edit { event: call.event, answered, path: path.to_owned(), code: real && is_code(path) }
}

/// Text without blanks and without lines that are comments.
fn stripped(text: &str) -> String {
    let comment = |line: &&str| {
        let line = line.trim_start();
        ["//", "#", "*", "/*", "--", ";;", "<!--"].iter().any(|c| line.starts_with(c))
            && !line.starts_with("#[")
            && !line.starts_with("#include")
    };
    text.lines().filter(|l| !comment(l)).flat_map(|l| l.chars().filter(|c| !c.is_whitespace())).collect()
}

/// The changes that a shell command surely makes: `sed -i`, output into a file, a patch.
pub fn of_command(call: &Call<'_>, command: &Command) -> Vec<Edit> {
    let mut paths: Vec<&str> = Vec::new();
    let last = || command.plain().last();
    match command.program() {
        "sed" | "perl"
            if command
                .words
                .iter()
                .skip(1)
                .any(|w| w.starts_with("-i") || w == "-pi" || w.starts_with("--in-place")) =>
        {
            paths.extend(last());
        }
        "tee" => paths.extend(command.plain()),
        "cat" | "echo" | "printf" => paths.extend(command.output.as_deref()),
        "apply_patch" => {
            let patch = command.heredoc.as_deref().or(command.words.get(1).map(String::as_str));
            return of_patch(call, patch.unwrap_or_default());
        }
        _ => {}
    }
    paths.into_iter().filter(|p| !p.starts_with("/dev/")).map(|p| edit(call, p, true)).collect()
}

/// The files that a command removes: `rm`, `git rm`, the deletions of a patch.
pub fn removed(command: &Command) -> Vec<String> {
    let plain: Vec<&str> = command.plain().collect();
    match (command.program(), plain.first()) {
        ("rm" | "unlink", _) => plain.iter().map(|p| (*p).to_owned()).collect(),
        ("git", Some(&"rm")) => plain.iter().skip(1).map(|p| (*p).to_owned()).collect(),
        ("apply_patch", _) => {
            let patch = command.heredoc.as_deref().or(command.words.get(1).map(String::as_str)).unwrap_or_default();
            deleted(patch)
        }
        _ => Vec::new(),
    }
}

/// The files that a patch deletes.
pub fn deleted(patch: &str) -> Vec<String> {
    patch.lines().filter_map(|l| l.strip_prefix("*** Delete File: ")).take(100).map(|p| p.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_code_are_told_from_others() {
        for path in ["src/a.rs", "/w/x/Dockerfile", "web/App.TSX"] {
            assert!(is_code(path), "{path}");
        }
        for path in ["README.md", "/tmp/x.py", ".claude/hooks/a.sh", "package.json", "docs/a.txt"] {
            assert!(!is_code(path), "{path}");
        }
    }

    fn edited(tool: &str, arguments: &str) -> Vec<String> {
        let json = serde_json::json!({"messages": [
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": arguments}}]},
            {"role": "tool", "tool_call_id": "c", "content": "ok"},
        ]});
        let evidence = hindcast_trace::Evidence::new("t.json", json.to_string().into_bytes());
        let reading = hindcast_trace::read(&[evidence]).expect("reads");
        let contracts = crate::Contracts::default();
        let session = crate::Session::new(&reading.sessions[0], &contracts);
        session.calls.iter().flat_map(of_tool).map(|e| e.path).collect()
    }

    #[test]
    fn changed_files_are_read_in_every_runtimes_form() {
        let patch = "*** Begin Patch\n*** Update File: src/a.rs\n@@\n-a\n+b\n*** End Patch";
        assert_eq!(edited("apply_patch", patch), ["src/a.rs"]);
        assert_eq!(edited("FileChange", r#"{"src/a.rs": {"type": "update", "unified_diff": ""}}"#), ["src/a.rs"]);
        assert_eq!(edited("file_change", r#"[{"path": "src/a.rs", "kind": "add"}]"#), ["src/a.rs"]);
        assert!(edited("apply_patch", "nothing to patch").is_empty());
    }

    #[test]
    fn comments_and_blanks_change_nothing() {
        assert_eq!(stripped("// a\nlet x = 1;"), stripped("let x  = 1;\n  // b\n"));
        assert_ne!(stripped("let x = 1;"), stripped("let x = 2;"));
        assert_ne!(stripped("#[test]\nfn a() {}"), stripped("fn a() {}"));
    }
}
