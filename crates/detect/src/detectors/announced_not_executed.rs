//! Announced, and never executed.

mod as_text;
mod forgotten;
mod idle;
mod not_called;
mod otherwise;
mod unretried;
mod words;

use super::Detector;
use crate::claims::binding;
use crate::claims::deeds::{Deed, Fit, fit};
use crate::claims::owning;
use crate::claims::{self, Announcement, Manner};
use crate::excerpt::first_words;
use crate::finding::{Basis, Category, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::prose::Prose;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::{Effect, words_of};
use crate::values;

/// See the module's documentation.
pub struct AnnouncedNotExecuted;

impl Detector for AnnouncedNotExecuted {
    fn id(&self) -> &'static str {
        "announced-not-executed"
    }

    fn looks_for(&self) -> &'static str {
        "an action that was announced but never taken"
    }

    fn category(&self) -> Category {
        // No tool was used: what the agent said of itself did not come true.
        Category::Hallucination
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        if let Some((event, why)) = claims::other_language(session) {
            report.skip(Some(event), format!("{why}, so its announcements cannot be read"));
        }
        let coding = session.kind.kind == SessionKind::Coding;
        let all = claims::announcements(session);
        for announced in session.until_stopped(&all) {
            if (coding || announced.loose) && !last_words(session, announced) {
                continue;
            }
            report.eligible = true;
            let Some(missing) = missing(session, announced, &all, &mut report) else { continue };
            if let Some(gap) = session.absence_is_unsafe() {
                report.skip(Some(announced.event), format!("a call may be missing from the trace: {gap}"));
                continue;
            }
            // The last words of an unfinished plan tell it best; the same plan told twice is one failure.
            let twice = report.findings.iter().any(|f| f.event == announced.event);
            if !twice {
                let path = match () {
                    () if coding => "coding",
                    () if announced.loose => "loose",
                    () => "",
                };
                report.findings.push(finding(self, session, announced, missing).path(path));
            }
        }
        keep_last(&mut report);
        if !coding {
            as_text::find(self, session, &mut report);
            forgotten::find(session, &all, &mut report);
            idle::find(session, &mut report);
            unretried::find(session, &mut report);
            not_called::find(session, &mut report);
        }
        report
    }
}

/// Of several announcements of the same deed only the last one is reported.
fn keep_last(report: &mut Report) {
    let mut seen: Vec<String> = Vec::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in std::mem::take(&mut report.findings).into_iter().rev() {
        let verb = finding
            .quote()
            .and_then(|q| q.text().split_whitespace().next_back().map(str::to_lowercase))
            .unwrap_or_default();
        if !seen.contains(&verb) {
            seen.push(verb);
            kept.push(finding);
        }
    }
    kept.reverse();
    report.findings = kept;
}

/// True when a session ends with an announcement: nothing is called or said after the message, and it says nothing else
/// behind it but a few words.
fn last_words(session: &Session<'_>, announced: &Announcement) -> bool {
    let last = session.messages.last().is_some_and(|m| m.event == announced.event);
    let called = session.calls.last().is_some_and(|c| c.event > announced.event);
    let behind = session.prose_at(announced.event).iter().flat_map(|p| {
        let after = p.sentences.iter().filter(|s| s.range.start >= announced.sentence.range().end);
        after.map(|s| s.words.len())
    });
    last && !called && behind.sum::<usize>() <= 8
}

struct Missing {
    why: String,
    considered: Vec<Considered>,
}

fn missing(
    session: &Session<'_>,
    announced: &Announcement,
    all: &[Announcement],
    report: &mut Report,
) -> Option<Missing> {
    let here = session.prose_at(announced.event).first()?;
    // The user stopped the agent from doing what it had announced.
    let stopped = session.calls_between(announced.event, u32::MAX).iter().any(Call::declined);
    if stopped || waits(session, here) || released(session, announced) {
        return None;
    }
    if announced.loose {
        return ordered(session, announced).then(|| Missing { why: "no call follows".into(), considered: Vec::new() });
    }
    if announced.look {
        let any = session.calls.last().is_some_and(|c| c.event > announced.event);
        return (!any && unanswered(session, announced))
            .then(|| Missing { why: "no call follows".into(), considered: Vec::new() });
    }
    if just_done(session, announced) {
        return None;
    }
    let mut considered = Vec::new();
    let mut partly = Vec::new();
    let mut untold = None;
    let later = session.deeds().partition_point(|d| d.event <= announced.event);
    for deed in &session.deeds()[later..] {
        let name = &session.calls[deed.call].name.text;
        match fit(deed, &announced.families) {
            // Of two deeds announced at once each has its own tool: updating the address re-routes no parcel.
            Fit::Family | Fit::Content if others(session, announced, all, name) => {
                considered.push(Considered {
                    event: deed.event,
                    why: format!("`{name}` is the other action that was announced"),
                    cite: None,
                });
            }
            // One value that was announced, and a call for it: the other calls tell nothing.
            Fit::Family | Fit::Content if !names_several(announced) => return None,
            Fit::Family | Fit::Content => partly.push(deed),
            Fit::Untold => untold = Some((deed, name)),
            Fit::None if deed.opaque && deed.generic => untold = Some((deed, name)),
            Fit::None => considered.push(Considered {
                event: deed.event,
                why: format!("`{name}` is a different kind of operation"),
                cite: None,
            }),
        }
    }
    if !partly.is_empty() {
        return left_over(announced, &partly);
    }
    if let Some((deed, name)) = untold {
        report.skip(Some(deed.event), format!("`{name}` follows the announcement, but what it does is unknown"));
        return None;
    }
    if otherwise::done(session, announced, all) {
        return None;
    }
    // The tool is called, but as a look-up only: reading the card freezes nothing.
    let looked = session.calls.iter().filter(|c| c.event > announced.event && !c.is_write()).take(4);
    considered.extend(looked.map(|c| Considered {
        event: c.event,
        why: format!("`{}` only reads", c.name.text),
        cite: None,
    }));
    Some(Missing { why: "no later call does this".into(), considered })
}

