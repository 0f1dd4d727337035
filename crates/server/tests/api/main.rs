//! The API from outside: a server, and programs with tokens.

mod affected;
mod evidence;
mod harness;
mod hidden_text;
mod incidents;
mod invitations;
mod journey;
mod keys;
mod leads;
mod lists;
mod masking;
mod near_misses;
mod notices;
mod pages;
mod refusals;
mod restricted;
mod rights;
mod schemathesis;
