//! The footer: the columns, and where their pages are.

use super::schema::{Node, Place, element, tree};
use super::thrift::{Thrift, kind};
use super::{Fault, MOST_COLUMNS, MOST_ROWS, beyond, broken};

/// The pages of one column.
#[derive(Debug)]
pub struct Chunk {
    pub codec: i64,
    pub values: u64,
    /// First byte of the first page.
    pub start: usize,
    /// Bytes of all pages with their headers.
    pub length: usize,
}

/// Rows that are stored together.
#[derive(Debug)]
pub struct Group {
    pub rows: u64,
    pub chunks: Vec<Chunk>,
}

/// What the footer says.
#[derive(Debug)]
pub struct Footer {
    pub root: Node,
    pub groups: Vec<Group>,
}

const MAGIC: &[u8] = b"PAR1";

/// Reads the footer. It is the last thing of the file: a file that was cut has none.
pub fn read(bytes: &[u8]) -> Result<Footer, Fault> {
    if bytes.starts_with(b"PARE") || bytes.ends_with(b"PARE") {
        return Err(broken("it is encrypted"));
    }
    let cut = || broken("its end is missing, which says where everything is");
    let body = bytes.strip_suffix(MAGIC).filter(|_| bytes.len() >= 12).ok_or_else(cut)?;
    let (body, length) = body.split_last_chunk::<4>().ok_or_else(cut)?;
    let length = u32::from_le_bytes(*length) as usize;
    let footer = body.len().checked_sub(length).filter(|at| *at >= MAGIC.len()).ok_or_else(cut)?;
    let mut elements = Vec::new();
    let mut groups = Vec::new();
    Thrift::new(&body[footer..]).structure(|t, id, of| {
        match (id, of) {
            (2, kind::LIST) => t.list(|t| {
                if elements.len() > 2 * MOST_COLUMNS {
                    return Err(beyond(format!("it has more than {MOST_COLUMNS} columns")));
                }
                elements.push(element(t)?);
                Ok(())
            })?,
            (4, kind::LIST) => t.list(|t| {
                groups.push(group(t)?);
                Ok(())
            })?,
            (8, _) => return Err(broken("it is encrypted")),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let rows = groups.iter().fold(0u64, |sum, g: &Group| sum.saturating_add(g.rows));
    if rows > MOST_ROWS {
        return Err(beyond(format!("it has more than {MOST_ROWS} rows")));
    }
    let mut elements = elements.into_iter();
    let mut leaves = 0;
    let first = elements.next().ok_or_else(|| broken("it has no columns"))?;
    let root = tree(first, &mut elements, Place::default(), &mut leaves)?.ok_or_else(|| broken("it has no columns"))?;
    if leaves > MOST_COLUMNS {
        return Err(beyond(format!("it has more than {MOST_COLUMNS} columns")));
    }
    if groups.iter().any(|group| group.chunks.len() != leaves) {
        return Err(broken("its rows do not have the columns that its schema names"));
    }
    Ok(Footer { root, groups })
}

fn group(t: &mut Thrift<'_>) -> Result<Group, Fault> {
    let mut group = Group { rows: 0, chunks: Vec::new() };
    t.structure(|t, id, of| {
        match (id, of) {
            (1, kind::LIST) => t.list(|t| {
                group.chunks.push(chunk(t)?);
                Ok(())
            })?,
            (3, _) => group.rows = count(t.int()?)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(group)
}

fn count(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| broken("its metadata is damaged"))
}

fn chunk(t: &mut Thrift<'_>) -> Result<Chunk, Fault> {
    let (mut codec, mut values, mut packed, mut data, mut dictionary) = (0, 0, 0, 0, 0);
    t.structure(|t, id, of| {
        match (id, of) {
            (1, _) => return Err(broken("its columns are in other files")),
            (3, kind::STRUCT) => t.structure(|t, id, _| {
                let into = match id {
                    4 => &mut codec,
                    5 => &mut values,
                    7 => &mut packed,
                    9 => &mut data,
                    11 => &mut dictionary,
                    _ => return Ok(false),
                };
                *into = t.int()?;
                Ok(true)
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    // Some writers put the dictionary's place before the pages, some leave it at zero.
    let start = if dictionary > 0 && dictionary < data { dictionary } else { data };
    let place = |n: i64| usize::try_from(n).map_err(|_| broken("its metadata is damaged"));
    Ok(Chunk { codec, values: count(values)?, start: place(start)?, length: place(packed)? })
}
