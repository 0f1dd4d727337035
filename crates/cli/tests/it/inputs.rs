//! Folders, patterns, archives, standard input, and files that are larger than what is held in memory.

use super::{hindcast, ok, root, scratch};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

fn chat(id: &str, words: &str) -> String {
    format!(
        r#"{{"id":"{id}","messages":[{{"role":"user","content":"{words}"}},{{"role":"assistant","content":"Yes."}}]}}"#
    )
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A folder with two traces, one of them deeper, and a file that is none.
fn folder() -> tempfile::TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("sub")).expect("makes");
    std::fs::write(folder.path().join("b.json"), chat("b", "Words of b")).expect("writes");
    std::fs::write(folder.path().join("sub/a.json"), chat("a", "Words of a")).expect("writes");
    std::fs::write(folder.path().join("notes.md"), "# Notes").expect("writes");
    folder
}

#[test]
fn folders_and_patterns_are_read_in_the_order_of_their_names() {
    let folder = folder();
    let out = hindcast(&["show", "--all", &text(folder.path())]);
    let (shown, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}");
    let at = |words: &str| shown.find(words).unwrap_or_else(|| panic!("{words}: {shown}"));
    assert!(at("Words of b") < at("Words of a"));
    assert!(said.contains("left out: notes.md"), "{said}");
    let shown = ok(&["show", &text(&folder.path().join("*.json"))]);
    assert!(shown.contains("Words of b") && !shown.contains("Words of a"));
    let nothing = hindcast(&["show", &text(&folder.path().join("*.xml"))]);
    assert_eq!(nothing.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no file matches"));
}

#[test]
fn what_is_no_trace_among_many_files_is_left_out_and_told() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    // Known by its keys, by its records, and by what it tells.
    std::fs::write(at("c.json"), r#"{"name":"shop","version":"1.0.0","scripts":{"test":"true"}}"#).expect("writes");
    std::fs::write(at("d.json"), r#"{"messages":[{"role":"user","content":"Hi"},{"role":"narrator","content":"a"},{"role":"chorus","content":"b"},{"role":"crowd","content":"c"}]}"#).expect("writes");
    std::fs::write(at("e.json"), r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0a","spanId":"01","name":"GET /","startTimeUnixNano":"1777888800000000000","endTimeUnixNano":"1777888801000000000"}]}]}]}"#).expect("writes");
    let pattern = text(&at("*.json"));
    for input in [pattern.as_str(), &text(folder.path())] {
        let out = hindcast(&["draft", "--all", input]);
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(0), "{said}");
        assert!(String::from_utf8_lossy(&out.stdout).contains("Words of b"), "{said}");
        for name in ["c.json looks like a description of a package", "d.json looks like", "e.json looks like"] {
            assert!(said.contains(&format!("left out: {name}")), "{name}: {said}");
        }
    }
    // A file that somebody names is meant.
    for name in ["c.json", "d.json", "e.json"] {
        assert_eq!(hindcast(&["draft", &text(&at("b.json")), &text(&at(name))]).status.code(), Some(3), "{name}");
    }
    // Nothing is drafted from nothing.
    let none = hindcast(&["draft", &text(&at("[cde].json"))]);
    assert_eq!(none.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&none.stderr).contains("looks like"), "{none:?}");
}

#[test]
fn many_files_give_the_same_output_every_time() {
    let folder = scratch();
    for n in 0..60 {
        std::fs::write(folder.path().join(format!("{n:02}.json")), chat(&n.to_string(), &format!("Words {n}")))
            .expect("writes");
    }
    let args = ["draft", "--all", "--format", "json", &text(folder.path())];
    let first = ok(&args);
    assert_eq!(first.matches("\"seal\"").count(), 60);
    assert_eq!(first, ok(&args));
}

/// A zip archive of files that are stored as they are, by Python, which every developer's machine has; else none.
fn packed(how: &str, folder: &Path) -> Option<String> {
    let name = folder.join(format!("packed.{how}"));
    let script = "import shutil,sys,os; shutil.make_archive(sys.argv[1][:-len('.'+sys.argv[3])], {'zip':'zip','tar':'tar','tar.gz':'gztar'}[sys.argv[3]], sys.argv[2])";
    let made = Command::new("python3").args(["-c", script, &text(&name), &text(&folder.join("in")), how]).status();
    if !made.is_ok_and(|s| s.success()) {
        println!("skipped: Python could not make an archive");
        return None;
    }
    Some(text(&name))
}

#[test]
fn archives_are_read_drafted_and_verified_without_unpacking_them() {
    for how in ["zip", "tar", "tar.gz"] {
        let outside = scratch();
        std::fs::create_dir(outside.path().join("in")).expect("makes");
        for (name, id) in [("a.json", "a"), ("b.json", "b")] {
            std::fs::write(outside.path().join("in").join(name), chat(id, &format!("Words of {id}"))).expect("writes");
        }
        std::fs::copy(root().join("examples/refund/trace.json"), outside.path().join("in/refund.json"))
            .expect("copies");
        let Some(archive) = packed(how, outside.path()) else { return };
        let shown = ok(&["show", "--all", &archive]);
        assert!(shown.contains("Words of a") && shown.contains("Words of b"), "{how}: {shown}");
        let draft = text(&outside.path().join("draft.json"));
        ok(&["draft", "--all", "--format", "json", "-o", &draft, &archive]);
        assert!(ok(&["verify", &draft, &archive]).contains("quotes match"), "{how}");
        let bytes = std::fs::read(&archive).expect("reads");
        std::fs::write(&archive, &bytes[..bytes.len().min(700) - 1]).expect("writes");
        let cut = hindcast(&["show", &archive]);
        let said = String::from_utf8_lossy(&cut.stderr);
        assert_eq!(cut.status.code(), Some(3), "{how}: {said}");
        assert!(said.contains("could not be unpacked") && said.trim_end().lines().count() == 1, "{how}: {said}");
    }
}

/// Runs the program on an input that `write` makes, and gives its exit code, what it said, and its peak memory in
/// bytes, where the system tells.
fn peak(args: &[&str], stdin: Option<&Path>) -> (Option<i32>, String, Option<u64>) {
    let from = stdin.map_or_else(Stdio::null, |path| std::fs::File::open(path).expect("opens").into());
    let folder = scratch();
    let said = folder.path().join("said");
    let mut child = Command::new(env!("CARGO_BIN_EXE_hindcast"))
        .args(args)
        .env("NO_COLOR", "1")
        .stdin(from)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&said).expect("makes"))
        .spawn()
        .expect("the program runs");
    let mut peak = None;
    let code = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        peak = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).map(|kb| kb << 10).or(peak);
        match child.try_wait().expect("waits") {
            Some(status) => break status.code(),
            None => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    };
    (code, std::fs::read_to_string(said).expect("reads"), peak)
}

