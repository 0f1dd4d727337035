//! A draft in which everything occurs that a draft can hold.

mod section_5;
mod section_7;

use super::{by, fact, file, quote, said};
use hindcast_detect::SessionKind;
use hindcast_detect::finding::{Answer as Looked, Category, Outcome, RestsOn};
use hindcast_retro::Draft;
use hindcast_retro::draft::*;
use hindcast_retro::statement::{Answer, Basis, Origin, Question, Quote, Statement, Verdict};
use hindcast_trace::model::KeyKind;

fn detector(name: &str) -> Origin {
    Origin::Detector(name.to_owned())
}

fn ask(entry: &str, ask: &str) -> Question {
    Question { entry: entry.to_owned(), ask: ask.to_owned() }
}

struct Lines(Vec<TimelineEntry>);

impl Lines {
    fn add(&mut self, event: u32, actor: Actor, name: Option<&str>, words: &str, quote: &Quote) -> &mut TimelineEntry {
        let second = event * 3;
        self.0.push(TimelineEntry {
            statement: said(by("timeline"), words, quote),
            actor,
            name: name.map(str::to_owned),
            at: Some(format!("2026-11-24T08:{:02}:{:02}.{:03}Z", 7 + second / 60, second % 60, event * 13 % 1000)),
            quality: Quality::Exact,
            learned: false,
            event: Some(event),
            folded: 1,
            findings: Vec::new(),
        });
        self.0.last_mut().expect("just added")
    }

    fn team(&mut self, at: &str, learned: bool, statement: Statement) {
        self.0.push(TimelineEntry {
            statement,
            actor: Actor::Team,
            name: None,
            at: Some(at.to_owned()),
            quality: Quality::Exact,
            learned,
            event: None,
            folded: 1,
            findings: Vec::new(),
        });
    }
}

fn finding(statement: Statement, title: &str, category: Category, event: u32) -> FindingEntry {
    FindingEntry {
        statement,
        title: title.to_owned(),
        rule: "a-rule".to_owned(),
        reliability: "this rule was right in 21 of 24 judged cases in service agent sessions; it flagged none of 272 ordinary sessions".to_owned(),
        promoted: false,
        category,
        also: None,
        event,
        outcome: Outcome::Unmitigated,
        consequence: Consequence::NotContained,
        assumes: RestsOn::Trace,
        considered: Vec::new(),
        tools: Vec::new(),
        prevalence: Prevalence::NotMeasured("this draft covers one session; measure prevalence over many sessions".to_owned()),
    }
}

/// What a rule saw that is not reliable enough.
fn lead(read: &Quote, written: &Quote) -> FindingEntry {
    let said = Statement::new(
        detector("unconfirmed-write"),
        "Nobody asked for a refund of this charge before the call.",
        Basis::Quote(written.clone()),
        [],
    );
    let mut lead = finding(said, "`refund` was called without a confirmation", Category::ToolMisuse, written.event);
    lead.reliability = "nobody has judged this rule in service agent sessions yet".to_owned();
    lead.tools = vec!["refund".to_owned()];
    lead.considered = vec![Considered {
        event: read.event,
        why: "it lists the charge, and is no confirmation".to_owned(),
        quote: Some(read.clone()),
    }];
    lead
}

