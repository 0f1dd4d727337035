//! From files to sessions that can be read: which files belong together.

use super::pattern::{self, matches, names};
use super::places::{AGENTS, Agent, Parent, Place};
use super::walk::Found;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time of a session's last activity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A time in the file.
    Record,
    /// The time at which the file was written.
    File,
}

/// Files that are probably a session.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The agent whose place they are in; `None` for files in other places.
    pub agent: Option<&'static Agent>,
    /// The folder that templates of parts are relative to.
    pub base: PathBuf,
    /// The main file.
    pub main: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Templates of other files; see [`super::places`].
    pub parts: &'static [&'static str],
    /// Main files of sessions that this one started.
    pub children: Vec<PathBuf>,
    /// The file that was written last, to look for the latest time in.
    pub newest: PathBuf,
    /// When that was, in milliseconds since 1970.
    pub modified: i64,
    /// The latest activity, in milliseconds since 1970.
    pub last: i64,
    /// Where that comes from.
    pub source: Source,
    /// How the file may name the session that started it.
    pub starter: Option<Parent>,
    /// The session that started this one.
    pub parent: Option<String>,
}

/// Parts of sessions in other places: a copied folder keeps its inner layout.
const COMMON_PARTS: &[&str] = &["{dir}/{s}/subagents/**/agent-*.jsonl"];
/// Extensions of files that may be a session, in other places.
const EXTENSIONS: [&str; 10] = ["json", "jsonl", "ndjson", "traj", "eval", "binpb", "gz", "zst", "vtt", "txt"];

impl Candidate {
    fn new(found: &Found, agent: Option<&'static Agent>, base: PathBuf) -> Self {
        let modified = millis(found.modified);
        Candidate {
            agent,
            base,
            main: found.path.clone(),
            size: found.size,
            parts: COMMON_PARTS,
            children: Vec::new(),
            newest: found.path.clone(),
            modified,
            last: modified,
            source: Source::File,
            starter: None,
            parent: None,
        }
    }

    fn of_place(found: &Found, agent: &'static Agent, place: &'static Place, base: &Path) -> Self {
        let new = Candidate::new(found, Some(agent), base.to_owned());
        let below = found.path.strip_prefix(base).ok().and_then(names).unwrap_or_default();
        Candidate { parts: place.parts, starter: place.parent.filter(|p| matches(p.files, &below)), ..new }
    }

    /// The name of the main file without its extension.
    pub fn stem(&self) -> &str {
        self.main.file_stem().and_then(|s| s.to_str()).unwrap_or("")
    }
}

fn millis(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
}

/// True if a file is the main file of a session of this place.
pub fn is_main(place: &Place, below: &Path) -> bool {
    names(below).is_some_and(|n| main_pattern(place, &n).is_some())
}

fn main_pattern(place: &Place, below: &[&str]) -> Option<usize> {
    let at = place.main.iter().position(|p| matches(p, below))?;
    // In a folder that is one session, its first file is the main one, whatever its name.
    (place.by_folder || !is_part(place, below)).then_some(at)
}

fn is_part(place: &Place, below: &[&str]) -> bool {
    place.parts.iter().any(|template| place.main.iter().any(|main| matches(&open(template, main), below)))
}

/// A template as a pattern that fits the parts of every session whose main file fits `main`.
fn open(template: &str, main: &str) -> String {
    let dir = main.rsplit_once('/').map_or("", |(dir, _)| dir);
    let pattern = template.trim_start_matches("../").replace("{dir}", dir);
    pattern.replace("{id8}*", "*").replace("{s}", "*").replace("{m}", "*")
}

/// The sessions among the files of one place.
pub fn in_place(found: &[Found], agent: &'static Agent, place: &'static Place, base: &Path) -> Vec<Candidate> {
    let mut all: Vec<(usize, Candidate)> = Vec::new();
    let mut folders: HashMap<PathBuf, usize> = HashMap::new();
    for file in found {
        let Some(rank) = file.path.strip_prefix(base).ok().and_then(names).and_then(|n| main_pattern(place, &n)) else {
            continue;
        };
        let new = Candidate::of_place(file, agent, place, base);
        let folder = file.path.parent().filter(|_| place.by_folder).map(Path::to_owned);
        let Some(folder) = folder else {
            all.push((rank, new));
            continue;
        };
        let Some((had, one)) = folders.get(&folder).and_then(|at| all.get_mut(*at)) else {
            folders.insert(folder, all.len());
            all.push((rank, new));
            continue;
        };
        // The better file is the main one; the newer one tells when something happened last.
        let (newest, modified) = if new.modified > one.modified {
            (new.newest.clone(), new.modified)
        } else {
            (one.newest.clone(), one.modified)
        };
        if rank < *had {
            (*had, *one) = (rank, new);
        }
        (one.newest, one.modified, one.last) = (newest, modified, modified);
    }
    all.into_iter().map(|(_, one)| one).collect()
}

