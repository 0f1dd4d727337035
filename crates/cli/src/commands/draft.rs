//! `hindcast draft`

use super::policy;
use crate::args::{Draft as Args, Format};
use crate::failure::Failure;
use crate::input::bulk::Bulk;
use crate::input::{self, Meant};
use crate::output::Flow;
use crate::{output, parallel, redact};
use hindcast_detect::Contracts;
use hindcast_render::markdown;
use hindcast_render::show::clean;
use hindcast_retro::draft::{Draft, Drafts};
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::merge::Edits;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Input, questions};
use hindcast_trace::{Detection, Evidence, Trace};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Drafts.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let select = &super::discover::resolve(&args.select)?;
    let asked = &select.input;
    let files = input::files::of(&asked.files)?;
    if let Some(output) = &args.output {
        input::must_not_be(output, &files)?;
    }
    let contracts = input::contracts(args.contracts.as_deref())?;
    let mut facts = facts(args.context.as_deref())?;
    if let Some(kind) = args.kind {
        facts.choose_kind(kind);
    }
    let policy = policy::or_builtin(args.policy.as_deref())?;
    let earlier = args.update.as_deref().map(earlier).transpose()?;
    let with = With { args, contracts: &contracts, policy: &policy, earlier: earlier.as_ref() };
    let masking = select.masking().and_policy(policy.masks_ip_addresses());
    if let Some(bulk) = input::bulk::of(&files, asked.input_format, masking.is_on())? {
        if select.all {
            return with.all(bulk, &facts);
        }
        let chosen = bulk.select(select)?;
        tell_lossy(&chosen.detections);
        return with.these(&[&chosen.trace], &chosen.evidence, &facts);
    }
    let mut evidence = redact::evidence(&files, Meant::Traces(asked.input_format), masking)?;
    let reading = input::sessions(&files, &mut evidence, asked.input_format, asked.memory)?;
    tell_lossy(&reading.detections);
    let traces = input::select(&reading, select)?;
    with.these(&traces, &evidence, &facts)
}

fn tell_lossy(detections: &[Detection]) {
    for lost in detections.iter().flat_map(|d| &d.lossy) {
        output::complain(&format!("note: {}", clean(lost)));
    }
}

/// What every draft of one run is made with.
struct With<'a> {
    args: &'a Args,
    contracts: &'a Contracts,
    policy: &'a Policy,
    earlier: Option<&'a Edits>,
}

impl With<'_> {
    fn draft(&self, trace: &Trace, evidence: &[Evidence], facts: &Facts) -> (Draft, Vec<String>) {
        let input = Input { trace, evidence, contracts: self.contracts, facts, policy: self.policy };
        match self.earlier {
            Some(edits) => hindcast_retro::redraft(&input, edits),
            None => (hindcast_retro::draft(&input), Vec::new()),
        }
    }

    /// Drafts sessions that are in memory, on all cores.
    fn these(&self, traces: &[&Trace], evidence: &[Evidence], facts: &Facts) -> Result<ExitCode, Failure> {
        let args = self.args;
        if self.earlier.is_some() && traces.len() > 1 {
            return Err(one_at_a_time());
        }
        // Words of a session stand in the message.
        facts.look_up(traces).map_err(|e| Failure::Input(clean(&e.to_string())))?;
        let progress = output::progress(traces.len() as u64, "drafting");
        let done = parallel::map(traces, |trace| {
            let done = self.draft(trace, evidence, facts);
            progress.inc(1);
            done
        });
        progress.finish_and_clear();
        let mut drafts: Vec<Draft> = Vec::with_capacity(done.len());
        for (draft, warnings) in done {
            warnings.iter().for_each(|w| output::complain(&format!("note: {}", clean(w))));
            drafts.push(draft);
        }
        let text = if args.questions { drafts.iter().map(questions::yaml).collect() } else { render(drafts, args)? };
        output::data(args.output.as_deref(), text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    /// Drafts all sessions of files that are too large for memory, and writes each draft as it is made.
    fn all(&self, bulk: Bulk<'_>, facts: &Facts) -> Result<ExitCode, Failure> {
        let args = self.args;
        if self.earlier.is_some() {
            return Err(one_at_a_time());
        }
        if facts.findings.iter().flatten().next().is_some() {
            return Err(Failure::Usage(
                "findings of people need one session in files of this size; choose it with --session ID.".to_owned(),
            ));
        }
        if args.format == Format::Html && !args.questions {
            return Err(Failure::Usage(
                "the sessions of files of this size do not fit on one HTML page; choose one with --session ID, or another --format.".to_owned(),
            ));
        }
        let mut flow = Flow::to(args.output.as_deref())?;
        let json = args.format == Format::Json && !args.questions;
        if json {
            flow.write("{\n  \"drafts\": [")?;
        }
        let work = |trace: Trace, evidence: &Arc<Vec<Evidence>>| {
            let (draft, _) = self.draft(&trace, evidence, facts);
            match (args.questions, json) {
                (true, _) => Ok(markdown::Written { text: questions::yaml(&draft), warnings: Vec::new() }),
                (_, true) => serde_json::to_string_pretty(&draft)
                    .map(|text| markdown::Written { text, warnings: Vec::new() })
                    .map_err(|e| Failure::Output(format!("the draft could not be written: {e}"))),
                _ => Ok(markdown::page_of_several(&draft)),
            }
        };
        let mut count = 0;
        let done = bulk.each("drafting", work, |written| {
            let markdown::Written { text, warnings } = written?;
            warnings.iter().for_each(|w| output::complain(&format!("note: {}", clean(w))));
            count += 1;
            match (args.questions, json) {
                (true, _) => flow.more(&text),
                (_, true) => flow.more(&input::bulk::list_item(&text, count == 1)),
                _ => flow.more(&markdown::numbered(&text, count)),
            }
        })?;
        let Some(done) = done else { return Ok(ExitCode::SUCCESS) };
        done.lossy.iter().for_each(|lost| output::complain(&format!("note: {}", clean(lost))));
        if json {
            flow.write("\n  ]\n}\n")?;
        }
        flow.finish()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn one_at_a_time() -> Failure {
    Failure::Usage("--update needs one session; choose it with --session ID.".to_owned())
}

fn render(drafts: Vec<Draft>, args: &Args) -> Result<String, Failure> {
    let internal = |e: &dyn std::fmt::Display| Failure::Output(format!("the draft could not be written: {e}"));
    Ok(match args.format {
        Format::Markdown => {
            let written = markdown::pages(&drafts);
            written.warnings.iter().for_each(|w| output::complain(&format!("note: {}", clean(w))));
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
