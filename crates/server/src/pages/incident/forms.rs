//! The forms of an incident's page.

use crate::auth::{Approver, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::pages::frame::go;
use crate::state::App;
use crate::work::change::change;
use crate::work::incident::{REASON, SUMMARY, TITLE};
use crate::work::{self, FileTimes};
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::incident::{Moment, Point, Status};
use hindcast_retro::record::people::Duty;
use hindcast_store::Tx;
use hindcast_store::incidents::{self, Details};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A severity as forms send it; empty for none.
///
/// # Errors
/// For anything but 1 to 4.
pub fn level(text: &str) -> Result<Option<u8>, Failure> {
    match text {
        "" => Ok(None),
        text => match text.parse() {
            Ok(level @ 1..=4) => Ok(Some(level)),
            _ => Err(Failure::Invalid("Severity: 1 to 4.".to_owned())),
        },
    }
}

/// A time as a person writes it; without a zone it is UTC.
///
/// # Errors
/// When it is none.
pub fn time(text: &str, label: &str) -> Result<Timestamp, Failure> {
    let text = text.trim();
    let zoned = text.parse::<Timestamp>().ok();
    let spaced = text.trim_end_matches("UTC").trim_end_matches(['Z', 'z']).trim();
    let civil = || spaced.parse::<DateTime>().ok()?.to_zoned_datetime(TimeZone::UTC).ok().map(|z| z.timestamp());
    let at = zoned.or_else(civil).filter(|at| at.as_second() > 0);
    at.ok_or_else(|| {
        Failure::Invalid(format!("{label}: write a time such as 2026-11-23 14:05, in UTC, or with its zone."))
    })
}

/// Makes a change and leads back to a part of the incident's page.
async fn changed(
    app: &App,
    number: i64,
    anchor: &str,
    work: impl AsyncFnOnce(&mut Tx) -> Result<(), Failure>,
) -> Result<Response, Failure> {
    change(app, work).await?;
    Ok(go(&format!("/incidents/{number}{anchor}")))
}

/// The version that the form was made from.
fn version(fields: &Fields) -> Result<Option<i64>, Failure> {
    if fields.has("version") { fields.number("version").map(Some) } else { Ok(None) }
}

/// Title, agent, summary, ticket.
pub async fn details(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let details = Details {
        title: fields.required("title", "Title", TITLE)?,
        agent: fields.short("agent", "Agent", 100)?,
        summary: fields.short("summary", "What happened", SUMMARY)?,
        ticket: fields.short("ticket", "Ticket", 200)?,
    };
    changed(&app, number, "", async |tx| {
        work::incident::edit(tx, writer.act(&app), number, version(&fields)?, &details).await
    })
    .await
}

/// How far it has come.
pub async fn status(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let status: Status =
        fields.get("status").parse().map_err(|_| Failure::Invalid("Status: choose one.".to_owned()))?;
    let act = writer.act(&app);
    changed(&app, number, "", async |tx| work::set_status(tx, act, number, version(&fields)?, status).await).await
}

/// How bad it is; what is due follows.
pub async fn severity(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let level = level(fields.get("severity"))?;
    let reason = fields.required("reason", "Why", 2000)?;
    let act = writer.act(&app);
    let file_times = FileTimes::of(&app, act.by, number, &[]).await?;
    changed(&app, number, "#severity", async |tx| {
        let decided = (level, reason.as_str());
        work::incident::decide_severity(&app, tx, act, number, version(&fields)?, decided, &file_times).await
    })
    .await
}

/// Confirms a lower severity: its duties apply from here on.
pub async fn confirm_severity(
    State(app): State<App>,
    approver: Approver,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    incidents::find(&mut *app.store.reader().await?, &approver.0, number).await?;
    let reason = fields.required("reason", "Why", REASON)?;
    let act = approver.act(&app);
    let file_times = FileTimes::of(&app, act.by, number, &[]).await?;
    changed(&app, number, "#severity", async |tx| {
        work::incident::confirm_severity(&app, tx, act, number, version(&fields)?, &reason, &file_times).await
    })
    .await
}

/// When what happened; what is due follows.
pub async fn moments(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let mut all = Vec::new();
    for point in Point::ALL {
        let field = |part: &str| fields.get(&format!("{part}:{}", point.name())).to_owned();
        let at = field("at");
        if at.is_empty() {
            continue;
        }
        let (by, source) = (field("by"), field("source"));
        if by.chars().count() > 200 || source.chars().count() > 500 {
            return Err(Failure::Invalid(format!("{}: at most 200 and 500 characters.", point.label())));
        }
        all.push(Moment { point, at: time(&at, point.label())?, source, by });
    }
    let act = writer.act(&app);
    let file_times = FileTimes::of(&app, act.by, number, &[]).await?;
    changed(&app, number, "#times", async |tx| {
        work::incident::set_times(&app, tx, act, number, version(&fields)?, &all, &file_times).await
    })
    .await
}

/// Somebody responds first.
pub async fn first_response(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    changed(&app, number, "#due", async |tx| Ok(incidents::first_response(tx, writer.act(&app), number).await?)).await
}

/// Restricts it, or opens it to all.
pub async fn restrict(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    changed(&app, number, "#people", async |tx| {
        let restricted = fields.get("restricted") == "yes";
        incidents::set_restricted(tx, writer.act(&app), number, version(&fields)?, restricted).await?;
        Ok(())
    })
    .await
}

fn duty(fields: &Fields) -> Result<Duty, Failure> {
    fields.get("duty").parse().map_err(|_| Failure::Invalid("What for: choose one.".to_owned()))
}

/// Names somebody.
pub async fn person(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    changed(&app, number, "#people", async |tx| {
        Ok(incidents::set_person(tx, writer.act(&app), number, fields.get("account"), duty(&fields)?).await?)
    })
    .await
}

/// Names somebody no more.
pub async fn remove_person(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (account, duty) = (fields.get("account"), duty(&fields)?);
    let done = changed(&app, number, "#people", async |tx| {
        work::incident::unname(tx, writer.act(&app), number, account, duty).await
    });
    let done = done.await?;
    // Whoever takes themselves off a restricted incident cannot see it any more.
    let sees = incidents::find(&mut *app.store.reader().await?, &writer.0, number).await.is_ok();
    Ok(if sees { done } else { go("/incidents") })
}

/// Puts a tag on.
pub async fn tag(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let tag = fields.required("tag", "Tag", 50)?.to_lowercase();
    changed(&app, number, "", async |tx| Ok(incidents::add_tag(tx, writer.act(&app), number, &tag).await?)).await
}

/// Takes a tag off.
pub async fn untag(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    changed(&app, number, "", async |tx| work::incident::untag(tx, writer.act(&app), number, fields.get("tag")).await)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let expected: Timestamp = "2026-11-23T14:05:00Z".parse().expect("a time");
        for text in [
            "2026-11-23T14:05:00Z",
            "2026-11-23T14:05",
            "2026-11-23 14:05",
            "2026-11-23 14:05 UTC",
            "2026-11-23T15:05+01:00",
            "2026-11-23T14:05Z",
        ] {
            assert_eq!(time(text, "x").expect(text), expected, "{text}");
        }
        for bad in ["", "yesterday", "14:05", "2026-13-01 10:00", "1960-01-01T00:00:00Z"] {
            assert!(time(bad, "x").is_err(), "{bad}");
        }
    }
}
