//! The evidence of a backup: copied once, checked, and without what a later copy of the database does not name.

use super::error::{BackupError, input, out};
use super::folder;
use super::manifest::{EVIDENCE, Entry, blocking, digest};
use crate::{Conn, pieces};
use hindcast_trace::EvidenceId;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// What is copied so far.
pub(crate) struct Copied {
    folder: PathBuf,
    /// The files, by their evidence.
    pub files: BTreeMap<String, Entry>,
    /// Evidence without bytes.
    pub missing: BTreeSet<String>,
    /// Evidence with other bytes.
    pub damaged: BTreeSet<String>,
}

impl Copied {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Copied { folder, files: BTreeMap::new(), missing: BTreeSet::new(), damaged: BTreeSet::new() }
    }

    /// Copies what these name from a folder.
    pub(crate) async fn copy_folder(&mut self, folder: &Path, ids: &[String]) -> Result<(), BackupError> {
        for id in self.left(ids).await? {
            let (from, to) = (folder.join(crate::blobs::file_name(&id)), self.folder.clone());
            let copied = blocking(move || {
                let mut file = match std::fs::File::open(&from) {
                    Err(e) if e.kind() == ErrorKind::NotFound => return Ok((id, None)),
                    file => file.map_err(input(&from))?,
                };
                let copied = copy(&mut file, &to, &id)?;
                Ok((id, Some(copied)))
            });
            self.note(copied.await?);
        }
        Ok(())
    }

    /// Copies what these name from a table.
    pub(crate) async fn copy_table(&mut self, live: &mut Conn, ids: &[String]) -> Result<(), BackupError> {
        for id in self.left(ids).await? {
            let row = sqlx::query("SELECT packed FROM blob WHERE id = $1").bind(id.to_string());
            let row = row.fetch_optional(&mut *live).await?;
            let packed = row.map(|row| row.try_get::<Vec<u8>, _>("packed")).transpose()?;
            let to = self.folder.clone();
            let copied = blocking(move || {
                let copied = packed.map(|packed| copy(&mut Cursor::new(packed), &to, &id)).transpose()?;
                Ok((id, copied))
            });
            self.note(copied.await?);
        }
        Ok(())
    }

    /// What is not copied yet. What is copied and not named any more goes.
    async fn left(&mut self, ids: &[String]) -> Result<Vec<EvidenceId>, BackupError> {
        let named: BTreeSet<&String> = ids.iter().collect();
        let gone: Vec<String> = self.files.keys().filter(|id| !named.contains(id)).cloned().collect();
        for id in gone {
            folder::remove(&self.folder.join(crate::blobs::file_name(&parse(&id)?))).await?;
            self.files.remove(&id);
            self.damaged.remove(&id);
        }
        self.missing.clear();
        ids.iter().filter(|id| !self.files.contains_key(*id)).map(|id| parse(id)).collect()
    }

    fn note(&mut self, (id, copied): (EvidenceId, Option<(Entry, bool)>)) {
        let id = id.to_string();
        let Some((entry, is_intact)) = copied else {
            self.missing.insert(id);
            return;
        };
        if !is_intact {
            self.damaged.insert(id.clone());
        }
        self.files.insert(id, entry);
    }
}

fn parse(id: &str) -> Result<EvidenceId, BackupError> {
    id.parse().map_err(|_| BackupError::Record(format!("the record holds the digest `{id}`, which is none")))
}

/// Copies packed bytes to a new file, and tells whether they unpack to what they should.
fn copy(from: &mut impl Read, folder: &Path, id: &EvidenceId) -> Result<(Entry, bool), BackupError> {
    let name = crate::blobs::file_name(id);
    let path = folder.join(&name);
    let mut file = std::fs::File::create(&path).map_err(out(&path))?;
    let mut failed = None;
    let copied = digest(from, |piece| file.write_all(piece).inspect_err(|e| failed = Some(e.to_string())));
    let (bytes, sha256) = copied.map_err(|e| match &failed {
        Some(_) => out(&path)(e),
        None => BackupError::Record(format!("evidence {id} could not be read: {e}")),
    })?;
    file.sync_all().map_err(out(&path))?;
    let is_intact = pieces::is_intact(&path, id);
    Ok((Entry { path: format!("{}/{name}", EVIDENCE), bytes, sha256 }, is_intact))
}
