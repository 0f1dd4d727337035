//! Parts of the record that the audit log covers, and the digest of each: of the rows that it consists of, whatever their order.

use super::hex;
use crate::{Conn, StoreError};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Any, Row};

/// What a part belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An incident.
    Incident(i64),
    /// A revision of an incident's retro.
    Revision(i64, i64),
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
    /// The rows of one owner.
    one: &'static str,
    /// The rows of all owners, each behind its owner, those of one owner in succession.
    pub all: &'static str,
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
            one: concat!("SELECT ", $columns, " FROM ", $table, " AND ", $one),
            all: concat!("SELECT CAST(", $owner, " AS TEXT) AS owner, ", $columns, " FROM ", $table, " ORDER BY 1"),
        };)*
        /// Every part.
        pub(super) const ALL: &[&Part] = &[$($constant),*];
    };
}

// Numbers are taken as texts, so that both databases give the same. The table stands with the condition under which a row counts.
parts! {
    WORDS: "INC-", "words", "title, agent, summary, ticket or origin", "incident WHERE 1 = 1", "number", "number = $1",
        "title, agent, summary, ticket, created_by, created_at";
    SEVERITY: "INC-", "severity", "severity", "incident WHERE 1 = 1", "number", "number = $1",
        "CAST(severity AS TEXT), severity_reason, CAST(duties AS TEXT)";
    DECISIONS: "INC-", "decisions", "decisions on severity", "incident_severity WHERE 1 = 1", "incident", "incident = $1",
        "CAST(nth AS TEXT), CAST(level AS TEXT), reason, account, at";
    STATUS: "INC-", "status", "status", "incident WHERE 1 = 1", "number", "number = $1", "status";
    RESTRICTED: "INC-", "restricted", "restriction", "incident WHERE 1 = 1", "number", "number = $1", "CAST(restricted AS TEXT)";
    RESPONSE: "INC-", "response", "first response", "incident WHERE 1 = 1", "number", "number = $1",
        "first_response_by, first_response_at";
    PEOPLE: "INC-", "people", "lead or other people", "incident_person WHERE 1 = 1", "incident", "incident = $1", "account, duty";
    TIMES: "INC-", "times", "times", "incident_moment WHERE 1 = 1", "incident", "incident = $1", "point, at, source, by_name";
    DEADLINES: "INC-", "deadlines", "deadlines", "deadline WHERE 1 = 1", "incident", "incident = $1",
        "what, due_at, due_text, explanation, met_at";
    TAGS: "INC-", "tags", "tags", "incident_tag WHERE 1 = 1", "incident", "incident = $1", "tag";
    RECURRENCES: "INC-", "recurrences", "recurrences", "recurrence WHERE 1 = 1", "incident", "incident = $1",
        "CAST(earlier AS TEXT), reason, account, at";
    EVIDENCE: "INC-", "evidence", "list of evidence", "evidence WHERE 1 = 1", "incident", "incident = $1",
        "id, name, kind, CAST(bytes AS TEXT), masked, added_by, added_at, erased_at, erased_by, erased_why";
    TEXT: "INC-", "text", "retro text, findings or leads", "retro WHERE 1 = 1", "incident", "incident = $1", "draft";
    SECTIONS: "INC-", "sections", "section editors", "retro_section WHERE 1 = 1", "incident", "incident = $1",
        "section, CAST(version AS TEXT), edited_by, edited_at";
    APPROVAL: "INC-", "approval", "retro state, reviewer or approver", "retro WHERE 1 = 1", "incident", "incident = $1",
        "state, CAST(revision AS TEXT), submitted_by, submitted_at, approved_by, approved_at";
    APPROVED_TEXT: "INC-", "approved_text", "approved text", "retro WHERE state = 'approved'", "incident", "incident = $1", "draft";
    REVISION: "INC-", "revision", "revision", "retro_revision WHERE 1 = 1",
        "(CAST(incident AS TEXT) || '/' || CAST(revision AS TEXT))", "incident = $1 AND revision = $2",
        "change, reason, account, at, draft";
    WAIVERS: "INC-", "waivers", "waivers", "waiver WHERE 1 = 1", "incident", "incident = $1", "rule, reason, faults, account, at";
    ACTIONS: "INC-", "actions", "action items", "action WHERE 1 = 1", "incident", "incident = $1",
        "id, category, title, owner, due, question, finding, verification, CAST(live AS TEXT)";
    // What nobody touched yet is left out, so that a change of the retro, which adds rows, is none of this. Such a row has nothing in these columns.
    ACTION_STATES: "INC-", "action_states", "states of action items", "action WHERE (state <> 'open' OR returned <> 0 OR proof_kind IS NOT NULL \
        OR proof_reference IS NOT NULL OR waiver IS NOT NULL OR closed_by IS NOT NULL OR closed_at IS NOT NULL)", "incident",
        "incident = $1", "id, state, proof_kind, proof_reference, waiver, closed_by, closed_at, CAST(returned AS TEXT)";
    AFFECTED: "INC-", "affected", "affected customers", "affected WHERE 1 = 1", "incident", "incident = $1",
        "CAST(nth AS TEXT), session, customer, at, quote, status, owner, note";
    EMERGENCY: "INC-", "emergency_access", "emergency access", "emergency_access WHERE 1 = 1", "incident", "incident = $1",
        "CAST(id AS TEXT), account, reason, opened_at, expires_at, ended_at, ended_by, ending";
    NAME: "account ", "name", "name or email address", "account WHERE 1 = 1", "id", "id = $1", "email, name, created_at";
    ROLE: "account ", "role", "role", "account WHERE 1 = 1", "id", "id = $1", "role";
    PASSWORD: "account ", "password", "password", "account WHERE 1 = 1", "id", "id = $1", "password_hash";
    STANDING: "account ", "standing", "deactivation", "account WHERE 1 = 1", "id", "id = $1", "disabled_at";
    // Without the time of the last use.
    LOGINS: "account ", "logins", "browser sessions", "login WHERE 1 = 1", "account", "account = $1",
        "id, token_hash, device, created_at, expires_at, means";
    TOKENS: "account ", "tokens", "API tokens", "api_token WHERE 1 = 1", "account", "account = $1",
        "id, name, token_hash, scopes, created_at, expires_at, revoked_at";
    IDENTITIES: "account ", "identities", "links with a sign-in provider", "identity WHERE 1 = 1", "account", "account = $1",
        "issuer, subject, linked_at";
    // Without the step, which every use of a code moves on.
    SECOND_FACTOR: "account ", "second_factor", "second factor", "second_factor WHERE confirmed_at IS NOT NULL", "account", "account = $1",
        "secret, confirmed_at";
    RECOVERY_CODES: "account ", "recovery_codes", "recovery codes", "recovery_code WHERE 1 = 1", "account", "account = $1",
        "code_hash, created_at, used_at";
    INVITATIONS: "", "invitations", "invitations", "invitation WHERE 1 = 1", "''", "1 = 1",
        "token_hash, purpose, account, role, created_by, created_at, expires_at, used_at";
    NEAR_MISSES: "", "near_misses", "near-miss reviews", "near_miss_review WHERE 1 = 1", "''", "1 = 1",
        "CAST(incident AS TEXT), account, at, note";
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
            Owner::Revision(number, revision) => self.key_of(&format!("{number}/{revision}")),
            Owner::Account(id) => self.key_of(id),
            Owner::Record => self.key_of(""),
        }
    }

    /// The same, with the owner as [`Part::all`] gives it.
    pub fn key_of(&self, owner: &str) -> String {
        format!("{}{owner}/{}", self.prefix, self.name)
    }

    /// The digest of one owner's part as it is now.
    pub async fn digest(&self, conn: &mut Conn, owner: &Owner) -> Result<String, StoreError> {
        let sql = sqlx::query::<Any>(self.one);
        let sql = match owner {
            Owner::Incident(number) => sql.bind(*number),
            Owner::Revision(number, revision) => sql.bind(*number).bind(*revision),
            Owner::Account(id) => sql.bind(id.clone()),
            Owner::Record => sql,
        };
        let rows = sql.fetch_all(conn).await?;
        Ok(of_rows(rows.iter().map(|row| of_row(row, 0)).collect()))
    }

    /// The owner, from how [`Part::all`] gives it.
    pub fn owner(&self, owner: &str) -> Option<Owner> {
        match self.prefix {
            "" => Some(Owner::Record),
            ACCOUNT => Some(Owner::Account(owner.to_owned())),
            _ => match owner.split_once('/') {
                Some((number, revision)) => Some(Owner::Revision(number.parse().ok()?, revision.parse().ok()?)),
                None => Some(Owner::Incident(owner.parse().ok()?)),
            },
        }
    }

    /// The table that its rows are in.
    pub fn table(&self) -> &'static str {
        self.rows.split(' ').next().unwrap_or_default()
    }

    /// True for the parts that one owner has several of, each under a key of its own.
    pub fn is_revision(&self) -> bool {
        self.name == REVISION.name
    }
}

/// What stands before an account in the log.
pub(super) const ACCOUNT: &str = "account ";

fn put(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

/// The digest of a row's columns from one on; each with its length, so that no two rows read alike. The program writes texts alone; what else
/// SQLite lets somebody put there gives another digest.
pub(super) fn of_row(row: &AnyRow, from: usize) -> [u8; 32] {
    let mut hash = Sha256::new();
    for column in from..row.len() {
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
