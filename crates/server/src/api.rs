//! The API: what the pages do, for programs. One file for each resource; handlers take apart what was sent and ask the
//! rooms that the pages ask.

pub mod access;
pub mod account;
pub mod accounts;
pub mod actions;
pub mod affected;
mod cursor;
pub mod due;
pub mod emergency;
pub mod events;
pub mod evidence;
mod file;
pub mod incidents;
pub mod invitations;
pub mod jobs;
pub mod json;
pub mod near_misses;
pub mod notices;
mod once;
pub mod openapi;
pub mod people;
pub mod recurrences;
pub mod retro;
pub mod review;
pub mod revisions;
mod schema;
pub mod sections;
mod sent;
mod shown;
mod version;
