//! The commands, one file each.

pub mod contracts;
pub mod draft;
pub mod schema;
pub mod show;
pub mod verify;
