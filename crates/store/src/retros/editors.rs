//! Who changed last what an approval is of: the retro's text, and what the text or its checks take from the incident.

use crate::incidents::readable;
use crate::{Conn, StoreError, Viewer};
use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::Row;

/// The accounts of the last editors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editors {
    /// Who changed the text last. A revision with the text of the one before changes nothing and makes nobody an editor.
    pub text: String,
    /// Who changed the incident's title, agent, ticket, times or severity last, if somebody did after that. The confirmation of a lower severity
    /// is no edit: it approves what another person decided.
    pub incident: Option<String>,
}

/// The last editors of an incident's retro; `None` if it has none.
///
/// # Errors
/// When the database does not answer.
pub async fn last_editors(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Option<Editors>, StoreError> {
    // The event of a revision has its time, its account, and its change as the kind.
    const TEXT: &str = concat!(
        "SELECT r.account, (SELECT MAX(e.seq) FROM event e WHERE e.incident = r.incident AND e.at = r.at AND e.account = r.account \
         AND e.kind = 'retro.' || r.change) AS seq FROM retro_revision r JOIN incident i ON i.number = r.incident \
         LEFT JOIN retro_revision p ON p.incident = r.incident AND p.revision = r.revision - 1 \
         WHERE r.incident = $1 AND (p.draft IS NULL OR p.draft <> r.draft) AND ",
        readable!("$2", "$3"),
        " ORDER BY r.revision DESC LIMIT 1"
    );
    let row = sqlx::query(TEXT).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_optional(&mut *conn);
    let Some(row) = row.await? else { return Ok(None) };
    let since: Option<i64> = row.try_get("seq")?;
    let incident = edited_since(conn, viewer, number, since.unwrap_or_default()).await?;
    Ok(Some(Editors { text: row.try_get("account")?, incident }))
}

/// Who changed last, behind an event, what the text or its checks take from the incident.
async fn edited_since(conn: &mut Conn, viewer: &Viewer, number: i64, seq: i64) -> Result<Option<String>, StoreError> {
    const SQL: &str = concat!(
        "SELECT e.account, e.kind, e.data FROM event e JOIN incident i ON i.number = e.incident WHERE e.incident = $1 AND e.seq > $2 \
         AND e.kind IN ('incident.edited', 'incident.times', 'incident.severity') AND ",
        readable!("$3", "$4"),
        " ORDER BY e.seq DESC"
    );
    let query = sqlx::query(SQL).bind(number).bind(seq).bind(&viewer.account).bind(viewer.opened());
    let mut rows = query.fetch(conn);
    while let Some(row) = rows.try_next().await? {
        if changes(row.try_get("kind")?, row.try_get("data")?) {
            return Ok(Some(row.try_get("account")?));
        }
    }
    Ok(None)
}

/// True for an event that changed something of it. What cannot be read counts as a change.
fn changes(kind: &str, data: &str) -> bool {
    let Ok(data) = serde_json::from_str::<Value>(data) else { return true };
    let (from, to) = (&data["from"], &data["to"]);
    match kind {
        "incident.edited" => ["title", "agent", "ticket"].iter().any(|field| from[field] != to[field]),
        "incident.severity" => from != to,
        // Times as they were are no event.
        _ => true,
    }
}
