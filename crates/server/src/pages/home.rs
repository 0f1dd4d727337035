//! The first page: what is due, what is under way, and how many near-misses are logged.

mod due;

use super::frame::{Frame, away, page, severity, severity_class};
use super::notices;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use due::{Asked, Choice, List};
use hindcast_store::incidents::{self, Filter, Mix};

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
    people: [Choice; 3],
    times: [Choice; 3],
    due: Vec<List>,
    open: Vec<Row>,
    mix: Mix,
    near_misses: i64,
    serious: i64,
    none_yet: bool,
}

/// Incidents that are listed at most.
const MOST: i64 = 20;

/// Shows it.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Failure> {
    // A choice that there is not is none.
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let now = app.clock.now();
    let mut conn = app.store.reader().await?;
    let reminders = notices::first(&mut conn, &viewer, now).await?;
    let due = due::lists(&app, &mut conn, &viewer, asked, now).await?;
    let filter = Filter { unclosed: true, ..Filter::default() };
    let open = incidents::brief(&mut conn, &viewer, &filter, MOST).await?;
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
    let mix = incidents::mix(&mut conn, &viewer, app.store.counted()).await?;
    conn.done();
    let serious = mix.levels[0] + mix.levels[1] + mix.levels[2];
    let none_yet = serious + mix.levels[3] + mix.undecided == 0;
    page(&Page {
        frame: Frame::new(&viewer, "home", "Hindcast"),
        reminders,
        people: asked.people(),
        times: asked.times(),
        due,
        open,
        near_misses: mix.levels[3],
        mix,
        serious,
        none_yet,
    })
}
