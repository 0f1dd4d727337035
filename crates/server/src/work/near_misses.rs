//! The monthly review of near-misses, for pages and programs alike.

use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::policy::Month;
use hindcast_store::near_misses::{self, Count, Marked, NearMiss, Review, SPANS};
use hindcast_store::{Act, Conn, Viewer};
use jiff::Timestamp;

/// Near-misses of one month that are listed at most.
pub const MOST: i64 = 500;
/// Months that are compared: the one asked for and those before it.
pub const MONTHS: usize = SPANS - 1;

/// A month and the months before it.
pub struct Reviewed {
    /// Its near-misses, the first one first, [`MOST`] at most.
    pub near_misses: Vec<NearMiss>,
    /// That it was looked at as a whole.
    pub review: Option<Review>,
    /// How many incidents each month has, this one first.
    pub months: Vec<(Month, Count)>,
    /// How many there were before all of these.
    pub earlier: Count,
}

/// The month that a request names; the one of today where it names none.
///
/// # Errors
/// Where it names something else.
pub fn month(app: &App, name: &str) -> Result<Month, Failure> {
    match name {
        "" => Ok(Month::of(app.config.policy.day(app.clock.now()))),
        name => name.parse().map_err(|()| Failure::NotFound("There is no such month; write it as 2026-11.".to_owned())),
    }
}

fn span(app: &App, month: Month) -> Result<(Timestamp, Timestamp), Failure> {
    let span = app.config.policy.span(month);
    span.ok_or_else(|| Failure::NotFound("This month is beyond the calendar.".to_owned()))
}

/// A month as the committee looks at it.
///
/// # Errors
/// When the database does not answer, or the month is beyond the calendar.
pub async fn read(app: &App, conn: &mut Conn, viewer: &Viewer, month: Month) -> Result<Reviewed, Failure> {
    let (from, before) = span(app, month)?;
    let mut months = vec![month];
    while let Some(earlier) = months.last().and_then(|m| m.before()).filter(|_| months.len() < MONTHS) {
        months.push(earlier);
    }
    // What is left over counts nothing: an empty span.
    let mut spans = [(from, from); SPANS];
    for (span, month) in spans.iter_mut().zip(&months) {
        *span = self::span(app, *month)?;
    }
    spans[MONTHS] = (Timestamp::UNIX_EPOCH, spans[months.len() - 1].0.max(Timestamp::UNIX_EPOCH));
    let counts = near_misses::counts(conn, viewer, &spans).await?;
    Ok(Reviewed {
        near_misses: near_misses::list(conn, viewer, from, before, MOST).await?,
        review: near_misses::month(conn, &month.to_string()).await?,
        months: months.into_iter().zip(counts).collect(),
        earlier: counts[MONTHS],
    })
}

/// Puts down that a near-miss was looked at.
pub async fn mark(app: &App, act: Act<'_>, number: i64, note: &str) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    near_misses::mark(&mut tx, act, number, note).await?;
    Ok(tx.commit().await?)
}

/// Takes it back.
pub async fn take_back(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    near_misses::take_back(&mut tx, act, number).await?;
    Ok(tx.commit().await?)
}

/// Puts down that a month was looked at as a whole; tells what that marked.
///
/// # Errors
/// Where the month has not begun.
pub async fn mark_month(app: &App, act: Act<'_>, month: Month, note: &str) -> Result<Marked, Failure> {
    let span = span(app, month)?;
    if span.0 > act.at {
        return Err(Failure::Conflict("This month has not begun.".to_owned()));
    }
    let mut tx = app.begin().await?;
    let marked = near_misses::mark_month(&mut tx, act, &month.to_string(), span, note).await?;
    tx.commit().await?;
    Ok(marked)
}
