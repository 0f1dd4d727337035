//! Evidence of an incident: files as they were stored, under the SHA-256 of their bytes.

mod new_file;

pub use new_file::NewFile;

use crate::incidents::{readable, touch};
use crate::pieces::PackedEvidence;
use crate::retros::{self, Ends};
use crate::{Act, Conn, Store, StoreError, Tx, Viewer, chain, time};
use hindcast_trace::{Evidence, EvidenceId, Stop};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A trace to draft from.
    Trace,
    /// A facts file.
    Facts,
    /// Tool contracts.
    Contracts,
}

impl Kind {
    /// The name in the record and the API.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Trace => "trace",
            Kind::Facts => "facts",
            Kind::Contracts => "contracts",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Kind::Trace, Kind::Facts, Kind::Contracts].into_iter().find(|k| k.name() == name).ok_or(())
    }
}

/// A file linked to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// SHA-256 of its bytes.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Its size.
    pub bytes: i64,
    /// What was masked before it was stored, in words; empty where nothing was.
    pub masked: String,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub added_at: Timestamp,
    /// Its bytes are gone on purpose.
    pub erased: Option<Erased>,
}

/// How evidence went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Who erased it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
}

/// Adds a file to an incident. The same bytes twice are one evidence, of the latest kind. Packs it within the change: who has others waiting for
/// theirs packs before ([`NewFile::pack`]) and calls [`add_all`].
///
/// # Errors
/// [`StoreError::NotFound`] for the incident; [`StoreError::Conflict`] where these bytes were erased from it.
pub async fn add(
    store: &Store,
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    file: &Evidence,
    masked: &str,
) -> Result<(), StoreError> {
    let file = NewFile::pack(file, masked.to_owned(), &Stop::default())?;
    add_all(store, tx, act, number, kind, &[file]).await
}

/// Files of an incident at most, with those that were erased. Adding one reads the list of them while other changes wait.
pub const MOST: i64 = 1000;

/// Adds several files at once.
///
/// # Errors
/// As of [`add`]; [`StoreError::Conflict`] where there would be [more](MOST) than there may be.
pub async fn add_all(
    store: &Store,
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    files: &[NewFile],
) -> Result<(), StoreError> {
    retros::hold(tx, number).await?;
    touch(tx, act, number, None).await?;
    // Bytes that stand there already are held until the change is over. All are held before the log's head, and in one order: who
    // adds the same files elsewhere at the same time would else wait for this one while this one waits for them.
    let mut sorted: Vec<&NewFile> = files.iter().collect();
    sorted.sort_by(|one, other| one.id.cmp(&other.id));
    for file in sorted {
        store.blobs.put(tx, &file.id, &file.packed).await?;
    }
    for file in files {
        put_down(tx, act, number, kind, file).await?;
    }
    let all = sqlx::query("SELECT COUNT(*) AS n FROM evidence WHERE incident = $1").bind(number);
    if all.fetch_one(&mut **tx).await?.try_get::<i64, _>("n")? > MOST {
        return Err(StoreError::Conflict(format!("an incident can have at most {MOST} files: use another incident")));
    }
    // What is due follows a facts file, and the page of a retro in review shows it.
    if kind == Kind::Facts {
        retros::end_review(tx, act, number, Ends::Review, "added a facts file").await?;
    }
    Ok(())
}

async fn put_down(tx: &mut Tx, act: Act<'_>, number: i64, kind: Kind, file: &NewFile) -> Result<(), StoreError> {
    let NewFile { name, bytes, masked, .. } = file;
    let added = sqlx::query(
        "INSERT INTO evidence (incident, id, name, kind, bytes, masked, added_by, added_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (incident, id) DO UPDATE SET kind = excluded.kind \
         WHERE evidence.erased_at IS NULL",
    )
    .bind(number)
    .bind(file.id.to_string())
    .bind(name)
    .bind(kind.name())
    .bind(*bytes)
    .bind(masked)
    .bind(&act.by.account)
    .bind(time::text(act.at))
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Err(StoreError::Conflict(format!("{name} was erased from this incident and is not taken again")));
    }
    let data = json!({ "name": name, "kind": kind.name(), "bytes": bytes, "masked": masked });
    chain::record(tx, act, "evidence.added", Some(number), &file.id.to_string(), &data).await
}

/// The files of an incident, in the order in which they were added.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Item>, StoreError> {
    page(conn, viewer, number, None, i64::MAX).await
}

