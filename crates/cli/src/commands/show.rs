//! `hindcast show`

use crate::args::Show as Args;
use crate::failure::Failure;
use crate::input::bulk::Bulk;
use crate::input::{self, Meant};
use crate::output::{Flow, paint};
use crate::{output, parallel, redact};
use hindcast_detect::{Contracts, Session};
use hindcast_render::show::{self, Look};
use hindcast_trace::{Detection, Evidence, Trace};
use std::process::ExitCode;
use std::sync::Arc;

/// Shows.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let contracts = input::contracts(args.contracts.as_deref())?;
    let select = &super::discover::resolve(&args.select)?;
    let asked = &select.input;
    let files = input::files::of(&asked.files)?;
    if let Some(bulk) = input::bulk::of(&files, asked.input_format, select.masking().is_on())? {
        if select.all {
            return all(args, bulk, &contracts);
        }
        let chosen = bulk.select(select)?;
        return these(args, &[&chosen.trace], &chosen.evidence, &chosen.detections, &contracts);
    }
    let mut evidence = redact::evidence(&files, Meant::Traces(asked.input_format), select.masking())?;
    let reading = input::sessions(&files, &mut evidence, asked.input_format, asked.memory)?;
    let traces = input::select(&reading, select)?;
    these(args, &traces, &evidence, &reading.detections, &contracts)
}

/// Shows sessions that are in memory.
fn these(
    args: &Args,
    traces: &[&Trace],
    evidence: &[Evidence],
    detections: &[Detection],
    contracts: &Contracts,
) -> Result<ExitCode, Failure> {
    if args.json {
        let mut all = parallel::map(traces, |t| show::trace_json(&Session::new(t, contracts), evidence));
        let value = if args.select.all { serde_json::json!({ "traces": all }) } else { all.remove(0) };
        let mut text = pretty(&value)?;
        text.push('\n');
        output::data(None, text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    head(&mut text, detections, evidence);
    for timeline in parallel::map(traces, |t| timeline(t, contracts)) {
        text.push_str(&timeline);
    }
    output::styled(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Shows all sessions of files that are too large for memory, each as it is read.
fn all(args: &Args, bulk: Bulk<'_>, contracts: &Contracts) -> Result<ExitCode, Failure> {
    let mut flow = Flow::to(None)?;
    if args.json {
        flow.write("{\n  \"traces\": [")?;
    }
    let work = |trace: Trace, evidence: &Arc<Vec<Evidence>>| match args.json {
        true => pretty(&show::trace_json(&Session::new(&trace, contracts), evidence)),
        false => Ok(timeline(&trace, contracts)),
    };
    let mut first = true;
    let done = bulk.each("reading", work, |text| {
        let text = text?;
        let text = if args.json { input::bulk::list_item(&text, first) } else { text };
        first = false;
        flow.more(&text)
    })?;
    let Some(done) = done else { return Ok(ExitCode::SUCCESS) };
    // What the files are is known only now.
    done.lossy.iter().for_each(|lost| output::complain(&format!("note: {}", show::clean(lost))));
    if args.json {
        flow.write("\n  ]\n}\n")?;
    }
    flow.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn pretty(value: &serde_json::Value) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|e| Failure::Output(e.to_string()))
}

fn head(text: &mut String, detections: &[Detection], evidence: &[Evidence]) {
    for detection in detections {
        let file = evidence.get(detection.evidence).map_or("", |e| e.name.as_str());
        paint(text, Look::Quiet, &format!("{}\n", show::detection(detection, file)));
        for lost in &detection.lossy {
            paint(text, Look::Alarm, &format!("not read: {}\n", show::clean(lost)));
        }
    }
}

fn timeline(trace: &Trace, contracts: &Contracts) -> String {
    let mut text = "\n".to_owned();
    for (look, run) in show::timeline(&Session::new(trace, contracts)) {
        paint(&mut text, look, &run);
    }
    text
}
