//! One line of what the doctor says, and how figures stand in it.

use crate::{Conn, StoreError};
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
    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Line { name, level: Level::Ok, found: found.into(), advice: None }
    }

    pub(super) fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Line { name, level: Level::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    pub(super) fn fault(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Line { name, level: Level::Fault, found: found.into(), advice: Some(advice.into()) }
    }
}

/// `3 files`, `1 file`.
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Bytes in the largest unit that fits.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        b if b >= 1 << 30 => format!("{:.1} GiB", b as f64 / f64::from(1 << 30)),
        b if b >= 1 << 20 => format!("{:.1} MiB", b as f64 / f64::from(1 << 20)),
        b => format!("{} KiB", b.div_ceil(1 << 10)),
    }
}

/// True if rows come back.
pub(super) async fn any(conn: &mut Conn, sql: &'static str) -> Result<bool, StoreError> {
    Ok(sqlx::query(sql).fetch_optional(conn).await?.is_some())
}
