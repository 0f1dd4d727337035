//! Takes off what stands before the command that matters: `sudo`, `timeout 60`, `npx`, `uv run`, `docker compose exec web`.

use crate::work::words::table;

/// Wrappers within wrappers are taken off so often.
const DEEPEST: usize = 8;

/// Takes the wrappers off; the script, where the words call a shell with one (`bash -lc "…"`).
pub(super) fn strip(words: &mut Vec<String>) -> Option<String> {
    for _ in 0..DEEPEST {
        let assignments = words.iter().take_while(|w| is_assignment(w)).count();
        words.drain(..assignments);
        let first = words.first()?.clone();
        let program = first.rsplit('/').next().unwrap_or(&first).to_owned();
        if matches!(program.as_str(), "bash" | "sh" | "zsh" | "dash" | "ash") {
            let flag =
                words.iter().skip(1).position(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'))?;
            return words.get(flag + 2).cloned();
        }
        if matches!(program.as_str(), "python" | "python3" | "py" | "python2") || program.starts_with("python3.") {
            let module = words.iter().skip(1).take_while(|w| w.starts_with('-')).position(|w| w == "-m")?;
            words.drain(..=module + 1);
            continue;
        }
        let wrapper = table().wrappers.iter().find(|w| w.fits(&program, words))?;
        let own = wrapper.words.len();
        words.drain(..own);
        let mut operands = wrapper.operands;
        while let Some(word) = words.first() {
            if word == "--" {
                words.remove(0);
                break;
            }
            let option = word.starts_with('-');
            if !option && operands == 0 {
                break;
            }
            let takes = option && wrapper.options.iter().any(|o| o == word);
            operands -= usize::from(!option);
            words.drain(..(1 + usize::from(takes)).min(words.len()));
        }
    }
    None
}

/// `NAME=value`
fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