const MB: u64 = 1_000_000;

/// How many sessions a message lists.
const LISTED: u64 = 40;

/// Spans of many traces that run at the same time, or conversations, until there are so many bytes. The words are long
/// and the events few, so that memory and not time is measured.
fn large(path: &Path, bytes: u64, spans: bool) -> u64 {
    let words = "and so on and on ".repeat(500);
    let mut out = BufWriter::new(std::fs::File::create(path).expect("makes"));
    let (mut written, mut n) = (0, 0u64);
    while written < bytes {
        let line = if spans {
            // An ID of zeros is none.
            let trace = n / 2000 * 500 + n % 500 + 1;
            format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{trace:032x}","spanId":"{:016x}","name":"chat","startTimeUnixNano":"1{n:09}000000000","endTimeUnixNano":"1{n:09}500000000","attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}},{{"key":"gen_ai.input.messages","value":{{"stringValue":"[{{\"role\":\"user\",\"parts\":[{{\"type\":\"text\",\"content\":\"{n} {words}\"}}]}}]"}}}}]}}]}}]}}]}}"#,
                n + 1
            )
        } else {
            chat(&format!("chat {n}"), &words)
        };
        writeln!(out, "{line}").expect("writes");
        written += line.len() as u64 + 1;
        n += 1;
    }
    out.flush().expect("writes");
    if spans { n.div_ceil(2000) * 500 } else { n }
}

