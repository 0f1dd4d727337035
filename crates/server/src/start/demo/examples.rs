//! The incidents of the last weeks.

use super::step::{Example, Happened, Step, Who, ago};
use Step::{Action, Add, Approve, Assign, Confirm, Draft, Notes, Open, Reached, Respond, Submit, Ticket, Told};
use Who::{Dana, Iris, Mia, Ravi};
use hindcast_retro::record::action::{ActionState, ProofKind};
use hindcast_retro::record::affected::Remedy;
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::incident::{Point, Status};
use hindcast_retro::record::people::Duty;
use hindcast_store::evidence::Kind;

const VOICE: &str = "support voice agent";

/// All of them, the oldest first.
pub fn all() -> Vec<Example> {
    vec![earlier_refund(), fare_rules(), closed_branch(), claim_number(), injection(), refund(), address()]
}

fn earlier_refund() -> Example {
    const TRACE: &[u8] = include_bytes!("earlier-refund.json");
    Example {
        title: "A caller heard that a refund had gone through; the provider had not booked it",
        agent: VOICE,
        summary: "Charged twice, asked for one charge back, was told **processed** while the tool said `pending`. \
                  The refund was booked two days later.",
        severity: Some((2, "it reached a customer and was about money; contained the same day")),
        restricted: false,
        tags: &["refunds", "voice"],
        people: &[(Mia, Duty::Lead), (Dana, Duty::Responder), (Ravi, Duty::Reviewer)],
        moments: &[
            (Point::Reported, -1, "the caller", "ticket OPS-611"),
            (Point::Aware, 0, "Mia Lindqvist, on call", "pager"),
            (Point::Contained, 3, "Dana Osei", "refund answers went through a person for a week"),
            (Point::Resolved, 24 * 14, "Dana Osei", "release 41"),
        ],
        steps: vec![
            ago(36, 5, Mia, Open),
            ago(36, 4, Mia, Respond),
            ago(36, 3, Mia, Ticket("OPS-611")),
            ago(36, 2, Dana, Step::Status(Status::Contained)),
            ago(36, 1, Mia, Add(Kind::Trace, "voice-call-0944.json", TRACE)),
            ago(35, 6, Mia, Draft),
            ago(34, 4, Mia, Confirm),
            ago(34, 3, Mia, Assign(&[(Mia, -24), (Dana, -20), (Iris, -15)])),
            ago(33, 5, Mia, Notes(Section::Impact, "One caller. The refund of 19.00 EUR was booked two days later.")),
            ago(32, 5, Mia, Submit),
            ago(31, 4, Ravi, Approve),
            ago(
                25,
                6,
                Mia,
                Action(0, ActionState::Closed, Some((ProofKind::Eval, "refund-pending-is-not-done")), None),
            ),
            ago(
                22,
                2,
                Dana,
                Action(1, ActionState::Closed, Some((ProofKind::Backtest, "claims-of-completion, 1,204 calls")), None),
            ),
            ago(21, 3, Dana, Step::Status(Status::Resolved)),
            ago(
                16,
                4,
                Iris,
                Action(
                    2,
                    ActionState::Closed,
                    Some((ProofKind::Link, "https://git.example.com/payments/pull/318")),
                    None,
                ),
            ),
            ago(14, 5, Mia, Step::Status(Status::Closed)),
            ago(5, 4, Dana, Step::ReadReminders),
        ],
    }
}

fn fare_rules() -> Example {
    Example {
        title: "Fare rules of last year were quoted",
        agent: "travel-desk",
        summary: "Two travellers were told that changes are free. The rules changed in spring; the index still had the old page.",
        severity: Some((3, "two travellers, both put right the same day")),
        restricted: false,
        tags: &["knowledge"],
        people: &[(Iris, Duty::Lead)],
        moments: &[
            (Point::Reported, -2, "a traveller", "mail"),
            (Point::Aware, 0, "Iris Falk", "mail"),
            (Point::Resolved, 30, "Iris Falk", "the index was built anew"),
        ],
        steps: vec![
            ago(23, 7, Iris, Open),
            ago(23, 6, Iris, Respond),
            ago(22, 1, Iris, Step::Status(Status::Resolved)),
            ago(18, 4, Iris, Ticket("OPS-640")),
            ago(18, 3, Iris, Step::Status(Status::Closed)),
        ],
    }
}

