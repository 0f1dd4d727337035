//! Cues of subtitles: WebVTT with voice spans (`<v Agent>`), or WebVTT and SubRip with names in front of the words.

use super::speaker;
use super::{Dialogue, Turn, both_speak, clock, lines, mostly_known};

/// Says whether a text begins like WebVTT or SubRip.
pub fn may_be(head: &str) -> bool {
    form(head).is_some()
}

fn form(text: &str) -> Option<&'static str> {
    let mut lines = text.trim_start().lines();
    let first = lines.next()?;
    if let Some(rest) = first.strip_prefix("WEBVTT") {
        return (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some("webvtt");
    }
    let numbered = !first.trim().is_empty() && first.trim().bytes().all(|b| b.is_ascii_digit());
    (numbered && lines.next().is_some_and(|line| line.contains("-->"))).then_some("subrip")
}

/// Reads the cues; `None` for any other text. Where user and agent cannot be told apart, no turn has a role.
pub fn read(text: &str) -> Option<Dialogue> {
    let form = form(text)?;
    let mut turns: Vec<Turn> = Vec::new();
    let mut cue: Option<(Option<f64>, Vec<&str>)> = None;
    let mut header = true;
    let voiced = form == "webvtt" && text.contains("<v");
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            if let Some((start, words)) = cue.take() {
                tell(start, &words.join("\n"), voiced, &mut turns);
            }
            header = false;
        } else if let Some((from, _)) =
            line.split_once("-->").filter(|_| cue.is_none() && !(header && form == "webvtt"))
        {
            cue = Some((clock::cue(from), Vec::new()));
        } else if let Some((_, words)) = &mut cue {
            words.push(line);
        }
        // A number, a note, a style: no words of anybody.
    }
    super::infer(&mut turns);
    // A cue of nobody is told as such; it says nothing of whether the others speak with each other.
    let named: Vec<Turn> = turns.iter().filter(|turn| !turn.speaker.is_empty()).cloned().collect();
    if !(both_speak(&named) && mostly_known(&named) && named.len() * 2 > turns.len()) {
        turns.iter_mut().for_each(|turn| turn.role = None);
    }
    (!turns.is_empty()).then(|| Dialogue {
        dialogue: form,
        header: String::new(),
        doubtful: false,
        surrounded: false,
        turns,
    })
}

/// What is said in one cue. What one speaker says in cues that follow each other is one turn.
fn tell(start: Option<f64>, words: &str, voiced: bool, turns: &mut Vec<Turn>) {
    for (voice, text) in voices(words) {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let named = if voice.is_none() { lines::named(text) } else { None };
        let (speaker, text) = match (voice, named) {
            (Some(voice), _) => (voice, text),
            (None, Some((name, rest))) => (name.to_owned(), rest.trim()),
            // Where cues name their voices, one without is of nobody who is known.
            (None, None) if voiced => (String::new(), text),
            // A cue without a name goes on with what the one before it began to say.
            (None, None) => (turns.last().map(|turn| turn.speaker.clone()).unwrap_or_default(), text),
        };
        match turns.last_mut() {
            Some(last) if last.speaker == speaker => {
                last.text.push(' ');
                last.text.push_str(text);
            }
            _ => {
                let role = speaker::role(&speaker).or_else(|| speaker::leading(&speaker));
                turns.push(Turn { speaker, role, seconds: start, text: text.to_owned(), ..Turn::default() });
            }
        }
    }
}

/// The pieces of a cue's text with their voices, without other tags.
fn voices(words: &str) -> Vec<(Option<String>, String)> {
    let mut all = vec![(None, String::new())];
    let mut rest = words;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        push(&mut all, before);
        let Some(end) = tag.find('>') else {
            rest = tag;
            break;
        };
        let name = &tag[1..end];
        if let Some(voice) = name.strip_prefix('v').filter(|v| v.starts_with([' ', '\t', '.'])) {
            // `<v.loud Maria>`: a class stands before the name.
            let voice = voice.split_once([' ', '\t']).map_or("", |(_, voice)| voice);
            all.push((Some(decoded(voice.trim())), String::new()));
        } else if name == "/v" {
            all.push((None, String::new()));
        }
        rest = &tag[end + 1..];
    }
    push(&mut all, rest);
    all
}

fn push(all: &mut [(Option<String>, String)], text: &str) {
    if let Some((_, words)) = all.last_mut() {
        words.push_str(&decoded(text));
    }
}

fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&quot;", "\"");
    plain.replace("&lrm;", "").replace("&rlm;", "").replace("&#39;", "'").replace("&amp;", "&")
}
