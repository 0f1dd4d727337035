//! The health of a record and its place, line by line, with what to do about each.
//!
//! It reads the record as it is, while a server runs or not, and changes nothing unless it is asked to remove what nothing needs.

mod evidence;
mod line;
mod orphans;
mod place;
mod record;

pub use line::{Level, Line};

use crate::backup::manifest::EVIDENCE;
use crate::blobs::Blobs;
use crate::{Place, StoreError, direct, schema};
use jiff::Timestamp;

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
            Place::Folder(folder) => Blobs::Folder(folder.join(EVIDENCE)),
            Place::Postgres(_) => Blobs::Table,
        };
        lines.push(told("audit log", record::audit_log(&mut conn).await));
        match record::anchor(&mut conn, at).await {
            Ok(line) => lines.extend(line),
            Err(e) => lines.push(told("anchor", Err(e))),
        }
        match record::mail(&mut conn).await {
            Ok(line) => lines.extend(line),
            Err(e) => lines.push(told("mail", Err(e))),
        }
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
