//! Every fixture that can be read in parts is read in parts as it is at once.

use hindcast_trace::bulk::{Source, Survey};
use hindcast_trace::model::GapKind;
use hindcast_trace::{Evidence, Trace, read};
use regex::Regex;
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

struct File(String, Vec<u8>);

impl Source for File {
    fn name(&self) -> &str {
        &self.0
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(&self.1[..]))
    }
}

/// What is compared: everything but the numbers of documents, and gaps that tell of all records of a file, of which a
/// part knows its own.
fn told(trace: &Trace) -> String {
    let gaps: Vec<_> = trace.gaps.iter().filter(|g| g.kind != GapKind::RecordsUnread).collect();
    let all = format!("{} {:?} {:?} {:?} {gaps:?}", trace.key, trace.key_kind, trace.events, trace.model_calls);
    Regex::new("base: [0-9]+").expect("a pattern").replace_all(&all, "base").into_owned()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn every_fixture_is_read_in_parts_as_at_once() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("HINDCAST_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from);
    let mut all = Vec::new();
    for folder in
        [here.join("tests/fixtures"), here.join("tests/field"), here.join("../../examples"), shared.join("traces")]
    {
        files(&folder, &mut all);
    }
    let mut compared = 0;
    for path in all {
        let bytes = std::fs::read(&path).expect("reads");
        if bytes.len() > 20 << 20 {
            continue;
        }
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let evidence = [Evidence::new(name.clone(), bytes.clone())];
        let file = File(name, bytes);
        for room in [1, 20_000] {
            let Ok(Some(survey)) = Survey::with_room(&[&file], None, room, |_| {}) else { continue };
            let mut parts = Vec::new();
            let keep = |told: String| {
                parts.push(told);
                ControlFlow::Continue(())
            };
            let done = survey.run(&[&file], || Ok(Box::new(Cursor::new(Vec::new()))), |t, _| told(&t), keep, |_, _| {});
            match read(&evidence) {
                Ok(whole) => {
                    assert!(done.is_ok(), "{}: {done:?}", path.display());
                    let whole: Vec<_> = whole.sessions.iter().map(told).collect();
                    assert_eq!(parts.len(), whole.len(), "{}", path.display());
                    for (part, whole) in parts.iter().zip(&whole) {
                        assert_eq!(part, whole, "{}", path.display());
                    }
                    compared += 1;
                }
                Err(e) => assert_eq!(done.map(|_| ()).map_err(|e| e.to_string()), Err(e.to_string())),
            }
        }
    }
    assert!(compared > 4, "{compared}");
}
