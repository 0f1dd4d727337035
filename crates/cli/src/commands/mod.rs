//! The commands, one file each.

pub mod audit;
pub mod contracts;
pub mod discover;
pub mod draft;
pub mod policy;
pub mod schema;
pub mod serve;
pub mod show;
pub mod verify;
