//! `hindcast policy`

use crate::args::PolicyFile as Args;
use crate::failure::Failure;
use crate::{input, output};
use hindcast_retro::policy::{Holiday, Policy, Response};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

/// Reads a policy, or takes the built-in one. What is left out of its calendars is told.
pub fn or_builtin(path: Option<&Path>) -> Result<Policy, Failure> {
    path.map_or_else(|| Ok(Policy::builtin()), read)
}

fn read(path: &Path) -> Result<Policy, Failure> {
    let yaml = input::text(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    // A policy names calendars beside it, and a path with folders is followed from there.
    let mut file = |name: &str| input::bytes(&folder.join(name.trim())).map_err(Failure::into_text);
    let policy =
        Policy::parse_with(&yaml, &mut file).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
    for note in policy.notes() {
        output::complain(&format!("warning: {note}"));
    }
    Ok(policy)
}

/// Checks a policy and prints what it says.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let policy = read(&args.policy)?;
    let mut out = format!("Days end at midnight in {}.\n", policy.zone_name());
    for level in (1..=4).filter_map(|l| policy.level(l)) {
        let response = match level.response {
            Response::SameDay => "same day",
            Response::NextDay => "next day",
            Response::NormalCycle => "normal cycle",
            Response::None => "none",
        };
        let retro = level.retro_business_days.map(|d| format!(", retro within {d} business days")).unwrap_or_default();
        let _ = writeln!(out, "Sev {}: {}; response {response}{retro}", level.level, level.means);
    }
    let holidays = policy.calendar().holidays().all();
    let _ = writeln!(out, "{} holidays", holidays.len());
    for holiday in holidays {
        let _ = writeln!(out, "  {}", told(holiday));
    }
    output::data(None, out.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn told(holiday: &Holiday) -> String {
    let mut out = holiday.first.to_string();
    if holiday.days > 1 {
        let _ = write!(out, ", {} days", holiday.days);
    }
    if let Some(yearly) = holiday.yearly {
        out.push_str(", every year");
        let _ = yearly.until.map(|until| write!(out, " until {until}"));
        let _ = yearly.count.map(|count| write!(out, ", {count} times"));
        let left_out = holiday.except.iter().map(|d| d.to_string()).collect::<Vec<_>>().join(", ");
        if !left_out.is_empty() {
            let _ = write!(out, ", without {left_out}");
        }
    }
    if !holiday.name.is_empty() {
        let _ = write!(out, "  {}", holiday.name);
    }
    out
}
