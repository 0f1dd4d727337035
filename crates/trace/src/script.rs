//! A trace as a JavaScript module: `const data = {…};`, as examples and fixtures of tracing libraries keep it.

use crate::json::parse_first;

/// How far the value may be from the start: names and a type stand before it, never a program.
const LOOK_AT: usize = 200;

/// Where the value begins, if the text is nothing but an assignment or a default export.
fn value_start(bytes: &[u8]) -> Option<usize> {
    const STARTS: [&str; 8] =
        ["const ", "let ", "var ", "export const ", "export default ", "module.exports", "exports.", "window."];
    let lead = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let head = bytes.get(lead..)?;
    let start = STARTS.iter().find(|s| head.starts_with(s.as_bytes()))?;
    let at = match *start {
        "export default " => lead + start.len(),
        _ => lead + head.iter().take(LOOK_AT).position(|&b| b == b'=')? + 1,
    };
    let space = bytes.get(at..)?.iter().take_while(|b| b.is_ascii_whitespace()).count();
    matches!(bytes.get(at + space), Some(b'{' | b'[')).then_some(at + space)
}

/// Says whether the bytes look like such a module.
pub fn sniff(bytes: &[u8]) -> bool {
    value_start(bytes).is_some()
}

/// The value alone, and what of the text after it was left out.
pub fn value(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
    let Some(start) = value_start(bytes) else { return (bytes.to_vec(), None) };
    let rest = &bytes[start..];
    // Whoever reads the value says what is wrong with one that is broken.
    let Ok((_, end)) = parse_first(rest) else { return (rest.to_vec(), None) };
    let end = rest[..end].iter().rposition(|b| matches!(b, b'}' | b']')).map_or(end, |n| n + 1);
    let after = rest[end..].trim_ascii();
    let after = after.strip_prefix(b";").unwrap_or(after).trim_ascii();
    let lost = (!after.is_empty()).then(|| format!("{} bytes of script after the value were left out", after.len()));
    (rest[..end].to_vec(), lost)
}

#[cfg(test)]
mod tests {
    use super::{sniff, value};
    use crate::test_support::{reading, texts};

    const CHAT: &str = r#"[{"role":"user","content":"a = {b}; c"}]"#;

    #[test]
    fn a_module_reads_like_its_value() {
        for (before, after) in [
            ("const data = ", ";\n"),
            ("\nexport const data: Trace[] =\n", ""),
            ("export default ", "\n"),
            ("module.exports = ", " ;"),
            ("window.trace=", ""),
        ] {
            let found = reading("t.js", &format!("{before}{CHAT}{after}"));
            assert_eq!(texts(&found.sessions[0]), ["a = {b}; c"], "{before}");
            assert!(found.detections[0].lossy.is_empty(), "{:?}", found.detections);
        }
    }

    #[test]
    fn what_follows_the_value_is_told_and_a_program_is_none() {
        let found = reading("t.js", &format!("const data = {CHAT};\nexport {{ data }};"));
        assert!(found.detections[0].lossy[0].contains("16 bytes of script"), "{:?}", found.detections);
        assert!(!sniff(b"const x = 1;") && !sniff(b"letter = {}") && !sniff(b"[1]") && !sniff(b"const"));
        assert_eq!(value(b"let a = {b: 1}").0, b"{b: 1}");
    }
}
