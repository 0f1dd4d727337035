//! The document, section by section.

use super::Out;
use super::escape::{code, plain};
use super::words::{
    actor, contribution, coverage, duration, found, origin, outcome, quality, resting, rests_on, time, verdict,
};
use hindcast_detect::finding::Answer as Found;
use hindcast_retro::Draft;
use hindcast_retro::draft::{FindingEntry, Reach};
use hindcast_retro::merge::fingerprint;
use hindcast_retro::statement::{Answer, Basis, Origin, Question, Statement, Verdict};

/// Writes all of it.
pub fn write(draft: &Draft, out: &mut Out) {
    header(draft, out);
    timeline(draft, out);
    impact(draft, out);
    out.line("## 3. Trigger");
    out.blank();
    answer(&draft.trigger, "", out);
    end(draft, "trigger", out);
    behavior(draft, out);
    system(draft, out);
    delay(draft, out);
    actions(draft, out);
    evidence(draft, out);
}

/// True where the words are a person's, whatever was decided since.
fn by_person(s: &Statement) -> bool {
    s.verdict == Verdict::Edited || s.original.is_some()
}

/// One statement on one line.
fn statement(s: &Statement, before: &str, out: &mut Out) {
    let edited = if by_person(s) { " *(edited)*" } else { "" };
    let line = format!("{before}{}{edited} {} <!-- {} {} -->", plain(&s.text), resting(s), s.id, fingerprint(s));
    // A person's words must be found again as a person's, so an edited line is not remembered as the machine's.
    if by_person(s) { out.person(&line) } else { out.line(line) }
}

/// True for a person's answer that stands in this document and nowhere else.
fn answered_here(s: &Statement) -> Option<&str> {
    let Origin::Person(file) = &s.origin else { return None };
    let here = [".md", ".markdown", ".json"].iter().any(|end| file.ends_with(end));
    s.basis()
        .iter()
        .find_map(|b| if let Basis::Fact { entry, .. } = b { Some(entry.as_str()).filter(|_| here) } else { None })
}

fn unknown(q: &Question, before: &str, out: &mut Out) {
    out.line(format!("{before}**unknown** {} <!-- ask {} -->", plain(&q.ask), q.entry));
}

/// A person's answer keeps the mark of its question, so that the next update finds it again.
fn known(s: &Statement, before: &str, out: &mut Out) {
    match answered_here(s) {
        Some(entry) => out.person(&format!("{before}{} <!-- ask {entry} -->", plain(&s.text))),
        None => statement(s, before, out),
    }
}

fn answer(a: &Answer, label: &str, out: &mut Out) {
    let before = if label.is_empty() { "- ".to_owned() } else { format!("- **{label}**: ") };
    match a {
        Answer::Known(all) => all.iter().for_each(|s| known(s, &before, out)),
        Answer::Unknown(q) => unknown(q, &before, out),
    }
}

/// Notes by people, then a blank line.
fn end(draft: &Draft, section: &str, out: &mut Out) {
    for note in draft.notes.iter().filter(|n| n.section == section) {
        out.blank();
        out.person(&note.text);
    }
    out.blank();
}

fn header(draft: &Draft, out: &mut Out) {
    let title = format!("# {}", plain(&draft.title));
    if draft.titled {
        out.person(&title)
    } else {
        out.line(title)
    }
    out.blank();
    let severity = &draft.severity;
    out.line(format!("**Proposed severity: Sev {}** ({}). {}.", severity.level, severity.means, severity.response));
    out.blank();
    for reason in &severity.reasons {
        statement(reason, "- ", out);
    }
    for assumption in &severity.assumptions {
        out.line(format!("- assumed: {}", plain(assumption)));
    }
    for question in &severity.questions {
        out.line(format!("- open: {} (`{}`)", plain(&question.ask), question.entry));
    }
    for deadline in &severity.deadlines {
        let due = deadline.due.as_ref().map_or("not known yet".to_owned(), |d| plain(d));
        out.line(format!("- due, {}: **{due}** ({})", deadline.what, plain(&deadline.explanation)));
    }
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
        code(&s.key),
        plain(&s.format),
        list(&s.agents),
        list(&s.models),
        known(&s.started),
        known(&s.ended),
        s.events
    ));
    if !draft.gaps.is_empty() {
        out.blank();
        out.line("What the record does not hold:");
        out.blank();
        draft.gaps.iter().for_each(|g| out.line(format!("- {}", plain(g))));
    }
    end(draft, "header", out);
}