/// True when a call between the user's last words and the announcement did it: "I'm transferring you" behind the hand-over tells of it.
fn just_done(session: &Session<'_>, announced: &Announcement) -> bool {
    let from = binding::last_user(session, announced.event).unwrap_or(0);
    let deeds = session.deeds();
    let (from, to) = (deeds.partition_point(|d| d.event <= from), deeds.partition_point(|d| d.event < announced.event));
    !names_several(announced)
        && deeds[from..to].iter().any(|deed| {
            matches!(fit(deed, &announced.families), Fit::Family | Fit::Content)
                && !deed.rehearsal
                && session.calls[deed.call].failure().is_none()
        })
}

/// True when the user's last words are an order or a consent, which calls for a deed.
fn ordered(session: &Session<'_>, announced: &Announcement) -> bool {
    let Some(user) = binding::last_user(session, announced.event) else { return false };
    // After a change, "it is being processed" tells how far that got.
    if session.calls.iter().any(|c| c.event > user && c.known.effect.0 != Effect::Read) {
        return false;
    }
    wanted(session, announced)
}

/// True when the user's last words are no question, or agree to something.
fn wanted(session: &Session<'_>, announced: &Announcement) -> bool {
    let lex = english();
    let Some(user) = binding::last_user(session, announced.event) else { return false };
    binding::user_prose(session, user, announced.event).any(|p| {
        let agrees = (0..4).any(|i| lex.is("affirmation", p.word(i)));
        agrees || p.sentences.iter().any(|s| !s.question)
    })
}

/// True when a called tool is named for another announcement of the message, while one for this verb was at hand.
fn others(session: &Session<'_>, announced: &Announcement, all: &[Announcement], called: &str) -> bool {
    let has = |tool: &str, verb: &str| words_of(tool).iter().any(|w| w == verb);
    let at_hand = session.trace.tools.iter().any(|t| has(&t.name.text, &announced.verb));
    let other = all.iter().any(|a| a.event == announced.event && a.verb != announced.verb && has(called, &a.verb));
    at_hand && other && !has(called, &announced.verb)
}

/// True when two days or ids are announced.
fn names_several(announced: &Announcement) -> bool {
    let sentence = announced.sentence.text();
    values::ids(sentence).len() > 1 || values::days(sentence).len() > 1
}

