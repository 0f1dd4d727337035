//! Real samples of every format that is read: draft, show and verify.

use super::{draft_json, hindcast, ok, scratch, shared};

/// Formats whose samples must work.
const FOLDERS: [&str; 12] = [
    "otlp-genai",
    "openinference",
    "traceloop",
    "openai-chat",
    "openai-responses",
    "anthropic",
    "langfuse",
    "voice-vapi",
    "voice-livekit",
    "claude-code",
    "tau-bench",
    "voice-retell",
];

/// A trace in which no agent takes part: it is refused, with what is in it.
const NO_AGENT: &str = "otlp-example-trace.json";

#[test]
fn every_sample_drafts_shows_and_verifies() {
    let Some(shared) = shared() else { return };
    let folder = scratch();
    let draft = folder.path().join("draft.json").display().to_string();
    let mut count = 0;
    for name in FOLDERS {
        let Ok(files) = std::fs::read_dir(shared.join("traces").join(name)) else { continue };
        for path in files.filter_map(Result::ok).map(|f| f.path()) {
            let path = path.display().to_string();
            if path.ends_with(NO_AGENT) {
                assert_eq!(hindcast(&["draft", "--all", &path]).status.code(), Some(3));
                continue;
            }
            ok(&["show", "--all", &path]);
            let value = draft_json(&["--all", &path]);
            std::fs::write(&draft, value.to_string()).expect("writes");
            let out = hindcast(&["verify", &draft, &path]);
            let said = String::from_utf8_lossy(&out.stdout).into_owned();
            assert_eq!(out.status.code(), Some(0), "{path}: {said}");
            ok(&["draft", "--all", &path]);
            ok(&["draft", "--all", "--format", "html", &path]);
            count += 1;
        }
    }
    assert!(count >= 25, "only {count} samples were found");
}

#[test]
fn traces_and_logs_of_one_session_combine() {
    let Some(shared) = shared() else { return };
    let path = |f: &str| shared.join("traces/otlp-genai").join(f).display().to_string();
    let (traces, logs) = (path("GENERATED_otelold_v1_traces-1.json"), path("GENERATED_otelold_v1_logs-2.binpb"));
    let alone = ok(&["show", &traces]);
    assert!(alone.contains("missing:") && !alone.contains("refund my charge"), "{alone}");
    let both = ok(&["show", &traces, &logs]);
    assert!(both.contains("conv-1") && both.contains("refund my charge") && !both.contains("missing:"), "{both}");
}
