//! The examples that stand beside the rules: what each must mask, and what it must leave.

use super::rules::{Kind, RulesError};
use super::{Masked, Masker};

/// Tries every example.
///
/// # Errors
/// On the first that does not come out as the file says.
pub(super) fn check(masker: &Masker) -> Result<(), RulesError> {
    let file = &masker.rules.file;
    let numbers =
        [(Kind::Phone, &file.phones.masks, &file.phones.keeps), (Kind::Email, &file.emails.masks, &file.emails.keeps)];
    for (kind, masks, keeps) in numbers {
        masks.iter().try_for_each(|text| one(masker, kind.name(), kind, text))?;
        keeps.iter().try_for_each(|text| none(masker, kind.name(), text))?;
    }
    for rule in masker.rules.compiled.iter().map(|c| &c.rule) {
        rule.masks.iter().try_for_each(|pieces| one(masker, &rule.name, rule.kind, &pieces.concat()))?;
        rule.keeps.iter().try_for_each(|pieces| none(masker, &rule.name, &pieces.concat()))?;
    }
    for shape in &file.shapes {
        shape.masks.iter().try_for_each(|pieces| one(masker, &shape.name, Kind::Secret, &pieces.concat()))?;
        shape.keeps.iter().try_for_each(|pieces| none(masker, &shape.name, &pieces.concat()))?;
    }
    Ok(())
}

/// One value is masked: the one in `«»`, or whichever where nothing is marked.
fn one(masker: &Masker, rule: &str, kind: Kind, marked: &str) -> Result<(), RulesError> {
    let text = marked.replace(['«', '»'], "");
    let done = masker.mask(text.as_bytes());
    let hidden = match &done.places[..] {
        [only] if only.kind == kind.name() => text.get(only.hidden.clone()).unwrap_or_default(),
        _ => return Err(wrong(rule, marked, &done)),
    };
    match marked.split_once('«').and_then(|(_, rest)| rest.split_once('»')) {
        Some((value, _)) if value != hidden => Err(wrong(rule, marked, &done)),
        _ => Ok(()),
    }
}

fn none(masker: &Masker, rule: &str, text: &str) -> Result<(), RulesError> {
    let done = masker.mask(text.as_bytes());
    if done.places.is_empty() { Ok(()) } else { Err(wrong(rule, text, &done)) }
}

fn wrong(rule: &str, example: &str, done: &Masked) -> RulesError {
    RulesError::Example {
        rule: rule.to_owned(),
        example: example.to_owned(),
        became: String::from_utf8_lossy(&done.bytes).into_owned(),
    }
}
