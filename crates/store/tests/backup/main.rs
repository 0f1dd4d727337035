//! A backup holds what was acknowledged, nothing that was erased, and becomes a record again in either database.

mod busy;
mod refused;
mod restored;
mod support;
