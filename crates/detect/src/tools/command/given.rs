//! The command line among what a call of a shell is given.

use super::{Command, parse, table};
use crate::session::Call;
use crate::tools::builtin::ToolRole;
use hindcast_trace::json::Value;

/// Names of the argument that is a command line.
const LINES: [&str; 12] = [
    "command",
    "cmd",
    "script",
    "commands",
    "line",
    "CommandLine",
    "command_line",
    "bash_command",
    "shell_command",
    "argv",
    "args",
    "arguments",
];
/// Names of the argument that is run, but by an interpreter other than a shell.
const CODE: [&str; 2] = ["input", "code"];
/// Words of a command that is given as a list.
const MOST_WORDS: usize = 100;

/// The script that a call of a shell runs; `None` where it is no shell, or the arguments do not tell.
pub fn script(call: &Call<'_>) -> Option<String> {
    if call.role() != Some(ToolRole::Shell) {
        return None;
    }
    let value = call.args().and_then(|args| named(args, LINES.iter().chain(&CODE)));
    let script = match value.map(|v| (v.str(), v)) {
        Some((Some(text), _)) => text.into_owned(),
        Some((None, value)) => match words(value).as_slice() {
            // `["bash", "-lc", "cd x && make"]`: the last part is the script.
            [_, option, .., last] if option.starts_with('-') && option.ends_with('c') => last.clone(),
            words => words.join(" "),
        },
        None => bare(call)?,
    };
    Some(behind(call, script))
}

/// The simple commands that a call of a shell runs; `None` where it is no shell, or the arguments name no command.
pub fn of_call(call: &Call<'_>) -> Option<Vec<Command>> {
    if call.role() != Some(ToolRole::Shell) {
        return None;
    }
    let Some(value) = call.args().and_then(|args| named(args, LINES.iter())) else {
        return bare(call).map(|script| parse(&behind(call, script)));
    };
    if let Some(script) = value.str() {
        return (!script.trim().is_empty()).then(|| parse(&behind(call, script.into_owned())));
    }
    // `["bash", "-lc", "cd x && make"]`; words that are no script are one command, taken as they are.
    let mut words = words(value);
    let program = words.first()?.rsplit('/').next().unwrap_or_default();
    if matches!(program, "bash" | "sh" | "zsh") && words.len() > 1 {
        return words.last().map(|script| parse(script));
    }
    if let Some(own) = call.known.program.as_deref().filter(|own| own.split(' ').next() != Some(program)) {
        words.splice(0..0, own.split(' ').map(str::to_owned));
    }
    Some(vec![Command { words, ..Command::default() }])
}

/// What is given to a tool that is named after a program stands behind the program's name, unless it begins with it.
fn behind(call: &Call<'_>, script: String) -> String {
    match call.known.program.as_deref() {
        Some(own) if script.split_whitespace().next() != own.split(' ').next() => format!("{own} {script}"),
        _ => script,
    }
}

fn words(value: Value<'_>) -> Vec<String> {
    value.items().filter_map(Value::str).map(|s| s.into_owned()).take(MOST_WORDS).collect()
}

