//! The audit log against itself: whole, in its order, and each event as it was put down.

use super::content::Log;
use super::damage::attempt;
use super::verify::{Audit, TOLD};
use super::{about, hex, link};
use crate::{Conn, StoreError};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Rows fetched at once.
const PAGE: i64 = 1000;

/// A row of the log with its event.
struct Line {
    at: String,
    account: String,
    kind: String,
    subject: String,
    digest: String,
    state: String,
    hash: String,
    event: Option<Told>,
}

/// An event as people read it.
struct Told {
    at: String,
    account: String,
    kind: String,
    about: String,
    data: String,
}

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let told = |data: String| -> Result<Told, StoreError> {
        let about = about(row.try_get("incident")?, &text("e_subject")?);
        Ok(Told { at: text("e_at")?, account: text("e_account")?, kind: text("e_kind")?, about, data })
    };
    Ok(Line {
        at: text("at")?,
        account: text("account")?,
        kind: text("kind")?,
        subject: text("subject")?,
        digest: text("digest")?,
        state: text("state")?,
        hash: text("hash")?,
        event: row.try_get::<Option<String>, _>("data")?.map(told).transpose()?,
    })
}

impl Line {
    fn is_told(&self, event: &Told) -> bool {
        hex(&Sha256::digest(event.data.as_bytes())) == self.digest
            && (&event.at, &event.account, &event.kind, &event.about)
                == (&self.at, &self.account, &self.kind, &self.subject)
    }
}

/// A check under way.
struct Check<'a> {
    audit: Audit,
    log: Log,
    kept: Option<(i64, &'a str)>,
    /// The hash of the row before; `None` behind a row that cannot be read.
    before: Option<String>,
}

impl Check<'_> {
    fn fault(&mut self, fault: String) {
        self.audit.faults.push(fault);
    }

    fn take(&mut self, row: &AnyRow) {
        let Ok(seq) = row.try_get::<i64, _>("seq") else {
            return self.fault("a row of the table `audit` has no number".to_owned());
        };
        match line(row) {
            Ok(line) => self.check(seq, &line),
            Err(why) => self.unreadable(seq, &why.to_string()),
        }
    }

    fn next(&mut self, seq: i64) {
        if seq != self.audit.rows + 1 {
            self.fault(format!("rows {} to {} are missing", self.audit.rows + 1, seq - 1));
        }
        self.audit.rows = seq;
    }

    fn unreadable(&mut self, seq: i64, why: &str) {
        self.next(seq);
        self.log.unread.push(seq);
        self.before = None;
        self.fault(format!("row {seq} of the tables `audit` and `event` cannot be read: {why}"));
    }

    fn check(&mut self, seq: i64, line: &Line) {
        self.next(seq);
        let Line { at, account, kind, subject, digest, state, hash, event } = line;
        if !self.log.take(seq, kind, subject, state) {
            self.fault(format!("the digests of row {seq} cannot be read"));
        }
        if let Some(before) = &self.before
            && link(before, seq, [at, account, kind, subject, digest, state]) != *hash
        {
            self.fault(format!("row {seq} was changed, or the one before it"));
        }
        match event {
            Some(event) if line.is_told(event) => {}
            Some(_) => self.fault(format!("the event of row {seq} is not the one that was put down")),
            None => self.fault(format!("the event of row {seq} is gone")),
        }
        if self.kept.is_some_and(|(row, kept)| row == seq && kept != hash) {
            self.fault(format!("row {seq} is not the one that was kept: the log was written anew"));
        }
        self.before = Some(hash.clone());
    }
}

const ROWS: &str = "SELECT a.seq, a.at, a.account, a.kind, a.subject, a.digest, a.state, a.hash, \
    e.at AS e_at, e.account AS e_account, e.kind AS e_kind, e.incident, e.subject AS e_subject, e.data \
    FROM audit a LEFT JOIN event e ON e.seq = a.seq WHERE a.seq > $1 AND a.seq <= $2 ORDER BY a.seq LIMIT $3 + 0";

