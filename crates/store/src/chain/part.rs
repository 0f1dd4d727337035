//! Parts of the record that the audit log covers, and the digest of each: of the rows that it consists of, whatever their order.

use super::hex;
use crate::{Conn, StoreError};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row};
use std::fmt::Write as _;

/// What a part belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An incident.
    Incident(i64),
    /// One of several that an incident has: a revision of its retro, or a block of its affected customers or its decisions on severity.
    Numbered(i64, i64),
    /// An account.
    Account(String),
    /// The record as a whole.
    Record,
}

/// A part of the record.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its name in the log.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What stands before the owner in the log.
    pub prefix: &'static str,
    /// The table, with the condition under which a row counts.
    rows: &'static str,
    /// What its digest is made of, separated by commas.
    columns: &'static str,
    /// The condition for the rows of one owner.
    one: &'static str,
    /// The rows of all owners, each behind its owner, those of one owner in succession.
    pub all: &'static str,
}

/// The parts that an incident has several of.
pub(super) const NUMBERED: [&Part; 3] = [REVISION, AFFECTED, DECISIONS];

/// Affected customers of one part.
const BLOCK: i64 = 500;

/// The number of the part that a place in an incident's list of affected customers belongs to.
pub(crate) fn affected_block(nth: i64) -> i64 {
    (nth - 1) / BLOCK
}

/// Decisions on severity of one part.
const DECISION_BLOCK: i64 = 50;

/// The number of the part that a decision on an incident's severity belongs to.
pub(crate) fn decision_block(nth: i64) -> i64 {
    (nth - 1) / DECISION_BLOCK
}

/// The digest of a part without rows.
pub(super) const EMPTY: &str = "-";

macro_rules! parts {
    ($($constant:ident: $prefix:literal, $name:literal, $label:literal, $table:literal, $owner:literal, $one:literal, $columns:literal;)*) => {
        $(pub(crate) const $constant: &Part = &Part {
            name: $name,
            label: $label,
            prefix: $prefix,
            rows: $table,
            columns: $columns,
            one: $one,
            all: concat!("SELECT CAST(", $owner, " AS TEXT) AS owner, ", $columns, " FROM ", $table, " ORDER BY 1"),
        };)*
        /// Every part.
        pub(super) const ALL: &[&Part] = &[$($constant),*];
    };
}

