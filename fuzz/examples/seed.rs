//! Writes what the fuzzer begins with: `seed CORPUS DICTIONARIES FOLDER...` cuts the files of the folders to size and puts each into the
//! corpus of the targets that can read it, and writes down their words.

use hindcast_fuzz::families::{ALL, FIRST};
use hindcast_fuzz::{conversation, pages};
use hindcast_trace::model::{EventKind, Role};
use hindcast_trace::unwrap::{Codec, unwrap_within};
use hindcast_trace::{Evidence, Limits, Trace, read_within, recognize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "../../crates/trace/tests/mutation/bases.rs"]
mod bases;

/// Bytes of a seed.
const MOST: usize = 60 << 10;

struct Seeds {
    corpus: PathBuf,
    counts: BTreeMap<String, usize>,
}

impl Seeds {
    fn put(&mut self, target: &str, first: Option<u8>, bytes: &[u8]) {
        let bytes: Vec<u8> = first.into_iter().chain(bytes.iter().copied()).collect();
        if bytes.len() > MOST {
            return;
        }
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let folder = self.corpus.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), &bytes).expect("writes");
        *self.counts.entry(target.to_owned()).or_default() += 1;
    }

    /// A file of traces.
    fn trace(&mut self, bytes: &[u8]) {
        let evidence = Evidence::new("input", bytes.to_vec());
        self.put("bulk", None, bytes);
        self.put("redact", Some(FIRST), bytes);
        let Ok(format) = recognize(&evidence, None) else {
            self.put("any", None, bytes);
            return self.put("text", Some(FIRST), bytes);
        };
        self.put("any", None, bytes);
        self.put("detect", Some(FIRST + 1), bytes);
        for (target, family) in ALL {
            if let Some(n) = family.iter().position(|f| *f == format) {
                self.put(target, Some(FIRST + n as u8), bytes);
            }
        }
        if let Some(n) =
            [Codec::OtlpTraces, Codec::OtlpLogs, Codec::OtlpFrames].iter().position(|c| Some(*c) == Codec::sniff(bytes))
        {
            self.put("protobuf", Some(FIRST + n as u8), bytes);
        }
        if let Ok(reading) = read_within(&[evidence], &Limits::default()) {
            reading.sessions.iter().take(3).for_each(|trace| self.put("detect", Some(FIRST), script(trace).as_bytes()));
        }
    }
}

/// A session as a script, cut to what is soon looked through.
fn script(trace: &Trace) -> String {
    let mut all = String::new();
    for event in &trace.events {
        let turn = match &event.kind {
            EventKind::Message { role, texts, .. } => {
                let who = match role {
                    Role::System | Role::Harness => 's',
                    Role::User => 'u',
                    Role::Assistant => 'a',
                };
                let words: Vec<_> = texts.iter().map(|t| t.text.as_str()).collect();
                format!("{who}{}", words.join("\n"))
            }
            EventKind::ToolCall { name, arguments, .. } => {
                format!("c{}{}{}", name.text, conversation::WITH, arguments.as_ref().map_or("{}", |a| &a.text))
            }
            EventKind::ToolResult { content, error, .. } => {
                let text = content.as_ref().or(error.as_ref()).map_or("", |t| &t.text);
                format!("{}{text}", if error.is_some() { 'e' } else { 'r' })
            }
            _ => continue,
        };
        if all.len() + turn.len() > 12_000 {
            break;
        }
        all.push_str(&turn);
        all.push(conversation::END);
    }
    all
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name == "target" || name == "node_modules" || name.starts_with('.') => {}
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// The beginning of a file, at the end of a line where it has lines.
fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() >= MOST {
        bytes.truncate(MOST - 1);
        if let Some(end) = bytes.iter().rposition(|b| *b == b'\n') {
            bytes.truncate(end + 1);
        }
    }
    bytes
}

/// Keys and short words of a JSON text.
fn words(bytes: &[u8], all: &mut BTreeSet<String>) {
    let text = String::from_utf8_lossy(bytes);
    let short = text.split('"').filter(|w| (2..=24).contains(&w.len()) && !w.contains(char::is_whitespace));
    all.extend(short.filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic() || b"_.:-".contains(&b))).map(str::to_owned));
}

