//! The API from outside: a server, and programs with tokens.

mod evidence;
mod harness;
mod incidents;
mod journey;
mod keys;
mod near_misses;
mod refusals;
mod restricted;
mod rights;
mod schemathesis;
