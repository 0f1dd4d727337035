//! The commands, one file each.

pub mod admin;
pub mod audit;
pub mod backup;
pub mod contracts;
pub mod discover;
pub mod doctor;
pub mod draft;
pub mod policy;
pub mod restore;
pub mod schema;
pub mod serve;
pub mod show;
pub mod verify;
