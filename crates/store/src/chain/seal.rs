//! Rows of the audit log, written when their change is about to be made. Only then does the record hold all that its events changed.
//!
//! A row says of each part how the change found it and how it left it. How it found it is read on another connection, which sees what is
//! committed: the rows as they were before this change. Writers queue at the log's head, so that no other change is made in between, on
//! either database. A part that is not as the log says was changed by somebody with the database in hand. The change still works, an event
//! tells people, and since the row says what was found, verification tells of it for ever.
//!
//! What is left is read first, and what was found second. If somebody edits the database between the two, the second shows it.

use super::kinds::begins;
use super::part::{EMPTY, Owner, Part};
use super::{index, link, part, put_down};
use crate::{Act, Conn, StoreError, Tx, Viewer, time};
use serde_json::json;
use sqlx::{AnyPool, Row};
use std::collections::{BTreeMap, HashMap};

/// The kind of the event that tells of a part that was not as the log says.
pub(super) const FOUND_CHANGED: &str = "audit.found_changed";

/// An event whose row of the audit log is written when its change is made.
pub(crate) struct Pending {
    seq: i64,
    at: String,
    account: String,
    kind: String,
    subject: String,
    digest: String,
    /// What it changed.
    pub(super) parts: Vec<(&'static Part, Owner)>,
    /// Digests by part, as the row has them.
    pub(super) state: BTreeMap<String, String>,
}

impl Pending {
    pub(super) fn new(seq: i64, [at, account, kind, subject, digest]: [&str; 5]) -> Self {
        let [at, account, kind, subject, digest] = [at, account, kind, subject, digest].map(str::to_owned);
        Pending { seq, at, account, kind, subject, digest, parts: Vec::new(), state: BTreeMap::new() }
    }
}

/// A part that a change touched beside what its events tell.
pub(crate) struct Touched {
    part: &'static Part,
    owner: Owner,
    account: String,
    at: String,
}

/// Lets the last event of a change vouch for a part that the change touched. Where it has no event, and the part is another one than before,
/// it gets one.
pub(crate) fn touch(tx: &mut Tx, act: Act<'_>, part: &'static Part, owner: Owner) {
    tx.touched.push(Touched { part, owner, account: act.by.account.clone(), at: time::text(act.at) });
}

/// A part that a change changed, and the place of the last of its events that did.
struct Changed {
    nth: usize,
    part: &'static Part,
    owner: Owner,
}

/// Writes the audit log's rows of a change that is about to be made. What several events of one change changed is told by the last of them.
pub(crate) async fn seal(tx: &mut Tx) -> Result<(), StoreError> {
    attach_touched(tx).await?;
    if tx.pending.is_empty() {
        return Ok(());
    }
    let changed = changed(&tx.pending);
    let left = digests(tx, &changed).await?;
    let kept = index::kept(tx, changed.keys().map(String::as_str)).await?;
    let found = found(tx.committed.clone(), &changed).await?;
    for (key, change) in &changed {
        let (found, left) = (&found[key.as_str()], &left[key.as_str()]);
        tx.pending[change.nth].state.insert(key.clone(), format!("{found}>{left}"));
        let expected = match kept.get(key) {
            Some((_, digest)) => Some(digest.as_str()),
            None => begins(&tx.pending[change.nth].kind, change.part).then_some(EMPTY),
        };
        if expected.is_some_and(|expected| expected != found) {
            tell(tx, change, key, kept.get(key).map(|(seq, _)| *seq)).await?;
        }
    }
    write(tx).await
}

/// Gives what a change touched to its last event, or to one of its own.
async fn attach_touched(tx: &mut Tx) -> Result<(), StoreError> {
    for Touched { part, owner, account, at } in std::mem::take(&mut tx.touched) {
        if let Some(last) = tx.pending.last_mut() {
            last.parts.push((part, owner));
            continue;
        }
        super::hold(tx).await?;
        let key = part.key(&owner);
        let kept = index::kept(tx, [key.as_str()].into_iter()).await?;
        let digest = part.digest(tx, &owner).await?;
        if kept.get(&key).map_or(EMPTY, |(_, digest)| digest) == digest {
            continue;
        }
        let (incident, subject) = about(&owner);
        let kind = match owner {
            Owner::Incident(_) | Owner::Numbered(..) => "incident",
            Owner::Account(_) => "account",
            Owner::Record => "record",
        };
        let kind = format!("{kind}.{}", part.name);
        let mut event = put_down(tx, &at, &account, &kind, incident, subject, &json!({})).await?;
        event.parts.push((part, owner.clone()));
        tx.pending.push(event);
    }
    Ok(())
}

fn about(owner: &Owner) -> (Option<i64>, &str) {
    match owner {
        Owner::Incident(number) | Owner::Numbered(number, _) => (Some(*number), ""),
        Owner::Account(id) => (None, id),
        Owner::Record => (None, ""),
    }
}

fn changed(pending: &[Pending]) -> BTreeMap<String, Changed> {
    let mut all = BTreeMap::new();
    for (nth, event) in pending.iter().enumerate() {
        let changed =
            |(part, owner): &(&'static Part, Owner)| (part.key(owner), Changed { nth, part, owner: owner.clone() });
        all.extend(event.parts.iter().map(changed));
    }
    all
}

/// The digests of parts as a connection sees them.
async fn digests<'c>(
    conn: &mut Conn,
    changed: &'c BTreeMap<String, Changed>,
) -> Result<HashMap<&'c str, String>, StoreError> {
    let parts: Vec<_> = changed.values().map(|Changed { part, owner, .. }| (*part, owner)).collect();
    Ok(changed.keys().map(String::as_str).zip(part::digests(conn, &parts).await?).collect())
}

