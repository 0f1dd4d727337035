//! Rows from columns, after the Dremel paper's record assembly: what stands at a place of a column, its levels say.

use super::footer::{Footer, Group};
use super::page::Column;
use super::schema::{Meaning, Node, Repetition};
use super::{Budget, Fault, broken, value};

/// The rows of one group, one after another.
pub struct Rows<'b, 'f> {
    root: &'f Node,
    columns: Vec<Column<'b>>,
}

impl<'b, 'f> Rows<'b, 'f> {
    /// Starts at the first row of a group.
    pub fn new(bytes: &'b [u8], footer: &'f Footer, group: &Group) -> Self {
        let mut columns = Vec::with_capacity(group.chunks.len());
        collect(bytes, &footer.root, group, &mut columns);
        Rows { root: &footer.root, columns }
    }

    /// Writes the next row as an object.
    pub fn next(&mut self, budget: &mut Budget<'_>, json: &mut Vec<u8>) -> Result<(), Fault> {
        for column in &mut self.columns {
            if column.levels(budget)?.is_some_and(|(level, _)| level != 0) {
                return Err(broken("its columns do not agree on where a row begins"));
            }
        }
        self.group(self.root, budget, json)
    }

    fn first(&mut self, node: &Node, budget: &mut Budget<'_>) -> Result<Option<(u8, u8)>, Fault> {
        match self.columns.get_mut(node.leaves.0) {
            Some(column) => column.levels(budget),
            None => Ok(None),
        }
    }

    /// Passes by a place of all columns of a node.
    fn pass(&mut self, node: &Node, budget: &mut Budget<'_>) -> Result<(), Fault> {
        let columns = self.columns.get_mut(node.leaves.0..node.leaves.1).unwrap_or_default();
        columns.iter_mut().try_for_each(|column| column.take(budget).map(drop))
    }

    /// Writes what a node holds here. False where it holds nothing: then nothing is written.
    fn node(&mut self, node: &Node, budget: &mut Budget<'_>, json: &mut Vec<u8>) -> Result<bool, Fault> {
        match node.repetition {
            Repetition::Required => self.single(node, budget, json),
            Repetition::Optional => {
                if self.absent(node, budget)? {
                    return Ok(false);
                }
                self.single(node, budget, json)
            }
            Repetition::Repeated => {
                json.push(b'[');
                self.each(node, budget, json, |rows, budget, json| {
                    if !rows.single(node, budget, json)? {
                        json.extend_from_slice(b"null");
                    }
                    Ok(())
                })?;
                json.push(b']');
                Ok(true)
            }
        }
    }

    /// True where a node that may be missing is; its place is passed by then.
    fn absent(&mut self, node: &Node, budget: &mut Budget<'_>) -> Result<bool, Fault> {
        let here = self.first(node, budget)?;
        let absent = here.is_none_or(|(_, definition)| definition < node.definition);
        if absent {
            self.pass(node, budget)?;
        }
        Ok(absent)
    }

    /// Goes through a repeated node's values; `write` takes one, and a comma stands between them.
    fn each(
        &mut self,
        node: &Node,
        budget: &mut Budget<'_>,
        json: &mut Vec<u8>,
        mut write: impl FnMut(&mut Self, &mut Budget<'_>, &mut Vec<u8>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.absent(node, budget)? {
            return Ok(());
        }
        loop {
            write(self, budget, json)?;
            // What repeats a list around this one, or a row, begins with a lower level.
            match self.first(node, budget)? {
                Some((level, _)) if level >= node.level => json.push(b','),
                _ => return Ok(()),
            }
        }
    }

    /// A value, or a group, that is there once.
    fn single(&mut self, node: &Node, budget: &mut Budget<'_>, json: &mut Vec<u8>) -> Result<bool, Fault> {
        if let Some(physical) = node.physical {
            let column = self.columns.get_mut(node.leaves.0).ok_or_else(|| broken("a column is missing"))?;
            return match column.take(budget)? {
                Some(raw) => {
                    let written = value::write(raw, physical, node.meaning, json)?;
                    budget.written(json.len())?;
                    Ok(written)
                }
                None => Ok(false),
            };
        }
        match (node.meaning, &node.children[..]) {
            (Meaning::List, [list]) if list.repetition == Repetition::Repeated => {
                self.list(node, list, budget, json)?
            }
            (Meaning::Map, [entry]) if entry.repetition == Repetition::Repeated && entry.children.len() == 2 => {
                self.map(entry, budget, json)?;
            }
            _ => self.group(node, budget, json)?,
        }
        Ok(true)
    }

    /// A list's values stand below a repeated group of one, or, as some older writers have it, are the repeated node itself.
    fn list(&mut self, around: &Node, list: &Node, budget: &mut Budget<'_>, json: &mut Vec<u8>) -> Result<(), Fault> {
        let itself = list.name == "array" || list.name.strip_suffix("_tuple") == Some(&around.name);
        json.push(b'[');
        self.each(list, budget, json, |rows, budget, json| {
            let written = match &list.children[..] {
                [element] if !itself => rows.node(element, budget, json)?,
                _ => rows.single(list, budget, json)?,
            };
            if !written {
                json.extend_from_slice(b"null");
            }
            Ok(())
        })?;
        json.push(b']');
        Ok(())
    }

    /// An object. A key that is no text stands as the text that it has in JSON.
    fn map(&mut self, entry: &Node, budget: &mut Budget<'_>, json: &mut Vec<u8>) -> Result<(), Fault> {
        let [key, held] = &entry.children[..] else { return Ok(()) };
        json.push(b'{');
        self.each(entry, budget, json, |rows, budget, json| {
            let from = json.len();
            if !rows.node(key, budget, json)? {
                json.extend_from_slice(b"null");
            }
            if json.get(from) != Some(&b'"') {
                let text = String::from_utf8_lossy(json.get(from..).unwrap_or_default()).into_owned();
                json.truncate(from);
                serde_json::to_writer(&mut *json, &text).map_err(|_| broken("a map is damaged"))?;
            }
            json.push(b':');
            if !rows.node(held, budget, json)? {
                json.extend_from_slice(b"null");
            }
            Ok(())
        })?;
        json.push(b'}');
        Ok(())
    }

    fn group(&mut self, node: &Node, budget: &mut Budget<'_>, json: &mut Vec<u8>) -> Result<(), Fault> {
        json.push(b'{');
        let mut some = false;
        for child in &node.children {
            let before = json.len();
            if some {
                json.push(b',');
            }
            serde_json::to_writer(&mut *json, &child.name).map_err(|_| broken("a name is damaged"))?;
            json.push(b':');
            match self.node(child, budget, json)? {
                true => some = true,
                // What is not set is left out.
                false => json.truncate(before),
            }
        }
        json.push(b'}');
        budget.written(json.len())
    }
}

fn collect<'b>(bytes: &'b [u8], node: &Node, group: &Group, columns: &mut Vec<Column<'b>>) {
    if let (Some(physical), Some(chunk)) = (node.physical, group.chunks.get(node.leaves.0)) {
        columns.push(Column::new(bytes, chunk, node, physical));
    }
    node.children.iter().for_each(|child| collect(bytes, child, group, columns));
}
