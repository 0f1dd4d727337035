//! The near-miss log by the month, as the governance committee reviews it.

use super::frame::{Frame, go, page, when};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::incident::REASON;
use crate::work::near_misses as work;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use hindcast_retro::policy::Month;
use hindcast_store::near_misses::{Count, Review};
use serde::Deserialize;

/// Which month.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    month: String,
}

struct ReviewRow {
    name: String,
    at: String,
    note: String,
}

fn review(review: Review) -> ReviewRow {
    ReviewRow { name: review.name, at: when(review.at), note: review.note }
}

struct Row {
    number: i64,
    title: String,
    agent: String,
    restricted: bool,
    logged: String,
    tags: Vec<String>,
    review: Option<ReviewRow>,
}

struct MonthRow {
    name: String,
    label: String,
    count: Count,
    ratio: String,
    /// Widths of the two bars, in hundredths of the widest.
    bars: (i64, i64),
    here: bool,
}

#[derive(Template)]
#[template(path = "near_misses.html")]
struct Page {
    frame: Frame,
    name: String,
    label: String,
    before: Option<Month>,
    after: Option<Month>,
    count: Count,
    ratio: String,
    rows: Vec<Row>,
    /// True where the month has more than are listed.
    more: bool,
    review: Option<ReviewRow>,
    months: Vec<MonthRow>,
    earlier: Count,
}

/// Months that are shown whether or not something was logged.
const FEW: usize = 3;

/// "1.5 near-misses to one incident", as short as a table needs it.
fn ratio(count: &Count) -> String {
    match (count.near_misses, count.serious) {
        (0, 0) => String::new(),
        (n, 0) => format!("{n} to 0"),
        (n, serious) => format!("{:.1} to 1", n as f64 / serious as f64),
    }
}

/// Shows a month.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let month = work::month(&app, &asked.month)?;
    let now = Month::of(app.config.policy.day(app.clock.now()));
    let read = work::read(&app, &mut *app.store.reader().await?, &viewer, month).await?;
    let most = read.months.iter().flat_map(|(_, c)| [c.near_misses, c.serious]).max().unwrap_or(0).max(1);
    let bar = |n: i64| n * 100 / most;
    // Months before anything was logged say nothing; the few before this one are shown all the same.
    let told = read.months.iter().rposition(|(_, c)| *c != Count::default()).map_or(0, |at| at + 1).max(FEW);
    let months = read.months.iter().take(told).map(|(m, count)| MonthRow {
        name: m.to_string(),
        label: m.label(),
        ratio: ratio(count),
        bars: (bar(count.near_misses), bar(count.serious)),
        count: *count,
        here: *m == month,
    });
    let count = read.months.first().map(|(_, c)| *c).unwrap_or_default();
    let zone = |at: jiff::Timestamp| app.config.policy.day(at).to_string();
    let rows: Vec<Row> = read
        .near_misses
        .into_iter()
        .map(|n| Row {
            number: n.number,
            title: n.title,
            agent: n.agent,
            restricted: n.restricted,
            logged: zone(n.logged_at),
            tags: n.tags,
            review: n.review.map(review),
        })
        .collect();
    page(&Page {
        frame: Frame::new(&viewer, "near-misses", format!("Near-misses of {}", month.label())),
        name: month.to_string(),
        label: month.label(),
        before: month.before(),
        after: month.after().filter(|m| *m <= now),
        ratio: ratio(&count),
        more: count.near_misses > rows.len() as i64,
        months: months.collect(),
        count,
        rows,
        review: read.review.map(review),
        earlier: read.earlier,
    })
}

/// Marks one as looked at, or takes that back.
pub async fn mark(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let back = fields.get("month").parse::<Month>().map(|m| format!("/near-misses?month={m}#inc-{number}"));
    match fields.has("withdraw") {
        true => work::take_back(&app, writer.act(&app), number).await?,
        false => work::mark(&app, writer.act(&app), number, &fields.short("note", "Note", REASON)?).await?,
    }
    Ok(go(&back.unwrap_or_else(|()| format!("/incidents/{number}"))))
}

/// Marks a month as looked at.
pub async fn mark_month(
    State(app): State<App>,
    writer: Writer,
    Path(month): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let month: Month = work::month(&app, &month)?;
    work::mark_month(&app, writer.act(&app), month, &fields.short("note", "Note", REASON)?).await?;
    Ok(go(&format!("/near-misses?month={month}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_read_well() {
        let of = |near_misses, serious| ratio(&Count { near_misses, serious, unreviewed: 0 });
        assert_eq!([of(0, 0), of(3, 0), of(0, 2), of(3, 2)], ["", "3 to 0", "0.0 to 1", "1.5 to 1"]);
    }
}
