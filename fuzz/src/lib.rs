//! What the fuzz targets do with their bytes: no bytes may make it panic.
//!
//! A plain module, which a test of `hindcast-render` includes as well: so it is compiled and fed with every input that once
//! failed, without a fuzzer.

pub mod conversation;
pub mod documents;
pub mod families;
pub mod pages;
pub mod reading;
pub mod redaction;

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("any", reading::any),
    ("chat", |data| reading::family(families::CHAT, data)),
    ("agents", |data| reading::family(families::AGENTS, data)),
    ("spans", |data| reading::family(families::SPANS, data)),
    ("protobuf", reading::protobuf),
    ("exports", |data| reading::family(families::EXPORTS, data)),
    ("frameworks", |data| reading::family(families::FRAMEWORKS, data)),
    ("evals", |data| reading::family(families::EVALS, data)),
    ("voice", |data| reading::family(families::VOICE, data)),
    ("text", |data| reading::family(families::TEXT, data)),
    ("bulk", reading::bulk),
    ("detect", pages::detect),
    ("redact", redaction::mask),
    ("facts", documents::facts),
    ("policy", documents::policy),
    ("markdown", pages::markdown),
];

/// Runs a target.
///
/// # Panics
/// When there is no target of this name, or something does not hold that has to.
pub fn run(name: &str, data: &[u8]) {
    let (_, body) = TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    body(data);
}
