//! `hindcast discover`, and `--last`, in a made-up home folder.

use super::{file, root, scratch};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

/// A home folder, and beside it a folder that nothing may be read from.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Home { folder: scratch() };
        fs::create_dir(home.path("home")).expect("creates");
        home
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file that was changed in an hour of 2026-08-01, which is later than every time in the fixtures.
    fn put(&self, path: &str, bytes: &[u8], hour: u64) -> PathBuf {
        let path = self.path("home").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("creates");
        fs::write(&path, bytes).expect("writes");
        set_time(&path, hour);
        path
    }

    fn fixture(&self, fixture: &str, path: &str, hour: u64) {
        let bytes = fs::read(root().join("crates/trace/tests").join(fixture)).expect("a fixture");
        self.put(path, &bytes, hour);
    }

    fn run(&self, args: &[&str], vars: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hindcast"));
        command.env_clear().env("HOME", self.path("home")).env("TZ", "UTC").env("NO_COLOR", "1");
        command.envs(vars.iter().copied()).args(args).output().expect("the program runs")
    }

    /// What it prints, with the folder's name taken out.
    fn told(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let out = self.run(args, &[]);
        let plain =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&self.folder.path().display().to_string(), "/folder");
        (out.status.code(), plain(&out.stdout), plain(&out.stderr))
    }
}

fn set_time(path: &Path, hour: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_542_400 + hour * 3600);
    let open = fs::OpenOptions::new().write(true).open(path).expect("opens");
    open.set_modified(at).expect("sets the time");
}

/// One session of each of many agents.
fn furnished() -> Home {
    let home = Home::new();
    for (fixture, path) in [
        ("fixtures/agents/codex.jsonl", ".codex/sessions/2026/05/04/rollout-2026-05-04T10-00-00-s1.jsonl"),
        ("fixtures/agents/gemini-cli.jsonl", ".gemini/tmp/h/chats/session-2026-05-04T10-00-g1.jsonl"),
        ("fixtures/agents/copilot-cli.jsonl", ".copilot/session-state/c1/events.jsonl"),
        ("fixtures/agents/cursor.jsonl", ".cursor/projects/p/agent-transcripts/u1/u1.jsonl"),
        ("fixtures/agents/droid.jsonl", ".factory/sessions/p/d1.jsonl"),
        ("fixtures/agents/grok.jsonl", ".grok/sessions/p/x1/chat_history.jsonl"),
        ("fixtures/agents/kimi.jsonl", ".kimi/sessions/p/k1/wire.jsonl"),
        ("fixtures/agents/pi.jsonl", ".pi/agent/sessions/p/p1.jsonl"),
        ("fixtures/agents/qwen.jsonl", ".qwen/projects/p/chats/q1.jsonl"),
        ("field/cc_same_message_id_grows.jsonl", ".claude/projects/-w-shop/cc1.jsonl"),
    ] {
        home.fixture(fixture, path, 1);
    }
    home
}