#[test]
fn a_large_file_is_read_in_memory_for_a_part_of_it() {
    let folder = scratch();
    for spans in [false, true] {
        let path = folder.path().join("large.jsonl");
        let sessions = large(&path, 320 * MB, spans);
        let (code, said, peak) = peak(&["show", "--session", "none of them", &text(&path)], None);
        assert_eq!(code, Some(4), "{said}");
        let more = said.rsplit_once("… and ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<u64>().ok());
        let count = more.expect("a count") + LISTED;
        assert!(count <= sessions && count + 500 > sessions, "{count} of {sessions}: {said}");
        println!("peak memory: {} MB of 320", peak.unwrap_or_default() / MB);
        // What is held at once is the program, the batches that the threads read, what waits to be written and some
        // bytes for each line: 90 to 125 MB, depending on how the threads meet, for a file of any size. Half of this
        // file leaves room for that, and a file that is held whole still fails.
        assert!(peak.is_none_or(|peak| peak < 160 * MB), "spans: {spans}, peak: {peak:?}");
    }
}

#[test]
fn a_session_of_a_large_file_is_drafted_as_from_a_small_one() {
    let folder = scratch();
    let path = folder.path().join("large.jsonl");
    let mut lines = format!("{}\nnot JSON\n", chat("first", "Hello"));
    let padding = "padding ".repeat(1 << 17);
    for n in 0..70 {
        lines.push_str(&chat(&format!("padding {n}"), &padding));
        lines.push('\n');
        if n == 40 {
            lines.push_str(&chat("wanted", "Please cancel order 77"));
            lines.push('\n');
        }
    }
    std::fs::write(&path, &lines).expect("writes");
    let draft = folder.path().join("draft.json");
    ok(&["draft", "--session", "wanted", "--format", "json", "-o", &text(&draft), &text(&path)]);
    let made: serde_json::Value = serde_json::from_slice(&std::fs::read(&draft).expect("reads")).expect("JSON");
    assert_eq!(made["evidence"][0]["bytes"].as_u64(), Some(lines.len() as u64), "{made:#}");
    assert!(ok(&["verify", &text(&draft), &text(&path)]).contains("match"));
    // Standard input is the same file under another name.
    let (code, said, _) = peak(&["show", "--session", "wanted", "-"], Some(&path));
    assert_eq!(code, Some(0), "{said}");
    let (code, said, _) = peak(&["show", "--session", "padding", "-"], Some(&path));
    assert_eq!(code, Some(4));
    assert!(said.contains("70 sessions start with `padding`"), "{said}");
    let all = folder.path().join("all.json");
    ok(&["draft", "--all", "--format", "json", "-o", &text(&all), &text(&path)]);
    let all: serde_json::Value = serde_json::from_slice(&std::fs::read(&all).expect("reads")).expect("JSON");
    let drafts = all["drafts"].as_array().expect("a list");
    assert_eq!(drafts.len(), 72);
    assert!(drafts.contains(&made));
    // Whoever has not chosen is told so without the rest of the file.
    let none = hindcast(&["draft", &text(&path)]);
    let said = String::from_utf8_lossy(&none.stderr);
    assert_eq!(none.status.code(), Some(4), "{said}");
    assert!(said.contains("at least 40 sessions") && said.contains("\n  padding 38  "), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("  ")).count() as u64, LISTED, "{said}");
}
