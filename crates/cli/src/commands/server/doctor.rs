//! `hindcast doctor`

use super::record::{block_on, place};
use super::{anchor, mail, oidc};
use crate::args::server::{AnchorPosts, Doctor as Args, Mail, Oidc};
use crate::commands::policy;
use crate::failure::Failure;
use crate::output;
use hindcast_render::show::Look;
use hindcast_server::Clock;
use hindcast_store::doctor::{self, Level, Line};
use std::process::ExitCode;

/// Checks a record and its place.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut lines = block_on(doctor::run(&place(&args.record), Clock::System.now(), args.fix))?;
    lines.extend(args.policy.as_deref().map(|path| match policy::or_builtin(Some(path)) {
        Ok(_) => Line { name: "policy", level: Level::Ok, found: format!("{} is valid", path.display()), advice: None },
        Err(e) => {
            let advice = "Correct it; the server does not start with it. `hindcast policy` checks it.".to_owned();
            Line { name: "policy", level: Level::Fault, found: e.into_text(), advice: Some(advice) }
        }
    }));
    lines.extend(provider(&args.oidc)?);
    lines.extend(webhook(&args.anchor)?);
    lines.extend(smtp(&args.mail)?);
    let faults = lines.iter().filter(|l| l.level == Level::Fault).count();
    let warnings = lines.iter().filter(|l| l.level == Level::Warning).count();
    if args.json {
        let all = serde_json::json!({ "faults": faults, "warnings": warnings, "checks": lines });
        output::data(None, format!("{all:#}\n").as_bytes())?;
    } else {
        output::styled(&text(&lines, faults, warnings))?;
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Whether the sign-in provider responds as a sign-in needs it. No line if the server has none.
fn provider(args: &Oidc) -> Result<Option<Line>, Failure> {
    const CHECK: &str =
        "Check the --oidc options, and from this machine the network, DNS, the proxy and the certificates.";
    let found = match oidc::settings(args) {
        Ok(None) => return Ok(None),
        Ok(Some(settings)) => block_on(hindcast_server::check_provider(&settings))?,
        Err(e) => Err(e.into_text()),
    };
    let name = "sign-in";
    Ok(Some(match found {
        Ok(keys) => {
            let s = if keys == 1 { "" } else { "s" };
            let found = format!("the provider responds and publishes {keys} key{s}; the client secret was not tried");
            Line { name, level: Level::Ok, found, advice: None }
        }
        Err(found) => {
            Line { name, level: Level::Fault, found: format!("the provider: {found}"), advice: Some(CHECK.to_owned()) }
        }
    }))
}

/// Whether the host of the webhook can be reached. No line if the server has none.
fn webhook(args: &AnchorPosts) -> Result<Option<Line>, Failure> {
    const CHECK: &str = "Check --anchor-url, and from this machine the network, DNS and the certificates. Until then, no head is posted.";
    let (name, warning) =
        ("webhook", |found| Line { name: "webhook", level: Level::Warning, found, advice: Some(CHECK.to_owned()) });
    let hook = match anchor::schedule(args) {
        Ok(None) => return Ok(None),
        Ok(Some(schedule)) => schedule.webhook,
        Err(e) => return Ok(Some(warning(e.into_text()))),
    };
    Ok(Some(match block_on(hook.reach())? {
        Ok(()) => {
            let found = format!("{} accepts connections; nothing was sent", hook.host());
            Line { name, level: Level::Ok, found, advice: None }
        }
        Err(e) => warning(format!("{} cannot be reached: {e}", hook.host())),
    }))
}

/// Whether the SMTP server responds and accepts the password. No line if the server sends no mail.
fn smtp(args: &Mail) -> Result<Option<Line>, Failure> {
    const CHECK: &str = "Check the --mail options, and from this machine the network, DNS and the certificates. Until then, nobody can reset a password by mail.";
    let (name, warning) =
        ("smtp", |found| Line { name: "smtp", level: Level::Warning, found, advice: Some(CHECK.to_owned()) });
    let settings = match mail::settings(args) {
        Ok(None) => return Ok(None),
        Ok(Some(settings)) => settings,
        Err(e) => return Ok(Some(warning(e.into_text()))),
    };
    Ok(Some(match block_on(hindcast_server::check_mail(&settings))? {
        Ok(()) => {
            let signed_in = if settings.credentials.is_some() { " and accepts the password" } else { "" };
            let found = format!("{} answers{signed_in}; nothing was sent", settings.host);
            Line { name, level: Level::Ok, found, advice: None }
        }
        Err(e) => warning(format!("{}: {e}", settings.host)),
    }))
}

fn text(lines: &[Line], faults: usize, warnings: usize) -> String {
    let mut out = String::new();
    for line in lines {
        let look = match line.level {
            Level::Ok => Look::Plain,
            Level::Warning => Look::Strong,
            Level::Fault => Look::Alarm,
        };
        output::paint(&mut out, look, &format!("{:<8}", line.level.name()));
        out.push_str(&format!("{:<10} {}\n", line.name, line.found));
        if let Some(advice) = &line.advice {
            out.push_str(&format!("{:19}{advice}\n", ""));
        }
    }
    out.push_str(&format!("{faults} faults, {warnings} warnings\n"));
    out
}
