//! The record against the log: every part that an event vouched for has to be as the last such event left it.

use super::damage::attempt;
use super::kinds::{COVERAGE_BEGAN, CREATED, OPENED, begins_key};
use super::part::{self, EMPTY, Part, REVISION};
use crate::{Conn, StoreError};
use futures_util::TryStreamExt;
use sqlx::{Any, Row};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What the log says of the record.
#[derive(Default)]
pub(super) struct Log {
    /// Each part by its key: the last event that vouched for it, and its digest then.
    parts: HashMap<String, (i64, String)>,
    /// Incidents and accounts that an event began, as parts name their owners (`INC-3`), each with whether that event vouched for it.
    begun: HashMap<String, bool>,
    /// The event that added a file, by its incident and digest (`INC-3 5f…`).
    files: HashMap<String, i64>,
    /// Parts that an event found otherwise than the log said, the first few.
    outside: Vec<Outside>,
    /// True once an event vouched for what no other one did.
    coverage_began: bool,
    /// The first event that vouched for anything.
    pub first: Option<i64>,
    /// Rows that cannot be read.
    pub unread: Vec<i64>,
}

/// A part that an event found otherwise than the log said.
struct Outside {
    key: String,
    /// The event before that vouched for it; `None` where it was not to be there at all.
    since: Option<i64>,
    found_by: i64,
}

/// Of the digests of a part in the log, the one after the event.
pub(super) fn left(digests: &str) -> &str {
    digests.rsplit_once('>').map_or(digests, |(_, left)| left)
}

impl Log {
    /// Takes an event in; they come in their order. False for a state that cannot be read.
    pub fn take(&mut self, seq: i64, kind: &str, subject: &str, state: &str) -> bool {
        match kind {
            OPENED => drop(self.begun.insert(subject.to_owned(), !state.is_empty())),
            CREATED => drop(self.begun.insert(format!("{}{subject}", part::ACCOUNT), !state.is_empty())),
            "evidence.added" => drop(self.files.insert(subject.to_owned(), seq)),
            COVERAGE_BEGAN => self.coverage_began = true,
            _ => {}
        }
        if state.is_empty() {
            return true;
        }
        self.first.get_or_insert(seq);
        let Ok(parts) = serde_json::from_str::<BTreeMap<String, String>>(state) else { return false };
        for (key, digests) in parts {
            // Events of earlier versions do not say what they found.
            let found = digests.split_once('>').map(|(found, _)| found);
            let before = self.parts.get(&key);
            let expected = match before {
                Some((_, digest)) => Some(digest.as_str()),
                None => begins_key(kind, &key).then_some(EMPTY),
            };
            // An event in between that cannot be read may have changed it.
            let since = before.map(|(since, _)| *since);
            let is_known = !self.unread.iter().any(|unread| Some(*unread) > since);
            if is_known && found.zip(expected).is_some_and(|(found, expected)| found != expected) {
                self.outside.push(Outside { key: key.clone(), since, found_by: seq });
            }
            let digest = left(&digests).to_owned();
            self.parts.insert(key, (seq, digest));
        }
        true
    }

    /// The event that added a file to an incident.
    pub fn file(&self, incident: i64, id: &str) -> Option<i64> {
        self.files.get(&format!("INC-{incident} {id}")).copied()
    }

    /// The newest digest of each part: key, event, digest.
    pub fn newest(&self) -> impl Iterator<Item = (&str, i64, &str)> {
        self.parts.iter().map(|(key, (seq, digest))| (key.as_str(), *seq, digest.as_str()))
    }

    /// True if an event vouched for a part.
    pub fn covers(&self, key: &str) -> bool {
        self.parts.contains_key(key)
    }

    /// True if an event began the owner of a part. The record itself has no beginning.
    pub fn is_begun(&self, part: &Part, owner: &str) -> bool {
        part.prefix.is_empty() || self.begun.contains_key(&begun(part, owner))
    }

