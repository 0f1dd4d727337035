//! The words that a search looks through: normalized here, so that both databases find the same in every script, and kept beside the
//! incident with an index of their pieces, so that a search reads neither drafts nor incidents that cannot match.

mod grams;
mod normalize;
mod query;
mod tidy;

pub(crate) use query::Search;

use crate::{Conn, StoreError, Tx};
use hindcast_retro::draft::Draft;
use hindcast_retro::record::words::words;
use normalize::normalize;
use sqlx::Row;

/// The words of an incident that was opened.
pub(crate) async fn begin(tx: &mut Tx, number: i64, texts: &[&str]) -> Result<(), StoreError> {
    keep(tx, number, &normalize(&texts.join("\n")), "").await
}

/// Brings the words of an incident itself in step: what it says, who is named, its tags.
pub(crate) async fn refresh(tx: &mut Tx, number: i64) -> Result<(), StoreError> {
    let own = own(tx, number).await?;
    match kept(tx, number).await? {
        Some((before, _)) if before == own => Ok(()),
        before => keep(tx, number, &own, &before.unwrap_or_default().1).await,
    }
}

/// Brings the words of an incident's retro in step with its draft.
pub(crate) async fn follow(tx: &mut Tx, number: i64, draft: &str) -> Result<(), StoreError> {
    let retro = of_draft(draft);
    match kept(tx, number).await? {
        Some((_, before)) if before == retro => Ok(()),
        before => keep(tx, number, &before.unwrap_or_default().0, &retro).await,
    }
}

/// The words that are kept of an incident itself and of its retro.
async fn kept(conn: &mut Conn, number: i64) -> Result<Option<(String, String)>, StoreError> {
    let row = sqlx::query("SELECT own, retro FROM incident_search WHERE incident = $1").bind(number);
    let Some(row) = row.fetch_optional(conn).await? else { return Ok(None) };
    Ok(Some((row.try_get("own")?, row.try_get("retro")?)))
}

/// Keeps the words of an incident and what the index finds them by.
async fn keep(tx: &mut Tx, number: i64, own: &str, retro: &str) -> Result<(), StoreError> {
    let grams = format!("{} {}", query::of_number(number), grams::of_texts(&[own, retro]));
    if is_postgres(tx) {
        let sql = "INSERT INTO incident_search (incident, own, retro, grams) VALUES ($1, $2, $3, CAST($4 AS tsvector)) ON CONFLICT \
                   (incident) DO UPDATE SET own = excluded.own, retro = excluded.retro, grams = excluded.grams";
        sqlx::query(sql).bind(number).bind(own).bind(retro).bind(grams).execute(&mut **tx).await?;
    } else {
        let sql = "INSERT OR REPLACE INTO incident_search (incident, own, retro) VALUES ($1, $2, $3)";
        sqlx::query(sql).bind(number).bind(own).bind(retro).execute(&mut **tx).await?;
        let sql = "INSERT OR REPLACE INTO incident_gram (rowid, grams) VALUES ($1, $2)";
        sqlx::query(sql).bind(number).bind(grams).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Which of the two databases a connection leads to: the index is the one thing that they do not share.
pub(crate) fn is_postgres(conn: &Conn) -> bool {
    conn.backend_name() == "PostgreSQL"
}

async fn own(conn: &mut Conn, number: i64) -> Result<String, StoreError> {
    let rows = sqlx::query(
        "SELECT title AS a, agent AS b, summary AS c, ticket AS d FROM incident WHERE number = $1 UNION ALL \
         SELECT a.name, '', '', '' FROM incident_person p JOIN account a ON a.id = p.account WHERE p.incident = $1 \
         UNION ALL SELECT tag, '', '', '' FROM incident_tag WHERE incident = $1",
    );
    let mut texts = Vec::new();
    for row in rows.bind(number).fetch_all(conn).await? {
        for column in ["a", "b", "c", "d"] {
            texts.push(row.try_get::<String, _>(column)?);
        }
    }
    Ok(normalize(&texts.join("\n")))
}

/// A draft that cannot be read has no words; that it cannot is told where it is shown.
fn of_draft(draft: &str) -> String {
    serde_json::from_str::<Draft>(draft).map(|draft| normalize(&words(&draft))).unwrap_or_default()
}

/// Incidents whose words are made in one transaction.
const AT_ONCE: i64 = 50;

/// Makes the words of incidents that have none: those of a record from before there was a search, or another
/// normalization.
pub(crate) async fn fill(store: &crate::Store) -> Result<(), StoreError> {
    loop {
        let mut tx = store.begin().await?;
        let missing = sqlx::query(
            "SELECT i.number, r.draft FROM incident i LEFT JOIN retro r ON r.incident = i.number WHERE NOT EXISTS \
             (SELECT 1 FROM incident_search s WHERE s.incident = i.number) ORDER BY i.number LIMIT $1 + 0",
        );
        let missing = missing.bind(AT_ONCE).fetch_all(&mut *tx).await?;
        for row in &missing {
            let number: i64 = row.try_get("number")?;
            let draft: Option<String> = row.try_get("draft")?;
            refresh(&mut tx, number).await?;
            if let Some(draft) = draft {
                follow(&mut tx, number, &draft).await?;
            }
        }
        tx.commit().await?;
        if missing.is_empty() {
            return Ok(());
        }
    }
}
