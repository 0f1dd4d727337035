//! "Two dogs weigh more than 30 kg", where three do.

use super::Seen;
use super::scene::{Scene, Sentence, Told};
use std::collections::BTreeSet;

/// How many words may stand between "more than" and its number.
const NEAR: usize = 3;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    // Where the answer names a limit itself, its other sentences tell something else.
    let named = scene.sentences.iter().any(|s| limit(scene, s).is_some());
    for (at, sentence) in scene.sentences.iter().enumerate().take(3) {
        let own = limit(scene, sentence);
        // "Under 50?": a later sentence has to name the limit.
        let repeated =
            |limit: &Told| sentence.told.iter().any(|t| t.figure.readings.iter().any(|r| limit.figure.is(*r)));
        let asked = || limit_asked(scene).filter(|(_, limit)| !named && (at == 0 || repeated(limit)));
        let Some((over, limit)) = own.clone().or_else(asked) else { continue };
        let head = sentence.text.find([':', '：', '(']).unwrap_or(sentence.text.len());
        let counts: Vec<usize> = sentence
            .told
            .iter()
            .filter(|t| t.tells() && t.day.is_none() && t.figure.range.start < head)
            .filter(|t| !Scene::in_time(sentence, &t.figure))
            .filter(|t| {
                let limits = own.is_some() && t.figure.range == limit.figure.range;
                !(limits || t.figure.readings.iter().any(|r| limit.figure.is(*r)))
            })
            .filter_map(|t| t.figure.whole())
            .collect();
        let zero = counts.is_empty() && scene.counting.is_in("none", &sentence.words) && own.is_some();
        let number = match &counts[..] {
            [n] => *n,
            [] if zero => 0,
            _ => continue,
        };
        if scene.counting.is_in("rough", &sentence.words) {
            continue;
        }
        let mut bound = Vec::new();
        for (call, table) in scene.tables.iter().filter(|(_, t)| t.rows.len() > 2) {
            for column in 0..table.columns.len() {
                let Some(measures) = table.measures(column) else { continue };
                let values: Vec<f64> = measures.iter().flatten().copied().collect();
                let Some(t) = limit
                    .figure
                    .readings
                    .iter()
                    .copied()
                    .find(|t| values.iter().any(|v| v <= t) && values.iter().any(|v| v >= t))
                else {
                    continue;
                };
                bound.push((*call, table, measures, t));
            }
        }
        let [(call, table, measures, limit)] = &bound[..] else { continue };
        let passes = |r: usize, equal: bool| {
            measures[r].is_some_and(|v| if *over { v > *limit } else { v < *limit } || equal && v == *limit)
        };
        let all: Vec<usize> = (0..table.rows.len()).collect();
        let named = [&scene.asked.text, &sentence.text].into_iter().flat_map(|t| scene.values_named(table, t, false));
        let sets: Vec<Vec<usize>> = named.map(|(_, rows, _)| rows).chain([all]).collect();
        let readings: BTreeSet<usize> = sets
            .iter()
            .flat_map(|rows| [true, false].map(|equal| rows.iter().filter(|r| passes(**r, equal)).count()))
            .collect();
        if !readings.contains(&number) && number <= table.rows.len() {
            let right = format!("{} rows do", (0..table.rows.len()).filter(|r| passes(*r, false)).count());
            return Some(Seen { range: sentence.range.clone(), path: "limit", call: *call, right });
        }
    }
    None
}

/// The limit that a sentence names, and whether what is above it counts.
fn limit(scene: &Scene<'_, '_>, sentence: &Sentence) -> Option<(&'static bool, Told)> {
    let mut found = Vec::new();
    for (name, over) in [("over", &true), ("under", &false)] {
        for place in scene.counting.places(name, &sentence.words) {
            let near = sentence.words.get(place.end..)?.iter().take(NEAR + 1);
            let told = near
                .filter_map(|w| {
                    sentence.told.iter().find(|t| {
                        t.tells()
                            && t.day.is_none()
                            && t.figure.range.start < w.range.end
                            && w.range.start < t.figure.range.end
                    })
                })
                .next()
                // Signs without blanks stand behind the number: "30kg以上".
                .or_else(|| {
                    sentence.told.iter().rfind(|t| {
                        t.tells()
                            && sentence.words[place.start].text.chars().any(|c| c as u32 >= 0x3000)
                            && t.figure.range.start < sentence.words[place.start].range.end
                    })
                });
            found.extend(told.map(|t| (over, t.clone())));
        }
    }
    (found.len() == 1).then(|| found.pop())?
}

fn limit_asked(scene: &Scene<'_, '_>) -> Option<(&'static bool, Told)> {
    limit(scene, &scene.asked)
}