    /// The owners that an event began, by what stands before them in the log.
    pub fn begun<'l>(&'l self, prefix: &'static str) -> impl Iterator<Item = &'l str> {
        self.begun.keys().filter_map(move |owner| owner.strip_prefix(prefix))
    }

    /// Each part that an event found otherwise than the log said, the first few.
    pub async fn changed_outside(&self, conn: &mut Conn, most: usize) -> Result<Vec<String>, StoreError> {
        let mut faults = Vec::new();
        for Outside { key, since, found_by } in self.outside.iter().take(most) {
            let part = part::ALL.iter().find(|part| is_of(part, key));
            let what = part.map_or_else(|| key.clone(), |part| what(part, owner_of(part, key)));
            let found_by = event(conn, *found_by).await?;
            faults.push(match since {
                Some(since) => {
                    format!("{what} changed outside of the log between {} and {found_by}", event(conn, *since).await?)
                }
                None => format!("{what} added outside of the log before {found_by}"),
            });
        }
        Ok(faults)
    }

    /// What of the record is not as the log says, the first few faults.
    pub async fn compare(&self, conn: &mut Conn, most: usize) -> Result<Vec<String>, StoreError> {
        let mut faults = Vec::new();
        // By table and owner: each is told once, however many parts the table has.
        let mut unreadable = HashSet::new();
        for part in part::ALL {
            if faults.len() >= most {
                break;
            }
            let now = match attempt(conn, async |conn| now(conn, part).await).await? {
                Ok(now) => now,
                Err(why) => {
                    if unreadable.insert((part.table(), String::new())) {
                        faults.push(format!("table `{}` cannot be read as a whole: {why}", part.table()));
                    }
                    self.one_by_one(conn, part, &mut unreadable, most, &mut faults).await?
                }
            };
            let mut there = HashSet::new();
            for (owner, digest) in now {
                self.one(conn, part, &owner, &digest, &mut faults).await?;
                there.insert(part.key_of(&owner));
            }
            let mut gone: Vec<_> = self
                .parts
                .iter()
                .filter(|(key, (_, digest))| digest != EMPTY && is_of(part, key) && !there.contains(*key))
                .filter(|(key, _)| !unreadable.contains(&(part.table(), owner_of(part, key).to_owned())))
                .collect();
            gone.sort_by_key(|(_, (seq, _))| *seq);
            for (key, (seq, _)) in gone.into_iter().take(most) {
                let what = what(part, owner_of(part, key));
                faults.push(format!("{what} removed without an event since {}", self.since(conn, *seq).await?));
            }
        }
        Ok(faults)
    }

