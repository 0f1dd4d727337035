//! How much of an incident a list reads. Each column of each row costs, so that pages read what they show.

use super::search::{has_postgres, has_sqlite, postgres, sqlite, statement, term};
use super::{Statements, narrowed, statements};
use crate::incidents::{Incident, incident, level, status, visible};
use crate::{StoreError, time};
use hindcast_retro::record::incident::Status;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What a line of a list shows of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// `12` of INC-12.
    pub number: i64,
    /// One line.
    pub title: String,
    /// The agent that it happened to; may be empty.
    pub agent: String,
    /// 1 to 4; absent until somebody decides.
    pub severity: Option<u8>,
    /// How far it has come.
    pub status: Status,
    /// True where only the people named may know of it.
    pub restricted: bool,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An incident, or a part of it, read from a row.
pub(super) trait Shape: Sized {
    /// The statements that read it. Their macros name others, which are therefore in scope here.
    const STATEMENTS: Statements;

    fn of(row: &AnyRow) -> Result<Self, StoreError>;
}

impl Shape for Incident {
    const STATEMENTS: Statements = statements!("i.*");

    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        incident(row)
    }
}

impl Shape for Brief {
    const STATEMENTS: Statements =
        statements!("i.number, i.title, i.agent, i.severity, i.status, i.restricted, i.created_at, i.updated_at");

    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Brief {
            number: row.try_get("number")?,
            title: row.try_get("title")?,
            agent: row.try_get("agent")?,
            severity: level(row, "severity")?,
            status: status(row)?,
            restricted: row.try_get::<i64, _>("restricted")? != 0,
            created_at: time::parse(row.try_get("created_at")?)?,
            updated_at: time::parse(row.try_get("updated_at")?)?,
        })
    }
}
