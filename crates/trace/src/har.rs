//! Recordings of web traffic (HAR 1.2): the requests to model APIs with their answers, as JSON Lines.
//!
//! After the W3C's draft "HTTP Archive (HAR) format" and what browsers write.

use crate::event_stream;
use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Paths of model APIs, at the end of an address.
const PATHS: [&str; 5] =
    ["/chat/completions", "/v1/messages", "/responses", ":generateContent", ":streamGenerateContent"];

#[derive(Deserialize)]
struct Har<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow, default)]
    started_date_time: Cow<'a, str>,
    #[serde(borrow)]
    request: Request<'a>,
    #[serde(borrow, default)]
    response: Response<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    post_data: Option<Body<'a>>,
}

#[derive(Deserialize, Default)]
struct Response<'a> {
    #[serde(borrow, default)]
    content: Option<Body<'a>>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    encoding: Cow<'a, str>,
}

impl Body<'_> {
    fn bytes(&self) -> Option<Vec<u8>> {
        match self.encoding.as_ref() {
            "base64" => base64::engine::general_purpose::STANDARD.decode(self.text.as_bytes()).ok(),
            _ => Some(self.text.as_bytes().to_vec()),
        }
    }
}

/// Says whether the bytes are a recording with requests to a model.
pub fn sniff(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let head = &start[..start.len().min(200)];
    let Some(inner) = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
    inner.starts_with(b"\"log\"")
        && memchr::memmem::find(bytes, b"\"entries\"").is_some()
        && PATHS.iter().any(|path| memchr::memmem::find(bytes, path.as_bytes()).is_some())
        && records(bytes).is_ok_and(|(records, _)| !records.is_empty())
}

/// The requests with their answers as JSON Lines, and what was left out, for people.
pub fn to_json(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), String> {
    let (records, lost) = records(bytes)?;
    let mut json = Vec::new();
    for record in records {
        serde_json::to_writer(&mut json, &record).map_err(|e| e.to_string())?;
        json.push(b'\n');
    }
    Ok((json, lost))
}

fn records(bytes: &[u8]) -> Result<(Vec<Value>, Option<String>), String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let har: Har<'_> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let (mut records, mut empty) = (Vec::new(), 0usize);
    let all = har.log.entries.len();
    for entry in har.log.entries.iter().filter(|entry| is_model(&entry.request.url)) {
        let sent = entry.request.post_data.as_ref().and_then(Body::bytes);
        let sent = sent.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).filter(Value::is_object);
        let Some(sent) = sent else {
            empty += 1;
            continue;
        };
        let mut record = json!({"timestamp": entry.started_date_time, "request": sent});
        if let Some(answer) = entry.response.content.as_ref().and_then(Body::bytes).and_then(|bytes| answer(&bytes)) {
            record["response"] = answer;
        }
        records.push(record);
    }
    let mut lost = Vec::new();
    let others = all - records.len() - empty;
    if others > 0 {
        lost.push(format!("{others} of {all} requests go to no model API and were left out"));
    }
    if empty > 0 {
        lost.push(format!("{empty} requests to a model were recorded without what they sent and were left out"));
    }
    Ok((records, (!lost.is_empty()).then(|| lost.join("; "))))
}

fn is_model(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    PATHS.iter().any(|end| path.ends_with(end))
}

/// An answer as JSON, also one that was streamed.
fn answer(bytes: &[u8]) -> Option<Value> {
    if let Ok(whole) = serde_json::from_slice::<Value>(bytes) {
        return Some(whole);
    }
    let (mut answers, _) = event_stream::answers(bytes);
    // Of the events of a response, the one that holds the most of it counts.
    let items = |event: &Value| event.pointer("/response/output").and_then(Value::as_array).map_or(0, Vec::len);
    if let Some(at) =
        (0..answers.len()).filter(|at| answers[*at].get("response").is_some()).max_by_key(|at| items(&answers[*at]))
    {
        return answers[at].get_mut("response").map(Value::take);
    }
    answers.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::sniff;
    use crate::test_support::{kinds, one, reading, texts};
    use crate::{Evidence, ReadError, read};
    use serde_json::{Value, json};

    fn har(entries: &[Value]) -> String {
        json!({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}}).to_string()
    }

    fn entry(url: &str, sent: &Value, answer: &str) -> Value {
        json!({"startedDateTime": "2026-01-05T10:00:00Z", "time": 9,
            "request": {"method": "POST", "url": url, "headers": [], "postData": {"mimeType": "application/json", "text": sent.to_string()}},
            "response": {"status": 200, "content": {"mimeType": "application/json", "text": answer}}})
    }

    #[test]
    fn requests_to_a_model_are_read_with_their_answers() {
        let asked = json!({"model": "m", "messages": [{"role": "user", "content": "Refund me"}]});
        let answer = json!({"id": "chatcmpl-1", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Done"}}]});
        let page = json!({"startedDateTime": "x", "request": {"method": "GET", "url": "https://example.com/a.css"}, "response": {"status": 200}});
        let text = har(&[page, entry("https://api.example.com/v1/chat/completions?x=1", &asked, &answer.to_string())]);
        let found = reading("a.har", &text);
        assert_eq!(texts(&found.sessions[0]), ["Refund me", "Done"]);
        assert!(found.detections[0].lossy[0].contains("1 of 2 requests"), "{:?}", found.detections[0].lossy);
        let streamed = concat!(
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Do\"}}]}\n\n",
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ne\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        );
        let trace = one("a.har", &har(&[entry("https://api.example.com/v1/chat/completions", &asked, streamed)]));
        assert_eq!(texts(&trace), ["Refund me", "Done"]);
        let asked = json!({"model": "m", "input": "Refund me"});
        let events = concat!(
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"object\":\"response\",\"output\":[]}}\n\n",
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"output\":[{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"refund\",\"arguments\":\"{}\"}]}}\n\n",
        );
        let trace = one("a.har", &har(&[entry("https://api.example.com/v1/responses", &asked, events)]));
        assert_eq!(kinds(&trace), ["user", "call refund -> none"]);
    }

    #[test]
    fn other_recordings_are_refused_by_name() {
        let text = har(&[entry("https://example.com/search", &json!({"q": "a"}), "{}")]);
        assert!(!sniff(text.as_bytes()));
        let error = read(&[Evidence::new("a.har", text.into_bytes())]).expect_err("no model");
        assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains("HAR")), "{error}");
    }
}
