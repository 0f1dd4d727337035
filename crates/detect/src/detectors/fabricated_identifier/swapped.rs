//! Numbers that a source gives with another unit or in another currency, days whose day and month changed places, and times
//! of day in UTC that are told as the user's own.

use crate::detectors::Detector;
use crate::finding::{Category, Cite, Finding};
use crate::origin::grounding::Sources;
use crate::prose::Prose;
use crate::session::Session;
use crate::values::typed::measure::{self, Measure};
use crate::values::typed::money::{self, Money};
use crate::values::typed::tokens;
use std::ops::Range;

mod days;
mod zones;

/// What one text tells with something swapped; one of each kind at most.
pub fn of(detector: &dyn Detector, session: &Session<'_>, prose: &Prose<'_>, sources: &Sources<'_>) -> Vec<Finding> {
    let tokens = tokens::tokens(&prose.text.text);
    let swaps = [
        unit(prose, &measure::measures(&tokens, false), sources),
        currency(prose, &money::amounts(&tokens), sources),
        days::in_call(session, prose, &tokens),
        days::in_source(prose, &tokens, sources),
        zones::of(prose, sources),
    ];
    swaps.into_iter().flatten().filter_map(|swap| swap.found(detector, prose)).collect()
}

/// A value told, and the value of the session that it is mixed up with.
struct Swap {
    path: &'static str,
    told: Range<usize>,
    source: Cite,
    title: String,
    detail: String,
}

impl Swap {
    fn found(self, detector: &dyn Detector, prose: &Prose<'_>) -> Option<Finding> {
        let sentence =
            prose.sentences.iter().find(|s| s.range.start <= self.told.start && self.told.start < s.range.end);
        if sentence.is_some_and(|s| prose.words[s.words.clone()].iter().any(|w| w.quoted)) {
            return None;
        }
        let cite = Cite::of(prose.event, prose.text, self.told)?;
        let made = Finding::new(detector.id(), Category::Misinterpretation, prose.event, self.title, cite);
        Some(made.path(self.path).and(Some(self.source)).detail(self.detail))
    }
}

/// Numbers below are no measures and no prices.
const LEAST: i64 = 300;

fn unit(prose: &Prose<'_>, told: &[Measure], sources: &Sources<'_>) -> Option<Swap> {
    if told.is_empty() {
        return None;
    }
    let all = || sources.between(0, prose.event).flat_map(|s| s.measures().iter().map(move |m| (s, m)));
    told.iter().filter(|m| m.number >= LEAST).find_map(|m| {
        let swapped = |o: &Measure| o.number == m.number && o.unit.kind == m.unit.kind && o.unit.name != m.unit.name;
        if all().any(|(_, o)| o.equals(m)) || told.iter().any(swapped) {
            return None;
        }
        let (source, other) = all().find(|(_, o)| swapped(o))?;
        let cite = Cite::of(source.event, source.whole, other.range.clone())?;
        let said = prose.text.text.get(m.range.clone())?;
        Some(Swap {
            path: "unit",
            told: m.range.clone(),
            title: format!("Said \"{said}\", but the session gives the number in {}", other.unit.name),
            detail: format!("The agent says \"{said}\". The session has this number only as \"{}\".", cite.text()),
            source: cite,
        })
    })
}

fn currency(prose: &Prose<'_>, told: &[Money], sources: &Sources<'_>) -> Option<Swap> {
    let told: Vec<&Money> = told.iter().filter(|m| m.number >= LEAST).collect();
    if told.is_empty() {
        return None;
    }
    told.iter().find_map(|m| {
        let mut swapped = None;
        for source in sources.between(0, prose.event) {
            let Some(place) = source.number(m.number) else { continue };
            let named = source.currencies();
            let first = named.first()?;
            // With no currency, or with several, nobody knows which one is meant.
            if named.iter().any(|n| n.codes != first.codes || n.codes.iter().any(|c| m.codes.contains(c))) {
                return None;
            }
            swapped = source.result.then(|| (source, place.clone(), first.clone()));
        }
        let (source, place, named) = swapped?;
        let from = place.start.min(named.range.start);
        let to = place.end.max(named.range.end);
        let quoted = if to - from <= 160 { from..to } else { place };
        let cite = Cite::of(source.event, source.whole, quoted)?;
        let said = prose.text.text.get(m.range.clone())?;
        let code = named.codes.first()?;
        Some(Swap {
            path: "currency",
            told: m.range.clone(),
            title: format!("Said \"{said}\", but the session gives the amount in {code}"),
            detail: format!(
                "The agent says \"{said}\". The session has this amount only in {code}: \"{}\".",
                cite.text()
            ),
            source: cite,
        })
    })
}
