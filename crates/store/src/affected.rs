//! Whom the same failure reached, and what was done about each.

mod counted;

pub use counted::counts;
pub(crate) use counted::fill;

use self::counted::count;
use crate::chain::{self, Owner};
use crate::incidents::{readable, touch};
use crate::{Act, Conn, StoreError, Tx, Viewer};
use hindcast_retro::record::affected::{Reached, Remedy};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One who was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// Its place in the incident's list, counted from 1.
    pub nth: i64,
    /// Who, in which session, when, and what was said.
    pub reached: Reached,
    /// What was done about it.
    pub remedy: Remedy,
    /// Who sees to it; may be empty.
    pub owner: String,
    /// What else there is to say.
    pub note: String,
    /// Counts its changes.
    pub version: i64,
}

/// Takes a list in. Who is in the incident's list already (same session and customer) keeps what was done about them.
/// Gives how many are new, and how many were known.
///
/// # Errors
/// [`StoreError::NotFound`] for the incident; [`StoreError::Conflict`] where the incident's list would be longer than one may be.
pub async fn import(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    list: &[Reached],
    from: &str,
) -> Result<(usize, usize), StoreError> {
    touch(tx, act, number, None).await?;
    let sql = "SELECT COALESCE(MAX(nth), 0) AS last FROM affected WHERE incident = $1";
    let before: i64 = sqlx::query(sql).bind(number).fetch_one(&mut **tx).await?.try_get("last")?;
    // Asked once: a look-up for each block reads a growing list again and again.
    let mut places = if before > 0 { places(tx, number).await? } else { HashMap::new() };
    let mut last = before;
    let mut blocks = BTreeSet::new();
    for some in list.chunks(ROWS) {
        // Who is in it twice is one entry, as the later one says.
        let mut rows = BTreeMap::new();
        for item in some {
            let who = (Cow::Borrowed(item.session.as_str()), Cow::Borrowed(item.customer.as_str()));
            let nth = *places.entry(who).or_insert_with(|| {
                last += 1;
                last
            });
            blocks.insert(chain::affected_block(nth));
            rows.insert(nth, item);
        }
        if last > MOST && last > before {
            return Err(StoreError::Conflict(format!(
                "The incident would have {last} affected customers or more; at most {MOST} are kept. Split the list over several incidents"
            )));
        }
        put(tx, number, &rows).await?;
    }
    count(tx, number, Remedy::ToTell, last - before).await?;
    let new = usize::try_from(last - before).unwrap_or_default();
    let known = list.len() - new;
    let data = json!({ "from": from, "new": new, "known": known });
    chain::record(tx, act, "affected.imported", Some(number), "", &data).await?;
    for block in blocks {
        chain::touch(tx, act, chain::AFFECTED, Owner::Numbered(number, block));
    }
    Ok((new, known))
}

/// Entries of an incident at most.
const MOST: i64 = hindcast_retro::record::affected::MOST as i64;
/// Entries of one statement. SQLite finds each parameter by going through all of them, so that long statements take longer in sum.
const ROWS: usize = 100;

/// Whoever is in a list: the session and the customer.
type Who<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Where those stand who are in the incident's list already.
async fn places<'a>(tx: &mut Tx, number: i64) -> Result<HashMap<Who<'a>, i64>, StoreError> {
    let sql = "SELECT nth, session, customer FROM affected WHERE incident = $1";
    let rows = sqlx::query(sql).bind(number).fetch_all(&mut **tx).await?;
    let text = |row: &AnyRow, column| row.try_get::<String, _>(column).map(Cow::Owned);
    let place = |row: &AnyRow| Ok(((text(row, "session")?, text(row, "customer")?), row.try_get("nth")?));
    rows.iter().map(place).collect()
}

