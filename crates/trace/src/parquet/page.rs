//! One column, page by page: at each place the levels, and the value where there is one.

use super::decode::{Values, bits, hybrid, values};
use super::footer::Chunk;
use super::schema::{Node, Physical};
use super::thrift::{Thrift, kind};
use super::{Budget, Fault, broken, codec};

/// What a place of a column costs, in bytes: two levels and where its value is.
const PLACE: u64 = 8;

fn damaged() -> Fault {
    broken("a page is damaged")
}

/// One column of one group of rows.
pub struct Column<'b> {
    bytes: &'b [u8],
    codec: i64,
    physical: Physical,
    /// The levels of a value that is there, and of the innermost list.
    definition: u8,
    level: u8,
    /// First byte of the next page.
    at: usize,
    end: usize,
    /// Places in the pages that were not read yet.
    left: u64,
    dictionary: Option<Values>,
    page: Page,
    /// The place in the page, and the value in it.
    place: usize,
    value: usize,
}

#[derive(Default)]
struct Page {
    /// Empty where the level is zero everywhere.
    levels: Vec<u32>,
    /// Empty where every value is there.
    definitions: Vec<u32>,
    places: usize,
    /// Numbers of values in the dictionary.
    indices: Option<Vec<u32>>,
    values: Values,
}

/// A page's header.
#[derive(Default)]
struct Head {
    kind: i64,
    unpacked: i64,
    packed: i64,
    places: i64,
    encoding: i64,
    definitions: i64,
    levels: i64,
    /// How levels are written; only one way is in use.
    old_levels: bool,
    stored: bool,
}

impl<'b> Column<'b> {
    /// Starts at the first page.
    pub fn new(bytes: &'b [u8], chunk: &Chunk, leaf: &Node, physical: Physical) -> Self {
        Column {
            bytes,
            codec: chunk.codec,
            physical,
            definition: leaf.definition,
            level: leaf.level,
            at: chunk.start,
            end: chunk.start.saturating_add(chunk.length).min(bytes.len()),
            left: chunk.values,
            dictionary: None,
            page: Page::default(),
            place: 0,
            value: 0,
        }
    }

    /// The repetition and definition level at this place; `None` at the end of the column.
    pub fn levels(&mut self, budget: &mut Budget<'_>) -> Result<Option<(u8, u8)>, Fault> {
        while self.place >= self.page.places {
            if self.left == 0 {
                return Ok(None);
            }
            self.next_page(budget)?;
        }
        // Levels are read with as many bits as the highest needs, so that a byte holds them.
        let level = self.page.levels.get(self.place).map_or(0, |n| *n as u8);
        let definition = self.page.definitions.get(self.place).map_or(self.definition, |n| *n as u8);
        Ok(Some((level, definition)))
    }

    /// Goes on to the next place. Gives the value of this one, if it has one.
    pub fn take(&mut self, budget: &mut Budget<'_>) -> Result<Option<&[u8]>, Fault> {
        let (_, definition) = self.levels(budget)?.ok_or_else(|| broken("a column ends before its rows do"))?;
        self.place += 1;
        if definition != self.definition {
            return Ok(None);
        }
        let at = self.value;
        self.value += 1;
        let found = match &self.page.indices {
            Some(indices) => {
                let index = *indices.get(at).ok_or_else(damaged)?;
                self.dictionary.as_ref().and_then(|values| values.get(index as usize))
            }
            None => self.page.values.get(at),
        };
        found.map(Some).ok_or_else(damaged)
    }

