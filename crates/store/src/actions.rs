//! Action items of all retros, as rows: what section 7 proposes, and how far it has come.

use crate::chain::Owner;
use crate::incidents::{Whose, find_to_change, readable, visible};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, retros, time};
use hindcast_retro::draft::ActionItem;
use hindcast_retro::record::action::{ActionState, Proof};
use hindcast_retro::statement::Verdict;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An action item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The incident.
    pub incident: i64,
    /// Its id in the retro.
    pub id: String,
    /// eval, tooling, guardrails or process.
    pub category: String,
    /// What to do.
    pub title: String,
    /// Who does it; empty where nobody does.
    pub owner: String,
    /// Until when: a date.
    pub due: Option<String>,
    /// The system question that it answers.
    pub question: String,
    /// What will prove it.
    pub verification: String,
    /// How far it has come.
    pub state: ActionState,
    /// What proves it.
    pub proof: Option<(String, String)>,
    /// Why it was closed without a proof.
    pub waiver: Option<String>,
    /// Who closed it, and when.
    pub closed: Option<(String, Timestamp)>,
    /// How often the failure came back after it was closed.
    pub returned: i64,
    /// Counts its changes.
    pub version: i64,
}

/// Items of an incident that were removed from its retro and are kept, in case they come back. A change of an action reads all of them while other
/// changes wait.
pub const REMOVED: usize = 500;

/// Brings the rows of an incident in step with section 7 of its retro, which is locked. What was closed stays closed,
/// and what did not change stays as it was seen. Of what was removed, [so many](REMOVED) are kept.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(tx: &mut Tx, act: Act<'_>, number: i64, items: &[ActionItem]) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT id FROM action WHERE incident = $1 AND live = 1").bind(number);
    for row in rows.fetch_all(&mut **tx).await? {
        let id: String = row.try_get("id")?;
        if !items.iter().any(|i| i.id == id) {
            let gone = sqlx::query("UPDATE action SET live = 0, version = version + 1 WHERE incident = $1 AND id = $2");
            gone.bind(number).bind(id).execute(&mut **tx).await?;
        }
    }
    for item in items {
        let live = item.verdict != Verdict::Rejected;
        sqlx::query(
            "INSERT INTO action (incident, id, category, title, owner, due, question, finding, verification, state, live, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) ON CONFLICT (incident, id) DO UPDATE SET \
             category = excluded.category, title = excluded.title, owner = excluded.owner, due = excluded.due, \
             question = excluded.question, finding = excluded.finding, verification = excluded.verification, \
             live = excluded.live, version = action.version + 1 \
             WHERE action.category <> excluded.category OR action.title <> excluded.title \
             OR action.owner <> excluded.owner OR COALESCE(action.due, '') <> COALESCE(excluded.due, '') \
             OR action.question <> excluded.question OR action.finding <> excluded.finding \
             OR action.verification <> excluded.verification OR action.live <> excluded.live",
        )
        .bind(number)
        .bind(&item.id)
        .bind(item.category.label())
        .bind(&item.title)
        .bind(item.owner.clone().unwrap_or_default())
        .bind(item.due.clone())
        .bind(&item.question)
        .bind(item.findings.join(" "))
        .bind(&item.verification)
        .bind(ActionState::Open.name())
        .bind(i64::from(live))
        .execute(&mut **tx)
        .await?;
    }
    forget_removed(tx, act, number, items).await
}

/// Forgets removed items beyond [`REMOVED`]: first those that nobody worked on, then those that were closed the longest time ago. The log tells of them.
async fn forget_removed(tx: &mut Tx, act: Act<'_>, number: i64, items: &[ActionItem]) -> Result<(), StoreError> {
    let sql = "SELECT id, CASE WHEN state = 'open' AND returned = 0 THEN 0 ELSE 1 END AS worked_on FROM action \
               WHERE incident = $1 AND live = 0 ORDER BY worked_on DESC, COALESCE(closed_at, '') DESC, id";
    let rows = sqlx::query(sql).bind(number).fetch_all(&mut **tx).await?;
    let mut removed = 0;
    for row in &rows {
        let id: String = row.try_get("id")?;
        // What was rejected stands in the retro.
        if items.iter().any(|item| item.id == id) {
            continue;
        }
        removed += 1;
        if removed > REMOVED {
            sqlx::query("DELETE FROM action WHERE incident = $1 AND id = $2")
                .bind(number)
                .bind(id)
                .execute(&mut **tx)
                .await?;
            if row.try_get::<i64, _>("worked_on")? != 0 {
                chain::touch(tx, act, chain::ACTION_STATES, Owner::Incident(number));
            }
        }
    }
    Ok(())
}