fn timeline(draft: &Draft, out: &mut Out) {
    out.line("## 1. Timeline");
    out.blank();
    out.line("| When (UTC) | Time is | Event | Who | What |");
    out.line("|---|---|---|---|---|");
    for entry in &draft.timeline.entries {
        let at = entry.at.as_ref().map_or(String::new(), |t| time(t));
        let event = entry.event.map_or("learned".to_owned(), |e| {
            if entry.folded > 1 { format!("{e}-{}", e + entry.folded - 1) } else { e.to_string() }
        });
        let event = if entry.event.is_none() && !entry.learned { String::new() } else { event };
        let mark = if entry.findings.is_empty() { "" } else { "**⚠** " };
        let before = format!(
            "| {at} | {} | {event} | {} | {mark}",
            quality(entry.quality),
            actor(entry.actor, entry.name.as_deref())
        );
        let s = &entry.statement;
        let line = format!("{before}{} {} <!-- {} {} --> |", plain(&s.text), resting(s), s.id, fingerprint(s));
        if by_person(s) { out.person(&line) } else { out.line(line) }
    }
    let diagram = crate::mermaid::sequence(draft);
    if !diagram.is_empty() {
        out.blank();
        out.line("```mermaid");
        out.line(diagram.trim_end());
        out.line("```");
    }
    end(draft, "timeline", out);
}

fn impact(draft: &Draft, out: &mut Out) {
    out.line("## 2. Impact");
    out.blank();
    for item in &draft.impact {
        answer(&item.answer, &item.field, out);
    }
    end(draft, "impact", out);
}

fn behavior(draft: &Draft, out: &mut Out) {
    out.line("## 4. LLM behavior analysis");
    out.blank();
    if draft.behavior.findings.is_empty() {
        out.line("No detector found a failure in this session. That is not proof that there was none: see what could not be assessed.");
        out.blank();
    }
    for (i, f) in draft.behavior.findings.iter().enumerate() {
        finding(i + 1, f, out);
    }
    out.line("What was looked for:");
    out.blank();
    out.line("| Detector | Looks for | Answer |");
    out.line("|---|---|---|");
    for c in &draft.behavior.coverage {
        let why = if c.not_assessed.is_empty() {
            String::new()
        } else {
            // "not assessed: why" once, whether that is the whole answer or a part of it.
            let before = if c.answer == Found::NotAssessed { ": " } else { "; not assessed: " };
            format!("{before}{}", c.not_assessed.iter().map(|w| plain(w)).collect::<Vec<_>>().join("; "))
        };
        out.line(format!("| {} | {} | {}{why} |", c.detector, c.looks_for, found(c.answer)));
    }
    end(draft, "behavior", out);
}

fn finding(number: usize, f: &FindingEntry, out: &mut Out) {
    let also = f.also.map_or(String::new(), |c| format!(" or {}", c.label()));
    out.line(format!("### Finding {number}: {}{also}: {}", f.category.label(), plain(&f.title)));
    out.blank();
    statement(&f.statement, "- ", out);
    for c in &f.considered {
        let quote = c.quote.as_ref().map_or(String::new(), |q| format!(" {} [{}](#{})", code(&q.text), q.id, q.id));
        out.line(format!("  - considered, event {}: {}{quote}", c.event, plain(&c.why)));
    }
    out.line(format!("- Outcome: {}", outcome(f.outcome)));
    out.line(format!("- Rests on {}", rests_on(&f.rests_on)));
    match &f.reach {
        Reach::Measured(s) => statement(s, "- Rare or a class: ", out),
        Reach::NotMeasured(why) => out.line(format!("- Rare or a class: not measured ({})", plain(why))),
    }
    out.line(format!("- Said by: {}", origin(&f.statement.origin)));
    let s = &f.statement;
    let line =
        format!("- Verdict: {} <!-- verdict {} {} -->", verdict(s.verdict, s.reason.as_deref()), s.id, fingerprint(s));
    if s.verdict == Verdict::Open {
        out.line(line)
    } else {
        out.person(&line)
    }
    out.blank();
}