/// The digests of parts before this change.
async fn found(committed: AnyPool, changed: &BTreeMap<String, Changed>) -> Result<HashMap<&str, String>, StoreError> {
    if changed.is_empty() {
        return Ok(HashMap::new());
    }
    // Nobody waits for it long: only who holds the log's head takes it, and gives it back here.
    digests(&mut *committed.acquire().await?, changed).await
}

/// Puts down that a part was not as the log says.
async fn tell(tx: &mut Tx, change: &Changed, key: &str, since: Option<i64>) -> Result<(), StoreError> {
    let (incident, subject) = about(&change.owner);
    let event = &tx.pending[change.nth];
    let data = json!({ "part": change.part.label, "key": key, "since": since, "found_by": event.seq });
    tracing::warn!("{key} was changed outside of the log, as event {} found", event.seq);
    let at = event.at.clone();
    let event = put_down(tx, &at, &Viewer::system().account, FOUND_CHANGED, incident, subject, &data).await?;
    tx.pending.push(event);
    Ok(())
}

async fn write(tx: &mut Tx) -> Result<(), StoreError> {
    let pending = std::mem::take(&mut tx.pending);
    let head = sqlx::query("SELECT hash FROM audit_head WHERE id = 1").fetch_one(&mut **tx).await?;
    let mut hash: String = head.try_get("hash")?;
    let mut newest = Vec::new();
    for event in &pending {
        let Pending { seq, at, account, kind, subject, digest, state, .. } = event;
        newest.extend(state.iter().map(|(key, digests)| (key.as_str(), *seq, super::content::left(digests))));
        let state = if state.is_empty() { String::new() } else { json!(state).to_string() };
        hash = link(&hash, *seq, [at, account, kind, subject, digest, &state]);
        let sql = "INSERT INTO audit (seq, at, account, kind, subject, digest, state, hash) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let row = sqlx::query(sql).bind(seq).bind(at).bind(account).bind(kind).bind(subject).bind(digest);
        row.bind(&state).bind(&hash).execute(&mut **tx).await?;
    }
    index::put(tx, &newest).await?;
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1").bind(&hash).execute(&mut **tx).await?;
    Ok(())
}