    /// The digests of a part whose rows cannot be read in one go, for the owners that the log knows.
    async fn one_by_one(
        &self,
        conn: &mut Conn,
        part: &'static Part,
        unreadable: &mut HashSet<(&'static str, String)>,
        most: usize,
        faults: &mut Vec<String>,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut now = Vec::new();
        let mut keys: Vec<_> = self.parts.iter().filter(|(key, _)| is_of(part, key)).collect();
        keys.sort_by_key(|(_, (seq, _))| *seq);
        for (key, _) in keys {
            let name = owner_of(part, key);
            let Some(owner) = part.owner(name) else { continue };
            match attempt(conn, async |conn| part.digest(conn, &owner).await).await? {
                Ok(digest) if digest == EMPTY => {}
                Ok(digest) => now.push((name.to_owned(), digest)),
                // Behind the last one that is told, none is compared: each would count as removed.
                Err(why) => {
                    if unreadable.insert((part.table(), name.to_owned())) && faults.len() < most {
                        faults.push(format!("{} cannot be read (table `{}`): {why}", what(part, name), part.table()));
                    }
                }
            }
        }
        Ok(now)
    }

    /// An event since which something was changed, for people.
    async fn since(&self, conn: &mut Conn, seq: i64) -> Result<String, StoreError> {
        let event = event(conn, seq).await?;
        let may_be = self.unread.iter().any(|unread| *unread > seq);
        Ok(if may_be { format!("{event}, or by one that cannot be read") } else { event })
    }

    /// Compares one owner's part.
    async fn one(
        &self,
        conn: &mut Conn,
        part: &Part,
        owner: &str,
        digest: &str,
        faults: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let what = what(part, owner);
        match self.parts.get(&part.key_of(owner)) {
            Some((_, kept)) if kept == digest => {}
            Some((seq, kept)) => {
                let how = if kept == EMPTY { "added" } else { "changed" };
                faults.push(format!("{what} {how} without an event since {}", self.since(conn, *seq).await?));
            }
            // The incident or account itself: no event began it.
            None if matches!(part.name, "words" | "name") && !self.begun.contains_key(&begun(part, owner)) => {
                faults.push(format!("{}{owner} added without an event", part.prefix));
            }
            // Each of them has an event that began it, unless it is older than all digests.
            None if part.is_numbered()
                && (self.coverage_began || self.begun.get(&begun(part, owner)).is_some_and(|covered| *covered)) =>
            {
                faults.push(format!("{what} added without an event"));
            }
            // All else is vouched for where its owner begins, or where its coverage began.
            None => {}
        }
        Ok(())
    }
}

/// What began the owner of a part.
fn begun(part: &Part, owner: &str) -> String {
    format!("{}{}", part.prefix, owner.split('/').next().unwrap_or_default())
}

/// True for the keys of a part.
fn is_of(part: &Part, key: &str) -> bool {
    key.strip_prefix(part.prefix).and_then(|rest| rest.strip_suffix(part.name)).is_some_and(|rest| rest.ends_with('/'))
}

/// The owner in a key of a part.
fn owner_of<'k>(part: &Part, key: &'k str) -> &'k str {
    key.get(part.prefix.len()..key.len().saturating_sub(part.name.len() + 1)).unwrap_or_default()
}

/// A part for people.
fn what(part: &Part, owner: &str) -> String {
    match owner.split_once('/') {
        Some((number, revision)) if part.name == REVISION.name => format!("INC-{number}: revision {revision}"),
        Some((number, _)) if part.is_numbered() => format!("INC-{number}: {}", part.label),
        _ if part.prefix.is_empty() => format!("the record: {}", part.label),
        _ => format!("{}{owner}: {}", part.prefix, part.label),
    }
}

/// An event for people, with its kind and time, as far as they can be read.
async fn event(conn: &mut Conn, seq: i64) -> Result<String, StoreError> {
    let found = attempt(conn, async |conn| {
        let row = sqlx::query("SELECT kind, at FROM audit WHERE seq = $1").bind(seq).fetch_one(conn).await?;
        Ok(format!(" ({} at {})", row.try_get::<String, _>("kind")?, row.try_get::<String, _>("at")?))
    });
    Ok(format!("event {seq}{}", found.await?.unwrap_or_default()))
}

/// The digest of a part as it is now, for every owner that has rows. Rows may hold drafts, so that they come one by one.
pub(super) async fn now(conn: &mut Conn, part: &Part) -> Result<Vec<(String, String)>, StoreError> {
    let mut all = Vec::new();
    let mut of_owner: Option<(String, Vec<[u8; 32]>)> = None;
    let mut rows = sqlx::query::<Any>(part.all).fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let (owner, digest) = (row.try_get::<String, _>(0)?, part::of_row(&row, 1..row.len()));
        match &mut of_owner {
            Some((same, digests)) if *same == owner => digests.push(digest),
            _ => {
                let before = of_owner.replace((owner, vec![digest]));
                all.extend(before.map(|(owner, digests)| (owner, part::of_rows(digests))));
            }
        }
    }
    all.extend(of_owner.map(|(owner, digests)| (owner, part::of_rows(digests))));
    Ok(all)
}
