//! The commands, one file each.

pub mod contracts;
pub mod discover;
pub mod draft;
pub mod policy;
pub mod schema;
#[cfg_attr(not(feature = "server"), path = "no_server.rs")]
pub mod server;
pub mod show;
pub mod verify;
