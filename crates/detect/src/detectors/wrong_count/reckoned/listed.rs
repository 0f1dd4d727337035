//! "Five parties arrive: A, B, C and D": rows that are named one by one behind their number.

use super::Seen;
use super::scene::Scene;

/// Shorter words are units.
const LONG_ENOUGH: usize = 4;
/// People miscount by one or two; another number is none of these rows.
const OFF: usize = 2;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    for sentence in &scene.sentences {
        let Some((head, tail)) = sentence.text.split_once([':', '：']) else { continue };
        if tail.contains('…') || tail.contains("...") || tail.contains("etc") || tail.contains(':') {
            continue;
        }
        let head_words: Vec<_> = sentence.words.iter().filter(|w| w.range.end <= head.len()).cloned().collect();
        if scene.is_apart(&head_words) || scene.counting.is_in("rough", &head_words) {
            continue;
        }
        let counts: Vec<_> = sentence.told.iter().filter(|t| t.tells() && t.figure.range.end <= head.len()).collect();
        let [told] = &counts[..] else { continue };
        let Some(n) = told.figure.whole().filter(|n| (2..60).contains(n) && told.day.is_none()) else { continue };
        // "Ahornstraße 12" was asked for, and "42 kg" measures.
        let behind = sentence.text[told.figure.range.end..head.len()].trim_start();
        let thing = behind.chars().take_while(|c| c.is_alphabetic()).count() >= LONG_ENOUGH;
        if scene.is_given(&told.figure) || !(thing || behind.is_empty()) || Scene::in_time(sentence, &told.figure) {
            continue;
        }
        // What stands in brackets says more of an item.
        let mut depth = 0;
        let plain: String = tail
            .chars()
            .filter(|c| {
                depth += i32::from(matches!(c, '(' | '（'));
                let outside = depth == 0;
                depth -= i32::from(matches!(c, ')' | '）'));
                outside
            })
            .collect();
        let items: Vec<&str> = plain.split([',', '、', '،']).collect();
        for (call, table) in &scene.tables {
            let named = scene.rows_named(table, &plain).len();
            // Every item is a row, the last one may be two: "C and D".
            let each: Vec<usize> = items.iter().map(|i| scene.rows_named(table, i).len()).collect();
            let Some((last, before)) = each.split_last() else { continue };
            let fits = before.iter().all(|k| *k == 1) && matches!(last, 1 | 2) && each.iter().sum::<usize>() == named;
            let short = items.iter().all(|i| i.split_whitespace().count() <= 8);
            if fits && short && named > 1 && named != n && n != table.rows.len() && n.abs_diff(named) <= OFF {
                let right = format!("{named} are named, not {n}");
                return Some(Seen { range: sentence.range.clone(), path: "listed", call: *call, right });
            }
        }
    }
    None
}
