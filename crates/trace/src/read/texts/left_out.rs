//! Fields with words that are left out on purpose: they are about the session, and nobody said them in it.

/// Fields of any format: a key, or keys one below the other, with all that is below them.
const ANYWHERE: [&[&str]; 0] = [];

/// Fields of one format.
const OF_FORMAT: [(&str, &[&[&str]]); 0] = [];

/// True for a field that is left out on purpose.
pub fn is(format: &str, keys: &[&str]) -> bool {
    let of_format = OF_FORMAT.iter().filter(|(name, _)| *name == format).flat_map(|(_, fields)| fields.iter());
    ANYWHERE.iter().chain(of_format).any(|field| keys.windows(field.len()).any(|part| part == *field))
}
