//! Looking up who asks. Until the database has told, anybody may be asking: made-up tokens and cookies cost as much as good ones.

use super::{Kind, Turn, Who, admit, turn};
use crate::failure::Failure;
use axum::http::request::Parts;
use std::sync::Arc;

/// A secret that the database may be asked about now.
pub struct LookUp {
    turn: Option<Arc<Turn>>,
    hash: String,
}

/// Waits until the database may be asked whose secret this is: behind the account that it let in lately, or in the room for strangers, of which each
/// network address has a share.
///
/// # Errors
/// [`Failure::TooMany`].
pub async fn look_up(parts: &Parts, hash: String) -> Result<LookUp, Failure> {
    let Some(turn) = turn(parts) else { return Ok(LookUp { turn: None, hash }) };
    match turn.shares.known.account(&hash) {
        Some(account) => turn.take(Who::Account(account)).await?,
        // It is in that room as it is.
        None if turn.kind == Kind::Stranger => {}
        None => turn.enter().await?,
    }
    Ok(LookUp { turn: Some(turn), hash })
}

impl LookUp {
    /// It is this account's: waits for the account's turn.
    ///
    /// # Errors
    /// As [`admit`].
    pub async fn found(self, parts: &Parts, account: &str) -> Result<(), Failure> {
        if let Some(turn) = &self.turn {
            turn.shares.known.remember(&self.hash, account);
            turn.leave();
        }
        admit(parts, account).await
    }

    /// It is nobody's.
    pub fn nobody(self) {
        if let Some(turn) = &self.turn {
            turn.shares.known.forget(&self.hash);
            turn.leave();
        }
    }
}
