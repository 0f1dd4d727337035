//! The document, section by section.

mod actions;
mod behavior;
mod severity;

pub use behavior::LEAD;

use super::escape::{cell, code, plain};
use super::listed::LAST;
use super::out::Out;
use super::words::{actor, contribution, coverage, duration, quality, resting, time};
use crate::steps::names_target;
use hindcast_retro::Draft;
use hindcast_retro::draft::TimelineEntry;
use hindcast_retro::merge::fingerprint;
use hindcast_retro::statement::{Answer, Basis, Origin, Question, Statement, Verdict};

/// Writes all of it.
pub fn write(draft: &Draft, out: &mut Out<'_>) {
    header(draft, out);
    timeline(draft, out);
    impact(draft, out);
    out.line("## 3. Trigger");
    out.blank();
    or_open(out, |out| answer(&draft.trigger, "", out));
    end("trigger", out);
    behavior::behavior(draft, out);
    system(draft, out);
    delay(draft, out);
    actions::actions(draft, out);
    open(draft, out);
    evidence(draft, out);
}

/// Writes a section; one in which nothing is known yet points to the list of open questions.
fn or_open<'d>(out: &mut Out<'d>, write: impl FnOnce(&mut Out<'d>)) {
    let (before, asked) = (out.text.len(), out.asks);
    write(out);
    if out.text.len() == before && out.asks > asked {
        out.line("Nothing is known yet. See [Open questions](#open-questions).");
    }
}

/// The questions of a draft in which nothing was found: once, in one list.
fn open(draft: &Draft, out: &mut Out<'_>) {
    let asks = if out.asks.take().is_some() { draft.questions() } else { Vec::new() };
    if !asks.is_empty() {
        out.line("## Open questions");
        out.blank();
        out.line("Answer what you know, here or in a facts file. Leave the rest.");
        out.blank();
        for question in &asks {
            // Answers about the severity are typed values, so they go into a facts file.
            if draft.severity.questions.iter().any(|q| q.entry == question.entry) {
                out.line(format!("- {}", severity::asked(question)));
            } else {
                out.line(format!("- {} <!-- ask {} -->", plain(&question.ask), question.entry));
            }
        }
    }
    end("open", out);
}

/// True where the words are a person's, whatever was decided since.
fn by_person(s: &Statement) -> bool {
    s.verdict == Verdict::Edited || s.original.is_some()
}

/// One statement on one line.
fn statement(s: &Statement, before: &str, out: &mut Out<'_>) {
    // A person's words must be found again as a person's, so an edited line is not remembered as the machine's.
    either(by_person(s), &statement_line(s, before), out);
}

fn statement_line(s: &Statement, before: &str) -> String {
    let edited = if by_person(s) { " *(edited)*" } else { "" };
    format!("{before}{}{edited} {} <!-- {} {} -->", plain(&s.text), resting(s), s.id, fingerprint(s))
}

/// A sentence of the summary: quotes are linked and not repeated, so that it reads as one paragraph.
fn summary_line(s: &Statement) -> String {
    let quotes = s.shown().filter_map(|b| if let Basis::Quote(q) = b { Some(q) } else { None });
    let links: String = quotes.map(|q| format!(" [{}](#{})", q.id, q.id)).collect();
    let edited = if by_person(s) { " *(edited)*" } else { "" };
    format!("{}{edited}{links} <!-- {} {} -->", plain(&s.text), s.id, fingerprint(s))
}

/// True for a person's answer that stands in this document and nowhere else.
fn answered_here(s: &Statement) -> Option<&str> {
    let Origin::Person(file) = &s.origin else { return None };
    let here = [".md", ".markdown", ".json"].iter().any(|end| file.ends_with(end));
    s.basis()
        .iter()
        .find_map(|b| if let Basis::Fact { entry, .. } = b { Some(entry.as_str()).filter(|_| here) } else { None })
}

fn unknown(q: &Question, before: &str, out: &mut Out<'_>) {
    if let Some(asks) = &mut out.asks {
        *asks += 1;
        return;
    }
    out.line(format!("{before}**unknown** {} <!-- ask {} -->", plain(&q.ask), q.entry));
}

