//! Everything was to be built or tested, every run was limited to one part, and all of it is told: `-pl billing-core` and "all modules".

use super::Seen;
use crate::detectors::closing::{all, leaves, short};
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, RestsOn};
use crate::prose::classes::class;
use crate::prose::forms::each;
use crate::prose::wordlists::line;
use crate::session::Call;

/// The rule path.
const PATH: &str = "partial";
/// Programs that build and test, and what limits them to a part.
const LIMITS: [&str; 12] = [
    "-pl",
    "--projects",
    "--filter",
    "-p",
    "--package",
    "--project",
    "--workspace",
    "-w",
    "--scope",
    "--testprojects",
    "--only",
    "--target",
];
const PROGRAMS: [&str; 16] = [
    "mvn", "mvnw", "pnpm", "npm", "yarn", "cargo", "lerna", "nx", "turbo", "gradle", "gradlew", "dotnet", "go",
    "bazel", "rush", "bun",
];
const JOBS: [&str; 9] = ["test", "verify", "build", "install", "package", "check", "compile", "nextest", "lint"];

/// Looks at the closing words.
pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    for closing in all(seen.session) {
        let upto = seen.session.calls.iter().filter(|c| c.event < closing.event);
        let runs: Vec<(&Call<'_>, Run)> = upto.flat_map(|c| commands(c).into_iter().map(move |r| (c, r))).collect();
        let Some((call, last)) = runs.last().filter(|(c, _)| c.event > closing.user) else { continue };
        let parts: Vec<&str> = runs.iter().map(|(_, r)| r.part.as_str()).collect();
        // Several parts may be all of them, and one run without a limit is of everything.
        if last.part.is_empty()
            || parts.iter().any(|p| *p != last.part)
            || last.part.contains([',', '*', '.']) && !last.part.starts_with("./")
            || last.part.contains("...")
        {
            continue;
        }
        let user = seen
            .session
            .messages
            .iter()
            .rev()
            .filter(|m| m.role == hindcast_trace::model::Role::User && m.event <= closing.user);
        let mut orders = user.flat_map(|m| m.texts.iter().map(move |t| (m.event, t)));
        let order = orders.find_map(|(event, t)| {
            Some((event, t, sentences(&t.text).into_iter().find(|s| of_all(&t.text[s.clone()]))?))
        });
        let Some((ordered, order, order_at)) = order else { continue };
        let text = &closing.text.text;
        let told = sentences(text).into_iter().find(|s| {
            let said = &text[s.clone()];
            of_all(said) && !limited(said) && job(said)
        });
        let Some(told) = told.and_then(|t| Cite::of(closing.event, closing.text, t)) else { continue };
        let Some(run) = call.arguments.and_then(|a| {
            let at = a.text.find(&last.limit)?;
            Cite::of(call.event, a, at..at + last.limit.len())
        }) else {
            continue;
        };
        let title = format!("Claimed \"{}\", but every run was limited to `{}`", short(told.text()), short(&last.part));
        let detail = format!(
            "The agent says \"{}\". Every command of that kind has `{}`; none ran without a limit to a part.",
            told.text(),
            last.limit
        );
        let finding = Finding::new("claimed-work", Category::Misinterpretation, closing.event, title, told)
            .path(PATH)
            .and(Some(run))
            .and(Cite::of(ordered, order, order_at))
            .detail(detail)
            .rests_on(RestsOn::Assumption("a limited run says nothing of the other parts".into()))
            .tool(&call.name.text);
        seen.find(format!("{}/partial", closing.event), finding);
    }
}

/// "Every module", "the whole workspace".
fn of_all(said: &str) -> bool {
    let words = line(said);
    let words: Vec<&str> = each(&words).collect();
    words
        .iter()
        .enumerate()
        .any(|(i, w)| class("all").has(w) && words[i + 1..words.len().min(i + 4)].iter().any(|n| class("part").has(n)))
}

/// Words that leave something out.
fn limited(said: &str) -> bool {
    const WORDS: [&str; 26] = [
        "only",
        "except",
        "but",
        "apart",
        "yet",
        "not",
        "will",
        "should",
        "nur",
        "ausser",
        "aber",
        "nicht",
        "sauf",
        "seulement",
        "pas",
        "solo",
        "salvo",
        "pero",
        "alleen",
        "behalve",
        "niet",
        "tylko",
        "oprocz",
        "bara",
        "utom",
        "inte",
    ];
    each(&line(said)).any(|w| WORDS.contains(&w))
}

/// Words of building, testing and how it went.
fn job(said: &str) -> bool {
    const STEMS: [&str; 22] = [
        "test", "build", "built", "compil", "green", "pass", "grun", "bau", "gebau", "verde", "vert", "passe", "pasa",
        "passa", "groen", "zielon", "gron", "bygg", "check", "run", "ran", "success",
    ];
    each(&line(said)).any(|w| STEMS.iter().any(|s| w.starts_with(s)))
}

/// A run of a build or test program.
struct Run {
    /// The part that it was limited to; nothing where it was not.
    part: String,
    /// The words of the limit as they stand.
    limit: String,
}

fn commands(call: &Call<'_>) -> Vec<Run> {
    let Some(args) = call.args() else { return Vec::new() };
    let command = leaves(args).into_iter().find(|(k, _)| matches!(k.as_str(), "command" | "cmd" | "script" | "code"));
    let Some((_, command)) = command.filter(|(_, c)| c.len() < 4000) else { return Vec::new() };
    let mut found = Vec::new();
    for part in command.split(['\n', ';', '|', '&']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let Some(at) = words.iter().position(|w| PROGRAMS.contains(&w.trim_start_matches("./"))) else { continue };
        let own = &words[at + 1..];
        if at > 2 || !own.iter().any(|w| JOBS.iter().any(|j| w == j || w.starts_with(&format!("{j}:")))) {
            continue;
        }
        let limit = own.iter().enumerate().find_map(|(i, w)| {
            let (name, value) = w.split_once('=').map_or((*w, None), |(n, v)| (n, Some(v)));
            if !LIMITS.contains(&name) {
                return None;
            }
            match value {
                Some(v) => Some((v.to_owned(), (*w).to_owned())),
                None => own.get(i + 1).filter(|v| !v.starts_with('-')).map(|v| ((*v).to_owned(), format!("{w} {v}"))),
            }
        });
        let (part, limit) = limit.unwrap_or_default();
        found.push(Run { part: part.trim_matches(['"', '\'']).to_owned(), limit });
    }
    found
}