/// Two days or ids were announced and only one was dealt with.
fn left_over(announced: &Announcement, deeds: &[&Deed<'_>]) -> Option<Missing> {
    let sentence = announced.sentence.text();
    let text: String = deeds.iter().map(|d| d.text()).collect();
    let ids: Vec<_> = values::ids(sentence);
    let missing: Vec<_> = ids.iter().filter(|id| !text.contains(&id.norm)).collect();
    if ids.len() > 1 && !missing.is_empty() && missing.len() < ids.len() {
        return Some(Missing {
            why: format!("no call covers {}", &sentence[missing[0].range.clone()]),
            considered: Vec::new(),
        });
    }
    let days = values::days(sentence);
    let done = values::days(&text);
    let open: Vec<_> = days.iter().filter(|d| !done.contains(d)).collect();
    (days.len() > 1 && !open.is_empty() && open.len() < days.len())
        .then(|| Missing { why: format!("no call covers {}", words::day(*open[0])), considered: Vec::new() })
}

/// True when the message leaves the next step to the user: a question, or a request for something.
fn waits(session: &Session<'_>, prose: &Prose<'_>) -> bool {
    let texts = session.prose_at(prose.event).iter();
    texts.into_iter().any(|p| {
        owning::asks(p)
            || p.sentences.iter().any(|s| {
                let words: Vec<&str> = s.words.clone().map(|i| p.word(i)).collect();
                words.windows(2).any(|w| {
                    matches!(
                        w,
                        [
                            "please",
                            "provide"
                                | "confirm"
                                | "share"
                                | "tell"
                                | "let"
                                | "enter"
                                | "reply"
                                | "send"
                                | "specify"
                                | "give"
                        ] | ["need", "your" | "you"]
                            | ["could", "you"]
                            | ["can", "you"]
                            | ["you", "confirm"]
                            | ["your", "confirmation"]
                            | ["let", "us"]
                            | ["i" | "d" | "still" | "just" | "only", "need"]
                    ) && !(w[1] == "need" && words.windows(3).any(|v| v[0] == w[0] && v[1] == "need" && v[2] == "to"))
                }) || words
                    .windows(3)
                    .any(|w| matches!(w, ["i", "ll" | "will", "need"] | ["if", "you", _] | ["would", "you", "like"]))
            })
    })
}

/// True when it was called off: by the user, or by the agent owning up; or when a claim says that it was done, which
/// is another detector's.
fn released(session: &Session<'_>, announced: &Announcement) -> bool {
    let lex = english();
    if owning::after(session, announced.event, u32::MAX).is_some() || here_owned(session, announced) {
        return true;
    }
    let claimed = session.claims().iter().any(|c| {
        c.event >= announced.event
            && (c.event > announced.event || c.cite.range().start > announced.cite.range().start)
            && !(c.manner == Manner::State && session.fitting().deeds(session, &c.families).is_empty())
            && (c.families.is_empty() || announced.look || c.families.iter().any(|f| announced.families.contains(f)))
    });
    // Only what directly answers the announcement can call it off; a later "no" answers something else.
    let next = session.prose().iter().find(|p| p.event > announced.event).map_or(u32::MAX, |p| p.event);
    let user = binding::user_prose(session, announced.event, next).next();
    let declined = user.is_some_and(|p| {
        (0..3).any(|i| lex.is("decline", p.word(i)) && p.word(i) != "not")
            || (0..p.words.len().min(12)).any(|i| p.has_phrase(i, "takes_back"))
    });
    // The last word is a question: the user decides whether it is done.
    let last = session.prose().last().filter(|p| p.event > announced.event);
    claimed && !partial_claim(session, announced)
        || declined
        || last.is_some_and(|p| owning::asks(p) && session.messages.last().is_some_and(|m| m.event == p.event))
}

fn here_owned(session: &Session<'_>, announced: &Announcement) -> bool {
    session.prose_at(announced.event).iter().any(|p| {
        p.sentences
            .iter()
            .any(|s| s.range.start > announced.cite.range().end && owning::admits(p, s) && p.any(s, |w| w == "i"))
    })
}

/// True when what was claimed is backed by a call, so that the claim says nothing about the rest.
fn partial_claim(session: &Session<'_>, announced: &Announcement) -> bool {
    session.deeds().iter().any(|d| d.event > announced.event)
}

/// True when the look-up's outcome never comes: the agent's later words hold nothing beyond phrases.
fn unanswered(session: &Session<'_>, announced: &Announcement) -> bool {
    let end = binding::horizon(session, announced.event);
    let later = || session.prose().iter().filter(|p| p.event >= end);
    let here = session
        .prose()
        .iter()
        .filter(|p| p.event == announced.event)
        .flat_map(|p| p.sentences.iter().map(move |s| (p, s)));
    // An answer in the very message ("Let me check: it opens at nine") is what was announced.
    let rest =
        here.filter(|(_, s)| s.range.start > announced.cite.range().end).map(|(_, s)| s.words.len()).sum::<usize>();
    rest < 8 && later().all(|p| p.words.len() < 20)
}

fn finding(
    detector: &AnnouncedNotExecuted,
    session: &Session<'_>,
    announced: &Announcement,
    missing: Missing,
) -> Finding {
    let last = (session.trace.events.len() as u32).saturating_sub(1);
    let sought = if announced.look {
        "any call".into()
    } else {
        let mut families = announced.families.clone();
        families.sort_unstable();
        families.dedup();
        format!("a call that could {}", families.join(" or "))
    };
    let mut finding = Finding::new(
        detector.id(),
        detector.category(),
        announced.event,
        format!("Announced \"{}\", but {}", first_words(words::clause(announced)), missing.why),
        announced.cite.clone(),
    )
    .and(Some(Basis::Absence { sought, scope: (announced.event, last) }))
    .rests_on(RestsOn::Assumption("a tool does what its name or its contract says".into()))
    .detail(format!("The agent says \"{}\", but {}.", announced.sentence.text(), missing.why));
    finding.considered = missing.considered.into_iter().take(6).collect();
    finding
}
