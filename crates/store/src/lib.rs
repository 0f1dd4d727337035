//! The record: incidents, retros and action items, kept in SQLite or PostgreSQL.
//!
//! SQL that both accept is written once, over `sqlx`'s `Any` driver. Repositories are modules of functions: those that
//! read take a connection and the [`Viewer`], so that rights cannot be forgotten; those that write take a [`Tx`] and an
//! [`Act`] (who, and when), and put down what happened in the same transaction ([`chain`]). Policy, rules and
//! deadlines are not decided here; they come in as values.

pub mod access;
pub mod accounts;
pub mod actions;
pub mod affected;
pub mod anchor;
pub mod attempts;
pub mod backup;
mod blobs;
pub mod chain;
pub mod check;
mod db;
mod direct;
pub mod doctor;
pub mod emergency;
pub mod erasure;
mod error;
pub mod evidence;
mod fault;
pub mod idempotency;
pub mod identities;
mod in_use;
pub mod incidents;
pub mod invitations;
pub mod jobs;
pub mod known_sources;
pub mod logins;
pub mod look_alike;
pub mod mails;
mod migrate;
pub mod near_misses;
pub mod notices;
mod open;
pub mod pending_sign_ins;
mod pieces;
mod readers;
mod readiness;
pub mod recurrences;
pub mod refusals;
pub mod restore;
pub mod retros;
mod schema;
mod search;
pub mod second_factors;
pub mod settings;
pub mod statistics;
pub mod succession;
mod time;
pub mod tokens;
mod tx;
mod unfinished;
pub mod unmasked;
mod usage;
mod viewer;

pub use db::{Conn, Place, Store};
pub use error::StoreError;
pub use fault::StorageFault;
pub use in_use::hold_folder;
pub use pieces::{PackedEvidence, Pieces};
pub use readers::ReadConn;
pub use readiness::Unready;
pub use tx::Tx;
pub use usage::{Connections, DiskSpace};
pub use viewer::{Act, Viewer};