/// Findings of every kind, verdicts of every kind, a folded stretch, a handoff, guards.
pub fn rich() -> Draft {
    let prompt = quote(
        1,
        1,
        "You are the voice agent of Northwind Energy. Be brief. You can refund charges with the tool `refund`. Never promise a date on which money arrives.",
    );
    let request = quote(2, 2, "Hi, I was charged twice for November. Please refund my charge, the second one.");
    let handoff = quote(3, 3, "billing-agent");
    let lookup = quote(4, 4, r#"{"customer":"cus_88121","month":"2026-11"}"#);
    let listed = quote(
        5,
        5,
        r#"{"charges":[{"id":"ch_3Nw901","amount":4200,"status":"captured"},{"id":"ch_3Nw902","amount":4200,"status":"captured"}]}"#,
    );
    let call = quote(6, 24, r#"{"charge_id":"ch_3Nw902"}"#);
    let answer = quote(7, 25, r#"{"refund_id":"re_71","status":"pending","eta_days":5}"#);
    let guard = quote(8, 26, "no card number found");
    let claim = quote(9, 27, "Your refund has been processed, and the money is back in your account.");
    let thanks = quote(10, 28, "Great, thank you! And can you tell me the e-mail address that you have for me?");
    let mail = quote(
        11,
        29,
        "Of course, it is dana.k@example.com, and I have sent the receipt to accounting@example.org as well.",
    );
    let folded = quote(12, 6, "One moment please, I am looking at your account.");
    let retry = quote(13, 23, r#"{"charge_id":"ch_3Nw9O2"}"#);

    let mut dismissed = lead(&listed, &call);
    dismissed.statement.verdict = Verdict::Rejected;
    dismissed.statement.reason = Some("the user had asked for it at event 2".to_owned());
    let mut processed = finding(
        Statement::new(
            detector("claim-against-status"),
            "The agent says that the refund was processed. The last result of `refund` before it says `status: pending`: the operation was started but is not complete.",
            Basis::Quote(claim.clone()),
            [Basis::Quote(answer.clone())],
        ),
        "Says a refund was processed that is pending",
        Category::Misinterpretation,
        27,
    );
    processed.also = Some(Category::Hallucination);
    processed.assumes =
        RestsOn::Assumption("`pending` in a field named `status` means that the operation is not done".to_owned());
    processed.tools = vec!["refund".to_owned()];
    processed.considered = vec![
        Considered {
            event: 25,
            why: "the result of `refund` has transport ok, but its operation is not complete".to_owned(),
            quote: Some(answer.clone()),
        },
        Considered {
            event: 5,
            why: "`captured` is the status of the charge, not of a refund".to_owned(),
            quote: Some(listed.clone()),
        },
    ];
    processed.statement.verdict = Verdict::Confirmed;
    processed.prevalence = Prevalence::Measured(Statement::new(
        by("prevalence"),
        "The same claim against the same status, over the sessions of October and November.",
        Basis::Measurement {
            k: 31,
            n: 1204,
            interval_ppm: (18_200, 36_300),
            corpus: "9f2c41d07be1".to_owned(),
            signature: "41aa90be77d2".to_owned(),
        },
        [],
    ));

    let mut receipt = finding(
        Statement::new(
            detector("unbacked-action"),
            "The agent says that it sent a receipt. No tool that sends anything was called.",
            Basis::Quote(mail.clone()),
            [Basis::Absence { sought: "a call of a tool that sends e-mail".to_owned(), from_event: 1, to_event: 29 }],
        ),
        "Says it sent a receipt, and sent nothing",
        Category::Hallucination,
        29,
    );
    receipt.statement.verdict = Verdict::Edited;
    receipt.statement.original = Some("The agent claims an e-mail for which no call exists.".to_owned());
    receipt.statement.reason =
        Some("the invoice tool was down that morning, so it could not have sent one either".to_owned());

    let mut typo = finding(
        said(
            detector("unknown-id"),
            "The charge id in the call is in nothing that the agent had read: a letter O stands for a zero.",
            &retry,
        ),
        "Calls `refund` with an id that nobody gave it",
        Category::ToolMisuse,
        23,
    );
    typo.outcome = Outcome::NearMiss;
    typo.consequence = Consequence::Averted;
    typo.assumes = RestsOn::Contract("contracts.yaml: `refund.charge_id` comes from `list_charges`".to_owned());
    typo.tools = vec!["refund".to_owned()];

    let mut address = finding(
        said(
            detector("secret-disclosed"),
            "The agent reads out an e-mail address to a caller whose identity was not checked.",
            &mail,
        ),
        "Reads out personal data",
        Category::SafetyViolation,
        29,
    );
    address.statement.verdict = Verdict::Rejected;
    address.statement.reason =
        Some("the caller was identified by number before the agent took over; the desk's log has it".to_owned());

    let findings = vec![processed, receipt, typo, address];
    let id = |n: usize| findings[n].statement.id.clone();

    let mut lines = Lines(Vec::new());
    lines.team(
        "2026-11-23T16:30:00Z",
        false,
        fact(31, "changes", "tool changed: `refund` answers at once and settles later"),
    );
    lines.add(1, Actor::System, None, "instructions", &prompt);
    lines.add(2, Actor::User, None, "says", &request);
    lines.add(3, Actor::Agent, Some("billing-agent"), "front-desk hands over", &handoff).quality = Quality::Estimated;
    lines.add(4, Actor::Agent, Some("list_charges"), "calls", &lookup);
    lines.add(5, Actor::Tool, Some("list_charges"), "returns (transport ok)", &listed);
    lines
        .add(6, Actor::Several, None, "17 events (events 6 to 22, within 64 s): 4 messages of the user, 5 of the agent, 4 calls (find_charge 3, refund 1); it begins and ends with", &folded)
        .folded = 17;
    lines.add(23, Actor::Agent, Some("refund"), "calls (no result in the trace)", &retry).findings = vec![id(2)];
    let line = lines.add(24, Actor::Agent, Some("refund"), "calls", &call);
    (line.at, line.quality) = (None, Quality::None);
    lines.add(25, Actor::Tool, Some("refund"), "returns (transport ok, operation not complete)", &answer).quality =
        Quality::Relative;
    lines.add(26, Actor::Guard, Some("pii-output-filter"), "allows it", &guard);
    lines.add(27, Actor::Agent, Some("billing-agent"), "says", &claim).findings = vec![id(0)];
    lines.add(28, Actor::User, None, "says", &thanks);
    lines.add(29, Actor::Agent, Some("billing-agent"), "says (interrupted)", &mail).findings = vec![id(1), id(3)];
    lines.team("2026-11-24T08:12:00Z", true, fact(6, "reported.at", "reported by the caller (ticket 4711)"));
    lines.team("2026-11-24T08:40:00Z", true, fact(10, "aware.at", "a person is aware by Dana, on call"));
    lines.team(
        "2026-11-25T10:05:00Z",
        false,
        fact(13, "contained.at", "contained: refund answers go through a person until the tool is fixed"),
    );

    let coverage = |detector: &str, looks_for: &str, answer, why: &[&str]| Coverage {
        detector: detector.to_owned(),
        looks_for: looks_for.to_owned(),
        result: answer,
        not_assessed: why.iter().map(|w| (*w).to_owned()).collect(),
    };
    let answers = section_5::answers(&answer, &guard);
    let items = section_7::items(&id(0), &id(1));

    let point =
        |name: &str, at: Option<&str>, answer| DelayPoint { point: name.to_owned(), at: at.map(str::to_owned), answer };
    let wrong = "2026-11-24T08:08:21.351Z";
    Draft {
        title_edited: false,
        schema: SCHEMA.to_owned(),
        title: "The agent told a caller that a pending refund was processed".to_owned(),
        session: SessionInfo {
            key: "conv_01JDF2M7T8".to_owned(),
            key_kind: KeyKind::Conversation,
            kind: Some(SessionKind::Voice),
            kind_reason: Some("the trace is a voice call".to_owned()),
            format: "openai-chat".to_owned(),
            agents: vec!["front-desk".to_owned(), "billing-agent".to_owned()],
            models: vec!["gpt-4.1-mini-2025-04-14".to_owned()],
            events: 29,
            model_calls: 11,
            started: Some("2026-11-24T08:07:03.013Z".to_owned()),
            ended: Some("2026-11-24T08:08:27.377Z".to_owned()),
        },
        evidence: vec![EvidenceRef { id: file(), name: "calls/2026-11-24.jsonl.gz".to_owned(), bytes: 48_213 }],
        warnings: vec!["Incomplete: 2 records were not read (2 `narrator`; first at line:7 of trace.jsonl). Nothing is concluded from what does not appear.".to_owned()],
        missing_data: vec![
            "event 23: the call has no result".to_owned(),
            "event 24: no time is recorded".to_owned(),
            "the record starts after the caller was identified".to_owned(),
        ],
        summary: vec![said(
            by("summary"),
            "Event 27: says a refund was processed that is pending. Affected: customers: 1.",
            &claim,
        )],
        severity: Severity {
            decision: Some("Sev 2 at least; Sev 1 if a regulation is involved.".to_owned()),
            level: Some(2),
            decided: None,
            means: "customer-impacting, contained".to_owned(),
            reasons: vec![
                fact(24, "severity.customer_impacting", "it reached a customer"),
                fact(25, "severity.financial", "money was involved"),
                said(by("severity"), "Says a refund was processed that is pending, at event 27", &claim),
            ],
            remarks: vec!["The clock's start is given twice, and both times agree.".to_owned()],
            response: "next day".to_owned(),
            deadlines: vec![
                Deadline {
                    what: "Response".to_owned(),
                    due: Some("2026-11-25 24:00 Europe/Berlin".to_owned()),
                    explanation: "one day after somebody was aware, Tuesday 24 November".to_owned(),
                },
                Deadline {
                    what: "Retro written".to_owned(),
                    due: Some("2026-12-01 24:00 Europe/Berlin".to_owned()),
                    explanation: "5 business days after Tuesday 24 November, not counting Saturday and Sunday"
                        .to_owned(),
                },
                Deadline {
                    what: "Review meeting".to_owned(),
                    due: None,
                    explanation: "30 minutes, once the retro is written".to_owned(),
                },
            ],
            questions: vec![ask("severity.regulatory", "Does a law or a regulator apply?")],
        },
        timeline: Timeline { entries: lines.0 },
        impact: vec![
            ImpactItem {
                seen: Vec::new(),
                field: "customers".to_owned(),
                answer: Answer::Known(vec![fact(16, "impact.customers", "31")]),
            },
            ImpactItem {
                seen: Vec::new(),
                field: "conversations".to_owned(),
                answer: Answer::Known(vec![fact(17, "impact.conversations", "31")]),
            },
            ImpactItem {
                seen: Vec::new(),
                field: "money".to_owned(),
                answer: Answer::Known(vec![fact(18, "impact.money", "42.00 EUR, refunded two days later")]),
            },
            ImpactItem {
                seen: Vec::new(),
                field: "regulation".to_owned(),
                answer: Answer::Unknown(ask(
                    "impact.regulation",
                    "Does a law or a regulator apply, and is there a duty to report?",
                )),
            },
            ImpactItem {
                seen: Vec::new(),
                field: "data".to_owned(),
                answer: Answer::Known(vec![fact(20, "impact.data", "none")]),
            },
            ImpactItem {
                seen: Vec::new(),
                field: "duration".to_owned(),
                answer: Answer::Unknown(ask("impact.duration", "During which period could this happen?")),
            },
        ],
        trigger: Answer::Known(vec![
            said(by("trigger"), "Event 25: the answer that was read of `refund`", &answer),
            fact(31, "changes", "Changed before: `refund` answers at once and settles later (2026-11-23T16:30:00Z)"),
        ]),
        behavior: Behavior {
            coverage: vec![
                coverage(
                    "claim-against-status",
                    "a claim that something was done, while the operation's status says otherwise",
                    Looked::Found,
                    &[],
                ),
                coverage(
                    "ignored-instruction",
                    "an instruction of the system prompt that the agent broke",
                    Looked::NotAssessed,
                    &["event 1: the prompt is a template whose values are not in the trace", "no model was asked"],
                ),
                coverage("unbacked-action", "an action told that no call carries out", Looked::Found, &[]),
                coverage("unconfirmed-write", "a write that the user did not ask for", Looked::Leads, &[]),
                coverage("repeated-write", "the same write called twice", Looked::NothingFound, &[]),
                coverage("unknown-id", "an id in a call's arguments that nothing before it held", Looked::Found, &[]),
                coverage(
                    "retrieval-unused",
                    "a retrieved document that contradicts the answer",
                    Looked::NotApplicable,
                    &[],
                ),
                coverage(
                    "secret-disclosed",
                    "personal data or a secret in an answer",
                    Looked::Found,
                    &["event 5: the result is cut"],
                ),
            ],
            findings,
            leads: vec![lead(&listed, &retry), dismissed],
        },
        system: answers,
        delay: Delay {
            points: vec![
                point(
                    "first_wrong_step",
                    Some(wrong),
                    Answer::Known(vec![said(
                        by("first-wrong-step"),
                        "Event 27: Says a refund was processed that is pending",
                        &claim,
                    )]),
                ),
                point(
                    "earliest_signal",
                    Some(wrong),
                    Answer::Known(vec![said(
                        by("earliest-signal"),
                        "With event 27: from here on `claim-against-status` finds it in the record",
                        &claim,
                    )]),
                ),
                point("first_alert", None, Answer::Known(vec![fact(8, "alerted.at", "never")])),
                point(
                    "aware",
                    Some("2026-11-24T08:40:00Z"),
                    Answer::Known(vec![fact(10, "aware.at", "2026-11-24T08:40:00Z by Dana, on call")]),
                ),
                point(
                    "contained",
                    Some("2026-11-25T10:05:00Z"),
                    Answer::Known(vec![fact(
                        13,
                        "contained.at",
                        "refund answers go through a person until the tool is fixed",
                    )]),
                ),
                point("resolved", None, Answer::Unknown(ask("resolved.at", "When and how was it resolved?"))),
            ],
            gaps: vec![
                DelayGap { from: "first_wrong_step".to_owned(), to: "earliest_signal".to_owned(), seconds: 0 },
                DelayGap { from: "earliest_signal".to_owned(), to: "aware".to_owned(), seconds: 1898 },
                DelayGap { from: "aware".to_owned(), to: "contained".to_owned(), seconds: 91_500 },
            ],
            questions: Vec::new(),
            should_have_fired: Answer::Known(vec![fact(
                44,
                "monitors",
                "no monitor is meant to catch this; running the detectors on live traces would have caught it",
            )]),
        },
        actions: Actions { items, inadequate: None },
        notes: vec![
            Note::new(
                "impact",
                "Finance has the list of the 31 charges. Two of them are the same customer:\n\n- ch_3Nw902\n- ch_3Nw955",
            ),
            Note::new("lessons", "We were lucky: the refunds did settle."),
        ],
        by_hand: ByHand::default(),
        seal: std::collections::BTreeMap::new(),
    }
}
