//! What all handlers share.

use crate::auth::throttle::Throttle;
use crate::{Clock, Config};
use hindcast_store::Store;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all handlers share.
#[derive(Clone)]
pub struct App {
    /// The record.
    pub store: Store,
    /// How the server was started.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    /// Failed attempts to sign in.
    pub throttle: Arc<Throttle>,
    /// Heavy work that may go on at once: passwords and drafts take memory.
    pub heavy: Arc<Semaphore>,
}