fn closed_branch() -> Example {
    Example {
        title: "Opening hours of a closed branch were given for two days",
        agent: "shop-assistant",
        summary: "The branch in Harbour Street closed at the end of the month. Some people went there in vain.\n\n\
                  The trace of one of the chats was asked for.",
        severity: Some((2, "it reached customers; the branch is out of the answers now")),
        restricted: false,
        tags: &["knowledge"],
        people: &[(Dana, Duty::Lead), (Iris, Duty::Author)],
        moments: &[
            (Point::Reported, -5, "the branch manager", "telephone"),
            (Point::Aware, 0, "Dana Osei", "telephone"),
            (Point::Contained, 4, "Iris Falk", "taken out of the list of branches"),
        ],
        steps: vec![ago(9, 6, Dana, Open), ago(9, 5, Dana, Respond), ago(9, 2, Iris, Step::Status(Status::Contained))],
    }
}

fn claim_number() -> Example {
    const TRACE: &[u8] = include_bytes!("../../../../../examples/fabricated-id/trace.json");
    Example {
        title: "An invented claim number was given to a customer",
        agent: "parcel desk",
        summary: "A customer called about a claim that nobody could find. The claim is there; its number was made up.",
        severity: Some((3, "one customer, told the right number the same day")),
        restricted: false,
        tags: &["identifiers"],
        people: &[(Mia, Duty::Lead), (Dana, Duty::Reviewer)],
        moments: &[
            (Point::Reported, -1, "a customer", "ticket"),
            (Point::Aware, 0, "Mia Lindqvist, on call", "pager"),
            (Point::Contained, 2, "Mia Lindqvist", ""),
        ],
        steps: vec![
            ago(7, 6, Mia, Open),
            ago(7, 5, Mia, Respond),
            ago(7, 4, Mia, Step::Status(Status::Contained)),
            ago(7, 3, Mia, Add(Kind::Trace, "trace.json", TRACE)),
            ago(7, 2, Mia, Draft),
            ago(6, 5, Mia, Confirm),
            ago(6, 4, Mia, Assign(&[(Iris, 2), (Dana, -1), (Mia, 9)])),
            ago(4, 5, Dana, Action(1, ActionState::InProgress, None, None)),
        ],
    }
}

fn injection() -> Example {
    const TRACE: &[u8] = include_bytes!("../../../../../examples/injection/trace.json");
    Example {
        title: "An instruction in a message was followed",
        agent: "inbox-assistant",
        summary: "Text in a message that it read told the agent to send data on, and it did.",
        severity: Some((1, "data went to somebody who should not have it")),
        restricted: true,
        tags: &["injection"],
        people: &[(Mia, Duty::Lead), (Dana, Duty::Responder), (Ravi, Duty::Reviewer)],
        moments: &[
            (Point::Reported, -1, "a customer", "ticket"),
            (Point::Aware, 0, "Mia Lindqvist, on call", "pager"),
            (Point::Contained, 2, "Dana Osei", "sending was taken from the agent"),
        ],
        steps: vec![
            ago(3, 5, Mia, Open),
            ago(3, 4, Mia, Respond),
            ago(3, 3, Dana, Step::Status(Status::Contained)),
            ago(3, 2, Mia, Add(Kind::Trace, "trace.json", TRACE)),
            ago(3, 1, Mia, Draft),
            ago(2, 4, Mia, Confirm),
            ago(2, 3, Mia, Assign(&[(Mia, 6), (Dana, 1), (Ravi, 12)])),
            ago(1, 7, Mia, Action(0, ActionState::InProgress, None, None)),
            ago(
                1,
                6,
                Dana,
                Action(1, ActionState::Dropped, None, Some("The reading task has no tool that writes any more.")),
            ),
            ago(1, 6, Ravi, Action(2, ActionState::InProgress, None, None)),
            ago(1, 3, Mia, Submit),
        ],
    }
}