/// Writes entries to their places.
async fn put(tx: &mut Tx, number: i64, rows: &BTreeMap<i64, &Reached>) -> Result<(), StoreError> {
    let row = |n: usize| {
        let [nth, session, customer, at, quote] = [2, 3, 4, 5, 6].map(|i| n * 5 + i);
        format!("($1, ${nth}, ${session}, ${customer}, ${at}, ${quote}, '{}', '', '', 1)", Remedy::ToTell.name())
    };
    let values = (0..rows.len()).map(row).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "INSERT INTO affected (incident, nth, session, customer, at, quote, status, owner, note, version) VALUES {values} \
         ON CONFLICT (incident, nth) DO UPDATE SET at = excluded.at, quote = excluded.quote"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(number);
    for (nth, Reached { session, customer, at, quote }) in rows {
        query = query.bind(*nth).bind(session.clone()).bind(customer.clone()).bind(at.clone()).bind(quote.clone());
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

fn remedy(row: &AnyRow) -> Result<Remedy, StoreError> {
    let status: String = row.try_get("status")?;
    status.parse().map_err(|_| StoreError::Corrupt(format!("the remedy `{status}`")))
}

fn affected(row: &AnyRow) -> Result<Affected, StoreError> {
    Ok(Affected {
        nth: row.try_get("nth")?,
        reached: Reached {
            session: row.try_get("session")?,
            customer: row.try_get("customer")?,
            at: row.try_get("at")?,
            quote: row.try_get("quote")?,
        },
        remedy: remedy(row)?,
        owner: row.try_get("owner")?,
        note: row.try_get("note")?,
        version: row.try_get("version")?,
    })
}

/// Those behind `after`, in order; all, or those with one remedy.
///
/// # Errors
/// When the database does not answer.
pub async fn of(
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    remedy: Option<Remedy>,
    after: i64,
    most: i64,
) -> Result<Vec<Affected>, StoreError> {
    // Two statements: where one asks for either, PostgreSQL sorts the whole list for each page.
    macro_rules! page {
        ($narrowed:literal) => {
            concat!(
                "SELECT f.* FROM affected f JOIN incident i ON i.number = f.incident WHERE f.incident = $1 AND f.nth > $2 AND ",
                readable!("$3", "$5"),
                $narrowed,
                " ORDER BY f.nth LIMIT $4 + 0"
            )
        };
    }
    let sql = if remedy.is_some() { page!(" AND f.status = $6") } else { page!("") };
    let page = sqlx::query(sql).bind(number).bind(after).bind(&viewer.account).bind(most).bind(viewer.opened());
    let page = match remedy {
        Some(remedy) => page.bind(remedy.name()),
        None => page,
    };
    let rows = page.fetch_all(conn).await?;
    rows.iter().map(affected).collect()
}

/// One of them, by its place in the list.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn one(conn: &mut Conn, viewer: &Viewer, number: i64, nth: i64) -> Result<Affected, StoreError> {
    const SQL: &str = concat!(
        "SELECT f.* FROM affected f JOIN incident i ON i.number = f.incident WHERE f.incident = $1 AND f.nth = $2 AND ",
        readable!("$3", "$4")
    );
    let row = sqlx::query(SQL).bind(number).bind(nth).bind(&viewer.account).bind(viewer.opened());
    let row = row.fetch_optional(conn).await?;
    row.as_ref().map(affected).transpose()?.ok_or(StoreError::NotFound("affected customer"))
}

/// What was done about somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<'a> {
    /// The remedy.
    pub remedy: Remedy,
    /// Who sees to it.
    pub owner: &'a str,
    /// What else there is to say.
    pub note: &'a str,
}

/// Puts down what was done about somebody.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`].
pub async fn set(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    nth: i64,
    version: i64,
    done: &Done<'_>,
) -> Result<(), StoreError> {
    touch(tx, act, number, None).await?;
    let was = sqlx::query("SELECT status FROM affected WHERE incident = $1 AND nth = $2").bind(number).bind(nth);
    let was = was.fetch_optional(&mut **tx).await?.ok_or(StoreError::NotFound("affected customer"))?;
    let was = remedy(&was)?;
    let changed = sqlx::query(
        "UPDATE affected SET status = $1, owner = $2, note = $3, version = version + 1 \
         WHERE incident = $4 AND nth = $5 AND version = $6",
    )
    .bind(done.remedy.name())
    .bind(done.owner)
    .bind(done.note)
    .bind(number)
    .bind(nth)
    .bind(version)
    .execute(&mut **tx)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Stale("entry"));
    }
    if was != done.remedy {
        count(tx, number, was, -1).await?;
        count(tx, number, done.remedy, 1).await?;
    }
    let data = json!({ "remedy": done.remedy.name(), "owner": done.owner });
    chain::record(tx, act, "affected.remedy", Some(number), &nth.to_string(), &data).await?;
    chain::touch(tx, act, chain::AFFECTED, Owner::Numbered(number, chain::affected_block(nth)));
    Ok(())
}
