//! Incidents that hold every word of a search.
//!
//! The index names those that may, and a part of them at a time is looked up, the newest first. So no statement runs long, and a search
//! can end between two of them: SQLite has no time limit for statements that could be set through sqlx.

use super::{Filter, bound, narrowed};
use crate::incidents::{Incident, incident, visible};
use crate::search::{Search, is_postgres};
use crate::{Conn, StoreError, Viewer};
use sqlx::Row;
use std::time::Instant;

/// Incidents that are looked up at once: at first, where the first ones usually match, and then.
const AT_FIRST: i64 = 64;
const THEN: i64 = 512;

/// The condition that incident `i` matches a term, with its text and its number as parameters. `$has` looks for a text in the words `s`.
macro_rules! term {
    ($text:literal, $number:literal, $has:ident) => {
        concat!(
            "((",
            $text,
            " = '' AND ",
            $number,
            " = 0) OR i.number = ",
            $number,
            " OR (",
            $text,
            " <> '' AND (",
            $has!("s.own", $text),
            " OR ",
            $has!("s.retro", $text),
            ")))"
        )
    };
}

macro_rules! has_sqlite {
    ($words:literal, $text:literal) => {
        concat!("instr(", $words, ", ", $text, ") > 0")
    };
}

macro_rules! has_postgres {
    ($words:literal, $text:literal) => {
        concat!("strpos(", $words, ", ", $text, ") > 0")
    };
}

/// Candidates from the index, and of each whether it matches. Who may not know of an incident gets no candidate either.
macro_rules! statement {
    ($candidates:literal, $has:ident) => {
        concat!(
            "SELECT i.*, CASE WHEN ",
            term!("$9", "$10", $has),
            " AND ",
            term!("$11", "$12", $has),
            " AND ",
            term!("$13", "$14", $has),
            " AND ",
            term!("$15", "$16", $has),
            " AND ",
            term!("$17", "$18", $has),
            " AND ",
            term!("$19", "$20", $has),
            " THEN 1 ELSE 0 END AS found FROM (SELECT i.number FROM ",
            $candidates,
            " AND ",
            narrowed!(),
            " ORDER BY i.number DESC LIMIT $7 + 0) c CROSS JOIN incident i CROSS JOIN incident_search s \
             WHERE i.number = c.number AND s.incident = c.number ORDER BY c.number DESC"
        )
    };
}

const SQLITE: &str = statement!(
    "incident_gram g CROSS JOIN incident i WHERE i.number = g.rowid AND g.incident_gram MATCH $8",
    has_sqlite
);
// The query is hidden in a subquery, because the planner does not know how long reading `grams` takes: for a word that many incidents
// hold it would read them all instead of the index.
const POSTGRES: &str = statement!(
    "incident_search g CROSS JOIN incident i WHERE i.number = g.incident AND g.grams @@ (SELECT CAST($8 AS tsquery))",
    has_postgres
);

/// The first incidents that match, the newest first.
///
/// # Errors
/// [`StoreError::TooLong`] if not all that was asked for is found in time.
pub(super) async fn matching(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    search: &Search,
    most: i64,
    until: Instant,
) -> Result<Vec<Incident>, StoreError> {
    let (sql, and, or) = if is_postgres(conn) { (POSTGRES, " & ", " | ") } else { (SQLITE, " AND ", " OR ") };
    let question = search.for_index(and, or);
    let wanted = usize::try_from(most).unwrap_or(0);
    let (mut found, mut before, mut at_once) = (Vec::new(), filter.before.unwrap_or(i64::MAX), AT_FIRST);
    while found.len() < wanted {
        let mut query = bound(sql, viewer, filter, before, at_once).bind(question.clone());
        for term in &search.terms {
            query = query.bind(term.text.clone()).bind(term.number);
        }
        let rows = query.fetch_all(&mut *conn).await?;
        for row in &rows {
            before = row.try_get("number")?;
            if row.try_get::<i64, _>("found")? != 0 && found.len() < wanted {
                found.push(incident(row)?);
            }
        }
        if (rows.len() as i64) < at_once {
            break;
        }
        if found.len() < wanted && Instant::now() >= until {
            return Err(StoreError::TooLong);
        }
        at_once = THEN;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incidents::{self, Details, New};
    use crate::{Act, Place, Store};

    #[tokio::test]
    async fn a_search_without_time_left_is_given_up_unless_it_is_done() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
        let viewer = Viewer::system();
        let act = Act { by: &viewer, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
        let mut tx = store.begin().await.expect("begins");
        for _ in 0..=AT_FIRST {
            // Every piece of the word that is searched for, but not the word.
            let details = Details { title: "abc bcd cda".to_owned(), ..Details::default() };
            incidents::create(&mut tx, act, &New { details, ..New::default() }).await.expect("opens");
        }
        tx.commit().await.expect("commits");
        let mut conn = store.reader().await.expect("reads");
        let mut ask = async |text: &str| {
            let search = Search::new(text).expect("a search");
            let found = matching(&mut conn, &viewer, &Filter::default(), &search, 2, Instant::now()).await;
            found.map(|all| all.iter().map(|i| i.number).collect::<Vec<_>>())
        };
        assert!(matches!(ask("abcda").await, Err(StoreError::TooLong)));
        assert_eq!(ask("bcd").await.expect("is done"), [AT_FIRST + 1, AT_FIRST]);
        assert_eq!(ask("zebra").await.expect("is done"), [0; 0]);
    }
}
