//! The record against the log: every part that an event vouched for has to be as the last such event left it.

use super::kinds::{CREATED, OPENED};
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
    /// The first event that vouched for anything.
    pub first: Option<i64>,
}

impl Log {
    /// Takes an event in; they come in their order. False for a state that cannot be read.
    pub fn take(&mut self, seq: i64, kind: &str, subject: &str, state: &str) -> bool {
        match kind {
            OPENED => drop(self.begun.insert(subject.to_owned(), !state.is_empty())),
            CREATED => drop(self.begun.insert(format!("account {subject}"), !state.is_empty())),
            "evidence.added" => drop(self.files.insert(subject.to_owned(), seq)),
            _ => {}
        }
        if state.is_empty() {
            return true;
        }
        self.first.get_or_insert(seq);
        let Ok(parts) = serde_json::from_str::<BTreeMap<String, String>>(state) else { return false };
        self.parts.extend(parts.into_iter().map(|(key, digest)| (key, (seq, digest))));
        true
    }

    /// The event that added a file to an incident.
    pub fn file(&self, incident: i64, id: &str) -> Option<i64> {
        self.files.get(&format!("INC-{incident} {id}")).copied()
    }

    /// What of the record is not as the log says, the first few faults.
    pub async fn compare(&self, conn: &mut Conn, most: usize) -> Result<Vec<String>, StoreError> {
        let mut faults = Vec::new();
        for part in part::ALL {
            if faults.len() >= most {
                break;
            }
            let mut there = HashSet::new();
            for (owner, digest) in now(conn, part).await? {
                self.one(conn, part, &owner, &digest, &mut faults).await?;
                there.insert(part.key_of(&owner));
            }
            let mut gone: Vec<_> = self
                .parts
                .iter()
                .filter(|(key, (_, digest))| digest != EMPTY && is_of(part, key) && !there.contains(*key))
                .collect();
            gone.sort_by_key(|(_, (seq, _))| *seq);
            for (key, (seq, _)) in gone.into_iter().take(most) {
                let owner = &key[part.prefix.len()..key.len() - part.name.len() - 1];
                faults.push(format!(
                    "{} removed without an event since {}",
                    what(part, owner),
                    event(conn, *seq).await?
                ));
            }
        }
        Ok(faults)
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
                faults.push(format!("{what} {how} without an event since {}", event(conn, *seq).await?));
            }
            // The incident or account itself: no event began it.
            None if matches!(part.name, "words" | "name") && !self.begun.contains_key(&begun(part, owner)) => {
                faults.push(format!("{}{owner} added without an event", part.prefix));
            }
            // All else is vouched for from the beginning, or from before there were digests.
            None if self.begun.get(&begun(part, owner)).is_some_and(|covered| *covered) => {
                faults.push(format!("{what} added without an event"));
            }
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

/// A part for people.
fn what(part: &Part, owner: &str) -> String {
    match owner.split_once('/') {
        Some((number, revision)) if part.name == REVISION.name => format!("INC-{number}: revision {revision}"),
        _ if part.prefix.is_empty() => format!("the record: {}", part.label),
        _ => format!("{}{owner}: {}", part.prefix, part.label),
    }
}

/// An event for people, with its kind and time.
async fn event(conn: &mut Conn, seq: i64) -> Result<String, StoreError> {
    let row = sqlx::query("SELECT kind, at FROM audit WHERE seq = $1").bind(seq).fetch_one(conn).await?;
    Ok(format!("event {seq} ({} at {})", row.try_get::<String, _>("kind")?, row.try_get::<String, _>("at")?))
}

/// The digest of a part as it is now, for every owner that has rows. Rows may hold drafts, so that they come one by one.
async fn now(conn: &mut Conn, part: &Part) -> Result<Vec<(String, String)>, StoreError> {
    let mut all = Vec::new();
    let mut of_owner: Option<(String, Vec<[u8; 32]>)> = None;
    let mut rows = sqlx::query::<Any>(part.all).fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let (owner, digest) = (row.try_get::<String, _>(0)?, part::of_row(&row, 1)?);
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
