//! `hindcast discover`, and the newest session for `--last`.

use crate::args::{Discover as Args, Select};
use crate::discover::places::{self, Agent};
use crate::discover::report::{Report, Session};
use crate::discover::text::{self, View};
use crate::discover::{Discovered, Machine, Question, Step, discover};
use crate::failure::Failure;
use crate::output;
use hindcast_render::show::{Look, clean};
use hindcast_render::visible;
use indicatif::ProgressBar;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

/// Lists sessions.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    for path in &args.path {
        must_be_a_folder(path)?;
    }
    let zone = TimeZone::system();
    #[expect(
        clippy::disallowed_methods,
        reason = "the age in --since counts from now, and only the program knows that"
    )]
    let now = Timestamp::now();
    let machine = Machine::this();
    let agent = args.agent.and_then(places::named);
    let bar: OnceLock<ProgressBar> = OnceLock::new();
    let doing = if args.no_check { "reading sessions" } else { "checking sessions" };
    let Discovered { report, skipped } = discover(
        &machine,
        &Question {
            paths: &args.path,
            agent,
            since: args.since.map(|s| s.moment(now, &zone)),
            limit: Some(args.limit).filter(|n| *n > 0),
            check: !args.no_check,
            progress: &|step| match step {
                Step::Of(all) => drop(bar.set(output::progress(all as u64, doing))),
                Step::Read => bar.get().into_iter().for_each(|bar| bar.inc(1)),
            },
        },
    );
    bar.get().into_iter().for_each(ProgressBar::finish_and_clear);
    if args.json {
        let mut json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Output(e.to_string()))?;
        json.push('\n');
        output::data(None, json.as_bytes())?;
    } else {
        print(&report, &machine, zone, args)?;
    }
    tell(&report, skipped, args.verbose && !args.json, args.json);
    Ok(if report.sessions.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn print(report: &Report, machine: &Machine<'_>, zone: TimeZone, args: &Args) -> Result<(), Failure> {
    if report.sessions.is_empty() {
        return output::styled(&text::nothing(report, args.agent.is_some() || args.since.is_some()));
    }
    let view = View { zone, width: output::width(), path: &|p| machine.shown(p) };
    let mut out = String::new();
    for (look, run) in text::list(report, &view) {
        output::paint(&mut out, look, &run);
    }
    // `--last` looks where no folder is named, and at every time.
    let next = match args.agent {
        _ if !args.path.is_empty() => "Draft one: hindcast draft FILE".to_owned(),
        Some(agent) => format!("Draft the newest: hindcast draft --last --agent {agent}"),
        None => "Draft the newest: hindcast draft --last".to_owned(),
    };
    let zone = match view.zone.iana_name() {
        Some("UTC" | "Etc/UTC") => "UTC",
        Some(name) => name,
        None => "local time",
    };
    output::paint(&mut out, Look::Quiet, &format!("\n{} Times: {zone}. {next}\n", text::foot(report)));
    output::styled(&out)
}

/// What was left out goes to standard error.
fn tell(report: &Report, skipped: Option<String>, verbose: bool, json: bool) {
    if let Some(line) = skipped {
        let hint = if verbose || json { "" } else { " (details: -v)" };
        output::complain(&format!("note: {line}{hint}"));
    }
    if !verbose {
        return;
    }
    for skip in &report.skipped {
        output::complain(&format!("  {}: {}", clean(&skip.path), skip.detail));
    }
    for store in &report.unread_stores {
        output::complain(&format!("note: not read: {} ({}). {}", store.name, clean(&store.path), store.instead));
    }
    output::complain("places:");
    for place in &report.places {
        let agent = place.agent.as_deref().unwrap_or("--path");
        let exists = if place.exists { "" } else { " (does not exist)" };
        output::complain(&format!("  {agent}: {}{exists}", clean(&place.path)));
    }
}

fn must_be_a_folder(path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(Failure::Input(format!(
            "{} is a file; --path expects a folder. Read a file with: hindcast show FILE",
            path.display()
        ))),
        Err(e) => Err(Failure::Input(format!("{}: {e}. Check the path.", path.display()))),
    }
}

/// What to read: the files that were named, or those of the newest session.
pub fn resolve(select: &Select) -> Result<Cow<'_, Select>, Failure> {
    if !select.input.last {
        if select.input.agent.is_some() {
            return Err(Failure::Usage(
                "--agent needs --last, which reads the newest session of that agent.".to_owned(),
            ));
        }
        return Ok(Cow::Borrowed(select));
    }
    let newest = newest(select.input.agent.and_then(places::named), select.masking().is_on())?;
    let mut select = select.clone();
    // Under redaction the ID may be masked; a file of an agent holds one session as a rule.
    select.session = Some(newest.id).filter(|_| !select.masking().is_on());
    select.input.files = newest.paths;
    Ok(Cow::Owned(select))
}

/// The newest session that can be read.
fn newest(agent: Option<&'static Agent>, redact: bool) -> Result<Session, Failure> {
    let machine = Machine::this();
    let question = Question { paths: &[], agent, since: None, limit: Some(1), check: false, progress: &|_| () };
    let Discovered { report, skipped } = discover(&machine, &question);
    tell(&report, skipped, false, false);
    let Some(session) = report.sessions.into_iter().next() else {
        let of = agent.map_or_else(|| "a known agent".to_owned(), |a| a.name.to_owned());
        return Err(Failure::Input(format!(
            "no session of {of} was found on this machine. List the places with: hindcast discover -v"
        )));
    };
    let file = session.paths.first().map(|f| machine.shown(f)).unwrap_or_default();
    // A title holds words of the session, which have not been masked.
    let title = session
        .title
        .as_deref()
        .filter(|_| !redact)
        .map_or_else(String::new, |t| format!(" “{}”", visible::label(t, 60)));
    output::complain(&format!("note: the newest session is {}{title} ({file})", session.agent_name));
    Ok(session)
}
