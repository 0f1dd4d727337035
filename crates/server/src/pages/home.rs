//! The first page: what is due, what is under way, and how many near-misses are logged.

use super::frame::{Frame, away, page, severity, severity_class};
use super::notices;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use hindcast_store::actions;
use hindcast_store::incidents::{self, Due, Filter, Mix};
use jiff::Timestamp;

/// Something due, for people.
struct DueRow {
    overdue: bool,
    what: String,
    incident: i64,
    title: String,
    level: String,
    class: &'static str,
    text: String,
    away: String,
    to: String,
}

struct Row {
    number: i64,
    title: String,
    level: String,
    class: &'static str,
    status: &'static str,
    restricted: bool,
    updated: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    reminders: notices::First,
    mine: Vec<DueRow>,
    team: Vec<DueRow>,
    open: Vec<Row>,
    mix: Mix,
    near_misses: i64,
    serious: i64,
    none_yet: bool,
}

/// Deadlines and incidents that are listed at most.
const MOST: i64 = 50;

fn due(due: Due, now: Timestamp) -> DueRow {
    DueRow {
        overdue: due.at < now,
        away: away(due.at, now),
        what: due.what,
        incident: due.incident,
        title: due.title,
        level: severity(due.severity),
        class: severity_class(due.severity),
        text: due.text,
        to: format!("/incidents/{}", due.incident),
    }
}

/// Shows it.
pub async fn show(State(app): State<App>, Reader(viewer): Reader) -> Result<Response, Failure> {
    let now = app.clock.now();
    let mut conn = app.store.reader().await?;
    let reminders = notices::first(&mut conn, &viewer, now).await?;
    let all = incidents::due(&mut conn, &viewer, MOST).await?;
    let (mut mine, mut team) = (Vec::new(), Vec::new());
    for item in all {
        let list = if item.mine { &mut mine } else { &mut team };
        list.push(due(item, now));
    }
    for item in actions::due(&mut conn, &viewer, MOST).await? {
        let is_mine = item.owner.eq_ignore_ascii_case(&viewer.name);
        let Some(day) = item.due.as_ref().and_then(|d| d.parse::<jiff::civil::Date>().ok()) else { continue };
        let end = day.tomorrow().unwrap_or(day).to_zoned_datetime(jiff::tz::TimeZone::UTC).map(|z| z.timestamp());
        let Ok(end) = end else { continue };
        let row = DueRow {
            overdue: end < now,
            away: away(end, now),
            what: format!("{}: {}", item.category, item.title),
            incident: item.incident,
            title: String::new(),
            level: "action".to_owned(),
            class: "k-action",
            text: item.due.clone().unwrap_or_default(),
            to: format!("/incidents/{}/actions/{}", item.incident, item.id),
        };
        if is_mine { &mut mine } else { &mut team }.push(row);
    }
    let filter = Filter { unclosed: true, ..Filter::default() };
    let open = incidents::list(&mut conn, &viewer, &filter, MOST).await?;
    let open = open.into_iter().map(|i| Row {
        number: i.number,
        level: severity(i.severity),
        class: severity_class(i.severity),
        title: i.title,
        status: i.status.label(),
        restricted: i.restricted,
        updated: away(i.updated_at, now),
    });
    let open: Vec<Row> = open.collect();
    let mix = incidents::mix(&mut conn, &viewer).await?;
    let serious = mix.levels[0] + mix.levels[1] + mix.levels[2];
    let none_yet = serious + mix.levels[3] + mix.undecided == 0;
    page(&Page {
        frame: Frame::new(&viewer, "home", "Hindcast"),
        reminders,
        mine,
        team,
        open,
        near_misses: mix.levels[3],
        mix,
        serious,
        none_yet,
    })
}
