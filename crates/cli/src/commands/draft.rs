//! `hindcast draft`

use super::policy;
use crate::args::{Draft as Args, Format};
use crate::failure::Failure;
use crate::{input, output, redact};
use hindcast_render::markdown;
use hindcast_retro::draft::{Draft, Drafts};
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::merge::Edits;
use hindcast_retro::{Input, questions};
use std::path::Path;
use std::process::ExitCode;

/// Drafts.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let select = &super::discover::resolve(&args.select)?;
    if let Some(output) = &args.output {
        input::must_not_be(output, &select.input.files)?;
    }
    let contracts = input::contracts(args.contracts.as_deref())?;
    let mut facts = facts(args.context.as_deref())?;
    if let Some(kind) = args.kind {
        facts.choose_kind(kind);
    }
    let policy = policy::or_builtin(args.policy.as_deref())?;
    let earlier = args.update.as_deref().map(earlier).transpose()?;
    let evidence = redact::evidence(&select.input.files, select.redact)?;
    let reading = input::sessions(&evidence, select.input.input_format)?;
    for lost in reading.detections.iter().flat_map(|d| &d.lossy) {
        output::complain(&format!("note: {}", hindcast_render::show::clean(lost)));
    }
    let traces = input::select(&reading, select)?;
    if earlier.is_some() && traces.len() > 1 {
        return Err(Failure::Usage("--update needs one session; choose it with --session ID.".to_owned()));
    }
    // Words of a session stand in the message.
    facts.look_up(&traces).map_err(|e| Failure::Input(hindcast_render::show::clean(&e.to_string())))?;
    let progress = output::progress(traces.len() as u64, "drafting");
    let mut drafts: Vec<Draft> = Vec::with_capacity(traces.len());
    for trace in traces {
        let input = Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy };
        drafts.push(match &earlier {
            Some(edits) => {
                let (draft, warnings) = hindcast_retro::redraft(&input, edits);
                warnings.iter().for_each(|w| output::complain(&format!("note: {}", hindcast_render::show::clean(w))));
                draft
            }
            None => hindcast_retro::draft(&input),
        });
        progress.inc(1);
    }
    progress.finish_and_clear();
    let text = if args.questions { drafts.iter().map(questions::yaml).collect() } else { render(drafts, args)? };
    output::data(args.output.as_deref(), text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn render(drafts: Vec<Draft>, args: &Args) -> Result<String, Failure> {
    let internal = |e: &dyn std::fmt::Display| Failure::Output(format!("the draft could not be written: {e}"));
    Ok(match args.format {
        Format::Markdown => {
            let written = markdown::pages(&drafts);
            written
                .warnings
                .iter()
                .for_each(|w| output::complain(&format!("note: {}", hindcast_render::show::clean(w))));
            written.text
        }
        Format::Html => hindcast_render::html::pages(&drafts).map_err(|e| internal(&e))?,
        Format::Json => {
            let mut text = match <[Draft; 1]>::try_from(drafts) {
                Ok([draft]) if !args.select.all => serde_json::to_string_pretty(&draft),
                Ok([draft]) => serde_json::to_string_pretty(&Drafts { drafts: vec![draft] }),
                Err(drafts) => serde_json::to_string_pretty(&Drafts { drafts }),
            }
            .map_err(|e| internal(&e))?;
            text.push('\n');
            text
        }
    })
}

fn facts(path: Option<&Path>) -> Result<Facts, Failure> {
    let Some(path) = path else { return Ok(Facts::default()) };
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    facts::parse(&input::text(path)?, &name).map_err(|e| Failure::Input(e.to_string()))
}

/// What people did to an earlier retro.
fn earlier(path: &Path) -> Result<Edits, Failure> {
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let text = input::text(path)?;
    if text.trim_start().starts_with('{') {
        return match &input::drafts(path)?[..] {
            [one] => Ok(Edits::of(one)),
            many => {
                Err(Failure::Input(format!("{} contains {} drafts; update one at a time.", path.display(), many.len())))
            }
        };
    }
    markdown::read(&text, &name).map_err(|e| Failure::Input(e.to_string()))
}
