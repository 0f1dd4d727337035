//! The server as people and programs meet it: over HTTP, on both databases.

mod support;

mod journey;
mod refusals;
mod rights;