/// A person's answer keeps the mark of its question, so that the next update finds it again.
fn known(s: &Statement, before: &str, out: &mut Out<'_>) {
    match answered_here(s) {
        Some(entry) => out.person(&format!("{before}{} <!-- ask {entry} -->", plain(&s.text))),
        None => statement(s, before, out),
    }
}

fn answer(a: &Answer, label: &str, out: &mut Out<'_>) {
    let before = if label.is_empty() { "- ".to_owned() } else { format!("- **{label}**: ") };
    match a {
        Answer::Known(all) => all.iter().for_each(|s| known(s, &before, out)),
        Answer::Unknown(q) => unknown(q, &before, out),
    }
}

/// Notes by people, then the section's comment; that of the last section ends the document.
fn end(section: &str, out: &mut Out<'_>) {
    out.section_ends(section);
    out.blank();
    if section != LAST {
        out.close(section);
    }
}

/// A line of the machine, or of the person who wrote it anew.
fn either(by_person: bool, line: &str, out: &mut Out<'_>) {
    if by_person { out.person(line) } else { out.line(line) }
}

fn header(draft: &Draft, out: &mut Out<'_>) {
    let title = format!("# {}", plain(&draft.title));
    either(draft.title_edited, &title, out);
    out.blank();
    for warning in &draft.warnings {
        out.line(format!("> **Warning:** {}", plain(warning)));
        out.blank();
    }
    for sentence in &draft.summary {
        either(by_person(sentence), &summary_line(sentence), out);
    }
    out.blank();
    severity::severity(draft, out);
    out.blank();
    let s = &draft.session;
    out.line("| Session | Format | Agent | Model | From (UTC) | To (UTC) | Events |");
    out.line("|---|---|---|---|---|---|---|");
    let list = |all: &[String]| {
        if all.is_empty() { "unknown".to_owned() } else { all.iter().map(|a| plain(a)).collect::<Vec<_>>().join(", ") }
    };
    let known = |t: &Option<String>| t.as_ref().map_or("unknown".to_owned(), |t| time(t));
    out.line(format!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        cell(&code(&s.key)),
        cell(&plain(&s.format)),
        cell(&list(&s.agents)),
        cell(&list(&s.models)),
        known(&s.started),
        known(&s.ended),
        s.events
    ));
    if let Some(kind) = s.kind {
        let why = s.kind_reason.as_deref().map_or(String::new(), |w| format!(" ({})", plain(w)));
        out.blank();
        out.line(format!(
            "Kind of session: **{}**{why}. If that is wrong, draft again with `--kind` or with `kind` in the facts file.",
            kind.label()
        ));
    }
    if !draft.missing_data.is_empty() {
        out.blank();
        out.line("Missing data:");
        out.blank();
        draft.missing_data.iter().for_each(|g| out.line(format!("- {}", plain(g))));
    }
    // What a person wrote about the severity in the record stands with it.
    out.section_ends("severity");
    end("header", out);
}

fn timeline(draft: &Draft, out: &mut Out<'_>) {
    out.line("## 1. Timeline");
    out.blank();
    out.line("| Time (UTC) | Accuracy | Event | Who | What |");
    out.line("|---|---|---|---|---|");
    for entry in &draft.timeline.entries {
        let at = entry.at.as_ref().map_or(String::new(), |t| time(t));
        let event = entry.event.map_or("discovery".to_owned(), |e| {
            if entry.folded > 1 { format!("{e}-{}", e + entry.folded - 1) } else { e.to_string() }
        });
        let event = if entry.event.is_none() && !entry.learned { String::new() } else { event };
        let mark = if entry.findings.is_empty() { "" } else { "**⚠** " };
        let before = format!("| {at} | {} | {event} | {} | {mark}", quality(entry.quality), cell(&acting(entry)));
        let s = &entry.statement;
        let said = cell(&format!("{} {}", plain(&s.text), resting(s)));
        let line = format!("{before}{said} <!-- {} {} --> |", s.id, fingerprint(s));
        either(by_person(s), &line, out);
    }
    if let Some((events, lines)) = draft.timeline.left_out() {
        out.blank();
        let lines = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        out.line(format!(
            "{events} of {} events are summarized in {lines}. To see them all: `hindcast show FILE`.",
            draft.session.events
        ));
    }
    let diagram = crate::mermaid::sequence(draft);
    if !diagram.is_empty() {
        out.blank();
        out.line("```mermaid");
        out.line(diagram.trim_end());
        out.line("```");
    }
    end("timeline", out);
}