/// A page of them: those behind a time, an id and a name, where the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    after: Option<(Timestamp, &str, &str)>,
    most: i64,
) -> Result<Vec<Item>, StoreError> {
    const SQL: &str = concat!(
        "SELECT e.id, e.name, e.kind, e.bytes, e.masked, e.added_at, a.name AS who, e.erased_at, e.erased_why, \
         x.name AS eraser FROM evidence e JOIN incident i ON i.number = e.incident LEFT JOIN account a ON a.id = e.added_by \
         LEFT JOIN account x ON x.id = e.erased_by WHERE e.incident = $1 \
         AND (e.added_at > $3 OR (e.added_at = $3 AND (e.name > $4 OR (e.name = $4 AND e.id > $5)))) AND ",
        readable!("$2", "$7"),
        " ORDER BY e.added_at, e.name, e.id LIMIT $6 + 0"
    );
    let (at, id, name) = after.unwrap_or((Timestamp::UNIX_EPOCH, "", ""));
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(time::text(at)).bind(name).bind(id).bind(most);
    rows.bind(viewer.opened()).fetch_all(conn).await?.iter().map(item).collect()
}

fn item(row: &AnyRow) -> Result<Item, StoreError> {
    let kind: String = row.try_get("kind")?;
    let (who, eraser): (Option<String>, Option<String>) = (row.try_get("who")?, row.try_get("eraser")?);
    let erased_at = time::parse_opt(row.try_get("erased_at")?)?;
    let why: Option<String> = row.try_get("erased_why")?;
    let by_name = |name: Option<String>| name.unwrap_or_else(|| Viewer::system().name);
    Ok(Item {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        kind: kind.parse().map_err(|()| StoreError::Corrupt(format!("the kind `{kind}`")))?,
        bytes: row.try_get("bytes")?,
        masked: row.try_get("masked")?,
        added_by: by_name(who),
        added_at: time::parse(row.try_get("added_at")?)?,
        erased: erased_at.map(|at| Erased { by: by_name(eraser), at, why: why.unwrap_or_default() }),
    })
}

/// A file's bytes; `None` where they are not there any more, or are erased from this incident.
///
/// # Errors
/// [`StoreError::NotFound`] also where the viewer may not know of the incident; [`StoreError::DamagedEvidence`] where other bytes are
/// stored than were added.
pub async fn bytes(
    store: &Store,
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    id: &str,
) -> Result<Option<Evidence>, StoreError> {
    let Some((item, known)) = there(conn, viewer, number, id).await? else { return Ok(None) };
    let bytes = store.blobs.get(conn, &known).await?;
    Ok(bytes.map(|bytes| Evidence { id: known, name: item.name, bytes, excerpt: None }))
}

/// How many bytes [`stored`] holds in memory of a file: none of one in a folder.
///
/// # Errors
/// As [`stored`].
pub async fn held_bytes(
    store: &Store,
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    id: &str,
) -> Result<u64, StoreError> {
    match there(conn, viewer, number, id).await? {
        None => Ok(0),
        Some((_, known)) => store.blobs.held(conn, &known).await,
    }
}

/// A file as it is stored, not read yet; `None` where its bytes are erased, or where a table does not have them.
///
/// # Errors
/// [`StoreError::NotFound`] also where the viewer may not know of the incident.
pub async fn stored(
    store: &Store,
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    id: &str,
) -> Result<Option<(Item, PackedEvidence)>, StoreError> {
    let Some((item, known)) = there(conn, viewer, number, id).await? else { return Ok(None) };
    Ok(store.blobs.packed(conn, &known).await?.map(|packed| (item, packed)))
}

/// All files of an incident as they are stored, in the order in which they were added. What is erased, damaged
/// to its name, or not in the table has no bytes.
///
/// # Errors
/// When the database does not answer.
pub async fn all_stored(
    store: &Store,
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
) -> Result<Vec<(Item, Option<PackedEvidence>)>, StoreError> {
    let mut all = Vec::new();
    for item in of(conn, viewer, number).await? {
        let packed = match digest(&item) {
            Ok(id) if item.erased.is_none() => store.blobs.packed(conn, &id).await?,
            _ => None,
        };
        all.push((item, packed));
    }
    Ok(all)
}

fn digest(item: &Item) -> Result<EvidenceId, StoreError> {
    item.id.parse().map_err(|_| StoreError::Corrupt(format!("the digest `{}`", item.id)))
}

/// A file that is not erased.
async fn there(
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    id: &str,
) -> Result<Option<(Item, EvidenceId)>, StoreError> {
    let items = of(conn, viewer, number).await?;
    let item = items.into_iter().find(|i| i.id == id).ok_or(StoreError::NotFound("evidence"))?;
    if item.erased.is_some() {
        return Ok(None);
    }
    let known = digest(&item)?;
    Ok(Some((item, known)))
}