fn system(draft: &Draft, out: &mut Out) {
    out.line("## 5. System contribution");
    out.blank();
    for a in &draft.system {
        out.line(format!("### {}", a.ask));
        out.blank();
        out.line(format!("**{}**; by design: {}.", contribution(a.verdict), coverage(a.coverage)));
        out.blank();
        a.statements.iter().for_each(|s| known(s, "- ", out));
        if let Some(words) = &a.counterfactual {
            out.line(format!("- otherwise: {}", plain(words)));
        }
        a.questions.iter().for_each(|q| unknown(q, "- ", out));
        out.blank();
    }
    end(draft, "system", out);
}

fn delay(draft: &Draft, out: &mut Out) {
    out.line("## 6. Detection delay");
    out.blank();
    for point in &draft.delay.points {
        answer(&point.answer, &point.point.replace('_', " "), out);
    }
    for gap in &draft.delay.gaps {
        out.line(format!(
            "- from {} to {}: **{}**",
            gap.from.replace('_', " "),
            gap.to.replace('_', " "),
            duration(gap.seconds)
        ));
    }
    answer(&draft.delay.should_have_fired, "should have fired", out);
    end(draft, "delay", out);
}

fn actions(draft: &Draft, out: &mut Out) {
    out.line("## 7. Action items");
    out.blank();
    if let Some(why) = &draft.actions.inadequate {
        out.line(format!("> **Inadequate:** {}", plain(why)));
        out.blank();
    }
    if draft.actions.items.is_empty() {
        out.line("None proposed: there is no finding to act on.");
    }
    for item in &draft.actions.items {
        let numbers: Vec<String> = item
            .findings
            .iter()
            .filter_map(|id| {
                draft.behavior.findings.iter().position(|f| f.statement.id == *id).map(|i| format!("finding {}", i + 1))
            })
            .collect();
        let numbers = if numbers.is_empty() { String::new() } else { format!("{}, ", numbers.join(", ")) };
        let title = format!("- [ ] **{}**: {}", item.category.label(), plain(&item.title));
        match item.origin {
            Origin::Person(_) => out.person(&title),
            _ if item.verdict == Verdict::Edited => out.person(&format!("{title} <!-- {} -->", item.id)),
            _ => out.line(format!("{title} ({numbers}{}) <!-- {} -->", item.question.replace('_', " "), item.id)),
        }
        if matches!(item.origin, Origin::Person(_)) {
            out.person(&format!("  - proven by: {}", plain(&item.verification)));
            out.person(&format!("  - Owner: {}", plain(item.owner.as_deref().unwrap_or("unassigned"))));
            out.person(&format!("  - Due: {}", plain(item.due.as_deref().unwrap_or("not set"))));
            continue;
        }
        out.line(format!("  - proven by: {}", plain(&item.verification)));
        duty("Owner", "owner", item.owner.as_deref(), "unassigned", &item.id, out);
        duty("Due", "due", item.due.as_deref(), "not set", &item.id, out);
        let line =
            format!("  - Verdict: {} <!-- verdict {} -->", verdict(item.verdict, item.reason.as_deref()), item.id);
        if item.verdict == Verdict::Open { out.line(line) } else { out.person(&line) }
    }
    end(draft, "actions", out);
}

fn duty(label: &str, key: &str, value: Option<&str>, none: &str, id: &str, out: &mut Out) {
    match value {
        Some(value) => out.person(&format!("  - {label}: {} <!-- {key} {id} -->", plain(value))),
        None => out.line(format!("  - {label}: {none} <!-- {key} {id} -->")),
    }
}

fn evidence(draft: &Draft, out: &mut Out) {
    out.line("## Evidence");
    out.blank();
    out.line("| File | SHA-256 | Bytes |");
    out.line("|---|---|---|");
    for e in &draft.evidence {
        out.line(format!("| {} | `{}` | {} |", plain(&e.name), e.id, e.bytes));
    }
    out.blank();
    for q in draft.quotes() {
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
}
