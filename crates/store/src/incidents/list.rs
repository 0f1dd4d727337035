//! Lists of incidents.

mod search;
mod shape;

pub use shape::Brief;

use super::Incident;
use crate::search::Search;
use crate::{Conn, StoreError, Viewer};
use shape::Shape;
use std::time::{Duration, Instant};

/// Which incidents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only those in this status.
    pub status: Option<String>,
    /// Only those that are not closed.
    pub unclosed: bool,
    /// Only those of this severity.
    pub severity: Option<u8>,
    /// Only those where each of these words is found: in the number, title, agent, summary, ticket, tags, people, and in
    /// what the retro says.
    pub text: String,
    /// Only those with this tag.
    pub tag: String,
    /// Only those with a lower number: where the page before ended.
    pub before: Option<i64>,
}

/// How long a search may take. It reads so many incidents at a time that each piece is short.
const SEARCH_TIME: Duration = Duration::from_secs(3);

/// The conditions on incidents `i` that every list has, without the words of a search.
macro_rules! narrowed {
    () => {
        concat!(
            visible!("$1"),
            " AND ($2 = '' OR i.status = $2) AND ($3 = 0 OR i.status <> 'closed') AND ($4 = 0 OR i.severity = $4) \
             AND ($5 = '' OR EXISTS (SELECT 1 FROM incident_tag t WHERE t.incident = i.number AND t.tag = $5)) \
             AND i.number < $6"
        )
    };
}
use narrowed;

/// What reads a list without words to search for, and a part of the candidates of a search on either database.
struct Statements {
    list: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// The statements that read these columns of incidents `i`.
macro_rules! statements {
    ($columns:literal) => {
        Statements {
            list: concat!(
                "SELECT ",
                $columns,
                " FROM incident i WHERE ",
                narrowed!(),
                " ORDER BY i.number DESC LIMIT $7 + 0"
            ),
            sqlite: sqlite!($columns),
            postgres: postgres!($columns),
        }
    };
}
use statements;

/// The incidents that a viewer may know of, the newest first.
///
/// # Errors
/// When the database does not answer; [`StoreError::TooLong`] for a search that takes longer than 3 seconds.
pub async fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, most: i64) -> Result<Vec<Incident>, StoreError> {
    rows(conn, viewer, filter, most).await
}

/// The same, with what a line of a list shows of each.
///
/// # Errors
/// Those of [`list`].
pub async fn brief(conn: &mut Conn, viewer: &Viewer, filter: &Filter, most: i64) -> Result<Vec<Brief>, StoreError> {
    rows(conn, viewer, filter, most).await
}

async fn rows<T: Shape>(conn: &mut Conn, viewer: &Viewer, filter: &Filter, most: i64) -> Result<Vec<T>, StoreError> {
    // What no incident holds need not be asked for; PostgreSQL takes no text with a NUL.
    let Some(search) = Search::new(&filter.text).filter(|_| !filter.tag.contains('\0')) else { return Ok(Vec::new()) };
    if !search.is_empty() {
        return search::matching(conn, viewer, filter, &search, most, Instant::now() + SEARCH_TIME).await;
    }
    let before = filter.before.unwrap_or(i64::MAX);
    bound(T::STATEMENTS.list, viewer, filter, before, most).fetch_all(conn).await?.iter().map(T::of).collect()
}

/// A statement with the parameters that every list has.
fn bound<'q>(sql: &'static str, viewer: &Viewer, filter: &Filter, before: i64, most: i64) -> Statement<'q> {
    sqlx::query(sql)
        .bind(viewer.account.clone())
        .bind(filter.status.clone().unwrap_or_default())
        .bind(i64::from(filter.unclosed))
        .bind(filter.severity.map_or(0, i64::from))
        .bind(filter.tag.clone())
        .bind(before)
        .bind(most)
}

type Statement<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;
