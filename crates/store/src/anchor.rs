//! The results of posting the audit log's head to a webhook. All servers of one record share them.

use crate::{Conn, StoreError, Tx, settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The setting that stores them.
const NAME: &str = "anchor_posts";
/// Most characters of a failure that are kept.
const KEPT: usize = 300;

/// The results of the last posts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posts {
    /// Minutes between two posts, as set on the server that posted last.
    pub every: u32,
    /// The last post that succeeded.
    pub success: Option<Success>,
    /// The last post that failed.
    pub failure: Option<Failure>,
    /// How many posts failed since the last success.
    pub failures: u32,
}

/// A post that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    /// When.
    pub at: Timestamp,
    /// The row of the head.
    pub row: i64,
}

/// A post that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// Why, in words, without the webhook's URL.
    pub why: String,
}

impl Posts {
    /// Records a success.
    pub fn succeeded(&mut self, at: Timestamp, row: i64) {
        self.success = Some(Success { at, row });
        self.failures = 0;
    }

    /// Records a failure.
    pub fn failed(&mut self, at: Timestamp, why: &str) {
        self.failure = Some(Failure { at, why: why.chars().take(KEPT).collect() });
        self.failures = self.failures.saturating_add(1);
    }

    /// When the last post was, whether it succeeded or failed.
    pub fn last(&self) -> Option<Timestamp> {
        self.success.iter().map(|s| s.at).chain(self.failure.iter().map(|f| f.at)).max()
    }
}

/// The results; `None` if nothing was posted yet.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn) -> Result<Option<Posts>, StoreError> {
    let text = settings::find(conn, NAME).await?;
    // Unreadable results count as none. The next post overwrites them.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Stores the result of a post.
///
/// # Errors
/// When the database does not answer.
pub async fn set(tx: &mut Tx, posts: &Posts) -> Result<(), StoreError> {
    let text = serde_json::to_string(posts).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    settings::set(tx, NAME, &text).await
}

/// Removes the results, because the server no longer posts.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx) -> Result<(), StoreError> {
    settings::remove(tx, NAME).await
}
