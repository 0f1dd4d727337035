//! Prompts as models get them: turns between special tokens, in the form of ChatML (`<|im_start|>user … <|im_end|>`) or of Llama 3
//! (`<|start_header_id|>user<|end_header_id|> … <|eot_id|>`). Models in the style of Hermes and Qwen write their calls in elements among
//! the words.

use super::speaker::{self, Who};
use super::{Dialogue, Turn, both_speak};

/// What stands before a speaker's name, behind it, and behind the words.
struct Tokens {
    open: &'static str,
    named: &'static str,
    close: [&'static str; 2],
}

const FORMS: [Tokens; 2] = [
    Tokens { open: "<|im_start|>", named: "\n", close: ["<|im_end|>", "<|im_end|>"] },
    Tokens { open: "<|start_header_id|>", named: "<|end_header_id|>", close: ["<|eot_id|>", "<|eom_id|>"] },
];
/// Tokens that may stand before the first turn.
const BEGIN: [&str; 3] = ["<|begin_of_text|>", "<s>", "<|endoftext|>"];

fn form(text: &str) -> Option<(&'static Tokens, &str)> {
    let mut text = text.trim_start();
    for begin in BEGIN {
        text = text.strip_prefix(begin).unwrap_or(text).trim_start();
    }
    let tokens = FORMS.iter().find(|tokens| text.starts_with(tokens.open))?;
    Some((tokens, text))
}

/// Says whether the first bytes are the beginning of such a prompt.
pub fn may_be(head: &str) -> bool {
    form(head).is_some()
}

/// Reads such a prompt; `None` for what is something else, or has a turn of nobody that is known.
pub fn read(text: &str) -> Option<Dialogue> {
    let (tokens, text) = form(text)?;
    let mut turns = Vec::new();
    for piece in text.split(tokens.open).skip(1) {
        let (name, words) = piece.split_once(tokens.named).unwrap_or((piece, ""));
        let name = name.trim();
        let role = match name {
            "ipython" | "tool" | "observation" => Who::Tool,
            name => speaker::role(name)?,
        };
        let end = tokens.close.iter().filter_map(|close| words.find(close)).min();
        let words = words[..end.unwrap_or(words.len())].trim();
        // A prompt ends where the model is to go on.
        if !words.is_empty() {
            turns.push(Turn { speaker: name.to_owned(), role: Some(role), text: words.to_owned(), ..Turn::default() });
        }
    }
    let (header, doubtful, surrounded) = (String::new(), false, false);
    both_speak(&turns).then_some(Dialogue { dialogue: "chatml", header, doubtful, surrounded, turns })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn turns_between_tokens_are_a_conversation() {
        let chatml = "<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nDim lamp 3<|im_end|>\n<|im_start|>assistant\n<think>\nhm\n</think>\n<tool_call>\n{\"name\": \"dim\", \"arguments\": {\"lamp\": 3}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n{\"level\": 20}\n</tool_response><|im_end|>\n<|im_start|>assistant\nIt is at 20.<|im_end|>\n<|im_start|>assistant\n";
        let trace = one("p.txt", chatml);
        assert_eq!(kinds(&trace), ["system", "user", "reasoning", "call dim -> 4", "result Unknown <- 3", "assistant"]);
        assert_eq!(texts(&trace), ["Be brief", "Dim lamp 3", "It is at 20."]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        let llama = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nDim it<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nDimmed.<|eot_id|>";
        assert_eq!(kinds(&one("p.txt", llama)), ["user", "assistant"]);
    }

    #[test]
    fn a_turn_of_nobody_that_is_known_is_refused() {
        let file =
            crate::Evidence::new("p.txt", b"<|im_start|>wizard\nHi<|im_end|>\n<|im_start|>user\nHi<|im_end|>".to_vec());
        assert!(crate::read(&[file]).is_err());
    }
}