fn dictionary(path: &Path, words: impl IntoIterator<Item = String>) {
    let escaped = |w: &str| -> String {
        w.bytes()
            .map(|b| match b {
                b'"' | b'\\' => format!("\\{}", b as char),
                0x20..0x7f => (b as char).to_string(),
                _ => format!("\\x{b:02x}"),
            })
            .collect()
    };
    let lines: String = words.into_iter().map(|w| format!("\"{}\"\n", escaped(&w))).collect();
    fs::write(path, lines).expect("writes");
}

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = arguments.next().expect("the corpus");
    let dictionaries = arguments.next().expect("the dictionaries");
    let mut seeds = Seeds { corpus, counts: BTreeMap::new() };
    let mut found = Vec::new();
    arguments.for_each(|folder| files(&folder, &mut found));
    let (mut keys, mut phrases) = (BTreeSet::new(), BTreeSet::new());
    for path in found {
        let Ok(bytes) = fs::read(&path) else { continue };
        let bytes = cut(bytes);
        match path.extension().and_then(|e| e.to_str()) {
            Some("yaml" | "yml") => {
                let place = path.to_string_lossy();
                let text = String::from_utf8_lossy(&bytes);
                if place.contains("redaction") {
                    seeds.put("redact", Some(b'r'), &bytes);
                }
                seeds.put("facts", None, &bytes);
                seeds.put("policy", Some(FIRST), &bytes);
                seeds.put("policy", Some(FIRST + 2), &bytes);
                let plain = text.split(['\n', ',', '[', ']', '"', ':']).map(|w| w.trim().trim_start_matches("- "));
                phrases.extend(plain.filter(|w| (3..=40).contains(&w.len())).map(str::to_owned));
            }
            Some("ics") => seeds.put("policy", Some(FIRST + 1), &bytes),
            Some("md" | "rs" | "snap" | "toml" | "html" | "py") => {}
            _ => {
                words(&bytes, &mut keys);
                seeds.trace(&bytes);
            }
        }
    }
    for base in bases::all() {
        let text = match (base.list, &base.value) {
            (None, serde_json::Value::Array(lines)) => lines.iter().map(|line| format!("{line}\n")).collect(),
            (_, value) => value.to_string(),
        };
        words(text.as_bytes(), &mut keys);
        seeds.trace(text.as_bytes());
    }
    let page = hindcast_render::markdown::page(&pages::EXAMPLE);
    seeds.put("markdown", Some(FIRST + 1), page.as_bytes());
    // One edit of each kind at each line.
    for (at, _) in page.lines().enumerate() {
        let place = [FIRST + (at / 64) as u8, FIRST + (at % 64) as u8].map(char::from);
        for what in ["-", "+Words of mine.", "=- Verdict: confirmed: so it is", ">, and more", "^", "_x"] {
            seeds.put("markdown", Some(FIRST), format!("{}{}{what}", place[0], place[1]).as_bytes());
        }
    }
    let questions = hindcast_retro::questions::yaml(&pages::EXAMPLE);
    seeds.put("facts", None, questions.as_bytes());
    let filled = questions
        .lines()
        .map(|l| if l.trim_end().ends_with(':') { format!("{l} 2026-05-04T10:00:00Z\n") } else { format!("{l}\n") });
    seeds.put("facts", None, filled.collect::<String>().as_bytes());
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:20260103\r\nRRULE:FREQ=YEARLY;BYMONTH=1;UNTIL=20300101\r\nEXDATE;VALUE=DATE:20270101\r\nSUMMARY:New Year\\, and\r\n  after\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    seeds.put("policy", Some(FIRST + 1), calendar.as_bytes());
    let inner = br#"[{"role":"user","content":"refund"},{"role":"assistant","content":"done"}]"#;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, inner).expect("packs");
    let packed = packed.finish().expect("packs");
    for target in ["bulk", "any"] {
        seeds.put(target, None, &packed);
    }
    seeds.put("redact", Some(FIRST + 1), &packed);
    let unpacked = unwrap_within(Codec::Gzip, &packed, &Limits::default()).expect("unpacks");
    seeds.put("bulk", None, &tar("a/b.json", &unpacked.bytes));
    seeds.put("bulk", None, &zip("a/b.json", inner));
    let log = br#"{"version":2,"status":"success","eval":{"task":"t","model":"m","created":"2026-01-01T00:00:00Z"}}"#;
    seeds.put("bulk", None, &zip("header.json", log));
    fs::create_dir_all(&dictionaries).expect("a folder");
    dictionary(&dictionaries.join("json.made"), keys);
    dictionary(&dictionaries.join("words.made"), phrases);
    seeds.counts.iter().for_each(|(target, n)| println!("{target:<12}{n:>6} seeds"));
}

/// A tar archive of one file.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut head = [0u8; 512];
    head[..name.len()].copy_from_slice(name.as_bytes());
    let octal = |n: usize| format!("{n:011o}\0");
    head[124..136].copy_from_slice(octal(bytes.len()).as_bytes());
    head[156] = b'0';
    head[257..265].copy_from_slice(b"ustar\x0000");
    head[148..156].fill(b' ');
    let sum: usize = head.iter().map(|b| usize::from(*b)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut all = [&head[..], bytes].concat();
    all.resize(all.len().next_multiple_of(512) + 1024, 0);
    all
}

/// A zip archive of one file, which is stored.
fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let (n, size) = ((name.len() as u16).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let crc = crc.sum().to_le_bytes();
    let about = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &crc, &size, &size, &n, &[0, 0]].concat();
    let mut all = [b"PK\x03\x04", &about[..], name.as_bytes(), bytes].concat();
    let at = (all.len() as u32).to_le_bytes();
    let directory = [b"PK\x01\x02\x14\x00", &about[..], &[0; 12], &[0; 4 - 2], name.as_bytes()].concat();
    // Comment, disk, attributes, and the offset of the file, which is the first.
    let length = (directory.len() as u32).to_le_bytes();
    all.extend_from_slice(&directory);
    all.extend_from_slice(&[b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length[..], &at, &[0, 0]].concat());
    all
}
