//! The tree of columns: how each is stored, what it means, and how often a value is there.

use super::thrift::{Thrift, kind};
use super::{Fault, MOST_LEVELS, beyond, broken};

/// How a value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Physical {
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    Bytes,
    /// So many bytes each.
    Fixed(usize),
}

impl Physical {
    /// Bytes of a value; `None` where each has a length of its own.
    pub fn width(self) -> Option<usize> {
        match self {
            Physical::Boolean => Some(1),
            Physical::Int32 | Physical::Float => Some(4),
            Physical::Int64 | Physical::Double => Some(8),
            Physical::Int96 => Some(12),
            Physical::Fixed(width) => Some(width),
            Physical::Bytes => None,
        }
    }
}

/// Digits of a second's fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Millis,
    Micros,
    Nanos,
}

/// What a value, or a group, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// What the storage says.
    Plain,
    Text,
    Unsigned,
    Decimal {
        scale: u32,
    },
    Date,
    Time(Unit),
    /// With a zone where it is an instant.
    Timestamp {
        unit: Unit,
        utc: bool,
    },
    Uuid,
    Half,
    List,
    Map,
}

/// How often a value is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    Required,
    Optional,
    Repeated,
}

/// A column or a group of them.
#[derive(Debug)]
pub struct Node {
    pub name: String,
    pub repetition: Repetition,
    pub meaning: Meaning,
    /// Definition level of a value that is there.
    pub definition: u8,
    /// Repetition level of a further value of the innermost list around it.
    pub level: u8,
    /// The first leaf below, and the one after the last.
    pub leaves: (usize, usize),
    /// How it is stored, for a leaf.
    pub physical: Option<Physical>,
    pub children: Vec<Node>,
}

/// An element of the schema, before it has a place in the tree.
#[derive(Default)]
pub struct Element {
    stored: Option<i64>,
    width: i64,
    repetition: i64,
    name: String,
    children: i64,
    converted: Option<i64>,
    scale: i64,
    logical: Option<Meaning>,
}

/// Reads an element.
pub fn element(t: &mut Thrift<'_>) -> Result<Element, Fault> {
    let mut e = Element::default();
    t.structure(|t, id, of| {
        match (id, of) {
            (1, _) => e.stored = Some(t.int()?),
            (2, _) => e.width = t.int()?,
            (3, _) => e.repetition = t.int()?,
            (4, kind::BINARY) => e.name = String::from_utf8_lossy(t.binary()?).into_owned(),
            (5, _) => e.children = t.int()?,
            (6, _) => e.converted = Some(t.int()?),
            (7, _) => e.scale = t.int()?,
            (10, kind::STRUCT) => e.logical = logical(t)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(e)
}

/// The union `LogicalType`; `None` for those that add nothing to how the value is stored.
fn logical(t: &mut Thrift<'_>) -> Result<Option<Meaning>, Fault> {
    let mut meaning = None;
    t.structure(|t, id, of| {
        if of != kind::STRUCT {
            return Ok(false);
        }
        let (mut utc, mut unit, mut scale, mut signed) = (false, Unit::Millis, 0, true);
        t.structure(|t, field, of| {
            match (id, field, of) {
                (5, 1, _) => scale = t.int()?,
                (7 | 8, 1, _) => {
                    utc = of == kind::TRUE;
                    return Ok(false);
                }
                (10, 2, _) => {
                    signed = of == kind::TRUE;
                    return Ok(false);
                }
                (7 | 8, 2, kind::STRUCT) => t.structure(|_, which, _| {
                    unit = match which {
                        2 => Unit::Micros,
                        3 => Unit::Nanos,
                        _ => Unit::Millis,
                    };
                    Ok(false)
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        meaning = match id {
            1 | 4 | 12 => Some(Meaning::Text),
            2 => Some(Meaning::Map),
            3 => Some(Meaning::List),
            5 => Some(Meaning::Decimal { scale: u32::try_from(scale).unwrap_or(0) }),
            6 => Some(Meaning::Date),
            7 => Some(Meaning::Time(unit)),
            8 => Some(Meaning::Timestamp { unit, utc }),
            10 if !signed => Some(Meaning::Unsigned),
            14 => Some(Meaning::Uuid),
            15 => Some(Meaning::Half),
            _ => None,
        };
        Ok(true)
    })?;
    Ok(meaning)
}

/// The older `ConvertedType`, whose times are instants.
fn converted(number: i64, scale: i64) -> Meaning {
    match number {
        0 | 4 | 19 => Meaning::Text,
        1 | 2 => Meaning::Map,
        3 => Meaning::List,
        5 => Meaning::Decimal { scale: u32::try_from(scale).unwrap_or(0) },
        6 => Meaning::Date,
        7 => Meaning::Time(Unit::Millis),
        8 => Meaning::Time(Unit::Micros),
        9 => Meaning::Timestamp { unit: Unit::Millis, utc: true },
        10 => Meaning::Timestamp { unit: Unit::Micros, utc: true },
        11..=14 => Meaning::Unsigned,
        _ => Meaning::Plain,
    }
}

/// What an element lies in.
#[derive(Default, Clone, Copy)]
pub struct Place {
    definition: u8,
    level: u8,
    depth: usize,
}

/// The node of an element with those below it. Groups without a column are left out.
pub fn tree(
    e: Element,
    rest: &mut impl Iterator<Item = Element>,
    mut place: Place,
    leaves: &mut usize,
) -> Result<Option<Node>, Fault> {
    if place.depth > MOST_LEVELS {
        return Err(beyond(format!("its columns are nested deeper than {MOST_LEVELS} levels")));
    }
    let repetition = match e.repetition {
        _ if place.depth == 0 => Repetition::Required,
        0 => Repetition::Required,
        1 => Repetition::Optional,
        2 => Repetition::Repeated,
        _ => return Err(broken("its schema is damaged")),
    };
    // At most one more for each level of nesting, so that a byte is enough.
    place.definition += u8::from(repetition != Repetition::Required);
    place.level += u8::from(repetition == Repetition::Repeated);
    let from = *leaves;
    let mut children = Vec::new();
    let physical = match (e.children, e.stored) {
        (0, Some(stored)) if place.depth > 0 => {
            *leaves += 1;
            Some(match stored {
                0 => Physical::Boolean,
                1 => Physical::Int32,
                2 => Physical::Int64,
                3 => Physical::Int96,
                4 => Physical::Float,
                5 => Physical::Double,
                6 => Physical::Bytes,
                7 => Physical::Fixed(usize::try_from(e.width).map_err(|_| broken("its schema is damaged"))?),
                _ => return Err(broken("its schema is damaged")),
            })
        }
        (count, _) => {
            for _ in 0..count {
                let child = rest.next().ok_or_else(|| broken("its schema is damaged"))?;
                children.extend(tree(child, rest, Place { depth: place.depth + 1, ..place }, leaves)?);
            }
            if children.is_empty() {
                return Ok(None);
            }
            None
        }
    };
    let meaning = e.logical.or_else(|| e.converted.map(|c| converted(c, e.scale))).unwrap_or(Meaning::Plain);
    Ok(Some(Node {
        name: e.name,
        repetition,
        meaning,
        definition: place.definition,
        level: place.level,
        leaves: (from, *leaves),
        physical,
        children,
    }))
}
