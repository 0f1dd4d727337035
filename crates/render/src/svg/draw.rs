//! Placing and writing the diagram.

use super::measure::wrap;
use crate::steps::{Lane, Shape, Step, Steps};
use crate::visible;
use std::fmt::{self, Write};

/// Sizes, in units that are pixels where the diagram is not scaled.
const SIZE: f64 = 12.0;
const LINE: f64 = 15.0;
/// Left of the lifelines: the events' numbers, and findings.
const GUTTER: f64 = 50.0;
/// What a page has room for. A diagram is as wide as that where its lifelines leave it the choice.
const ROOM: f64 = 836.0;
const HEAD: f64 = 58.0;

/// Writes the diagram.
pub fn sequence(steps: &Steps, prefix: &str, quote: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let lanes = steps.lanes.len().max(2) as f64;
    let apart = ((ROOM - GUTTER) / lanes).clamp(130.0, 220.0).floor();
    let _ = Drawing { steps, prefix, quote, apart, half: (apart / 2.0 - 6.0).min(84.0), y: HEAD }.write(&mut out);
    out
}

struct Drawing<'a> {
    steps: &'a Steps,
    prefix: &'a str,
    quote: &'a dyn Fn(&str) -> Option<String>,
    /// Between two lifelines.
    apart: f64,
    /// Half the width of a lifeline's head.
    half: f64,
    y: f64,
}

