//! Re-drafting keeps what a person wrote.

use super::{file, ok, scratch};
use serde_json::Value;

#[test]
fn markdown_edits_survive_new_evidence() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let retro = folder.path().join("RETRO.md").display().to_string();
    ok(&["draft", "-o", &retro, &trace]);
    let text = std::fs::read_to_string(&retro).expect("written");
    let dismissed =
        text.replacen("- Verdict: open\n", "- Verdict: rejected: the caller was told the truth by phone\n", 1);
    assert_ne!(dismissed, text, "there is a finding to dismiss");
    let edited: Vec<String> = dismissed
        .lines()
        .map(|l| match l {
            l if l.starts_with("- **customers**") => "- **customers**: twelve callers".to_owned(),
            l if l.contains("Owner: unassigned") => l.replace("unassigned", "Dana | team \\*x\\*"),
            l if l.starts_with("## 2. Impact") => format!("{l}\n\nWe called every caller back.\nThey were calm."),
            l => l.to_owned(),
        })
        .collect();
    std::fs::write(&retro, edited.join("\n")).expect("writes");
    let facts = file("examples/refund/facts.yaml").replace("facts.yaml", "guards-only.yaml");
    let guards = folder.path().join("guards-only.yaml").display().to_string();
    std::fs::write(&guards, "guards: []\n").expect("writes");
    let _ = facts;
    let again = ok(&["draft", "--update", &retro, "--context", &guards, &trace]);
    for kept in [
        "rejected: the caller was told the truth by phone",
        "twelve callers",
        "Dana",
        "We called every caller back.\nThey were calm.",
        "There is no guardrail",
    ] {
        assert!(again.contains(kept), "{kept:?} is lost:\n{again}");
    }
    // And once more, from its own output: nothing doubles, nothing fades.
    std::fs::write(&retro, &again).expect("writes");
    let third = ok(&["draft", "--update", &retro, "--context", &guards, &trace]);
    assert_eq!(third, again);
}

#[test]
fn a_dismissal_survives_another_export_of_the_same_session() {
    let folder = scratch();
    let retro = folder.path().join("RETRO.md").display().to_string();
    ok(&["draft", "-o", &retro, &file("examples/refund/trace.json")]);
    let text = std::fs::read_to_string(&retro).expect("written");
    std::fs::write(&retro, text.replacen("- Verdict: open\n", "- Verdict: rejected: known\n", 1)).expect("writes");
    let again = ok(&[
        "draft",
        "--update",
        &retro,
        &file("examples/refund/otel-traces.json"),
        &file("examples/refund/otel-logs.binpb"),
    ]);
    assert!(again.contains("rejected: known"), "{again}");
}

#[test]
fn json_decisions_survive() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let path = folder.path().join("draft.json").display().to_string();
    ok(&["draft", "--format", "json", "-o", &path, &trace]);
    let mut draft: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("written")).expect("JSON");
    let finding = &mut draft["behavior"]["findings"][0]["statement"];
    finding["verdict"] = "edited".into();
    finding["text"] = "The agent read pending as processed.".into();
    draft["actions"]["items"][0]["owner"] = "Dana".into();
    draft["notes"] = serde_json::json!([{"section": "impact", "text": "A note."}]);
    std::fs::write(&path, draft.to_string()).expect("writes");
    let again: Value =
        serde_json::from_str(&ok(&["draft", "--format", "json", "--update", &path, &trace])).expect("JSON");
    let finding = &again["behavior"]["findings"][0]["statement"];
    assert_eq!(finding["text"], "The agent read pending as processed.");
    assert_eq!(finding["verdict"], "edited");
    assert!(finding["original"].is_string());
    assert_eq!(again["actions"]["items"][0]["owner"], "Dana");
    assert_eq!(again["notes"][0]["text"], "A note.");
}

#[test]
fn a_foreign_markdown_file_is_refused() {
    let folder = scratch();
    let path = folder.path().join("RETRO.md");
    std::fs::write(&path, "# My own retro\n").expect("writes");
    let out = super::hindcast(&["draft", "--update", &path.display().to_string(), &file("examples/refund/trace.json")]);
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&out.stderr).contains("not a retro that Hindcast wrote"));
}

#[test]
fn everything_a_person_did_survives_three_rounds() {
    let folder = scratch();
    let trace = file("examples/refund/trace.json");
    let facts = file("examples/refund/facts.yaml");
    let retro = folder.path().join("RETRO.md").display().to_string();
    ok(&["draft", "--context", &facts, "-o", &retro, &trace]);
    let text = std::fs::read_to_string(&retro).expect("written");
    let edited: Vec<String> = text
        .lines()
        .map(|l| match l {
            l if l.starts_with("# ") => "# What we told the caller".to_owned(),
            l if l.starts_with("- The agent says") => l.replacen("The agent says", "The bot told Ms Smith", 1),
            // The finding's; those of actions are indented.
            l if l.starts_with("- Verdict: open") => l.replacen("open", "rejected: she knew", 1),
            l if l.contains("Add an eval case") => l.replacen("Add an eval case", "Write a case", 1),
            l if l.starts_with("- **customers**: 1") => l.replacen(": 1 ", ": 3, counted by hand ", 1),
            l if l.starts_with("## Evidence") => {
                format!("- [ ] **process**: Call her back\n  - Owner: Eve\n  - Due: Friday\n\n{l}")
            }
            l => l.to_owned(),
        })
        .collect();
    std::fs::write(&retro, edited.join("\n")).expect("writes");
    let mut before = String::new();
    for round in 0..3 {
        let now = ok(&["draft", "--update", &retro, "--context", &facts, &trace]);
        for kept in [
            "# What we told the caller\n",
            "The bot told Ms Smith",
            "rejected: she knew",
            "- [ ] **eval**: Write a case: ",
            "- **customers**: 3, counted by hand ",
            "- [ ] **process**: Call her back\n",
            "  - Owner: Eve\n",
            "  - Due: Friday\n",
        ] {
            assert!(now.contains(kept), "round {round}: {kept:?} is lost:\n{now}");
        }
        assert!(
            !now.contains("\\*\\*") && !now.contains("\\[ \\]"),
            "round {round}: marks are written as words:\n{now}"
        );
        assert!(round == 0 || now == before, "round {round} differs");
        std::fs::write(&retro, &now).expect("writes");
        before = now;
    }
}
