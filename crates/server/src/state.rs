//! What all handlers share.

use crate::failure::Failure;
use crate::fair;
use crate::mail::Post;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::oidc::Provider;
use crate::pools::Pools;
use crate::refused::Refusals;
use crate::work::due::TimesRead;
use crate::{Clock, Config};
use hindcast_store::{Store, Tx, Viewer};
use hindcast_trace::redact::Masker;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all handlers share.
#[derive(Clone)]
pub struct App {
    /// The record.
    pub store: Store,
    /// How the server was started.
    pub config: Arc<Config>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The time.
    pub clock: Clock,
    /// What was refused, on its way into the audit log.
    pub refusals: Arc<Refusals>,
    /// Threads for heavy work: passwords, evidence and pages.
    pub pools: Arc<Pools>,
    /// Memory for evidence that is being read.
    pub memory: Arc<Memory>,
    /// The times of facts files that were read lately.
    pub times_read: Arc<TimesRead>,
    /// One use of a browser is put down at a time.
    pub seen: Arc<Semaphore>,
    /// What masks evidence at the door; absent where it is kept as it comes.
    pub masker: Option<Arc<Masker>>,
    /// The provider that people can sign in with, in addition to passwords.
    pub provider: Option<Arc<Provider>>,
    /// Where mail is handed in; absent where none is sent.
    pub post: Option<Post>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The way into the examples; absent without them.
    pub entrance: Option<Arc<Entrance>>,
}

impl App {
    /// Begins a change, behind those of the same account.
    ///
    /// # Errors
    /// When the database does not answer in time, or the account has too many changes under way.
    pub async fn begin(&self) -> Result<Tx, Failure> {
        fair::begin(&self.store).await
    }
}

/// A link that signs in to the examples, for as long as the server runs.
pub struct Entrance {
    /// The hash of its secret.
    pub token_hash: String,
    /// Whom it signs in.
    pub viewer: Viewer,
}
