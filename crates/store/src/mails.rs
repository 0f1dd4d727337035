//! How sending mail goes. All servers of one record share it.

use crate::{Conn, StoreError, Tx, settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The setting that stores it.
const NAME: &str = "mails";
/// Most characters of a failure that are kept.
const KEPT: usize = 300;

/// What became of the last mails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mails {
    /// When one was last sent.
    pub success: Option<Timestamp>,
    /// When one last could not be sent, and why, without addresses.
    pub failure: Option<(Timestamp, String)>,
    /// How many could not be sent since the last one that was.
    pub failures: u32,
}

impl Mails {
    /// Records one that was sent.
    pub fn succeeded(&mut self, at: Timestamp) {
        self.success = Some(at);
        self.failures = 0;
    }

    /// Records one that could not be sent.
    pub fn failed(&mut self, at: Timestamp, why: &str) {
        self.failure = Some((at, why.chars().take(KEPT).collect()));
        self.failures = self.failures.saturating_add(1);
    }
}

/// What became of them; `None` if no server sent any.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn) -> Result<Option<Mails>, StoreError> {
    let text = settings::find(conn, NAME).await?;
    // What cannot be read counts as none. The next mail overwrites it.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Stores what became of them.
///
/// # Errors
/// When the database does not answer.
pub async fn set(tx: &mut Tx, mails: &Mails) -> Result<(), StoreError> {
    let text = serde_json::to_string(mails).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    settings::set(tx, NAME, &text).await
}

/// Removes it, because the server sends none any more.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx) -> Result<(), StoreError> {
    settings::remove(tx, NAME).await
}
