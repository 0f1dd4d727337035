//! The API: what the pages do, for programs. One file for each resource; handlers take apart what was sent and ask the
//! rooms that the pages ask.

pub mod account;
pub mod accounts;
pub mod actions;
mod cursor;
pub mod events;
pub mod evidence;
pub mod incidents;
pub mod near_misses;
mod once;
pub mod openapi;
pub mod people;
pub mod retro;
pub mod review;
pub mod revisions;
mod schema;
pub mod sections;
mod sent;
mod version;
