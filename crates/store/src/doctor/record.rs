//! The database, its log, and what is kept in it.

use super::line::{Line, any, count};
use crate::anchor::{self, Failure, Success};
use crate::{Conn, StoreError, chain, check, jobs, mails, settings, time};
use hindcast_trace::redact;
use jiff::{SignedDuration, Timestamp, Unit};
use sqlx::Row;

pub(super) async fn database(conn: &mut Conn) -> Result<Line, StoreError> {
    if conn.backend_name() == "PostgreSQL" {
        let row =
            sqlx::query("SELECT CAST(current_setting('data_checksums') AS TEXT) AS checksums").fetch_one(conn).await?;
        return Ok(match row.try_get::<String, _>("checksums")?.as_str() {
            "on" => Line::ok("database", "PostgreSQL answers, and checks its pages as it reads them"),
            _ => Line::warning(
                "database",
                "PostgreSQL answers, and does not check its pages",
                "Turn on data checksums with pg_checksums while PostgreSQL is stopped, so that damage is noticed.",
            ),
        });
    }
    let faults = check::database(conn).await?;
    Ok(match faults.is_empty() {
        true => Line::ok("database", "the database file is intact"),
        false => Line::fault(
            "database",
            faults.join("; "),
            "Stop the server, keep a copy of the data directory, and restore the latest backup.",
        ),
    })
}

pub(super) async fn audit_log(conn: &mut Conn) -> Result<Line, StoreError> {
    let audit = chain::verify(conn).await?;
    Ok(match audit.faults.first() {
        None => {
            Line::ok("audit log", format!("{}, none altered", count(usize::try_from(audit.rows).unwrap_or(0), "row")))
        }
        Some(fault) => Line::fault(
            "audit log",
            fault.as_str(),
            "Find out who changed the database. `hindcast audit verify` prints all that was found.",
        ),
    })
}

/// The results of posting the log's head. No line if no server posts.
pub(super) async fn anchor(conn: &mut Conn, at: Timestamp) -> Result<Option<Line>, StoreError> {
    const WEBHOOK: &str = "Check the webhook (--anchor-url) and the server's log.";
    let Some(posts) = anchor::find(conn).await? else { return Ok(None) };
    let failed = |f: &Failure| {
        let attempts = count(posts.failures as usize, "attempt");
        format!("{attempts} failed, the last one at {:.0}: {}", f.at, f.why)
    };
    let overdue = !posts.overdue(at).is_zero() && chain::head(conn).await?.is_some();
    Ok(Some(match (&posts.success, posts.failure.as_ref().filter(|_| posts.failures > 0)) {
        (None, Some(f)) => Line::warning("anchor", format!("no post has succeeded yet; {}", failed(f)), WEBHOOK),
        (Some(Success { at, row }), Some(f)) => {
            let found = format!("last posted at {at:.0} (row {row}); since then, {}", failed(f));
            Line::warning("anchor", found, WEBHOOK)
        }
        (None, None) if overdue => Line::warning(
            "anchor",
            "the server has not tried to post yet, and the first post is overdue",
            "Check that the server runs.",
        ),
        (None, None) => Line::ok("anchor", "the server has not tried to post yet"),
        (Some(Success { at, row }), None) if overdue => {
            let found = format!("last posted at {at:.0} (row {row}); the next post is overdue");
            Line::warning("anchor", found, "Check that the server runs.")
        }
        (Some(Success { at, row }), None) => Line::ok("anchor", format!("last posted at {at:.0} (row {row})")),
    }))
}

/// What became of mail. No line if no server sent any.
pub(super) async fn mail(conn: &mut Conn) -> Result<Option<Line>, StoreError> {
    let Some(mails) = mails::find(conn).await? else { return Ok(None) };
    let sent = match mails.success {
        Some(at) => format!("last sent at {at:.0}"),
        None => "none has been sent yet".to_owned(),
    };
    Ok(Some(match mails.failure.filter(|_| mails.failures > 0) {
        None => Line::ok("mail", sent),
        Some((at, why)) => {
            let failed = count(mails.failures as usize, "mail");
            let found = format!("{sent}; since then, {failed} could not be sent, the last one at {at:.0}: {why}");
            Line::warning("mail", found, "Check the --mail options and the server's log.")
        }
    }))
}