impl Drawing<'_> {
    fn write(mut self, out: &mut String) -> fmt::Result {
        let wide = self.right() + 6.0;
        let mut body = String::new();
        for step in &self.steps.steps {
            self.step(step, &mut body)?;
        }
        if self.steps.left_out > 0 {
            self.band(&format!("{} more lines in the timeline", self.steps.left_out), "fold", &mut body)?;
        }
        let high = self.y + 14.0;
        let prefix = self.prefix;
        write!(
            out,
            "<svg class=\"seq\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" width=\"{wide:.0}\" height=\"{high:.0}\" role=\"group\" aria-labelledby=\"{prefix}seq-title {prefix}seq-desc\">",
        )?;
        let lanes: Vec<_> = self.steps.lanes.iter().map(lane_words).collect();
        write!(
            out,
            "<title id=\"{prefix}seq-title\">Sequence diagram of the session</title><desc id=\"{prefix}seq-desc\">"
        )?;
        visible::escape(
            &format!(
                "{} steps between {}. The timeline has the same content as text.",
                self.steps.steps.len(),
                lanes.join(", ")
            ),
            out,
        )?;
        out.push_str("</desc>\n");
        for (i, lane) in self.steps.lanes.iter().enumerate() {
            self.lane(i, lane, high, out)?;
        }
        out.push_str(&body);
        out.push_str("</svg>\n");
        Ok(())
    }

    fn x(&self, lane: usize) -> f64 {
        GUTTER + 8.0 + self.half + self.apart * lane as f64
    }

    fn right(&self) -> f64 {
        self.x(self.steps.lanes.len().max(2) - 1) + self.half + 4.0
    }

    fn lane(&self, index: usize, lane: &Lane, high: f64, out: &mut String) -> fmt::Result {
        let x = self.x(index);
        let kind = lane.kind.label();
        write!(out, "<g class=\"lane {kind}\"><line x1=\"{x:.0}\" y1=\"46\" x2=\"{x:.0}\" y2=\"{:.0}\"/>", high - 6.0)?;
        write!(
            out,
            "<rect x=\"{:.0}\" y=\"6\" width=\"{:.0}\" height=\"40\" rx=\"4\"/>",
            x - self.half,
            2.0 * self.half
        )?;
        let name = visible::line(&lane.name);
        if name == kind {
            return writeln!(
                out,
                "<text class=\"name\" x=\"{x:.0}\" y=\"30\" text-anchor=\"middle\">{kind}</text></g>"
            );
        }
        write!(out, "<text class=\"kind\" x=\"{x:.0}\" y=\"21\" text-anchor=\"middle\">{kind}</text>")?;
        let short = wrap(&name, SIZE + 1.0, 2.0 * self.half - 6.0, 1).pop().unwrap_or_default();
        write!(out, "<text class=\"name\" x=\"{x:.0}\" y=\"38\" text-anchor=\"middle\">")?;
        visible::escape(&short, out)?;
        out.push_str("</text></g>\n");
        Ok(())
    }

    fn step(&mut self, step: &Step, out: &mut String) -> fmt::Result {
        match step.shape {
            Shape::Fold(events) => {
                return self.band(&format!("{events} events, see the timeline"), "fold", out);
            }
            Shape::Outside { learned } => {
                let words = visible::line(&step.label);
                let (words, class) =
                    if learned { (format!("discovery: {words}"), "outside learned") } else { (words, "outside") };
                return self.band(&words, class, out);
            }
            Shape::Arrow { .. } | Shape::At(_) => {}
        }
        let top = self.y;
        let mut part = String::new();
        match step.shape {
            Shape::Arrow { from, to, back } if from != to => self.arrow(step, (from, to, back), &mut part)?,
            Shape::Arrow { from: lane, .. } | Shape::At(lane) => self.note(step, lane, &mut part)?,
            Shape::Fold(_) | Shape::Outside { .. } => {}
        }
        let failing = !step.findings.is_empty();
        write!(out, "<g class=\"step{}\">", if failing { " failing" } else { "" })?;
        if failing {
            write!(
                out,
                "<rect class=\"alarm\" x=\"{GUTTER:.0}\" y=\"{top:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"4\"/>",
                self.right() - GUTTER,
                self.y - top - 4.0
            )?;
        }
        if let Some(event) = step.event {
            write!(
                out,
                "<text class=\"event\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{event}</text>",
                GUTTER - 10.0,
                top + 18.0
            )?;
        }
        let target = step.quote_id.as_deref().and_then(|id| (self.quote)(id));
        if let Some(target) = &target {
            out.push_str("<a href=\"#");
            visible::escape(target, out)?;
            let name = step.event.map_or("Quote".to_owned(), |e| format!("Quote of event {e}"));
            write!(out, "\" aria-label=\"{name}\">")?;
        }
        out.push_str(&part);
        if target.is_some() {
            out.push_str("</a>");
        }
        for (i, number) in step.findings.iter().enumerate() {
            let y = top + 18.0 + LINE * (i + 1) as f64;
            let (prefix, x) = (self.prefix, GUTTER - 10.0);
            write!(
                out,
                "<a href=\"#{prefix}f{number}\" aria-label=\"Finding {number}\"><text class=\"finding\" x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"end\">▲ F{number}</text></a>"
            )?;
        }
        out.push_str("</g>\n");
        Ok(())
    }

    /// An arrow with its words above it.
    fn arrow(&mut self, step: &Step, (from, to, back): (usize, usize, bool), out: &mut String) -> fmt::Result {
        let (start, end) = (self.x(from), self.x(to));
        let room = ((end - start).abs() - 26.0).min(400.0);
        let middle = f64::midpoint(start, end);
        let lines = wrap(&visible::label(&step.label, 400), SIZE, room, 3);
        let top = self.y;
        self.y += 18.0;
        for text in &lines {
            text_line(text, middle, self.y, "said", out)?;
            self.y += LINE;
        }
        self.y -= 7.0;
        let tip = if end > start { -1.0 } else { 1.0 };
        let y = self.y;
        write!(
            out,
            "<path class=\"{}\" d=\"M{start:.0} {y:.0}H{:.0}\"/>",
            if back { "back" } else { "forth" },
            end + tip * 7.0
        )?;
        write!(out, "<path class=\"tip\" d=\"M{:.0} {y:.0}l{:.0} -4v8z\"/>", end + tip, tip * 8.0)?;
        self.y = (self.y + 10.0).max(top + 22.0 + LINE * step.findings.len() as f64);
        Ok(())
    }

    /// A box at a lifeline.
    fn note(&mut self, step: &Step, lane: usize, out: &mut String) -> fmt::Result {
        let x = self.x(lane);
        let lines = wrap(&visible::label(&step.label, 400), SIZE, 2.0 * self.half - 12.0, 4);
        let high = LINE * lines.len() as f64 + 10.0;
        self.y += 6.0;
        write!(
            out,
            "<rect class=\"note-box\" x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{high:.0}\" rx=\"3\"/>",
            x - self.half,
            self.y,
            2.0 * self.half
        )?;
        let mut y = self.y + 16.0;
        for text in &lines {
            text_line(text, x, y, "said", out)?;
            y += LINE;
        }
        self.y += high + 10.0;
        Ok(())
    }

    /// A band over all lifelines.
    fn band(&mut self, words: &str, class: &str, out: &mut String) -> fmt::Result {
        let (left, right) = (GUTTER + 4.0, self.right());
        let lines = wrap(words, SIZE, right - left - 30.0, 2);
        let high = LINE * lines.len() as f64 + 9.0;
        self.y += 5.0;
        write!(
            out,
            "<g class=\"band {class}\"><rect x=\"{left:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{high:.0}\" rx=\"3\"/>",
            self.y,
            right - left
        )?;
        let mut y = self.y + 16.0;
        for text in &lines {
            write!(out, "<text x=\"{:.0}\" y=\"{y:.0}\">", left + 14.0)?;
            visible::escape(text, out)?;
            out.push_str("</text>");
            y += LINE;
        }
        self.y += high + 9.0;
        out.push_str("</g>\n");
        Ok(())
    }
}

fn lane_words(lane: &Lane) -> String {
    let name = visible::label(&lane.name, 60);
    if name == lane.kind.label() { name } else { format!("{} {name}", lane.kind.label()) }
}

fn text_line(text: &str, x: f64, y: f64, class: &str, out: &mut String) -> fmt::Result {
    write!(out, "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"middle\">")?;
    visible::escape(text, out)?;
    out.push_str("</text>");
    Ok(())
}
