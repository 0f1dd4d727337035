//! What became of a call: it failed, it was turned down, or its operation got so far.

pub(crate) mod agrees;
pub mod answer;
pub mod changed;
pub mod declined;
pub mod failure;
pub mod rejection;
pub mod retry;
pub mod shortfall;
pub mod shown;
pub mod status;
pub mod vocabulary;