/// A clock that is behind gives times before those of what happened already.
pub(super) async fn clock(conn: &mut Conn, at: Timestamp) -> Result<Line, StoreError> {
    const SLACK: SignedDuration = SignedDuration::from_secs(5);
    const FAR: SignedDuration = SignedDuration::from_secs(60);
    let row = sqlx::query("SELECT at FROM event ORDER BY seq DESC LIMIT 1").fetch_optional(conn).await?;
    let Some(row) = row else { return Ok(Line::ok("clock", "no events to compare it with")) };
    let behind = time::parse(row.try_get("at")?)?.duration_since(at);
    let found = || {
        let behind = behind.round(Unit::Second).unwrap_or(behind);
        format!("this machine's clock is {behind:#} behind the newest event")
    };
    let advice = "Set the clocks of all servers with NTP. Deadlines and the order of events depend on them.";
    Ok(match behind {
        b if b > FAR => Line::fault("clock", found(), advice),
        b if b > SLACK => Line::warning("clock", found(), advice),
        _ => Line::ok("clock", "not behind the newest event"),
    })
}

pub(super) async fn settings(conn: &mut Conn) -> Result<Line, StoreError> {
    let key = settings::find(conn, "redaction_key").await?;
    let demo = settings::find(conn, "demo_accounts").await?.is_some();
    Ok(match key {
        Some(key) if redact::parse_key(&key).is_none() => Line::fault(
            "settings",
            "the redaction key is damaged, so the server does not start",
            "Restore the latest backup, or start with --no-redact.",
        ),
        _ if demo => Line::warning(
            "settings",
            "the data contains the examples of --demo",
            "Use another data directory for real incidents.",
        ),
        Some(_) => Line::ok("settings", "the redaction key is valid"),
        None => Line::warning(
            "settings",
            "there is no redaction key: the server has only run with --no-redact",
            "Start the server without --no-redact to mask secrets in evidence.",
        ),
    })
}

pub(super) async fn accounts(conn: &mut Conn) -> Result<Line, StoreError> {
    if !any(conn, "SELECT id FROM account LIMIT 1").await? {
        return Ok(Line::warning(
            "accounts",
            "there are none yet",
            "Start the server and open the link that it prints.",
        ));
    }
    let sql = "SELECT COUNT(*) AS n FROM account WHERE role = 'administrator' AND disabled_at IS NULL";
    let n: i64 = sqlx::query(sql).fetch_one(conn).await?.try_get("n")?;
    Ok(match n {
        0 => Line::fault("accounts", "no administrator is active", "Restore the latest backup."),
        1 => Line::ok("accounts", "1 active administrator; `hindcast admin link` lets a locked-out one in"),
        n => Line::ok("accounts", format!("{n} active administrators")),
    })
}

pub(super) async fn jobs(conn: &mut Conn, at: Timestamp) -> Result<Line, StoreError> {
    const LATE: SignedDuration = SignedDuration::from_mins(15);
    let failed = sqlx::query("SELECT COUNT(*) AS n FROM job WHERE state = 'failed'").fetch_one(&mut *conn).await?;
    let failed: i64 = failed.try_get("n")?;
    if failed > 0 {
        let found = format!("{} failed", count(usize::try_from(failed).unwrap_or(0), "background job"));
        return Ok(Line::warning("jobs", found, "Look at the page Jobs and retry them."));
    }
    let late = jobs::counts(conn).await?.first.is_some_and(|first| at.duration_since(first) > LATE);
    Ok(match late {
        true => Line::warning("jobs", "background jobs are overdue", "Check that the server runs."),
        false => Line::ok("jobs", "none failed, none overdue"),
    })
}
