//! Where a value comes from: what grounds it in an answer, what list a number counts, who named it before a call.

pub mod counts;
pub mod grounding;
pub mod provenance;
pub(crate) mod reckoning;
pub(crate) mod tables;
