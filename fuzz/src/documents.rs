//! Files that people write: facts, severity policies with their calendars, tool contracts.

use super::families::choice;
use super::pages::example;
use hindcast_detect::tools::contract;
use hindcast_detect::{Contracts, Session};
use hindcast_render::{html, markdown};
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::policy::Policy;
use hindcast_retro::{Input, draft, questions};
use hindcast_trace::read;

/// Drafts the worked example with what people wrote.
fn drafted(facts: &Facts, contracts: &Contracts, policy: &Policy) {
    let evidence = example();
    let reading = read(&evidence).expect("reads");
    let trace = &reading.sessions[0];
    if facts.look_up(&[trace]).is_err() {
        return;
    }
    let draft = draft(&Input { trace, evidence: &evidence, contracts, facts, policy });
    let page = markdown::page(&draft);
    let edits = markdown::read(&page, "retro.md").unwrap_or_else(|e| panic!("a page is read back: {e}\n{page}"));
    assert!(edits.decisions.is_empty() && edits.notes.is_empty(), "nothing was edited: {edits:?}");
    html::pages(std::slice::from_ref(&draft)).expect("a page");
    let yaml = questions::yaml(&draft);
    facts::parse(&yaml, "facts.yaml").unwrap_or_else(|e| panic!("questions are a facts file: {e}\n{yaml}"));
}

/// A facts file.
pub fn facts(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match facts::parse(text, "facts.yaml") {
        Ok(facts) => drafted(&facts, &Contracts::default(), &Policy::builtin()),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

/// The first byte says what the rest is: a policy, a calendar that the built-in policy has, or tool contracts.
pub fn policy(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match choice(*first, 3) {
        0 => {
            let (yaml, calendar) = text.split_once('\u{1e}').unwrap_or((&text, ""));
            if let Ok(policy) = Policy::parse_with(yaml, &mut |_| Ok(calendar.as_bytes().to_vec())) {
                counted(&policy);
                drafted(&Facts::default(), &Contracts::default(), &policy);
            }
        }
        1 => {
            let yaml = include_str!("../../crates/retro/data/policy.yaml");
            let yaml: String = yaml.lines().filter(|l| !l.starts_with("holidays")).map(|l| format!("{l}\n")).collect();
            let yaml = format!("{yaml}\nholidays: [days.ics]\n");
            if let Ok(policy) = Policy::parse_with(&yaml, &mut |_| Ok(rest.to_vec())) {
                counted(&policy);
            }
        }
        _ => {
            let Ok(contracts) = contract::parse(&text) else { return };
            let evidence = example();
            let reading = read(&evidence).expect("reads");
            hindcast_detect::detectors::run_all(&Session::new(&reading.sessions[0], &contracts));
            drafted(&Facts::default(), &contracts, &Policy::builtin());
        }
    }
}

/// Deadlines are counted from any time.
fn counted(policy: &Policy) {
    let _ = policy.words_of_its_own();
    for seconds in [-377_705_023_201, 0, 1_777_888_800, 1_798_761_600, 253_402_207_200] {
        let at = jiff::Timestamp::from_second(seconds).expect("a time");
        let day = policy.day(at);
        for level in 0..=5 {
            policy.deadlines(level, Some(at));
        }
        policy.end_of(day);
        policy.last_of_week(day);
        policy.day_begins(day);
        policy.business_day_before(day);
        policy.business_day_from(day);
    }
}
