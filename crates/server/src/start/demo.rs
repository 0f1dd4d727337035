//! The example incidents: what Hindcast looks like after some weeks, to look around in.

use super::StartError;
use crate::state::{App, Entrance};
use crate::work::{self, Drafted};
use crate::{failure::Failure, secret};
use hindcast_retro::record::incident::{Moment, Point, Status};
use hindcast_retro::record::people::{Duty, Role};
use hindcast_store::evidence::Kind;
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Viewer, accounts};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

impl From<Failure> for StartError {
    fn from(failure: Failure) -> Self {
        StartError::Demo(format!("{failure:?}"))
    }
}

const PEOPLE: [(&str, &str, Role); 4] = [
    ("Dana Osei", "dana@example.com", Role::Administrator),
    ("Ravi Menon", "ravi@example.com", Role::Approver),
    ("Mia Lindqvist", "mia@example.com", Role::Responder),
    ("Vera Okafor", "vera@example.com", Role::Viewer),
];

struct Example {
    title: &'static str,
    agent: &'static str,
    summary: &'static str,
    severity: Option<(u8, &'static str)>,
    trace: Option<&'static [u8]>,
    facts: Option<&'static [u8]>,
    restricted: bool,
    days_ago: i64,
}

const EXAMPLES: [Example; 5] = [
    Example {
        title: "Logged: the agent tried to book with an id that does not exist; the tool refused",
        agent: "travel-desk",
        summary: "The booking tool refused the id, and the agent asked the traveller again. Nobody was harmed.",
        severity: Some((4, "logged as a near-miss")),
        trace: None,
        facts: None,
        restricted: false,
        days_ago: 12,
    },
    Example {
        title: "An invented order number was given to a customer",
        agent: "shop-assistant",
        summary: "A customer was sent after an order that does not exist.",
        severity: Some((3, "one customer, told the right number the same day")),
        trace: Some(include_bytes!("../../../../examples/fabricated-id/trace.json")),
        facts: None,
        restricted: false,
        days_ago: 6,
    },
    Example {
        title: "A web page's instruction was followed",
        agent: "inbox-assistant",
        summary: "Text in a fetched page told the agent to send data on, and it did.",
        severity: Some((1, "data went to somebody who should not have it")),
        trace: Some(include_bytes!("../../../../examples/injection/trace.json")),
        facts: None,
        restricted: true,
        days_ago: 3,
    },
    Example {
        title: "The agent told a caller that a pending refund was processed",
        agent: "support voice agent",
        summary: "The tool answered `pending`; the agent said **processed**. Reported by the caller the next morning.",
        severity: Some((2, "it reached a customer, and refund answers go through a person until the tool is fixed")),
        trace: Some(include_bytes!("../../../../examples/refund/trace.json")),
        facts: Some(include_bytes!("../../../../examples/refund/facts.yaml")),
        restricted: false,
        days_ago: 1,
    },
    Example {
        title: "Caller says that the agent read out somebody else's address",
        agent: "support voice agent",
        summary: "Ticket only so far; the trace is being exported.",
        severity: None,
        trace: None,
        facts: None,
        restricted: false,
        days_ago: 0,
    },
];

/// Puts the examples in where there are none yet, and opens a way in.
pub async fn fill(app: &mut App) -> Result<String, StartError> {
    let existing = accounts::by_email(&mut *app.store.reader().await?, PEOPLE[0].1).await?;
    let dana = match existing {
        Some(account) => account.viewer(),
        None => {
            let people = people(app).await?;
            for example in &EXAMPLES {
                put(app, &people, example).await?;
            }
            people[0].clone()
        }
    };
    let token = secret::new("")?;
    app.entrance = Some(Arc::new(Entrance { token_hash: secret::hash(&token), viewer: dana }));
    Ok(token)
}

async fn people(app: &App) -> Result<Vec<Viewer>, StartError> {
    let system = Viewer::system();
    let mut all = Vec::new();
    for (name, email, role) in PEOPLE {
        // Nobody knows these passwords: the way in is the printed link.
        let password_hash = crate::auth::password::hash(app, &secret::new("")?).await?;
        let id = secret::id();
        let mut tx = app.store.begin().await?;
        let new = accounts::New { id: &id, email, name, role, password_hash: &password_hash };
        accounts::create(&mut tx, Act { by: &system, at: app.clock.now() }, &new).await?;
        tx.commit().await?;
        all.push(Viewer { account: id, name: name.to_owned(), role, scopes: None });
    }
    Ok(all)
}

fn ago(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}

async fn put(app: &App, people: &[Viewer], example: &Example) -> Result<(), StartError> {
    let (dana, mia) = (&people[0], &people[2]);
    let opened = ago(app.clock.now(), 24 * example.days_ago + 2);
    let act = Act { by: mia, at: opened };
    let new = New {
        details: Details {
            title: example.title.to_owned(),
            agent: example.agent.to_owned(),
            summary: example.summary.to_owned(),
            ticket: String::new(),
        },
        severity: example.severity.map(|(level, _)| level),
        severity_reason: example.severity.map_or("", |(_, why)| why).to_owned(),
        restricted: example.restricted,
    };
    let mut tx = app.store.begin().await?;
    let number = incidents::create(&mut tx, act, &new).await?;
    incidents::set_person(&mut tx, act, number, &dana.account, Duty::Reviewer).await?;
    if new.severity != Some(4) {
        let moment =
            |point, at, by: &str, source: &str| Moment { point, at, by: by.to_owned(), source: source.to_owned() };
        let mut moments = vec![
            moment(Point::Reported, ago(opened, 1), "a customer", "ticket"),
            moment(Point::Aware, opened, "Mia Lindqvist, on call", "pager"),
        ];
        if example.severity.is_some_and(|(level, _)| level > 1) {
            moments.push(moment(Point::Contained, ago(opened, -2), "Mia Lindqvist", ""));
        }
        // A facts file of the example has times of its own.
        if example.facts.is_none() {
            incidents::set_moments(&mut tx, act, number, None, &moments).await?;
        } else {
            incidents::set_moments(&mut tx, act, number, None, &moments[1..2]).await?;
        }
    }
    work::set_due(app, &mut tx, act, number).await?;
    if example.severity.is_some_and(|(level, _)| level < 4) {
        incidents::first_response(&mut tx, Act { by: mia, at: ago(opened, -1) }, number).await?;
        incidents::set_status(&mut tx, act, number, None, Status::Contained).await?;
    }
    tx.commit().await?;
    for (kind, name, bytes) in [(Kind::Trace, "trace.json", example.trace), (Kind::Facts, "facts.yaml", example.facts)]
    {
        if let Some(bytes) = bytes {
            work::take_in(app, act, number, kind, name, bytes.to_vec()).await?;
        }
    }
    if example.trace.is_some() {
        let material = work::material(app, mia, number).await?;
        if let Drafted::Done(draft, _) = work::draft(app, material, None, None).await? {
            let mut tx = app.store.begin().await?;
            work::retro::begin(app, &mut tx, act, number, &draft).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
