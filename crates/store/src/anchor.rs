//! What became of posting the audit log's head to a webhook. All servers of one record share it.

use crate::{Conn, StoreError, Tx, settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The setting that holds it.
const NAME: &str = "anchor_posts";
/// Characters of a failure that are kept.
const KEPT: usize = 300;

/// The last posts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posts {
    /// Minutes between two posts, as the server that posted last was told.
    pub every: u32,
    /// The last one that arrived.
    pub success: Option<Success>,
    /// The last one that did not.
    pub failure: Option<Failure>,
    /// How many failed since the last one that arrived.
    pub failures: u32,
}

/// A post that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    /// When.
    pub at: Timestamp,
    /// The row of the head.
    pub row: i64,
}

/// A post that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// Why, in words, without the webhook's URL.
    pub why: String,
}

impl Posts {
    /// One arrived.
    pub fn succeeded(&mut self, at: Timestamp, row: i64) {
        self.success = Some(Success { at, row });
        self.failures = 0;
    }

    /// One did not.
    pub fn failed(&mut self, at: Timestamp, why: &str) {
        self.failure = Some(Failure { at, why: why.chars().take(KEPT).collect() });
        self.failures = self.failures.saturating_add(1);
    }

    /// When the last one was, whatever became of it.
    pub fn last(&self) -> Option<Timestamp> {
        self.success.iter().map(|s| s.at).chain(self.failure.iter().map(|f| f.at)).max()
    }
}

/// What is known; `None` if nothing was posted yet.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn) -> Result<Option<Posts>, StoreError> {
    let text = settings::find(conn, NAME).await?;
    // What cannot be read says nothing; the next post writes it anew.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Puts down what became of a post.
///
/// # Errors
/// When the database does not answer.
pub async fn set(tx: &mut Tx, posts: &Posts) -> Result<(), StoreError> {
    let text = serde_json::to_string(posts).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    settings::set(tx, NAME, &text).await
}

/// Forgets it: nothing is posted any more.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx) -> Result<(), StoreError> {
    settings::remove(tx, NAME).await
}
