//! `hindcast verify`

use crate::args::Verify as Args;
use crate::failure::Failure;
use crate::input::{self, Meant};
use crate::masking::Masking;
use crate::output;
use crate::redact;
use hindcast_render::show::clean;
use hindcast_retro::verify::{Broken, Fault, verify};
use std::fmt::Write;
use std::process::ExitCode;

/// Verifies.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let drafts = input::drafts(&args.draft)?;
    let files = input::files::of(&args.files)?;
    let masking = Masking::of(args.redact, args.redact_ip);
    let evidence = match input::bulk::cited(&files, &drafts, masking.is_on())? {
        Some(lines) => lines,
        None => redact::evidence(&files, Meant::All, masking)?,
    };
    let mut text = String::new();
    let (mut quotes, mut broken) = (0, 0);
    let several = drafts.len() > 1;
    for draft in &drafts {
        let check = verify(draft, &evidence);
        quotes += check.quotes;
        broken += check.broken.len();
        for (name, found) in &check.changed {
            match found {
                Some(id) => output::complain(&format!(
                    "note: {} is not the original file (its hash is now {}); each quote was checked separately",
                    clean(name),
                    id.short()
                )),
                None => output::complain(&format!("note: {} is not among the files", clean(name))),
            }
        }
        for item in &check.broken {
            if several {
                let _ = write!(text, "session {}: ", clean(&draft.session.key));
            }
            text.push_str(&describe(item));
        }
    }
    let verdict = match (broken, quotes) {
        (0, 0) => "the draft has no quotes to check".to_owned(),
        (0, n) => format!("all {n} quotes match"),
        (b, n) => format!("{b} of {n} quotes no longer match"),
    };
    let _ = writeln!(text, "{verdict}");
    output::data(None, text.as_bytes())?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn describe(broken: &Broken) -> String {
    let q = &broken.quote;
    let what = match &broken.fault {
        Fault::Erased(how) => format!("its evidence {} was erased {how}", q.evidence.short()),
        Fault::NoEvidence => format!("its evidence {} is not among the files", q.evidence.short()),
        Fault::PathGone => "this location no longer exists".to_owned(),
        Fault::Differs(found) => format!("found \"{}\"", clean(found)),
    };
    let on: Vec<_> = broken.statements.iter().map(|(section, id)| format!("{section} {id}")).collect();
    format!(
        "{}: event {}, {} bytes {} to {}\n  expected \"{}\"\n  {what}\n  cited by: {}\n",
        q.id,
        q.event,
        clean(&q.locator.to_string()),
        q.start,
        q.end,
        clean(&q.text),
        on.join(", ")
    )
}