/// True if a file in a place that is not an agent's may be a session.
pub fn may_be(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}

/// The sessions among files of any place: those that lie as an agent puts them, and every other file on its own.
pub fn anywhere(found: &[Found], root: &Path) -> Vec<Candidate> {
    let mut of_places: HashMap<(usize, usize, PathBuf), Vec<Found>> = HashMap::new();
    let mut order = Vec::new();
    let mut others = Vec::new();
    for file in found {
        match layout(&file.path) {
            Some(key) => {
                let files = of_places.entry(key.clone()).or_default();
                if files.is_empty() {
                    order.push(key);
                }
                files.push(file.clone());
            }
            None if is_common_part(&file.path) => {}
            None => others.push(Candidate::new(file, None, root.to_owned())),
        }
    }
    let mut all = Vec::new();
    for key in order {
        let (Some(files), Some(agent)) = (of_places.get(&key), AGENTS.get(key.0)) else { continue };
        all.extend(agent.places.get(key.1).map(|place| in_place(files, agent, place, &key.2)).unwrap_or_default());
    }
    all.extend(others);
    all
}

/// The agent, place and base folder of a path that ends as an agent's does: `…/.codex/sessions/…`.
fn layout(path: &Path) -> Option<(usize, usize, PathBuf)> {
    let parts: Vec<_> = path.components().collect();
    let names: Vec<&str> = parts.iter().map(|c| c.as_os_str().to_str()).collect::<Option<_>>()?;
    for (a, agent) in AGENTS.iter().enumerate() {
        for (p, place) in agent.places.iter().enumerate() {
            for base in place.base {
                let base: Vec<&str> = base.split('/').skip(1).collect();
                let [.., above, last] = base[..] else { continue };
                for at in 1..names.len() {
                    let below = &names[at + 1..];
                    let here = names[at] == last && names[at - 1] == above;
                    if here && (main_pattern(place, below).is_some() || is_part(place, below)) {
                        return Some((a, p, parts[..=at].iter().collect()));
                    }
                    // Parts that lie beside the base.
                    let beside = |t: &&str| t.starts_with("../") && matches(&open(t, ""), &names[at..]);
                    if names[at - 1] == above && place.parts.iter().any(beside) {
                        return Some((a, p, parts[..at].iter().collect::<PathBuf>().join(last)));
                    }
                }
            }
        }
    }
    None
}

fn is_common_part(path: &Path) -> bool {
    let names: Vec<&str> = path.components().filter_map(|c| c.as_os_str().to_str()).collect();
    COMMON_PARTS.iter().any(|t| matches(&open(t, "**/*"), &names))
}

/// The paths and patterns of a template: a folder to look in, and what to look for below it.
pub fn part(one: &Candidate, template: &str, before: &[PathBuf]) -> Vec<(PathBuf, String)> {
    let dir = one.main.parent().and_then(|p| p.strip_prefix(&one.base).ok()).and_then(Path::to_str).unwrap_or("");
    let stem = one.stem();
    let id8 = stem.char_indices().rev().nth(7).map_or(stem, |(at, _)| &stem[at..]);
    let split = |filled: &str| {
        let names: Vec<&str> = filled.split('/').filter(|n| !n.is_empty()).collect();
        let fixed = names.iter().take_while(|n| !n.contains('*')).count().min(names.len().saturating_sub(1));
        let folder = names[..fixed].iter().fold(one.base.clone(), |path, name| path.join(name));
        (pattern::normal(&folder), names[fixed..].join("/"))
    };
    let fill = |m: &str| {
        // One after the other from the left: what is filled in is not looked through again.
        let mut out = String::new();
        let mut rest = template;
        while let Some((text, more)) = rest.split_once('{') {
            let (hole, more) = more.split_once('}').unwrap_or((more, ""));
            out.push_str(text);
            out.push_str(match hole {
                "dir" => dir,
                "s" => stem,
                "id8" => id8,
                _ => m,
            });
            rest = more;
        }
        out + rest
    };
    if template.contains("{m}") {
        let stems = before.iter().filter_map(|p| p.file_stem().and_then(|s| s.to_str()));
        return stems.map(|m| split(&fill(m))).collect();
    }
    vec![split(&fill(""))]
}

