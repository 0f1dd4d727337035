//! What is in a backup, with the SHA-256 of each file.

use super::error::{BackupError, input, out};
use crate::chain::hex;
use crate::db;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// The folder of evidence in a data directory and in a backup.
pub(crate) const EVIDENCE: &str = "evidence";
/// The name of the file.
pub(crate) const FILE: &str = "manifest.json";
/// The form of backups that this program writes and reads.
pub(crate) const FORMAT: &str = "hindcast.backup/1";
/// Bytes of a manifest at most: some millions of files.
const MOST: u64 = 1 << 30;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the backup.
    pub format: String,
    /// When it was begun.
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    /// The database that was copied: `sqlite` or `postgresql`.
    pub database: String,
    /// The version of the copied schema.
    pub schema: i64,
    /// The head of the copied audit log, as `hindcast audit verify` prints it.
    pub audit_head: String,
    /// Evidence whose bytes the record did not have any more.
    pub missing: Vec<String>,
    /// Evidence whose bytes did not match their digest in the record. The file is in the backup as it was.
    pub damaged: Vec<String>,
    /// Every file but the manifest.
    pub files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path in the backup, with slashes.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl Entry {
    /// True for the two kinds of file that a backup has, and nothing outside of it.
    fn is_known(&self) -> bool {
        let hex =
            |name: &str| name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let name = self.path.strip_prefix(EVIDENCE).and_then(|p| p.strip_prefix('/')?.strip_suffix(".zst"));
        self.path == db::FILE || name.is_some_and(hex)
    }
}

impl Manifest {
    pub(crate) async fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self).map_err(|e| BackupError::Out(e.to_string()))?;
        let written = move || {
            use std::io::Write;
            let mut file = std::fs::File::create_new(&path).map_err(out(&path))?;
            file.write_all(&text).and_then(|()| file.sync_all()).map_err(out(&path))
        };
        blocking(written).await
    }

    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// [`BackupError::In`] if there is none, or it is not one of this program.
    pub async fn read(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(FILE);
        let text = blocking(move || {
            let mut text = Vec::new();
            let file = match std::fs::File::open(&path) {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    let folder = path.parent().unwrap_or(&path).display();
                    return Err(BackupError::In(format!("{folder} is no complete backup: it has no {FILE}")));
                }
                file => file.map_err(input(&path))?,
            };
            file.take(MOST).read_to_end(&mut text).map_err(input(&path))?;
            Ok(text)
        });
        let fault = |what: String| BackupError::In(format!("{}: {what}", folder.join(FILE).display()));
        let manifest: Manifest = serde_json::from_slice(&text.await?).map_err(|e| fault(e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(fault(format!("the format is {}, and this program reads {FORMAT}", manifest.format)));
        }
        let one_database = manifest.files.iter().filter(|f| f.path == db::FILE).count() == 1;
        match manifest.files.iter().find(|f| !f.is_known()) {
            Some(file) => Err(fault(format!("{} is not a file of a backup", file.path))),
            None if !one_database => Err(fault(format!("it must name {} once", db::FILE))),
            None => Ok(manifest),
        }
    }

    /// Checks that every file is there as it was written.
    ///
    /// # Errors
    /// [`BackupError::In`] with the first few files that are not.
    pub async fn verify(&self, folder: &Path) -> Result<(), BackupError> {
        const TOLD: usize = 5;
        let mut faults = Vec::new();
        for file in &self.files {
            match entry(folder, &file.path).await {
                Ok(found) if found == *file => {}
                Ok(_) => faults.push(format!("{} was changed", file.path)),
                Err(BackupError::In(why)) => faults.push(why),
                Err(other) => return Err(other),
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        let more = faults.len().saturating_sub(TOLD);
        faults.truncate(TOLD);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Err(BackupError::In(format!("the backup is not as it was written: {}{more}", faults.join("; "))))
    }
}

/// A file of a backup as it is.
pub(crate) async fn entry(folder: &Path, path: &str) -> Result<Entry, BackupError> {
    let (file, path) = (folder.join(path), path.to_owned());
    blocking(move || {
        // A link could lead anywhere.
        if !std::fs::symlink_metadata(&file).map_err(input(&file))?.is_file() {
            return Err(BackupError::In(format!("{} is not a file", file.display())));
        }
        let mut read = std::fs::File::open(&file).map_err(input(&file))?;
        let (bytes, sha256) = digest(&mut read, |_| Ok(())).map_err(input(&file))?;
        Ok(Entry { path, bytes, sha256 })
    })
    .await
}

/// Reads to the end, hands every piece on, and gives the size and the SHA-256.
pub(crate) fn digest(
    from: &mut impl Read,
    mut to: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<(u64, String)> {
    let (mut bytes, mut hash, mut piece) = (0, Sha256::new(), vec![0; 256 << 10]);
    loop {
        let n = from.read(&mut piece)?;
        if n == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(&piece[..n]);
        to(&piece[..n])?;
        bytes += n as u64;
    }
}

/// Work on files, in a thread where it may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| BackupError::Record("the work was cut short".to_owned()))?
}
