//! "All 12 of your containers are aboard the Tana", where the row of that name lists four.

use super::Seen;
use super::scene::{Scene, form};
use crate::origin::tables::Kind;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    for sentence in &scene.sentences {
        if scene.is_apart(&sentence.words) || scene.counting.is_in("rough", &sentence.words) {
            continue;
        }
        let mut named = scene.tables.iter().filter_map(|(call, table)| {
            let [row] = scene.rows_named(table, &sentence.text)[..] else { return None };
            let mut lists = table.rows[row].iter().enumerate().filter_map(|(at, c)| match c.as_ref()?.kind {
                Kind::List(n) => Some((at, n)),
                _ => None,
            });
            let (at, length) = lists.next().filter(|_| lists.next().is_none())?;
            Some((*call, table, row, at, length))
        });
        let Some((call, table, row, at, length)) = named.next().filter(|_| named.next().is_none()) else { continue };
        let counts: Vec<_> = sentence.told.iter().filter(|t| t.tells()).collect();
        let [told] = &counts[..] else { continue };
        let Some(n) = told.figure.whole().filter(|n| *n > 1 && *n != length && told.day.is_none()) else { continue };
        let behind: Vec<&str> = sentence
            .words
            .iter()
            .filter(|w| w.range.start >= told.figure.range.end)
            .map(|w| w.text.as_str())
            .take(4)
            .collect();
        let thing = &table.columns[at].to_lowercase();
        let counted = behind.iter().any(|w| form(w, thing));
        let own = table.rows[row].iter().flatten().any(|c| c.number() == Some(n as f64));
        if counted && !own {
            let right = format!("the row that is named lists {length}");
            return Some(Seen { range: sentence.range.clone(), path: "owner", call, right });
        }
    }
    None
}
