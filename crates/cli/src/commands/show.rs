//! `hindcast show`

use crate::args::Show as Args;
use crate::failure::Failure;
use crate::output::paint;
use crate::{input, output, redact};
use hindcast_detect::Session;
use hindcast_render::show::{self, Look};
use std::process::ExitCode;

/// Shows.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let contracts = input::contracts(args.contracts.as_deref())?;
    let select = &super::discover::resolve(&args.select)?;
    let evidence = redact::evidence(&select.input.files, select.redact)?;
    let reading = input::sessions(&evidence, select.input.input_format)?;
    let traces = input::select(&reading, select)?;
    if args.json {
        let mut all: Vec<_> =
            traces.iter().map(|t| show::trace_json(&Session::new(t, &contracts), &evidence)).collect();
        let value = if args.select.all { serde_json::json!({ "traces": all }) } else { all.remove(0) };
        let mut text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Output(e.to_string()))?;
        text.push('\n');
        output::data(None, text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    for detection in &reading.detections {
        let file = evidence.get(detection.evidence).map_or("", |e| e.name.as_str());
        paint(&mut text, Look::Quiet, &format!("{}\n", show::detection(detection, file)));
        for lost in &detection.lossy {
            paint(&mut text, Look::Alarm, &format!("not read: {}\n", show::clean(lost)));
        }
    }
    for trace in traces {
        text.push('\n');
        for (look, run) in show::timeline(&Session::new(trace, &contracts)) {
            paint(&mut text, look, &run);
        }
    }
    output::styled(&text)?;
    Ok(ExitCode::SUCCESS)
}
