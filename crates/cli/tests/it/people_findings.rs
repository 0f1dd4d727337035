//! A facts file with findings of a person's own.

use super::{draft_json, file, hindcast, ok, scratch};

const FOUND: &str = "findings:
  - category: misinterpretation
    what: The agent did not say that the refund was pending
    quotes: ['\"status\":\"pending\"', has been processed]
    answers: {tool_design: contributed}
";

#[test]
fn a_person_s_finding_stands_in_every_form_of_the_draft_and_survives_an_update() {
    let trace = file("examples/refund/trace.json");
    let folder = scratch();
    let facts = folder.path().join("facts.yaml").display().to_string();
    std::fs::write(&facts, FOUND).expect("writes");
    let draft = draft_json(&["--context", &facts, &trace]);
    let findings = draft["behavior"]["findings"].as_array().expect("findings");
    let found = findings.iter().find(|f| f["statement"]["origin"]["by"] == "person").expect("the person's");
    assert_eq!(found["statement"]["origin"]["name"], "facts.yaml");
    assert_eq!(found["category"], "misinterpretation");
    assert!(found.get("reliability").is_none() && found.get("rule").is_none(), "no rule saw it: {found:#}");
    let page = ok(&["draft", "--context", &facts, &trace]);
    for part in [
        ": misinterpretation: The agent did not say that the refund was pending",
        "- Detected by: a person, facts.yaml",
        "- Assumes: a person's reading of the quoted text",
        "This contributed to the finding at event ",
    ] {
        assert!(page.contains(part), "{part:?} is missing:\n{page}");
    }
    let html = ok(&["draft", "--format", "html", "--context", &facts, &trace]);
    assert!(
        html.contains("a person's reading of the quoted text")
            || html.contains("a person&#39;s reading of the quoted text")
    );
    let number = findings.iter().position(|f| f == found).expect("its place") + 1;
    let (before, rest) = page.split_once(&format!("### Finding {number}: ")).expect("its heading");
    let confirmed = format!(
        "{before}### Finding {number}: {}",
        rest.replacen("\n- Verdict: open\n", "\n- Verdict: confirmed\n", 1)
    );
    assert_ne!(page, confirmed);
    let retro = folder.path().join("RETRO.md").display().to_string();
    std::fs::write(&retro, &confirmed).expect("writes");
    let again = ok(&["draft", "--update", &retro, "--context", &facts, &trace]);
    let of_it = again.split(&format!("### Finding {number}: ")).nth(1).expect("its heading");
    let verdict = of_it.lines().find(|l| l.starts_with("- Verdict: "));
    assert_eq!(verdict, Some("- Verdict: confirmed"), "the verdict is lost:\n{again}");
    std::fs::write(&retro, &again).expect("writes");
    assert_eq!(ok(&["draft", "--update", &retro, "--context", &facts, &trace]), again);
    // Without the facts file it is no finding any more, and is not lost.
    let without = ok(&["draft", "--update", &retro, &trace]);
    assert!(
        without.contains("Found earlier by a person: The agent did not say that the refund was pending"),
        "{without}"
    );
}

#[test]
fn a_quote_that_is_not_there_is_an_error_like_any_other_in_a_facts_file() {
    let folder = scratch();
    let facts = folder.path().join("facts.yaml").display().to_string();
    std::fs::write(&facts, FOUND.replace("has been processed", "has been PROCESSED")).expect("writes");
    let out = hindcast(&["draft", "--context", &facts, &file("examples/refund/trace.json")]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(3), "{told}");
    assert!(out.stdout.is_empty());
    assert!(
        told.starts_with("error: facts.yaml: line 4, column 36: the quote `has been PROCESSED` is not in the session."),
        "{told}"
    );
    assert!(told.contains("`has been processed`. Quote the text exactly."), "{told}");
}
