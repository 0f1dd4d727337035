//! Incidents that hold every word of a search.
//!
//! The index names those that may, and a part of them at a time is looked up, the newest first. So no statement runs long, and a search
//! can end between two of them: SQLite has no time limit for statements that could be set through sqlx.

use super::shape::Shape;
use super::{Filter, bound};
use crate::search::{Search, is_postgres};
use crate::{Conn, StoreError, Viewer};
use sqlx::Row;
use std::time::Instant;

/// Incidents that are looked up at once: at first, where the first ones usually match, and then.
const AT_FIRST: i64 = 64;
const THEN: i64 = 512;

/// The condition that candidate `c` matches a term, with its text and its number as parameters. `$has` looks for a text in the words `s`.
macro_rules! term {
    ($text:literal, $number:literal, $has:ident) => {
        concat!(
            "((",
            $text,
            " = '' AND ",
            $number,
            " = 0) OR c.number = ",
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

/// Candidates from the index that match. Who may not know of an incident gets no candidate either. Of those that do not match at most the last
/// is given, as each row of an answer costs more than a look at its words: any row tells how many candidates there were, and where the next part begins.
macro_rules! statement {
    ($columns:literal, $candidates:literal, $order:literal, $has:ident) => {
        concat!(
            "WITH c AS (SELECT number, MIN(number) OVER () AS lowest, COUNT(*) OVER () AS looked_up FROM (SELECT i.number FROM ",
            $candidates,
            " AND ",
            narrowed!(),
            " ORDER BY ",
            $order,
            " DESC LIMIT $7 + 0) a), m AS MATERIALIZED (SELECT c.number, c.lowest, c.looked_up, CASE WHEN ",
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
            " THEN 1 ELSE 0 END AS found FROM c CROSS JOIN incident_search s WHERE s.incident = c.number) \
             SELECT ",
            $columns,
            ", m.found, m.lowest, m.looked_up FROM m CROSS JOIN incident i \
             WHERE i.number = m.number AND (m.found = 1 OR m.number = m.lowest) ORDER BY m.number DESC"
        )
    };
}

// In the order of the index and below a number, so that a word that many incidents hold is not followed through all of them.
macro_rules! sqlite {
    ($columns:literal) => {
        statement!(
            $columns,
            "incident_gram g CROSS JOIN incident i WHERE i.number = g.rowid AND g.incident_gram MATCH $8 AND g.rowid < $6",
            "g.rowid",
            has_sqlite
        )
    };
}

// The query is hidden in a subquery, because the planner does not know how long reading `grams` takes: for a word that many incidents
// hold it would read them all instead of the index. What the index names is put in order before the incidents are looked up: so only as
// many of them are as are wanted, and not all that hold a common word. `OFFSET` keeps the planner from joining first.
macro_rules! postgres {
    ($columns:literal) => {
        statement!(
            $columns,
            "(SELECT incident FROM incident_search WHERE grams @@ (SELECT CAST($8 AS tsquery)) AND incident < $6 ORDER BY incident DESC \
             OFFSET 0) g CROSS JOIN incident i WHERE i.number = g.incident",
            "g.incident",
            has_postgres
        )
    };
}
pub(super) use {has_postgres, has_sqlite, postgres, sqlite, statement, term};

/// The first incidents that match, the newest first.
///
/// # Errors
/// [`StoreError::TooLong`] if not all that was asked for is found in time.
pub(super) async fn matching<T: Shape>(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    search: &Search,
    most: i64,
    until: Instant,
) -> Result<Vec<T>, StoreError> {
    let (sql, and, or) = if is_postgres(conn) {
        (T::STATEMENTS.postgres, " & ", " | ")
    } else {
        (T::STATEMENTS.sqlite, " AND ", " OR ")
    };
    let question = search.for_index(and, or);
    let wanted = usize::try_from(most).unwrap_or(0);
    let (mut found, mut before, mut at_once) = (Vec::new(), filter.before.unwrap_or(i64::MAX), AT_FIRST);
    while found.len() < wanted {
        let mut query = bound(sql, viewer, filter, before, at_once).bind(question.clone());
        for term in &search.terms {
            query = query.bind(term.text.clone()).bind(term.number);
        }
        let rows = query.fetch_all(&mut *conn).await?;
        let Some(any) = rows.first() else { break };
        before = any.try_get("lowest")?;
        let looked_up: i64 = any.try_get("looked_up")?;
        for row in &rows {
            if row.try_get::<i64, _>("found")? != 0 && found.len() < wanted {
                found.push(T::of(row)?);
            }
        }
        if looked_up < at_once {
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
    use crate::incidents::{self, Details, Incident, New};
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
            let found = matching::<Incident>(&mut conn, &viewer, &Filter::default(), &search, 2, Instant::now()).await;
            found.map(|all| all.iter().map(|i| i.number).collect::<Vec<_>>())
        };
        assert!(matches!(ask("abcda").await, Err(StoreError::TooLong)));
        assert_eq!(ask("bcd").await.expect("is done"), [AT_FIRST + 1, AT_FIRST]);
        assert_eq!(ask("zebra").await.expect("is done"), [0; 0]);
    }
}
