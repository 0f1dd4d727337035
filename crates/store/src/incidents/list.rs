//! Many incidents at once: lists, how many of each kind.

use super::{Incident, incident, visible};
use crate::{Conn, StoreError, Viewer};
use sqlx::Row;

/// Which incidents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only those in this status.
    pub status: Option<String>,
    /// Only those that are not closed.
    pub unclosed: bool,
    /// Only those of this severity.
    pub severity: Option<u8>,
    /// Only those whose title, agent or summary holds these words.
    pub text: String,
    /// Only those with this tag.
    pub tag: String,
    /// Only those with a lower number: where the page before ended.
    pub before: Option<i64>,
}

/// Bytes of a pattern that are searched for at most.
const LONGEST: usize = 40_000;

/// The incidents that a viewer may know of, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, most: i64) -> Result<Vec<Incident>, StoreError> {
    const SQL: &str = concat!(
        "SELECT i.* FROM incident i WHERE ",
        visible!("$1"),
        " AND ($2 = '' OR i.status = $2) AND ($3 = 0 OR i.status <> 'closed') AND ($4 = 0 OR i.severity = $4) \
         AND ($5 = '' OR lower(i.title) LIKE lower($5) ESCAPE '!' OR lower(i.agent) LIKE lower($5) ESCAPE '!' \
         OR lower(i.summary) LIKE lower($5) ESCAPE '!') \
         AND ($6 = '' OR EXISTS (SELECT 1 FROM incident_tag t WHERE t.incident = i.number AND t.tag = $6)) \
         AND i.number < $7 ORDER BY i.number DESC LIMIT $8"
    );
    let pattern = pattern(&filter.text);
    // What no incident holds need not be asked for: SQLite searches for patterns up to 50,000 bytes, and PostgreSQL
    // takes no text with a NUL.
    let holds_nul = [&pattern, &filter.tag].iter().any(|t| t.contains('\0'));
    if pattern.len() > LONGEST || holds_nul {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(SQL)
        .bind(&viewer.account)
        .bind(filter.status.clone().unwrap_or_default())
        .bind(i64::from(filter.unclosed))
        .bind(filter.severity.map_or(0, i64::from))
        .bind(pattern)
        .bind(&filter.tag)
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(incident).collect()
}

/// A pattern of `LIKE` that finds a text somewhere; empty for an empty text. Capitals are left to the database: which
/// letters it knows how to make small differs, and it has to be the same on both sides.
fn pattern(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let escaped: String =
        text.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
    format!("%{escaped}%")
}

/// How many incidents of each severity a viewer may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mix {
    /// By severity 1 to 4.
    pub levels: [i64; 4],
    /// Without a severity.
    pub undecided: i64,
    /// Not closed, of any severity.
    pub unclosed: i64,
}

/// How many incidents of each severity there are.
///
/// # Errors
/// When the database does not answer.
pub async fn mix(conn: &mut Conn, viewer: &Viewer) -> Result<Mix, StoreError> {
    const SQL: &str = concat!(
        "SELECT i.severity, COUNT(*) AS n, CAST(SUM(CASE WHEN i.status = 'closed' THEN 0 ELSE 1 END) AS BIGINT) AS unclosed \
         FROM incident i WHERE ",
        visible!("$1"),
        " GROUP BY i.severity"
    );
    let mut mix = Mix::default();
    for row in sqlx::query(SQL).bind(&viewer.account).fetch_all(conn).await? {
        let (severity, n): (Option<i64>, i64) = (row.try_get("severity")?, row.try_get("n")?);
        mix.unclosed += row.try_get::<i64, _>("unclosed")?;
        let place = severity.and_then(|s| usize::try_from(s - 1).ok()).and_then(|i| mix.levels.get_mut(i));
        *place.unwrap_or(&mut mix.undecided) += n;
    }
    Ok(mix)
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn words_are_searched_for_as_they_stand() {
        assert_eq!(pattern("  50%_off! "), "%50!%!_off!!%");
        assert_eq!(pattern("   "), "");
    }
}
