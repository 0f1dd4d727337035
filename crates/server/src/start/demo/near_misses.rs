//! The near-misses of the last three months.

use super::step::{Example, Step, Who, ago};
use hindcast_retro::record::incident::Status;

/// How many days ago, the title, the agent, what is known, and what the committee noted.
const LOGGED: [(i64, &str, &str, &str, Option<&str>); 11] = [
    (79, "The agent offered a discount that ended in June; the checkout refused it", "shop-assistant", "", None),
    (72, "Two bookings for one traveller were stopped by the duplicate check", "travel-desk", "", None),
    (64, "An order was nearly cancelled twice; the second call failed", "shop-assistant", "", None),
    (
        51,
        "A caller's number was read back with two digits swapped; the caller noticed",
        "support voice agent",
        "",
        None,
    ),
    (45, "The agent asked for a card number; the output filter held the message", "support voice agent", "", None),
    (38, "A refund above the limit was tried and refused", "support voice agent", "", None),
    (27, "The agent quoted a policy page that does not exist; a colleague caught it", "inbox-assistant", "", None),
    (
        20,
        "A parcel was nearly sent to the address of the sender",
        "parcel desk",
        "",
        Some("The form does not say whose address is asked for."),
    ),
    (
        12,
        "Logged: the agent tried to book with an id that does not exist; the tool refused",
        "travel-desk",
        "The booking tool refused the id, and the agent asked the traveller again. Nobody was harmed.",
        Some("The tool has refused such ids before: ask for a list of valid ids."),
    ),
    (6, "A reply was drafted to the wrong thread; the person who sends saw it", "inbox-assistant", "", None),
    (2, "The agent promised a call back on a public holiday; the scheduler refused", "support voice agent", "", None),
];

/// All of them.
pub fn all() -> Vec<Example> {
    let mut all: Vec<Example> = LOGGED.into_iter().map(one).collect();
    if let Some(first) = all.first_mut() {
        let none_alike = "None alike. The refusals of the tools hold.";
        first.steps.push(ago(49, 3, Who::Ravi, Step::LookedAtMonth(none_alike)));
        let numbers = "Numbers read aloud are the theme: an eval case for them is in the backlog.";
        first.steps.push(ago(18, 2, Who::Dana, Step::LookedAtMonth(numbers)));
    }
    all
}

fn one(
    (days, title, agent, summary, noted): (i64, &'static str, &'static str, &'static str, Option<&'static str>),
) -> Example {
    let who = if days % 2 == 0 { Who::Mia } else { Who::Iris };
    let mut steps = vec![ago(days, 4, who, Step::Open)];
    // What is older was looked at with its month, and is over.
    if days > 35 {
        steps.push(ago(days - 33, 1, who, Step::Status(Status::Closed)));
    }
    steps.extend(noted.map(|note| ago(days, -20, Who::Ravi, Step::Looked(note))));
    Example {
        title,
        agent,
        summary,
        severity: Some((4, crate::work::incident::NEAR_MISS)),
        restricted: false,
        tags: &[],
        people: &[],
        moments: &[],
        steps,
    }
}
