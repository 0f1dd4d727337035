//! Faults in YAML files that people write, in people's words: where, what, and what belongs there.

/// The known name that is meant, most likely: at most a third of its letters differ
/// (Damerau-Levenshtein distance).
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let folded = name.to_lowercase().replace(['-', ' '], "_");
    let rated = known.into_iter().map(|k| (strsim::damerau_levenshtein(&folded, &k.replace('-', "_")), k));
    let (distance, best) = rated.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= best.len().max(3)).then_some(best)
}

/// "unknown field `reportd`. Did you mean `reported`? Allowed: …".
pub fn unknown(what: &str, name: &str, allowed: &[&str]) -> String {
    let meant = nearest(name, allowed.iter().copied()).map_or(String::new(), |k| format!(" Did you mean `{k}`?"));
    format!("unknown {what} `{name}`.{meant} Allowed: {}.", allowed.join(", "))
}

/// One paragraph on why a file could not be read: line and column, what is wrong, what belongs there, the line itself.
pub fn explain(error: &serde_saphyr::Error, yaml: &str) -> String {
    let told = error.without_snippet().to_string();
    let what = told.trim_start_matches("error: ");
    let Some(place) = error.location() else { return in_words(what, "") };
    let what = what.strip_prefix(&format!("line {} column {}: ", place.line(), place.column())).unwrap_or(what);
    let what = what.strip_suffix(&format!(" at line {}, column {}", place.line(), place.column())).unwrap_or(what);
    let at = usize::try_from(place.line()).unwrap_or(0);
    let line = at.checked_sub(1).and_then(|n| yaml.lines().nth(n)).unwrap_or_default();
    let from = usize::try_from(place.column()).unwrap_or(1).saturating_sub(1);
    let value: String = line.chars().skip(from).collect();
    let reads: String = line.trim().chars().take(120).collect();
    let reads = if reads.is_empty() { String::new() } else { format!(" The line reads: {reads}") };
    format!("line {}, column {}: {}{reads}", place.line(), place.column(), in_words(what, value.trim()))
}

fn in_words(what: &str, value: &str) -> String {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    let value = value.split(" #").next().unwrap_or_default().trim();
    if let Some((field, known)) = what.strip_prefix("unknown field ").and_then(|w| w.split_once(", expected ")) {
        let known = known.trim_start_matches("one of ").replace('`', "");
        return unknown("field", &quoted(field), &known.split(", ").collect::<Vec<_>>());
    }
    if let Some((variant, known)) = what.strip_prefix("unknown variant ").and_then(|w| w.split_once(", expected ")) {
        let known = known.trim_start_matches("one of ").replace('`', "");
        return unknown("value", &quoted(variant), &known.split(", ").collect::<Vec<_>>());
    }
    if let Some(key) = what.strip_prefix("duplicate mapping key: ") {
        return format!("`{}` is given twice; keep one.", key.split(',').next().unwrap_or(key));
    }
    if let Some(field) = what.strip_prefix("missing field ") {
        return format!("`{}` is missing.", quoted(field));
    }
    match what {
        w if w.contains("untagged enum") => {
            "expected a number, `true`, `false` or text; found a list or a mapping.".to_owned()
        }
        w if w.contains("invalid boolean") => format!("expected `true` or `false`, found `{value}`."),
        w if w.contains("tabs disallowed") => "YAML does not allow tabs here; indent with spaces.".to_owned(),
        w if w.contains("unclosed quote") => "the quote that opens here is never closed.".to_owned(),
        w if w.contains("expected sequence start") => {
            format!("expected a list, found `{value}`. Write `- name: …` on the lines below, or `[]` for none.")
        }
        w if w.contains("expected mapping start") => {
            format!("expected `key: value` lines, indented below the name; found `{value}`.")
        }
        w if w.contains("invalid ") => format!("`{value}`: {w}."),
        w => format!("{w}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by nobody: only the faults are looked at")]
    struct File {
        reported: Option<bool>,
        guards: Option<Vec<String>>,
    }

    fn fault(yaml: &str) -> String {
        explain(&serde_saphyr::from_str::<File>(yaml).expect_err("a fault"), yaml)
    }

    #[test]
    fn faults_say_where_what_and_what_belongs_there() {
        assert_eq!(
            fault("reportd: true\n"),
            "line 1, column 1: unknown field `reportd`. Did you mean `reported`? Allowed: reported, guards. The line reads: reportd: true"
        );
        assert!(fault("reported: maybe\n").contains("expected `true` or `false`, found `maybe`"));
        assert!(fault("guards: none\n").contains("expected a list, found `none`"));
        assert!(fault("reported: true\nreported: true\n").starts_with("line 2, column 1: `reported` is given twice"));
        assert!(fault("guards:\n\t- a\n").contains("indent with spaces"));
        assert!(fault("guards: [\"a\n").contains("never closed"));
    }

    #[test]
    fn names_that_are_far_off_are_not_guessed() {
        assert_eq!(nearest("zebra", ["reported", "aware"]), None);
        assert_eq!(
            nearest("Unbacked Completion", ["completion-unbacked", "unbacked-completion"]),
            Some("unbacked-completion")
        );
    }
}