async fn page(conn: &mut Conn, after: i64, last: i64) -> Result<Vec<AnyRow>, StoreError> {
    Ok(sqlx::query(ROWS).bind(after).bind(last).bind(PAGE).fetch_all(conn).await?)
}

/// Checks the log against itself.
pub(super) async fn itself(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<(Audit, Log), StoreError> {
    let mut check = Check { audit: Audit::default(), log: Log::default(), kept, before: Some(String::new()) };
    let head = attempt(conn, async |conn| {
        let row = sqlx::query("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_optional(conn).await?;
        row.map(|row| Ok((row.try_get::<i64, _>("seq")?, row.try_get::<String, _>("hash")?))).transpose()
    });
    let head = match head.await? {
        Ok(None) => Err("its row is missing".to_owned()),
        Ok(Some(head)) => Ok(head),
        Err(why) => Err(why),
    };
    let last = match &head {
        Ok((last, _)) => *last,
        Err(why) => {
            check.fault(format!("the head of the log cannot be read (table `audit_head`): {why}"));
            let newest = attempt(conn, async |conn| {
                let row = sqlx::query("SELECT COALESCE(MAX(seq), 0) AS last FROM audit").fetch_one(conn).await?;
                Ok(row.try_get::<i64, _>("last")?)
            });
            newest.await?.unwrap_or(i64::MAX)
        }
    };
    while check.audit.faults.len() < TOLD {
        let after = check.audit.rows;
        match attempt(conn, async |conn| page(conn, after, last).await).await? {
            Ok(rows) if rows.is_empty() => break,
            Ok(rows) => rows.iter().for_each(|row| check.take(row)),
            Err(why) if after < last => one_by_one(conn, &mut check, last, &why).await?,
            Err(_) => break,
        }
    }
    let Check { mut audit, log, before, .. } = check;
    if let Some((row, _)) = kept.filter(|(row, _)| *row > audit.rows && audit.faults.len() < TOLD) {
        audit.faults.push(format!("the log ends at row {}, and row {row} was kept", audit.rows));
    }
    audit.hash = before.unwrap_or_default();
    if let Ok((last, hash)) = &head {
        if audit.faults.is_empty() && (audit.rows != *last || audit.hash != *hash) {
            audit.faults.push(format!("the log ends at row {}, but {last} were written", audit.rows));
        }
        let counted = attempt(conn, async |conn| {
            let sql = "SELECT (SELECT COUNT(*) FROM audit) AS logged, (SELECT COUNT(*) FROM event) AS told";
            let row = sqlx::query(sql).fetch_one(conn).await?;
            Ok((row.try_get::<i64, _>("logged")?, row.try_get::<i64, _>("told")?))
        });
        // Where it cannot be counted, rows that cannot be read were told.
        if let Ok((logged, told)) = counted.await?
            && (logged > *last || told > *last)
        {
            audit.faults.push(format!(
                "there are {logged} rows and {told} events: more rows than were written, which are {last}"
            ));
        }
    }
    audit.faults.truncate(TOLD);
    Ok((audit, log))
}

/// The rows of a page that cannot be read as a whole.
async fn one_by_one(conn: &mut Conn, check: &mut Check<'_>, last: i64, why: &str) -> Result<(), StoreError> {
    let first = check.audit.rows + 1;
    for seq in first..=last.min(first.saturating_add(PAGE - 1)) {
        if check.audit.faults.len() >= TOLD {
            return Ok(());
        }
        match attempt(conn, async |conn| page(conn, seq - 1, seq).await).await? {
            Ok(rows) => rows.iter().for_each(|row| check.take(row)),
            Err(why) => check.unreadable(seq, &why),
        }
    }
    if check.audit.rows < first {
        // No row of it is there: nothing leads on from here.
        check.fault(format!("rows of the table `audit` from {first} on cannot be read: {why}"));
        check.audit.rows = last;
        check.log.unread.push(last);
        check.before = None;
    }
    Ok(())
}
