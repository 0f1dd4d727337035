//! What the one who is signed in was reminded of. The words are made when the page is: a reminder holds none.

use super::frame::{Frame, away, go, page, when};
use crate::auth::Reader;
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_render::visible::label;
use hindcast_retro::record::reminder::{Kind, Urgency};
use hindcast_store::notices::{self, Filter, Notice};
use hindcast_store::{Act, Conn, Viewer};
use jiff::Timestamp;

/// Unread reminders that are listed at most.
const UNREAD: i64 = 100;
/// Read ones.
const READ: i64 = 30;
/// Characters of a reason and what stands before it; the incident's page has all of it.
const SHOWN: usize = 300;
/// Those on the first page.
const FIRST: usize = 3;
/// Most unread reminders that the home page chooses from, latest first. Each one costs time whenever the page is opened.
const CHOSEN_FROM: i64 = 24;

/// A reminder, for people.
struct Row {
    /// Its number.
    id: i64,
    /// What is due.
    what: String,
    /// True where that is a whole sentence: the title of an action item.
    is_long: bool,
    /// The incident and its title.
    incident: Option<(i64, String)>,
    /// Until when, and how far away that is.
    due: Option<(String, String)>,
    /// True where it is overdue by now.
    overdue: bool,
    /// True where it is settled by now.
    settled: bool,
    /// Where it leads.
    to: String,
    /// When it was told.
    told: String,
}

/// `November 2026` of `2026-11`.
pub fn month(text: &str) -> String {
    let day = format!("{text}-01").parse::<jiff::civil::Date>();
    day.map_or_else(|_| text.to_owned(), |d| d.strftime("%B %Y").to_string())
}

fn row(notice: Notice, now: Timestamp) -> Row {
    let number = notice.incident.unwrap_or_default();
    let (what, to) = match notice.kind {
        Kind::Deadline => (notice.subject.clone(), format!("/incidents/{number}#due")),
        Kind::Action => {
            let title = notice.action.clone().unwrap_or_default();
            (format!("action: {title}"), format!("/incidents/{number}/actions/{}", notice.subject))
        }
        Kind::EmergencyAccess => {
            let (by, why) = (notice.by.as_deref().unwrap_or_default(), notice.reason.as_deref().unwrap_or_default());
            let what = format!(
                "{by} reads this restricted incident with emergency access, until {}. Reason: {why}",
                when(notice.until)
            );
            (label(&what, SHOWN), format!("/incidents/{number}#emergency"))
        }
        Kind::HandedOver => {
            let (by, why) = (notice.by.as_deref().unwrap_or_default(), notice.reason.as_deref().unwrap_or_default());
            let what = format!(
                "{by} gave this restricted incident another lead, because an account changed, {}. Reason: {why}",
                when(notice.until)
            );
            (label(&what, SHOWN), format!("/incidents/{number}#people"))
        }
        Kind::SecondFactorReset => {
            let by = notice.by.as_deref().unwrap_or("an administrator");
            let what = format!(
                "{by} reset your second factor, {}. Set it up again; if you did not ask for this, tell another administrator",
                when(notice.until)
            );
            (what, "/account/second-factor".to_owned())
        }
        Kind::Review => {
            (format!("look at the near-misses of {}", month(&notice.subject)), "/incidents?severity=4".to_owned())
        }
    };
    let is_due = matches!(notice.kind, Kind::Deadline | Kind::Action);
    let text = match notice.kind {
        Kind::Deadline => notice.text.clone().unwrap_or_else(|| when(notice.until)),
        Kind::Action | Kind::Review | Kind::EmergencyAccess | Kind::SecondFactorReset | Kind::HandedOver => {
            notice.due.clone()
        }
    };
    Row {
        id: notice.id,
        what,
        is_long: !matches!(notice.kind, Kind::Deadline | Kind::Review),
        to,
        due: is_due.then(|| (text, away(notice.until, now))),
        overdue: is_due && !notice.settled && notice.until <= now,
        settled: notice.settled,
        told: away(notice.at, now),
        incident: notice.incident.map(|n| (n, notice.title)),
    }
}

/// The part of the first page that tells of reminders; nothing where there are none.
#[derive(Template)]
#[template(path = "parts/reminders.html")]
pub struct First {
    reminders: Vec<Row>,
    /// How many more there are.
    more: usize,
    /// True if there may be even more.
    many: bool,
}

/// What the first page tells of, the most urgent first: what was not read, is not settled, and was not told again since.
pub async fn first(conn: &mut Conn, viewer: &Viewer, now: Timestamp) -> Result<First, Failure> {
    let unread = Filter { read: Some(false), before: None };
    let all = notices::of(conn, viewer, unread, CHOSEN_FROM).await?;
    let many = all.len() as i64 == CHOSEN_FROM;
    let told_again = |n: &Notice| n.urgency == Some(Urgency::Soon) && n.until <= now;
    let mut shown: Vec<Notice> = all.into_iter().filter(|n| !n.settled && !told_again(n)).collect();
    let more = shown.len().saturating_sub(FIRST);
    shown.sort_by_key(|n| n.until);
    shown.truncate(FIRST);
    Ok(First { reminders: shown.into_iter().map(|n| row(n, now)).collect(), more, many })
}

#[derive(Template)]
#[template(path = "notices.html")]
struct Page {
    frame: Frame,
    unread: Vec<Row>,
    read: Vec<Row>,
}

/// The list: what was not read first.
pub async fn list(State(app): State<App>, Reader(viewer): Reader) -> Result<Response, Failure> {
    let now = app.clock.now();
    let conn = &mut *app.store.reader().await?;
    let of = |read| Filter { read: Some(read), before: None };
    let unread = notices::of(conn, &viewer, of(false), UNREAD).await?;
    let read = notices::of(conn, &viewer, of(true), READ).await?;
    let rows = |all: Vec<Notice>| all.into_iter().map(|n| row(n, now)).collect();
    page(&Page { frame: Frame::new(&viewer, "notices", "Reminders"), unread: rows(unread), read: rows(read) })
}

/// One was read.
pub async fn read(State(app): State<App>, Reader(viewer): Reader, Path(id): Path<i64>) -> Result<Response, Failure> {
    let mut tx = app.begin().await?;
    notices::mark_read(&mut tx, Act { by: &viewer, at: app.clock.now() }, id).await?;
    tx.commit().await?;
    Ok(go("/notices"))
}

/// All that the page showed were read; what came since was not.
pub async fn read_all(State(app): State<App>, Reader(viewer): Reader, fields: Fields) -> Result<Response, Failure> {
    let last = fields.number("last")?;
    let mut tx = app.begin().await?;
    notices::mark_read_up_to(&mut tx, Act { by: &viewer, at: app.clock.now() }, last).await?;
    tx.commit().await?;
    Ok(go("/notices"))
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn months_are_told_by_name() {
        assert_eq!(month("2026-11"), "November 2026");
        assert_eq!(month("some day"), "some day");
    }
}
