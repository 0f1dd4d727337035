//! The results of posting the audit log's head to a webhook. All servers of one record share them.

use crate::{Conn, StoreError, Tx, settings};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The setting that stores them.
const NAME: &str = "anchor_posts";
/// How late a post may be before it counts as overdue.
const SLACK: SignedDuration = SignedDuration::from_mins(5);
/// Most characters of a failure that are kept.
const KEPT: usize = 300;

/// The results of the last posts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posts {
    /// Minutes between two posts, as set on the server that posted last.
    pub every: u32,
    /// When a server with a webhook first started; absent in a record of an older program.
    #[serde(default)]
    pub since: Option<Timestamp>,
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

    /// How long ago a post should have succeeded; zero while that is less than the interval and five minutes ago. Retries after a failure do not
    /// extend it.
    pub fn overdue(&self, now: Timestamp) -> SignedDuration {
        let Some(from) = self.success.as_ref().map(|s| s.at).or(self.since) else { return SignedDuration::ZERO };
        let interval = match self.success {
            Some(_) => SignedDuration::from_mins(i64::from(self.every)),
            // The first post is due at once.
            None => SignedDuration::ZERO,
        };
        let late = now.duration_since(from) - interval;
        if late > SLACK { late } else { SignedDuration::ZERO }
    }

    /// When the last post was, whether it succeeded or failed.
    pub fn last(&self) -> Option<Timestamp> {
        self.success.iter().map(|s| s.at).chain(self.failure.iter().map(|f| f.at)).max()
    }
}

/// The results; `None` if no server posts.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn) -> Result<Option<Posts>, StoreError> {
    let text = settings::find(conn, NAME).await?;
    // Unreadable results count as none. The next post overwrites them.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Notes that a server starts to post, unless that is known.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(tx: &mut Tx, at: Timestamp, every: u32) -> Result<(), StoreError> {
    let found = find(tx).await?;
    let known = found.as_ref().is_some_and(|posts| posts.every == every && posts.since.is_some());
    if known {
        return Ok(());
    }
    let posts = found.unwrap_or_default();
    let since = posts.since.or(Some(at));
    set(tx, &Posts { every, since, ..posts }).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_overdue_five_minutes_after_its_time() {
        let at = |minute: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let late = |posts: &Posts, minute| posts.overdue(at(minute)).as_mins();
        assert_eq!(late(&Posts::default(), 90), 0, "nothing is known");
        let mut posts = Posts { every: 60, since: Some(at(0)), ..Posts::default() };
        assert_eq!([late(&posts, 5), late(&posts, 6)], [0, 6], "the first post is due at once");
        posts.succeeded(at(10), 1);
        assert_eq!([late(&posts, 75), late(&posts, 76)], [0, 6]);
        posts.failed(at(76), "no answer");
        assert_eq!(late(&posts, 80), 10, "a failure is no post");
    }

    #[test]
    fn results_of_an_older_program_are_read() {
        let old = r#"{"every":60,"success":null,"failure":null,"failures":0}"#;
        assert_eq!(serde_json::from_str::<Posts>(old).expect("reads").since, None);
    }
}
