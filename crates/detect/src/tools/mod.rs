//! Tools: what a contract says of one, what arguments it takes, and what a call of it does.

pub mod acts;
pub mod builtin;
pub(crate) mod challenge;
pub mod command;
pub mod contract;
pub mod decimal;
mod effect;
pub mod looked_up;
pub mod named;
pub mod operation;
pub mod outgoing;
pub mod schema;
pub(crate) mod shells;