#[cfg(test)]
mod tests {
    use super::super::join::join;
    use super::super::places::named;
    use super::*;
    use std::time::Duration;

    fn found(path: &str, seconds: u64) -> Found {
        Found { path: path.into(), size: 1, modified: UNIX_EPOCH + Duration::from_secs(seconds) }
    }

    fn mains(all: &[Candidate]) -> Vec<&str> {
        all.iter().filter_map(|c| c.main.to_str()).collect()
    }

    #[test]
    fn files_of_sub_agents_are_no_sessions_of_their_own() {
        let files = [
            found("/b/.claude/projects/p/agent-1.jsonl", 1),
            found("/b/.claude/projects/p/s.jsonl", 1),
            found("/b/.claude/projects/p/s/subagents/agent-2.jsonl", 1),
            found("/b/copy/t.jsonl", 1),
            found("/b/copy/t/subagents/agent-3.jsonl", 1),
        ];
        let mut all = anywhere(&files, Path::new("/b"));
        all[0].parent = Some("s".to_owned());
        let all = join(all);
        assert_eq!(mains(&all), ["/b/.claude/projects/p/s.jsonl", "/b/copy/t.jsonl"]);
        assert_eq!(all[0].children, [Path::new("/b/.claude/projects/p/agent-1.jsonl")]);
        assert_eq!(all[0].agent.map(|a| a.id), Some("claude-code"));
        assert_eq!(
            part(&all[0], all[0].parts[0], &[]),
            [("/b/.claude/projects/p/s/subagents".into(), "**/agent-*.jsonl".to_owned())]
        );
    }

    #[test]
    fn the_parts_of_opencode_are_looked_for_by_session_and_message() {
        let files = [
            found("/b/opencode/storage/message/ses_1/msg_1.json", 1),
            found("/b/opencode/storage/part/msg_1/prt_1.json", 1),
            found("/b/opencode/storage/session/p/ses_1.json", 1),
        ];
        let all = anywhere(&files, Path::new("/b"));
        assert_eq!(mains(&all), ["/b/opencode/storage/session/p/ses_1.json"]);
        let messages = part(&all[0], all[0].parts[0], &[]);
        assert_eq!(messages, [("/b/opencode/storage/message/ses_1".into(), "*.json".to_owned())]);
        let parts = part(&all[0], all[0].parts[1], &["/b/opencode/storage/message/ses_1/msg_1.json".into()]);
        assert_eq!(parts, [("/b/opencode/storage/part/msg_1".into(), "*.json".to_owned())]);
    }

    #[test]
    fn the_sub_agents_of_gemini_are_in_a_folder_named_after_the_session() {
        let files = [
            found("/b/.gemini/tmp/h/chats/abcd1234-ef/sub.jsonl", 1),
            found("/b/.gemini/tmp/h/chats/session-2026-05-04T10-00-abcd1234.jsonl", 1),
        ];
        let all = anywhere(&files, Path::new("/b"));
        assert_eq!(mains(&all), ["/b/.gemini/tmp/h/chats/session-2026-05-04T10-00-abcd1234.jsonl"]);
        let part = part(&all[0], all[0].parts[0], &[]);
        assert_eq!(part, [("/b/.gemini/tmp/h/chats".into(), "abcd1234*/*.jsonl".to_owned())]);
    }

    #[test]
    fn a_folder_is_one_session_with_its_best_file() {
        let kimi = named("kimi").expect("an agent");
        let files = [found("/k/a/b/context.jsonl", 9), found("/k/a/b/wire.jsonl", 1), found("/k/a/c/context.jsonl", 2)];
        let all = in_place(&files, kimi, &kimi.places[0], Path::new("/k"));
        assert_eq!(mains(&all), ["/k/a/b/wire.jsonl", "/k/a/c/context.jsonl"]);
        assert_eq!(all[0].modified, 9000);
    }
}