fn action(row: &AnyRow) -> Result<Action, StoreError> {
    let state: String = row.try_get("state")?;
    let kind: Option<String> = row.try_get("proof_kind")?;
    let reference: Option<String> = row.try_get("proof_reference")?;
    let by: Option<String> = row.try_get("closed_by")?;
    let at = time::parse_opt(row.try_get("closed_at")?)?;
    Ok(Action {
        incident: row.try_get("incident")?,
        id: row.try_get("id")?,
        category: row.try_get("category")?,
        title: row.try_get("title")?,
        owner: row.try_get("owner")?,
        due: row.try_get("due")?,
        question: row.try_get("question")?,
        verification: row.try_get("verification")?,
        state: state.parse().map_err(|_| StoreError::Corrupt(format!("the state `{state}`")))?,
        proof: kind.zip(reference),
        waiver: row.try_get("waiver")?,
        closed: by.zip(at),
        returned: row.try_get("returned")?,
        version: row.try_get("version")?,
    })
}

/// The action items of an incident.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Action>, StoreError> {
    const SQL: &str = concat!(
        "SELECT a.* FROM action a JOIN incident i ON i.number = a.incident WHERE a.live = 1 AND a.incident = $1 AND ",
        readable!("$2", "$3"),
        " ORDER BY COALESCE(a.due, '9999'), a.id"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    rows.iter().map(action).collect()
}

/// A part of the action items of all incidents that the viewer may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// True for closed and dropped items, latest first. Otherwise the others, most urgent first.
    pub over: bool,
    /// Only those of this owner, whatever the case of Latin letters; empty for all.
    pub owner: &'a str,
    /// How many items to skip.
    pub from: i64,
    /// Most items to return.
    pub most: i64,
}

/// A part of the action items of all incidents that the viewer may know of.
///
/// # Errors
/// When the database does not answer.
pub async fn part(conn: &mut Conn, viewer: &Viewer, part: Part<'_>) -> Result<Vec<Action>, StoreError> {
    // Each statement follows the order of an index. One statement for both would sort every item.
    const OPEN: &str = concat!(
        "SELECT a.* FROM action a JOIN incident i ON i.number = a.incident WHERE a.live = 1 \
         AND a.state IN ('open', 'in_progress') AND ",
        visible!("$1"),
        " AND ($2 = '' OR a.owner = $2 OR lower(a.owner) = $3) \
         ORDER BY COALESCE(a.due, '9999'), a.incident DESC, a.id LIMIT $4 + 0 OFFSET $5"
    );
    const OVER: &str = concat!(
        "SELECT a.* FROM action a JOIN incident i ON i.number = a.incident WHERE a.live = 1 \
         AND a.state IN ('closed', 'dropped') AND ",
        visible!("$1"),
        " AND ($2 = '' OR a.owner = $2 OR lower(a.owner) = $3) \
         ORDER BY a.closed_at DESC, a.incident DESC, a.id LIMIT $4 + 0 OFFSET $5"
    );
    let owner = part.owner.trim();
    let asked = sqlx::query(if part.over { OVER } else { OPEN });
    let asked = asked.bind(&viewer.account).bind(owner).bind(owner.to_lowercase()).bind(part.most).bind(part.from);
    asked.fetch_all(conn).await?.iter().map(action).collect()
}

/// Which action items a page holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter<'a> {
    /// Only those in this state.
    pub state: Option<ActionState>,
    /// Only those of this owner, whatever the case of Latin letters; empty for all.
    pub owner: String,
    /// Only those behind this one, by incident and id: where the page before ended.
    pub after: Option<(i64, &'a str)>,
}

/// A page of the action items that the viewer may know of, those of the newest incident first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(conn: &mut Conn, viewer: &Viewer, filter: &Filter<'_>, most: i64) -> Result<Vec<Action>, StoreError> {
    const SQL: &str = concat!(
        "SELECT a.* FROM action a JOIN incident i ON i.number = a.incident WHERE a.live = 1 AND ",
        visible!("$1"),
        " AND ($2 = '' OR a.state = $2) AND ($3 = '' OR a.owner = $3 OR lower(a.owner) = $7) \
         AND (a.incident < $4 OR (a.incident = $4 AND a.id > $5)) ORDER BY a.incident DESC, a.id LIMIT $6 + 0"
    );
    let (incident, id) = filter.after.unwrap_or((i64::MAX, ""));
    let rows = sqlx::query(SQL)
        .bind(&viewer.account)
        .bind(filter.state.map_or("", ActionState::name))
        .bind(filter.owner.trim())
        .bind(incident)
        .bind(id)
        .bind(most)
        .bind(filter.owner.trim().to_lowercase())
        .fetch_all(conn)
        .await?;
    rows.iter().map(action).collect()
}