// Numbers are taken as texts, so that both databases give the same. The table stands with the condition under which a row counts;
// `{}` stands for the owner.
parts! {
    WORDS: "INC-", "words", "title, agent, summary, ticket or origin", "incident WHERE 1 = 1", "number", "number = {}",
        "title, agent, summary, ticket, created_by, created_at";
    SEVERITY: "INC-", "severity", "severity", "incident WHERE 1 = 1", "number", "number = {}",
        "CAST(severity AS TEXT), severity_reason, CAST(duties AS TEXT)";
    // In blocks: an incident may have any number of them. Earlier versions had one part, `decisions`.
    DECISIONS: "INC-", "decision_block", "decisions on severity", "incident_severity WHERE 1 = 1",
        "(CAST(incident AS TEXT) || '/' || CAST((nth - 1) / 50 AS TEXT))", "incident = {} AND nth > 50 * {} AND nth <= 50 * {} + 50",
        "CAST(nth AS TEXT), CAST(level AS TEXT), reason, account, at";
    STATUS: "INC-", "status", "status", "incident WHERE 1 = 1", "number", "number = {}", "status";
    RESTRICTED: "INC-", "restricted", "restriction", "incident WHERE 1 = 1", "number", "number = {}", "CAST(restricted AS TEXT)";
    RESPONSE: "INC-", "response", "first response", "incident WHERE 1 = 1", "number", "number = {}",
        "first_response_by, first_response_at";
    PEOPLE: "INC-", "people", "lead or other people", "incident_person WHERE 1 = 1", "incident", "incident = {}", "account, duty";
    TIMES: "INC-", "times", "times", "incident_moment WHERE 1 = 1", "incident", "incident = {}", "point, at, source, by_name";
    DEADLINES: "INC-", "deadlines", "deadlines", "deadline WHERE 1 = 1", "incident", "incident = {}",
        "what, due_at, due_text, explanation, met_at";
    TAGS: "INC-", "tags", "tags", "incident_tag WHERE 1 = 1", "incident", "incident = {}", "tag";
    RECURRENCES: "INC-", "recurrences", "recurrences", "recurrence WHERE 1 = 1", "incident", "incident = {}",
        "CAST(earlier AS TEXT), reason, account, at";
    EVIDENCE: "INC-", "evidence", "list of evidence", "evidence WHERE 1 = 1", "incident", "incident = {}",
        "id, name, kind, CAST(bytes AS TEXT), masked, added_by, added_at, erased_at, erased_by, erased_why";
    TEXT: "INC-", "text", "retro text, findings or leads", "retro WHERE 1 = 1", "incident", "incident = {}", "draft";
    SECTIONS: "INC-", "sections", "section editors", "retro_section WHERE 1 = 1", "incident", "incident = {}",
        "section, CAST(version AS TEXT), edited_by, edited_at";
    APPROVAL: "INC-", "approval", "retro state, reviewer or approver", "retro WHERE 1 = 1", "incident", "incident = {}",
        "state, CAST(revision AS TEXT), submitted_by, submitted_at, approved_by, approved_at";
    APPROVED_TEXT: "INC-", "approved_text", "approved text", "retro WHERE state = 'approved'", "incident", "incident = {}", "draft";
    REVISION: "INC-", "revision", "revision", "retro_revision WHERE 1 = 1",
        "(CAST(incident AS TEXT) || '/' || CAST(revision AS TEXT))", "incident = {} AND revision = {}",
        "change, reason, account, at, draft";
    WAIVERS: "INC-", "waivers", "waivers", "waiver WHERE 1 = 1", "incident", "incident = {}", "rule, reason, faults, account, at";
    ACTIONS: "INC-", "actions", "action items", "action WHERE 1 = 1", "incident", "incident = {}",
        "id, category, title, owner, due, question, finding, verification, CAST(live AS TEXT)";
    // What nobody touched yet is left out, so that a change of the retro, which adds rows, is none of this. Such a row has nothing in these columns.
    ACTION_STATES: "INC-", "action_states", "states of action items", "action WHERE (state <> 'open' OR returned <> 0 OR proof_kind IS NOT NULL \
        OR proof_reference IS NOT NULL OR waiver IS NOT NULL OR closed_by IS NOT NULL OR closed_at IS NOT NULL)", "incident",
        "incident = {}", "id, state, proof_kind, proof_reference, waiver, closed_by, closed_at, CAST(returned AS TEXT)";
    // In blocks, so that a change of one entry does not read a list of thousands while others wait. Earlier versions had one part, `affected`.
    AFFECTED: "INC-", "affected_block", "affected customers", "affected WHERE 1 = 1",
        "(CAST(incident AS TEXT) || '/' || CAST((nth - 1) / 500 AS TEXT))", "incident = {} AND nth > 500 * {} AND nth <= 500 * {} + 500",
        "CAST(nth AS TEXT), session, customer, at, quote, status, owner, note";
    // Of each incident: there are more of them every month. Earlier versions had one part for all, `near_misses`.
    NEAR_MISS: "INC-", "near_miss", "near-miss review", "near_miss_review WHERE 1 = 1", "incident", "incident = {}", "account, at, note";
    EMERGENCY: "INC-", "emergency_access", "emergency access", "emergency_access WHERE 1 = 1", "incident", "incident = {}",
        "CAST(id AS TEXT), account, reason, opened_at, expires_at, ended_at, ended_by, ending";
    NAME: "account ", "name", "name or email address", "account WHERE 1 = 1", "id", "id = {}", "email, name, created_at";
    ROLE: "account ", "role", "role", "account WHERE 1 = 1", "id", "id = {}", "role";
    PASSWORD: "account ", "password", "password", "account WHERE 1 = 1", "id", "id = {}", "password_hash";
    STANDING: "account ", "standing", "deactivation", "account WHERE 1 = 1", "id", "id = {}", "disabled_at";
    // Without the time of the last use.
    LOGINS: "account ", "logins", "browser sessions", "login WHERE 1 = 1", "account", "account = {}",
        "id, token_hash, device, created_at, expires_at, means";
    TOKENS: "account ", "tokens", "API tokens", "api_token WHERE 1 = 1", "account", "account = {}",
        "id, name, token_hash, scopes, created_at, expires_at, revoked_at";
    IDENTITIES: "account ", "identities", "links with a sign-in provider", "identity WHERE 1 = 1", "account", "account = {}",
        "issuer, subject, linked_at";
    // Without the step, which every use of a code moves on.
    SECOND_FACTOR: "account ", "second_factor", "second factor", "second_factor WHERE confirmed_at IS NOT NULL", "account", "account = {}",
        "secret, confirmed_at";
    RECOVERY_CODES: "account ", "recovery_codes", "recovery codes", "recovery_code WHERE 1 = 1", "account", "account = {}",
        "code_hash, created_at, used_at";
    INVITATIONS: "", "invitations", "invitations", "invitation WHERE 1 = 1", "''", "1 = 1",
        "token_hash, purpose, account, role, created_by, created_at, expires_at, used_at";
    // An invitation is withdrawn by its ID, which the digests of the part above are without: those of records that exist would not match any more. The ID is
    // the beginning of the hash, so that only one that is not is a row here.
    INVITATION_IDS: "", "invitation_ids", "IDs of invitations", "invitation WHERE id <> substr(token_hash, 1, 32)", "''", "1 = 1", "token_hash, id";
    NEAR_MISS_MONTHS: "", "near_miss_months", "near-miss reviews by month", "near_miss_month WHERE 1 = 1", "''", "1 = 1",
        "month, account, at, note";
    MASKING_KEY: "", "masking_key", "masking key", "setting WHERE name = 'redaction_key'", "''", "1 = 1", "value";
    DEMO_ACCOUNTS: "", "demo_accounts", "accounts of the examples", "setting WHERE name = 'demo_accounts'", "''", "1 = 1", "value";
}

