//! `hindcast show`

use crate::args::Show as Args;
use crate::failure::Failure;
use crate::{input, output, redact};
use hindcast_detect::Session;
use hindcast_render::show::{self, Look};
use std::fmt::Write;
use std::process::ExitCode;

/// Shows.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let contracts = input::contracts(args.contracts.as_deref())?;
    let evidence = redact::evidence(&args.select.input.files, args.select.redact)?;
    let reading = input::sessions(&evidence, args.select.input.input_format)?;
    let traces = input::select(&reading, &args.select)?;
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

fn paint(out: &mut String, look: Look, text: &str) {
    let code = match look {
        Look::Plain => "",
        Look::Quiet => "2",
        Look::Strong => "1",
        Look::Alarm => "31",
    };
    let _ = if code.is_empty() { write!(out, "{text}") } else { write!(out, "\x1b[{code}m{text}\x1b[0m") };
}
