//! The server as people and programs meet it: over HTTP, on both databases.

mod support;

mod journey;
mod mail;
mod oidc;
mod pages;
mod refusals;
mod rights;
mod second_factor;