fn refund() -> Example {
    const TRACE: &[u8] = include_bytes!("../../../../../examples/refund/trace.json");
    const FACTS: &[u8] = include_bytes!("refund-facts.yaml");
    Example {
        title: "The agent told a caller that a pending refund was processed",
        agent: VOICE,
        summary: "The tool answered `pending`; the agent said **processed**. Reported by the caller the next morning.",
        severity: Some((2, "it reached a customer, and refund answers go through a person until the tool is fixed")),
        restricted: false,
        tags: &["refunds", "voice"],
        people: &[(Mia, Duty::Lead), (Dana, Duty::Responder), (Ravi, Duty::Reviewer)],
        moments: &[
            (Point::Reported, -1, "the caller", "ticket OPS-701"),
            (Point::Aware, 0, "Mia Lindqvist, on call", "pager"),
            (Point::Contained, 2, "Dana Osei", "refund answers go through a person until the tool is fixed"),
        ],
        steps: refund_steps(TRACE, FACTS),
    }
}

fn refund_steps(trace: &'static [u8], facts: &'static [u8]) -> Vec<Happened> {
    const SAID: &str = "Your refund has been processed.";
    vec![
        ago(1, 5, Mia, Open),
        ago(1, 4, Mia, Respond),
        ago(1, 3, Mia, Step::Status(Status::Contained)),
        ago(1, 2, Mia, Add(Kind::Trace, "trace.json", trace)),
        ago(1, 2, Mia, Add(Kind::Facts, "facts.yaml", facts)),
        ago(1, 1, Mia, Draft),
        ago(0, 20, Mia, Assign(&[(Mia, 3), (Dana, 7), (Iris, 14)])),
        ago(0, 19, Mia, Notes(Section::Behavior, "Listened to the call: **processed** was said once, clearly.")),
        ago(
            0,
            18,
            Iris,
            Reached(&[
                ("call-1102", "Ingrid Solheim", 52, SAID),
                ("call-1107", "Paulo Marchetti", 50, "The refund is done, you will see it shortly."),
                ("call-1111", "Adaeze Nwosu", 49, SAID),
                ("call-1120", "Tomasz Wilk", 47, "I have refunded the charge for you."),
                ("call-1124", "", 46, SAID),
                ("call-1131", "Hana Sato", 44, "Done! The money is on its way."),
                ("call-1139", "Lars Brandvold", 40, SAID),
                ("call-1140", "Noor Haddad", 39, "That has been refunded."),
                ("call-1146", "Elif Kaya", 37, SAID),
                ("call-1153", "Grace Abara", 34, "Your refund went through."),
            ]),
        ),
        ago(0, 16, Iris, Told(1, Remedy::MadeWhole, "Booked; called back.")),
        ago(0, 16, Iris, Told(2, Remedy::Told, "Called back, waits for the booking.")),
        ago(0, 15, Iris, Told(3, Remedy::MadeWhole, "")),
        ago(0, 15, Iris, Told(5, Remedy::NotNeeded, "A test call.")),
        ago(0, 14, Mia, Told(6, Remedy::Told, "")),
        ago(0, 14, Mia, Told(8, Remedy::Told, "Asked for it in writing.")),
    ]
}

fn address() -> Example {
    Example {
        title: "Caller says that the agent read out somebody else's address",
        agent: VOICE,
        summary: "Ticket only so far; the trace is being exported.",
        severity: None,
        restricted: false,
        tags: &["voice"],
        people: &[(Dana, Duty::Responder)],
        moments: &[(Point::Reported, -1, "a caller", "ticket OPS-702")],
        steps: vec![ago(0, 3, Mia, Open)],
    }
}
