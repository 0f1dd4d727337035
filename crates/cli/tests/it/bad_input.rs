//! Bad input: a clear paragraph and a documented exit code, or a partial read that says what was dropped.

use super::{hindcast, scratch};
use std::io::Write;
use std::path::Path;

fn outcome(path: &Path) -> (Option<i32>, String, String) {
    let out = hindcast(&["show", &path.display().to_string()]);
    (
        out.status.code(),
        String::from_utf8_lossy(&out.stdout).into_owned(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    )
}

fn refused(name: &str, bytes: &[u8], because: &str) {
    let folder = scratch();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("writes");
    let (code, _, err) = outcome(&path);
    assert_eq!(code, Some(3), "{name}: {err}");
    assert!(err.contains(because), "{name}: {err}");
    assert!(err.starts_with("error: ") && err.trim_end().lines().count() == 1, "{name}: {err}");
}

#[test]
fn useless_files_are_refused() {
    refused("empty.json", b"", "is empty");
    refused("blank.json", b"  \n\n ", "is empty");
    refused("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG image");
    refused("noise.bin", &[7u8, 1, 2, 3, 0, 4, 5, 6].repeat(200), "binary data");
    refused("deep.json", "[".repeat(10_000).as_bytes(), "nested deeper than 512 levels");
    refused("deeper.json", "{\"a\":".repeat(10_000).as_bytes(), "nested deeper than 512 levels");
    refused("other.json", br#"{"hello":"world"}"#, "not in a format that Hindcast knows");
    refused("silent.json", br#"{"messages":[]}"#, "an empty list of messages");
    refused("silent.jsonl", b"{\"messages\":[]}\n{\"messages\":[]}\n", "an empty list of messages");
    refused("text.json", b"this is not JSON at all", "looks like plain text");
}

#[test]
fn a_gzip_bomb_is_refused_in_bounded_memory() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..300 {
        gz.write_all(&block).expect("packs");
    }
    refused("bomb.json.gz", &gz.finish().expect("packs"), "bomb");
}

#[test]
fn folders_missing_files_and_huge_files_are_refused_before_reading() {
    let folder = scratch();
    let (code, _, err) = outcome(folder.path());
    assert_eq!(code, Some(3));
    assert!(err.contains("is a folder without files"), "{err}");
    let (code, _, err) = outcome(&folder.path().join("nothing.json"));
    assert_eq!(code, Some(3));
    assert!(err.contains("Check the path"), "{err}");
    // Two gigabytes in one line, as a sparse file: it takes no space, and must take no memory.
    let huge = folder.path().join("huge.json");
    std::fs::File::create(&huge).and_then(|f| f.set_len(2 << 30)).expect("a sparse file");
    let (code, _, err) = outcome(&huge);
    assert_eq!(code, Some(3));
    assert!(err.contains("larger than 1024 MiB"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = scratch();
    let path = folder.path().join("secret.json");
    std::fs::write(&path, "[]").expect("writes");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("sets");
    if std::fs::File::open(&path).is_ok() {
        // The superuser may read everything; then the message is tested on a folder that even it may not read as a file.
        println!("skipped: this user may read every file");
        let (code, _, _) = outcome(folder.path());
        assert_eq!(code, Some(3));
        return;
    }
    let (code, _, err) = outcome(&path);
    assert_eq!(code, Some(3));
    assert!(err.contains("Permission denied"), "{err}");
}

fn partly(name: &str, bytes: &[u8], shown: &str, lost: &str) {
    let folder = scratch();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("writes");
    let (code, out, err) = outcome(&path);
    assert_eq!(code, Some(0), "{name}: {err}");
    assert!(out.contains(shown) && out.contains(lost), "{name}: {out}");
}

#[test]
fn damaged_files_keep_what_is_good_and_say_what_was_dropped() {
    partly(
        "cut.json",
        br#"[{"role":"user","content":"hello there"},{"role":"assistant","content":"go"#,
        "hello there",
        "was dropped",
    );
    partly("odd.json", b"[{\"role\":\"user\",\"content\":\"caf\xff\"}]", "caf", "invalid UTF-8 at byte");
    let lines = b"{\"id\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"kept words\"}]}\nnot json\n";
    partly("lines.jsonl", lines, "kept words", "lines that are not JSON were dropped: 2");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gz.write_all(br#"[{"role":"user","content":"packed words"},{"role":"user","content":"and more of them"}]"#)
        .expect("packs");
    let packed = gz.finish().expect("packs");
    partly("cut.json.gz", &packed[..packed.len() - 20], "packed words", "ends early");
}

#[test]
fn control_characters_cannot_reach_the_terminal() {
    let folder = scratch();
    let path = folder.path().join("esc.json");
    std::fs::write(&path, r#"[{"role":"user","content":"\u001b[2J\u001b]0;owned\u0007 \u202e evil"}]"#)
        .expect("writes");
    let (code, out, _) = outcome(&path);
    assert_eq!(code, Some(0));
    assert!(!out.contains('\u{1b}') && !out.contains('\u{7}') && !out.contains('\u{202e}'), "{out:?}");
}

#[test]
fn utf_16_is_read_and_quoted() {
    let folder = scratch();
    let text = "[{\"role\":\"user\",\"content\":\"première phrase\"}]";
    let units = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let little = [&[0xff, 0xfe][..], &units(u16::to_le_bytes)].concat();
    let big = [&[0xfe, 0xff][..], &units(u16::to_be_bytes)].concat();
    for (name, bytes) in [("little.json", &little), ("big.json", &big)] {
        let path = folder.path().join(name).display().to_string();
        std::fs::write(&path, bytes).expect("writes");
        assert!(super::ok(&["show", &path]).contains("première phrase"), "{name}");
        let draft = folder.path().join("draft.json").display().to_string();
        super::ok(&["draft", "--format", "json", "-o", &draft, &path]);
        super::ok(&["verify", &draft, &path]);
    }
    partly("cut.json", &little[..little.len() - 1], "première phrase", "middle of a character");
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let folder = scratch();
    for (name, text) in [
        ("bom.json", "\u{feff}[{\"role\":\"user\",\"content\":\"first words\"}]"),
        (
            "bom.jsonl",
            "\u{feff}{\"id\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"first words\"}]}\n{\"id\":\"b\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\n",
        ),
    ] {
        let path = folder.path().join(name).display().to_string();
        std::fs::write(&path, text).expect("writes");
        let shown = super::ok(&["show", "--all", &path]);
        assert!(shown.contains("first words") && !shown.contains("not read:"), "{shown}");
        let draft = folder.path().join("draft.json").display().to_string();
        super::ok(&["draft", "--all", "--format", "json", "-o", &draft, &path]);
        super::ok(&["verify", &draft, &path]);
    }
}

#[test]
fn a_trace_is_never_written_over() {
    let folder = scratch();
    let path = folder.path().join("t.json").display().to_string();
    std::fs::write(&path, r#"[{"role":"user","content":"hi"}]"#).expect("writes");
    assert_eq!(hindcast(&["draft", &path, "-o", &path]).status.code(), Some(2));
    assert!(std::fs::read_to_string(&path).expect("there").contains("hi"));
}

#[test]
fn calls_that_share_an_id_are_answered_in_their_order() {
    let folder = scratch();
    let path = folder.path().join("t.json").display().to_string();
    let call =
        |name: &str| format!(r#"{{"id":"x","type":"function","function":{{"name":"{name}","arguments":"{{}}"}}}}"#);
    let text = format!(
        r#"[{{"role":"assistant","content":null,"tool_calls":[{},{}]}},{{"role":"tool","tool_call_id":"x","content":"first"}},{{"role":"tool","tool_call_id":"x","content":"second"}}]"#,
        call("cancel_a"),
        call("cancel_b")
    );
    std::fs::write(&path, text).expect("writes");
    let shown = super::ok(&["show", &path]);
    assert!(shown.contains("result cancel_a [transport not captured] first"), "{shown}");
    assert!(shown.contains("result cancel_b [transport not captured] second"), "{shown}");
}