/// The command among the arguments of a shell; some runtimes record it alone, as a list of words.
fn named<'v, 'k>(args: Value<'v>, mut keys: impl Iterator<Item = &'k &'static str>) -> Option<Value<'v>> {
    keys.find_map(|k| args.get(k)).or_else(|| args.items().next().is_some().then_some(args))
}

/// Arguments that are no JSON but the command line itself, as runtimes record it that keep nothing else of the call; nothing but its name of a tool
/// that is named after a program and has arguments of another kind.
fn bare(call: &Call<'_>) -> Option<String> {
    if call.args().is_some() {
        return call.known.program.as_ref().map(|_| String::new());
    }
    let text = call.arguments?.text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// True where arguments are those of a shell: one of them is a command line of a known program, with something that only command lines have. Words that
/// are also plain English, such as `read the order`, have not.
pub(crate) fn is_line(args: Value<'_>) -> bool {
    let Some(value) = LINES.iter().find_map(|k| args.get(k)) else { return false };
    let line = value.str().map_or_else(|| words(value).join(" "), |text| text.into_owned());
    let signs = [" -", "|", "&&", ";", ">", "$", "./", "~/", "*"];
    let commands = parse(&line);
    let Some(first) = commands.first() else { return false };
    let path = || first.words.iter().skip(1).any(|w| w.contains('/') || w.contains('.') && !w.ends_with('.'));
    table::is_known(first.program())
        && (table::names_tools(first.program()) || signs.iter().any(|s| line.contains(s)) || path())
}

/// The program that a tool is named after, with the words behind it: `kubectl`, `terraform apply` for `terraform_apply`.
pub(crate) fn program_of(tool: &str) -> Option<String> {
    let bare = tool.rsplit("__").next().unwrap_or(tool);
    let bare = bare.rsplit(['/', ':']).next().unwrap_or(bare).to_ascii_lowercase();
    let whole = bare.replace('_', "-");
    if table::names_tools(&whole) {
        return Some(whole);
    }
    // Many services have tools whose names begin with the name of a cloud; a command has few words.
    let words: Vec<&str> = bare.split(['_', '-', '.', ' ']).collect();
    let cloud = |w: &str| matches!(w, "aws" | "gcloud" | "az" | "vault" | "mix" | "consul" | "nomad");
    (words.len() <= 3 && table::names_tools(words[0]) && !cloud(words[0])).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_arguments(tool: &str, arguments: &str) -> (Option<String>, usize) {
        let json = serde_json::json!({"messages": [
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": arguments}}]},
        ]});
        let evidence = hindcast_trace::Evidence::new("t.json", json.to_string().into_bytes());
        let reading = hindcast_trace::read(&[evidence]).expect("reads");
        let contracts = crate::Contracts::default();
        let session = crate::Session::new(&reading.sessions[0], &contracts);
        (script(&session.calls[0]), of_call(&session.calls[0]).map_or(0, |c| c.len()))
    }

    #[test]
    fn a_command_may_be_the_whole_of_the_arguments() {
        assert_eq!(
            of_arguments("command_execution", r#"["bash","-lc","cd x && make"]"#),
            (Some("cd x && make".to_owned()), 2)
        );
        assert_eq!(of_arguments("command_execution", "cd x && make"), (Some("cd x && make".to_owned()), 2));
        assert_eq!(of_arguments("command_execution", r#"{"cmd":"make"}"#), (Some("make".to_owned()), 1));
        assert_eq!(of_arguments("command_execution", r#"{"chars":"y"}"#), (None, 0));
    }

    #[test]
    fn a_tool_may_be_named_after_the_program() {
        let script = |tool, arguments| of_arguments(tool, arguments).0.unwrap_or_default();
        assert_eq!(script("glab", r#"{"args":"mr view 4"}"#), "glab mr view 4");
        assert_eq!(script("kubectl", r#"{"command":"kubectl get pods"}"#), "kubectl get pods");
        assert_eq!(script("terraform_apply", r#"{"dir":"stacks/a"}"#), "terraform apply ");
        assert_eq!(script("mcp__git__git_commit", r#"{"message":"x"}"#), "git commit ");
        for other in ["make_reservation", "git_hub_user_find_all", "aws_get_invoice", "node_list", "refund"] {
            assert_eq!(program_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_command_line_is_told_from_words() {
        let is = |json: &str| {
            let (doc, _) = hindcast_trace::json::parse_lenient(json.as_bytes()).expect("reads");
            is_line(doc.root())
        };
        for line in [
            r#"{"cmd":"ls -la"}"#,
            r#"{"host":"a","command":"git status"}"#,
            r#"{"argv":["ansible","all","-m","ping"]}"#,
        ] {
            assert!(is(line), "{line}");
        }
        for other in [
            r#"{"command":"read the order"}"#,
            r#"{"script":"Find out who called."}"#,
            r#"{"command":"reboot"}"#,
            r#"{"args":{"id":"4"}}"#,
            r#"{"query":"git status"}"#,
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