impl Part {
    /// What the log knows an owner's part by, such as `INC-12/status`.
    pub fn key(&self, owner: &Owner) -> String {
        match owner {
            Owner::Incident(number) => self.key_of(&number.to_string()),
            Owner::Numbered(number, revision) => self.key_of(&format!("{number}/{revision}")),
            Owner::Account(id) => self.key_of(id),
            Owner::Record => self.key_of(""),
        }
    }

    /// The same, with the owner as [`Part::all`] gives it.
    pub fn key_of(&self, owner: &str) -> String {
        format!("{}{owner}/{}", self.prefix, self.name)
    }

    /// The digest of one owner's part as it is now.
    pub async fn digest(&'static self, conn: &mut Conn, owner: &Owner) -> Result<String, StoreError> {
        let digest = digests(conn, &[(self, owner)]).await?.pop();
        digest.ok_or_else(|| StoreError::Corrupt("a part without a digest".to_owned()))
    }

    /// How many columns its digest is made of. Those of calls have one argument and a type, without commas.
    fn width(&self) -> usize {
        self.columns.split(',').count()
    }

    /// The owner, from how [`Part::all`] gives it.
    pub fn owner(&self, owner: &str) -> Option<Owner> {
        match self.prefix {
            "" => Some(Owner::Record),
            ACCOUNT => Some(Owner::Account(owner.to_owned())),
            _ => match owner.split_once('/') {
                Some((number, revision)) => Some(Owner::Numbered(number.parse().ok()?, revision.parse().ok()?)),
                None => Some(Owner::Incident(owner.parse().ok()?)),
            },
        }
    }

