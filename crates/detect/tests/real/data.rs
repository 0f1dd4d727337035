//! Reads the shared data, where they are.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// One run.
pub struct Run {
    /// For people.
    pub name: String,
    /// In OpenAI's form, or AgentDojo's, which the reader knows as well.
    pub messages: Vec<Value>,
    /// The whole record, labels included.
    pub record: Value,
}

/// The folder with the data: `HINDCAST_SHARED`, else a folder `shared` beside one above this crate.
pub fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("HINDCAST_SHARED").map(PathBuf::from);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let near = here.ancestors().map(|a| a.join("shared"));
    let data = |p: PathBuf| Some(p.join("data")).filter(|d| d.is_dir());
    given.and_then(data).or_else(|| near.filter_map(data).next())
}

/// Runs of tau-bench.
pub fn tau(shared: &Path, file: &str) -> Vec<Run> {
    let text = std::fs::read_to_string(shared.join(file)).expect("readable");
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let run = |(i, record): (usize, Value)| Run {
        name: format!("{file}:{i}"),
        messages: record["traj"].as_array().cloned().unwrap_or_default(),
        record,
    };
    all.into_iter().enumerate().map(run).collect()
}

/// Runs of AgentDojo without an attack that did not end in an error.
pub fn agentdojo(shared: &Path, model: &str) -> Vec<Run> {
    let text = std::fs::read_to_string(shared.join(format!("agentdojo-dev-{model}.jsonl"))).expect("readable");
    let lines = text.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON"));
    let plain = lines.filter(|r| r["path"].as_str().is_some_and(|p| p.contains("/none/")));
    plain
        .map(|record| Run {
            name: record["path"].as_str().unwrap_or("").to_owned(),
            messages: record["run"]["messages"].as_array().cloned().unwrap_or_default(),
            record,
        })
        .collect()
}