/// Who acts, and on what: what is called or handed to is no name of the agent.
fn acting(entry: &TimelineEntry) -> String {
    match &entry.name {
        Some(name) if names_target(entry) => format!("{} → {}", actor(entry.actor, None), code(name)),
        name => actor(entry.actor, name.as_deref()),
    }
}

fn impact(draft: &Draft, out: &mut Out<'_>) {
    out.line("## 2. Impact");
    out.blank();
    or_open(out, |out| {
        for item in &draft.impact {
            item.seen.iter().for_each(|s| statement(s, &format!("- **{}**: ", item.field), out));
            answer(&item.answer, &item.field, out);
        }
    });
    end("impact", out);
}

fn system(draft: &Draft, out: &mut Out<'_>) {
    out.line("## 5. System contribution");
    out.blank();
    or_open(out, |out| questions(draft, out));
    end("system", out);
}

fn questions(draft: &Draft, out: &mut Out<'_>) {
    for a in &draft.system {
        if out.asks.is_some() && a.is_open() {
            a.questions.iter().for_each(|q| unknown(q, "- ", out));
            continue;
        }
        out.line(format!("### {}", a.ask));
        out.blank();
        let by_hand = |name: &str| draft.by_hand.instead.contains_key(&format!("system.{}.{name}", a.question));
        let (verdict, design) = (contribution(a.verdict), coverage(a.coverage));
        let line = format!("**{verdict}**; design coverage: {design}. <!-- system {} -->", a.question);
        either(by_hand("verdict") || by_hand("coverage"), &line, out);
        out.blank();
        a.statements.iter().for_each(|s| known(s, "- ", out));
        if let Some(words) = &a.counterfactual {
            let line = format!("- Counterfactual: {} <!-- otherwise {} -->", plain(words), a.question);
            either(by_hand("counterfactual"), &line, out);
        }
        a.questions.iter().for_each(|q| unknown(q, "- ", out));
        out.blank();
    }
}

fn delay(draft: &Draft, out: &mut Out<'_>) {
    out.line("## 6. Detection delay");
    out.blank();
    or_open(out, |out| chain(draft, out));
    end("delay", out);
}

fn chain(draft: &Draft, out: &mut Out<'_>) {
    for point in &draft.delay.points {
        answer(&point.answer, &point.point.replace('_', " "), out);
    }
    draft.delay.questions.iter().for_each(|q| unknown(q, "- ", out));
    for gap in &draft.delay.gaps {
        out.line(format!(
            "- from {} to {}: **{}**",
            gap.from.replace('_', " "),
            gap.to.replace('_', " "),
            duration(gap.seconds)
        ));
    }
    answer(&draft.delay.should_have_fired, "should have fired", out);
}

fn evidence(draft: &Draft, out: &mut Out<'_>) {
    out.line("## Evidence");
    out.blank();
    out.line("| File | SHA-256 | Bytes |");
    out.line("|---|---|---|");
    for e in &draft.evidence {
        out.line(format!("| {} | `{}` | {} |", cell(&plain(&e.name)), e.id, e.bytes));
    }
    out.blank();
    let shown = crate::many::Shown::of(draft).quotes(draft);
    for q in draft.quotes().into_iter().filter(|q| shown.contains(q.id.as_str())) {
        let name = draft.evidence.iter().find(|e| e.id == q.evidence).map_or("", |e| e.name.as_str());
        let path = q.locator.to_string();
        out.line(format!(
            "- <a name=\"{}\"></a>**{}** event {}, {} {} bytes {} to {}: {}",
            q.id,
            q.id,
            q.event,
            plain(name),
            code(&path),
            q.start,
            q.end,
            code(&q.text)
        ));
    }
    end("evidence", out);
}