#[test]
fn sessions_of_many_agents_are_listed_newest_first() {
    let home = furnished();
    let (code, out, err) = home.told(&["discover"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    insta::assert_snapshot!("as text", out);
    let (code, json, err) = home.told(&["discover", "--json", "--limit", "0"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let times: Vec<_> =
        value["sessions"].as_array().expect("a list").iter().map(|s| s["last_active"].as_str()).collect();
    assert_eq!(times.len(), 10);
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let mut shown = value.clone();
    shown["places"] = serde_json::json!("(where it looked)");
    insta::assert_json_snapshot!("as JSON", shown);
    let schema: serde_json::Value = serde_json::from_str(&super::ok(&["schema", "discover"])).expect("JSON");
    assert_eq!(super::faults(schema)(&value), None);
}

#[test]
fn the_list_can_be_narrowed() {
    let home = furnished();
    let lines = |args: &[&str]| {
        let (_, json, _) = home.told(&[&["discover", "--json", "--no-check"], args].concat());
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let agents =
            value["sessions"].as_array().expect("a list").iter().map(|s| s["agent"].as_str().map(str::to_owned));
        (agents.collect::<Vec<_>>(), value["older"].as_u64())
    };
    assert_eq!(lines(&["--agent", "codex"]), (vec![Some("codex".to_owned())], Some(0)));
    let (agents, older) = lines(&["--limit", "3"]);
    assert_eq!((agents.len(), older), (3, Some(7)));
    let (agents, _) = lines(&["--since", "2026-08-01"]);
    assert_eq!(agents, [Some("cursor".to_owned()), Some("grok".to_owned())], "these two have no times of their own");
    assert_eq!(home.told(&["discover", "--since", "2030-01-01"]).0, Some(1));
    assert_eq!(home.told(&["discover", "--since", "yesterday"]).0, Some(2));
    assert_eq!(home.told(&["discover", "--agent", "nobody"]).0, Some(2));
}

#[test]
fn what_cannot_be_read_is_skipped_and_counted() {
    let home = furnished();
    home.put(".codex/sessions/2026/05/05/rollout-broken.jsonl", b"{\"hello\":\"world\"}\n\xff\0\x01", 2);
    home.put(".pi/agent/sessions/p/empty.jsonl", b"", 2);
    let huge = home.put(".claude/projects/p/huge.jsonl", b"", 2);
    fs::OpenOptions::new().write(true).open(&huge).and_then(|f| f.set_len(64 << 30)).expect("a sparse file");
    set_time(&huge, 3);
    let mut expected = vec!["not understood", "no messages", "too large"];
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let outside = home.path("outside");
        fs::create_dir_all(outside.join("p")).expect("creates");
        fs::copy(file("crates/trace/tests/fixtures/agents/pi.jsonl"), outside.join("p/secret.jsonl")).expect("copies");
        symlink(outside.join("p"), home.path("home/.pi/agent/sessions/linked")).expect("links");
        symlink(outside.join("p/secret.jsonl"), home.path("home/.pi/agent/sessions/p/linked.jsonl")).expect("links");
        expected.push("2 symbolic link");
        let closed = home.path("home/.factory/sessions/closed");
        fs::create_dir_all(&closed).expect("creates");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("sets");
        // The superuser may read every folder.
        if fs::read_dir(&closed).is_err() {
            expected.push("1 permission denied");
        }
    }
    let (code, out, err) = home.told(&["discover", "--no-check"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(!out.contains("secret") && !out.contains("linked") && out.contains("\n10 sessions."), "{out}");
    assert_eq!(err.lines().count(), 1, "{err}");
    for words in expected {
        assert!(err.contains(words), "{words}: {err}");
    }
    let (_, _, err) = home.told(&["discover", "--no-check", "-v"]);
    assert!(err.contains("/folder/home/.claude/projects/p/huge.jsonl: 65536 MiB, larger than the limit"), "{err}");
    assert!(err.contains("codex: /folder/home/.codex/sessions\n"), "{err}");
    let json = home.told(&["discover", "--no-check", "--json"]).1;
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["skipped_count"].as_u64().map(|n| n as usize), value["skipped"].as_array().map(Vec::len));
}

#[test]
fn nothing_found_says_what_was_looked_for() {
    let home = Home::new();
    let (code, out, err) = home.told(&["discover"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    insta::assert_snapshot!("an empty machine", out);
    let (code, json, _) = home.told(&["discover", "--json"]);
    assert_eq!(code, Some(1));
    assert!(json.contains("\"sessions\": []"), "{json}");
    let (code, _, err) = home.told(&["draft", "--last"]);
    assert_eq!(code, Some(3));
    assert!(err.contains("no session of a known agent was found"), "{err}");
    let (code, _, err) = home.told(&["discover", "--path", &home.path("none").display().to_string()]);
    assert_eq!(code, Some(3));
    assert!(err.contains("Check the path"), "{err}");
}

#[test]
fn last_is_the_first_of_the_list() {
    let home = furnished();
    for agent in [&[][..], &["--agent", "codex"], &["--agent", "pi"]] {
        let list = [&["discover", "--no-check", "--json", "--limit", "1"], agent].concat();
        let value: serde_json::Value = serde_json::from_str(&home.told(&list).1).expect("JSON");
        let (code, out, err) = home.told(&[&["draft", "--last", "--format", "json"], agent].concat());
        assert_eq!(code, Some(0), "{err}");
        let draft: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(draft["session"]["key"], value["sessions"][0]["id"]);
        assert!(err.starts_with("note: the newest session is "), "{err}");
    }
    assert_eq!(home.told(&["show", "--last"]).0, Some(0));
    let told = |args: &[&str]| home.told(args).2.lines().next().unwrap_or_default().to_owned();
    assert!(told(&["show", "--last"]).contains("“Fix the cart test.”"));
    assert!(
        told(&["show", "--last", "--redact"])
            .ends_with("is Cursor (~/.cursor/projects/p/agent-transcripts/u1/u1.jsonl)")
    );
    assert_eq!(home.told(&["draft", "--last", "trace.json"]).0, Some(2));
    assert_eq!(home.told(&["draft", "--agent", "pi", "trace.json"]).0, Some(2));
}

#[test]
fn variables_move_the_places() {
    let home = furnished();
    let other = home.path("home/elsewhere").display().to_string();
    fs::rename(home.path("home/.codex"), &other).expect("renames");
    let found = |vars: &[(&str, &str)]| {
        let out = home.run(&["discover", "--no-check", "--agent", "codex"], vars);
        out.status.code()
    };
    assert_eq!(found(&[]), Some(1));
    assert_eq!(found(&[("CODEX_HOME", &other)]), Some(0));
}

#[test]
fn other_folders_are_searched_for_every_format() {
    let home = furnished();
    fs::copy(file("examples/refund/trace.json"), home.path("home/refund.json")).expect("copies");
    home.put("notes.json", b"{\"hello\":\"world\"}", 1);
    home.put(".claude/projects/-w-shop/cc1/subagents/agent-1.jsonl", b"{}", 1);
    let folder = home.path("home").display().to_string();
    let (code, json, err) = home.told(&["discover", "--path", &folder, "--json", "--no-check"]);
    assert_eq!(code, Some(0), "{err}");
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let sessions = value["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), 11, "{json}");
    let agents: Vec<_> = sessions.iter().filter_map(|s| s["agent"].as_str()).collect();
    assert_eq!(agents.len(), 10, "{agents:?}");
    let skipped = value["skipped"].to_string();
    assert!(skipped.contains("notes.json") && skipped.contains("agent-1.jsonl"), "{skipped}");
}

#[test]
fn sub_agents_are_read_with_the_session_that_started_them() {
    let home = Home::new();
    let line = |uuid: &str, parent: &str, role: &str, side: bool, text: &str| {
        let parent = if parent.is_empty() { "null".to_owned() } else { format!("{parent:?}") };
        let text = serde_json::json!(text);
        format!(
            r#"{{"type":"{role}","uuid":"{uuid}","parentUuid":{parent},"sessionId":"s9","isSidechain":{side},"version":"2.1.0","cwd":"/w","timestamp":"2026-05-04T10:00:00.000Z","message":{{"role":"{role}","content":{text}}}}}"#
        ) + "\n"
    };
    let main = line("a", "", "user", false, "Fix the \u{1b}[31mlogin\u{202e} form")
        + &line("b", "a", "assistant", false, "Done.");
    let sub = line("c", "", "user", true, "Look at the form") + &line("d", "c", "assistant", true, "It is there.");
    home.put(".claude/projects/p/s9.jsonl", main.as_bytes(), 1);
    home.put(".claude/projects/p/s9/subagents/agent-x.jsonl", sub.as_bytes(), 1);
    home.put(
        ".claude/projects/p/agent-old.jsonl",
        sub.replace("\"c\"", "\"e\"").replace("\"d\"", "\"f\"").as_bytes(),
        1,
    );
    home.put(".claude/projects/p/agent-other.jsonl", sub.replace("s9", "s8").as_bytes(), 1);
    let (code, json, err) = home.told(&["discover", "--json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["sessions"].as_array().map(Vec::len), Some(1), "{json}");
    let session = &value["sessions"][0];
    assert_eq!((session["turns"].as_u64(), session["files"].as_array().map(Vec::len)), (Some(1), Some(3)), "{json}");
    assert_eq!(session["title"], "Fix the \u{fffd}[31mlogin\u{fffd} form");
}

#[test]
fn files_of_one_name_are_told_apart_by_their_folders() {
    let home = Home::new();
    let main =
        fs::read_to_string(root().join("crates/trace/tests/fixtures/agents/kimi-code.jsonl")).expect("a fixture");
    home.put(".kimi-code/sessions/w/s1/agents/main/wire.jsonl", main.as_bytes(), 1);
    home.put(".kimi-code/sessions/w/s1/agents/agent-1/wire.jsonl", main.replace("Fix", "Find").as_bytes(), 1);
    let (_, json, err) = home.told(&["discover", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let sessions = value["sessions"].as_array().expect("a list");
    assert_eq!((sessions.len(), err.as_str()), (1, ""), "{json}");
    assert_eq!((sessions[0]["turns"].as_u64(), sessions[0]["calls"].as_u64()), (Some(2), Some(2)), "{json}");
    let (code, out, _) = home.told(&["show", "--last"]);
    assert!(code == Some(0) && out.contains("agents agent-1"), "{out}");
}