    fn next_page(&mut self, budget: &mut Budget<'_>) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..self.end).filter(|rest| !rest.is_empty()).ok_or_else(damaged)?;
        let mut thrift = Thrift::new(rest);
        let head = header(&mut thrift)?;
        let size = |n: i64| usize::try_from(n).map_err(|_| damaged());
        let (unpacked, packed, places) = (size(head.unpacked)?, size(head.packed)?, size(head.places)?);
        let body = rest.get(thrift.position()..).and_then(|b| b.get(..packed)).ok_or_else(damaged)?;
        self.at += thrift.position() + packed;
        budget.take(unpacked as u64)?;
        match head.kind {
            // A dictionary that is not the first page would change what came before it.
            2 if self.dictionary.is_none() && matches!(head.encoding, 0 | 2) => {
                let bytes = codec::unpack(self.codec, body, unpacked)?;
                budget.take((places as u64).saturating_mul(PLACE))?;
                self.dictionary = Some(values(0, &bytes, self.physical, places, budget.left())?);
                Ok(())
            }
            0 | 3 => {
                self.left = self.left.checked_sub(places as u64).ok_or_else(damaged)?;
                budget.take((places as u64).saturating_mul(PLACE))?;
                if head.kind == 0 {
                    let bytes = codec::unpack(self.codec, body, unpacked)?;
                    if head.old_levels && self.definition > 0 {
                        return Err(broken("its levels are written in an encoding that is not read"));
                    }
                    let mut bytes = &bytes[..];
                    let levels = prefixed(&mut bytes, self.level, places)?;
                    let definitions = prefixed(&mut bytes, self.definition, places)?;
                    return self.fill(levels, definitions, bytes, places, head.encoding, budget);
                }
                let (levels, rest) = body.split_at_checked(size(head.levels)?).ok_or_else(damaged)?;
                let (definitions, rest) = rest.split_at_checked(size(head.definitions)?).ok_or_else(damaged)?;
                let size = unpacked.checked_sub(levels.len() + definitions.len()).ok_or_else(damaged)?;
                let codec = if head.stored { 0 } else { self.codec };
                // Nothing may be there to unpack where all values are missing.
                let bytes = if rest.is_empty() { Vec::new() } else { codec::unpack(codec, rest, size)? };
                let levels = told(levels, self.level, places)?;
                let definitions = told(definitions, self.definition, places)?;
                self.fill(levels, definitions, &bytes, places, head.encoding, budget)
            }
            // Indices, and kinds to come, hold no values.
            1 => Ok(()),
            _ => Err(damaged()),
        }
    }

    fn fill(
        &mut self,
        levels: Vec<u32>,
        definitions: Vec<u32>,
        bytes: &[u8],
        places: usize,
        encoding: i64,
        budget: &Budget<'_>,
    ) -> Result<(), Fault> {
        let most = u32::from(self.definition);
        let count = if most == 0 { places } else { definitions.iter().filter(|n| **n == most).count() };
        let mut page = Page { levels, definitions, places, ..Page::default() };
        match encoding {
            2 | 8 if count > 0 => {
                let (width, indices) = bytes.split_first().ok_or_else(damaged)?;
                page.indices = Some(hybrid(indices, u32::from(*width), count)?);
            }
            _ if count == 0 => {}
            _ => page.values = values(encoding, bytes, self.physical, count, budget.left())?,
        }
        self.page = page;
        (self.place, self.value) = (0, 0);
        Ok(())
    }
}

/// Levels behind their length, as in the first version of pages.
fn prefixed(bytes: &mut &[u8], most: u8, places: usize) -> Result<Vec<u32>, Fault> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let length = bytes.split_off(..4).and_then(|b| b.try_into().ok()).ok_or_else(damaged)?;
    told(bytes.split_off(..u32::from_le_bytes(length) as usize).ok_or_else(damaged)?, most, places)
}

fn told(bytes: &[u8], most: u8, places: usize) -> Result<Vec<u32>, Fault> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let levels = hybrid(bytes, bits(u64::from(most)), places)?;
    if levels.iter().any(|n| *n > u32::from(most)) { Err(damaged()) } else { Ok(levels) }
}

fn header(t: &mut Thrift<'_>) -> Result<Head, Fault> {
    let mut head = Head::default();
    t.structure(|t, id, of| {
        match (id, of) {
            (1, _) => head.kind = t.int()?,
            (2, _) => head.unpacked = t.int()?,
            (3, _) => head.packed = t.int()?,
            (5, kind::STRUCT) => t.structure(|t, id, _| {
                match id {
                    1 => head.places = t.int()?,
                    2 => head.encoding = t.int()?,
                    3 => head.old_levels = t.int()? == 4,
                    _ => return Ok(false),
                }
                Ok(true)
            })?,
            (7, kind::STRUCT) => t.structure(|t, id, _| {
                match id {
                    1 => head.places = t.int()?,
                    2 => head.encoding = t.int()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?,
            (8, kind::STRUCT) => t.structure(|t, id, of| {
                match id {
                    1 => head.places = t.int()?,
                    4 => head.encoding = t.int()?,
                    5 => head.definitions = t.int()?,
                    6 => head.levels = t.int()?,
                    7 => {
                        head.stored = of == kind::FALSE;
                        return Ok(false);
                    }
                    _ => return Ok(false),
                }
                Ok(true)
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(head)
}
