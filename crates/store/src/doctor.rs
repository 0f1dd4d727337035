//! The health of a record and its place, line by line, with what to do about each.
//!
//! It reads the record as it is, while a server runs or not, and changes nothing unless it is asked to remove what nothing needs.

mod evidence;
mod orphans;
mod place;
mod record;

use crate::blobs::Blobs;
use crate::{Conn, Place, StoreError, backup, direct, schema};
use jiff::Timestamp;
use serde::Serialize;

/// How well it is with what a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing to do.
    Ok,
    /// It works, and should be looked at.
    Warning,
    /// Something is lost, or does not work.
    Fault,
}

impl Level {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Fault => "fault",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What was looked at, such as `evidence`.
    pub name: &'static str,
    /// How well it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do; absent if there is nothing to do.
    pub advice: Option<String>,
}

impl Line {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Line { name, level: Level::Ok, found: found.into(), advice: None }
    }

    fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Line { name, level: Level::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    fn fault(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Line { name, level: Level::Fault, found: found.into(), advice: Some(advice.into()) }
    }
}

/// The oldest schema whose rows can be looked at: the first with evidence that may be erased.
const OLDEST: i64 = 5;

/// Looks at everything. With `fix`, files that nothing needs are removed, if they are older than an hour.
pub async fn run(place: &Place, at: Timestamp, fix: bool) -> Vec<Line> {
    let mut lines = place::look(place).await;
    let mut conn = match direct::connect(place).await {
        Ok(conn) => conn,
        Err(e) => {
            let advice = "Check --data or --database, and that the database server runs and accepts this account.";
            lines.push(Line::fault("database", e.to_string(), advice));
            return lines;
        }
    };
    lines.push(told("database", record::database(&mut conn).await));
    let version = direct::version(&mut conn).await;
    lines.push(told(
        "schema",
        version.as_ref().map(|v| schema_line(*v)).map_err(|e| StoreError::Corrupt(e.to_string())),
    ));
    if let Ok(Some(version)) = version
        && (OLDEST..=schema::newest()).contains(&version)
    {
        let blobs = match place {
            Place::Folder(folder) => Blobs::Folder(folder.join(backup::EVIDENCE)),
            Place::Postgres(_) => Blobs::Table,
        };
        lines.push(told("audit log", record::audit_log(&mut conn).await));
        lines.push(told("evidence", evidence::look(&mut conn, &blobs).await));
        lines.push(told("orphans", orphans::look(&mut conn, &blobs, at, fix).await));
        lines.push(told("clock", record::clock(&mut conn, at).await));
        lines.push(told("settings", record::settings(&mut conn).await));
        lines.push(told("accounts", record::accounts(&mut conn).await));
        lines.push(told("jobs", record::jobs(&mut conn, at).await));
    }
    direct::close(conn).await;
    lines
}

/// A check that could not be made is a fault by itself.
fn told(name: &'static str, line: Result<Line, StoreError>) -> Line {
    line.unwrap_or_else(|e| {
        Line::fault(name, e.to_string(), "See docs/server.md, \"Full, read-only or damaged disks\".")
    })
}

fn schema_line(version: Option<i64>) -> Line {
    let newest = schema::newest();
    match version {
        Some(version) if version == newest => Line::ok("schema", format!("version {version}, which this program uses")),
        Some(version) if version < newest => Line::warning(
            "schema",
            format!("version {version}, and this program uses {newest}"),
            "Make a backup, then start the server; it updates the schema.",
        ),
        Some(version) => Line::fault(
            "schema",
            format!("version {version}, and this program knows {newest} at most"),
            "Use the program version of the server.",
        ),
        None => Line::fault("schema", "the database contains no Hindcast data", "Check --data or --database."),
    }
}

/// `3 files`, `1 file`.
fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Bytes in the largest unit that fits.
fn size(bytes: u64) -> String {
    match bytes {
        b if b >= 1 << 30 => format!("{:.1} GiB", b as f64 / f64::from(1 << 30)),
        b if b >= 1 << 20 => format!("{:.1} MiB", b as f64 / f64::from(1 << 20)),
        b => format!("{} KiB", b.div_ceil(1 << 10)),
    }
}

/// True if rows come back.
async fn any(conn: &mut Conn, sql: &'static str) -> Result<bool, StoreError> {
    Ok(sqlx::query(sql).fetch_optional(conn).await?.is_some())
}