    /// The table that its rows are in.
    pub fn table(&self) -> &'static str {
        self.rows.split(' ').next().unwrap_or_default()
    }

    /// True for the parts that an incident has several of, each under a key of its own.
    pub fn is_numbered(&self) -> bool {
        NUMBERED.iter().any(|part| part.name == self.name)
    }
}

/// Parts that one statement reads at most.
const AT_ONCE: usize = 50;

/// The digests of several parts, in their order. A statement reads many of them: on PostgreSQL each one takes a round trip.
pub(super) async fn digests(conn: &mut Conn, parts: &[(&'static Part, &Owner)]) -> Result<Vec<String>, StoreError> {
    digests_by(conn, parts, AT_ONCE).await
}

async fn digests_by(
    conn: &mut Conn,
    parts: &[(&'static Part, &Owner)],
    at_once: usize,
) -> Result<Vec<String>, StoreError> {
    let mut all = Vec::with_capacity(parts.len());
    for some in parts.chunks(at_once) {
        let (sql, bound) = statement(some);
        // Only the texts of the table above and numbers of parameters are put into the statement.
        let mut query = sqlx::query::<Any>(AssertSqlSafe(sql));
        for value in bound {
            query = match value {
                Bound::Number(number) => query.bind(number),
                Bound::Text(text) => query.bind(text.to_owned()),
            };
        }
        let mut rows: Vec<Vec<[u8; 32]>> = vec![Vec::new(); some.len()];
        let mut all_rows = query.fetch(&mut *conn);
        while let Some(row) = all_rows.try_next().await? {
            let nth: i64 = row.try_get(0)?;
            let of = usize::try_from(nth).ok().filter(|nth| *nth < some.len());
            let of = of.ok_or_else(|| StoreError::Corrupt("a row of no part".to_owned()))?;
            rows[of].push(of_row(&row, 1..=some[of].0.width()));
        }
        all.extend(rows.into_iter().map(of_rows));
    }
    Ok(all)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound<'o> {
    Number(i64),
    Text(&'o str),
}

/// A statement for the rows of several parts, each row behind the number of its part, and what is bound to it. Narrow rows are filled up.
fn statement<'o>(parts: &[(&'static Part, &'o Owner)]) -> (String, Vec<Bound<'o>>) {
    let widest = parts.iter().map(|(part, _)| part.width()).max().unwrap_or_default();
    let (mut sql, mut bound) = (String::new(), Vec::new());
    let mut parameter = |value: Bound<'o>| {
        let nth = bound.iter().position(|b| *b == value).unwrap_or_else(|| {
            bound.push(value);
            bound.len() - 1
        });
        format!("${}", nth + 1)
    };
    for (nth, (part, owner)) in parts.iter().enumerate() {
        let condition = match owner {
            Owner::Incident(number) => part.one.replace("{}", &parameter(Bound::Number(*number))),
            Owner::Numbered(number, revision) => {
                let condition = part.one.replacen("{}", &parameter(Bound::Number(*number)), 1);
                condition.replace("{}", &parameter(Bound::Number(*revision)))
            }
            Owner::Account(id) => part.one.replace("{}", &parameter(Bound::Text(id))),
            Owner::Record => part.one.to_owned(),
        };
        let union = if nth == 0 { "" } else { " UNION ALL " };
        let Part { columns, rows, .. } = part;
        // PostgreSQL takes the types from the first part.
        let filler = ", CAST(NULL AS TEXT)".repeat(widest - part.width());
        write!(sql, "{union}SELECT CAST({nth} AS BIGINT), {columns}{filler} FROM {rows} AND {condition}").ok();
    }
    (sql, bound)
}

/// What stands before an account in the log.
pub(super) const ACCOUNT: &str = "account ";

fn put(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

/// The digest of some of a row's columns; each with its length, so that no two rows read alike. The program writes texts alone; what else
/// SQLite lets somebody put there gives another digest.
pub(super) fn of_row(row: &AnyRow, columns: impl Iterator<Item = usize>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for column in columns {
        if let Ok(text) = row.try_get::<Option<&str>, _>(column) {
            match text {
                None => hash.update([0]),
                Some(text) => put(&mut hash, 1, text.as_bytes()),
            }
        } else if let Ok(bytes) = row.try_get::<&[u8], _>(column) {
            put(&mut hash, 2, bytes);
        } else if let Ok(number) = row.try_get::<i64, _>(column) {
            put(&mut hash, 3, &number.to_be_bytes());
        } else {
            put(&mut hash, 4, &row.try_get::<f64, _>(column).unwrap_or_default().to_be_bytes());
        }
    }
    hash.finalize().into()
}

/// The digest of a part from those of its rows. They are sorted here: databases differ in how they order texts.
pub(super) fn of_rows(mut rows: Vec<[u8; 32]>) -> String {
    if rows.is_empty() {
        return EMPTY.to_owned();
    }
    rows.sort_unstable();
    hex(&Sha256::digest(rows.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incidents::{self, Details, New};
    use crate::{Act, Place, Store, Viewer, accounts, retros};
    use hindcast_retro::record::people::Role;
    use std::time::{Duration, Instant};

    /// A part of each kind, read together, one by one, and as verification reads the parts of all owners.
    async fn agree(store: &Store) {
        let system = Viewer::system();
        let act = Act { by: &system, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
        let mut numbers = Vec::new();
        for name in ["ada", "ben"] {
            let mut tx = store.begin().await.expect("begins");
            let (email, role) = (format!("{name}@example.com"), Role::Approver);
            let new = accounts::New { id: name, email: &email, name, role, password_hash: "x" };
            accounts::create(&mut tx, act, &new).await.expect("creates");
            let details = Details { title: name.to_owned(), summary: "\u{1f600}".repeat(3), ..Details::default() };
            let new = New { details, severity: Some(2), severity_reason: "reason".to_owned(), restricted: false };
            let number = incidents::create(&mut tx, act, &new).await.expect("opens");
            for tag in ["voice", "refund"] {
                incidents::add_tag(&mut tx, act, number, tag).await.expect("tags");
            }
            retros::create(&mut tx, act, number, "{}").await.expect("drafts");
            tx.commit().await.expect("commits");
            numbers.push(number);
        }
        let owners: Vec<Owner> = ALL
            .iter()
            .map(|part| match part.prefix {
                "" => Owner::Record,
                ACCOUNT => Owner::Account("ben".to_owned()),
                _ if part.is_numbered() => Owner::Numbered(numbers[1], 1),
                _ => Owner::Incident(numbers[1]),
            })
            .collect();
        let parts: Vec<_> = ALL.iter().copied().zip(&owners).collect();
        let mut conn = store.reader().await.expect("reads");
        let together = digests(&mut conn, &parts).await.expect("reads");
        assert_eq!(together, digests_by(&mut conn, &parts, 1).await.expect("reads"));
        for ((part, owner), digest) in parts.iter().zip(&together) {
            let all = super::super::content::now(&mut conn, part).await.expect("reads");
            let of_all = all.iter().find(|(name, _)| part.key_of(name) == part.key(owner)).map(|(_, digest)| digest);
            assert_eq!(digest, of_all.map_or(EMPTY, String::as_str), "{}", part.key(owner));
        }
        assert!(together.iter().filter(|digest| *digest != EMPTY).count() > 12, "{together:?}");
        let mut took = [Duration::ZERO; 2];
        for nth in 0..40 {
            let begun = Instant::now();
            digests_by(&mut conn, &parts, if nth % 2 == 0 { 1 } else { AT_ONCE }).await.expect("reads");
            took[nth % 2] += begun.elapsed();
        }
        println!("20 times {} parts, one by one and together: {took:?}", parts.len());
    }

    #[tokio::test]
    async fn parts_have_the_same_digests_however_they_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        agree(&Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens")).await;
        if let Some(url) = hindcast_testdb::database("parts").await {
            agree(&Store::open(&Place::Postgres(url)).await.expect("opens")).await;
        }
    }
}
