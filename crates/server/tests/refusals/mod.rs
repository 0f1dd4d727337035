//! What is refused, and how.

mod access;
mod audit;
mod bodies;
mod disk;
mod fair;
mod guessing;
mod headers;
mod hostile;
mod limits;
mod logs;
mod metrics;
mod names;
mod origin;
mod proxies;
mod sessions;
mod strangers;
mod unstorable;
