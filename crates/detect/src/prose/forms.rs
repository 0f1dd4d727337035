//! Words without accents, and whether two of them are forms of one word.

/// The words of a text whose letters are small and without accents.
pub(crate) fn each(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

/// Words that begin with so many of the same letters are forms of one word.
const STEM: usize = 5;

/// True for two forms of one word.
pub(crate) fn alike(a: &str, b: &str) -> bool {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    same >= STEM || same >= 2 && a == b
}