/// The action items that are not closed and have a date, the most urgent first; with a date, only what is due until then.
///
/// # Errors
/// When the database does not answer.
pub async fn due(
    conn: &mut Conn,
    viewer: &Viewer,
    whose: Whose,
    until: Option<&str>,
    most: i64,
) -> Result<Vec<Action>, StoreError> {
    macro_rules! statement {
        ($owned:literal, $first:literal) => {
            concat!(
                "SELECT a.* FROM action a JOIN incident i ON i.number = a.incident WHERE a.live = 1 AND a.due IS NOT NULL \
                 AND a.state IN ('open', 'in_progress') AND ",
                visible!("$1"),
                $owned,
                " AND ($2 = 0 OR $2 = CASE WHEN a.owner = $3 OR lower(a.owner) = $4 THEN 1 ELSE 2 END) \
                 AND ($5 = '' OR a.due <= $5) ORDER BY ",
                $first,
                ", a.incident DESC, a.id LIMIT $6 + 0"
            )
        };
    }
    // In the order of the index, as far as is needed.
    const ORDERED: &str = statement!("", "COALESCE(a.due, '9999')");
    // All of the owner, then sorted. Text added to a text keeps the database from the index of the order.
    const OWNED: &str = statement!(" AND lower(a.owner) IN ($4, lower($3))", "COALESCE(a.due, '9999') || ''");
    let few = whose == Whose::Mine && owns_few(conn, viewer).await?;
    let rows = sqlx::query(if few { OWNED } else { ORDERED })
        .bind(&viewer.account)
        .bind(whose.number())
        .bind(&viewer.name)
        .bind(viewer.name.to_lowercase())
        .bind(until.unwrap_or_default())
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(action).collect()
}

/// Open action items of the viewer, up to which it is faster to look at all of them than to look for them among all that are open.
const FEW: i64 = 100;

async fn owns_few(conn: &mut Conn, viewer: &Viewer) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM action a WHERE a.live = 1 AND a.state IN ('open', 'in_progress') \
               AND lower(a.owner) IN ($2, lower($1)) LIMIT $3 + 0) some_of_them";
    let row =
        sqlx::query(sql).bind(&viewer.name).bind(viewer.name.to_lowercase()).bind(FEW + 1).fetch_one(conn).await?;
    Ok(row.try_get::<i64, _>("n")? <= FEW)
}

/// An action item.
///
/// # Errors
/// [`StoreError::NotFound`] also where the viewer may not know of the incident.
pub async fn find(conn: &mut Conn, viewer: &Viewer, number: i64, id: &str) -> Result<Action, StoreError> {
    let all = of(conn, viewer, number).await?;
    all.into_iter().find(|a| a.id == id).ok_or(StoreError::NotFound("action item"))
}

/// Changes how far an action item has come; whether it may is decided before.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`].
pub async fn set_state(
    tx: &mut Tx,
    act: Act<'_>,
    action: &Action,
    state: ActionState,
    proof: Option<&Proof>,
    waiver: Option<&str>,
) -> Result<(), StoreError> {
    // An edit of the retro locks the retro, the log and then the actions; in another order the two would wait for each
    // other.
    retros::hold(tx, action.incident).await?;
    find_to_change(tx, act, action.incident).await?;
    find(tx, act.by, action.incident, &action.id).await?;
    let over = matches!(state, ActionState::Closed | ActionState::Dropped);
    let changed = sqlx::query(
        "UPDATE action SET state = $1, proof_kind = $2, proof_reference = $3, waiver = $4, closed_by = $5, closed_at = $6, \
         version = version + 1 WHERE incident = $7 AND id = $8 AND version = $9",
    )
    .bind(state.name())
    .bind(proof.map(|p| p.kind.name()))
    .bind(proof.map(|p| p.reference.clone()))
    .bind(waiver)
    .bind(over.then(|| act.by.name.clone()))
    .bind(over.then(|| time::text(act.at)))
    .bind(action.incident)
    .bind(&action.id)
    .bind(action.version)
    .execute(&mut **tx)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Stale("action item"));
    }
    let data = json!({ "from": action.state.name(), "to": state.name(), "waiver": waiver,
        "proof": proof.map(|p| json!({ "kind": p.kind.name(), "reference": p.reference })) });
    chain::record(tx, act, "action.state", Some(action.incident), &action.id, &data).await
}
