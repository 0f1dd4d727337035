//! The API: what the pages do, for programs. One file for each resource; handlers take apart what was sent and ask the
//! rooms that the pages ask.

mod cursor;
pub mod incidents;
mod once;
pub mod openapi;
mod schema;
mod sent;
mod version;
