//! Hidden characters in any text of any request of the API, by the document: a field that is added later is asked as well.

use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::{Value, json};

/// Fields that may hold anything: prose, and what proves who asks.
const ANYTHING: [&str; 9] = ["answer", "code", "new", "notes", "old", "password", "secret", "summary", "text"];

/// Every place of a text below a schema, as a body that holds `text` there, with its name.
fn bodies(document: &Value, schema: &Value, text: &str, depth: usize) -> Vec<(String, Value)> {
    if depth > 6 {
        return Vec::new();
    }
    if let Some(to) = schema["$ref"].as_str() {
        return bodies(document, document.pointer(&to[1..]).expect("a schema"), text, depth + 1);
    }
    let mut all = Vec::new();
    for part in ["anyOf", "oneOf", "allOf"].iter().filter_map(|k| schema[*k].as_array()).flatten() {
        all.extend(bodies(document, part, text, depth + 1));
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        for (place, body) in bodies(document, part, text, depth + 1) {
            let place = if place.is_empty() { name.clone() } else { format!("{name}.{place}") };
            all.push((place, json!({ name: body })));
        }
    }
    if schema["items"].is_object() {
        all.extend(bodies(document, &schema["items"], text, depth + 1).into_iter().map(|(place, body)| {
            (if place.is_empty() { "0".to_owned() } else { format!("0.{place}") }, json!([body]))
        }));
    }
    let is_text = |t: &Value| t == "string" || t.as_array().is_some_and(|all| all.contains(&json!("string")));
    if is_text(&schema["type"]) && schema["enum"].is_null() && schema["const"].is_null() {
        all.push((String::new(), json!(text)));
    }
    all
}

#[tokio::test]
async fn every_text_of_every_request_is_refused_with_hidden_characters() {
    let server = Harness::new().await;
    let document = server.document().await;
    let (mut asked, mut lines) = (0, 0);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            // A list is a file: what is hidden in it is left out, as in a file's name.
            let is_list = method == "post" && path.ends_with("/affected");
            let Some(address) = path.strip_prefix("/api/v1").filter(|_| schema.is_object() && !is_list) else {
                continue;
            };
            let address =
                address.split('/').map(|p| if p.starts_with('{') { "9999" } else { p }).collect::<Vec<_>>().join("/");
            let ask = async |body: &Value| {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
                // In person: a token is refused where a person is asked for, before its body is read.
                let request = server.browser.request(method, server.address(&address));
                send(request.header("If-Match", "\"1\"").json(body)).await
            };
            for (place, body) in bodies(&document, schema, "a\u{200b}b", 0) {
                let field = place.rsplit('.').find(|p| p.parse::<usize>().is_err()).expect("a name");
                let answer = ask(&body).await;
                let told = format!("{method} {path} {place}: {} {}", answer.status, answer.text);
                if ANYTHING.contains(&field) {
                    assert!(!answer.text.contains("U+200B"), "{told}");
                    continue;
                }
                asked += 1;
                assert_eq!(answer.status.as_u16(), 422, "{told}");
                assert_eq!(answer.json()["errors"][0]["field"], place.as_str(), "{told}");
                assert!(answer.text.contains("contains an invisible character (U+200B)"), "{told}");
            }
            for (_, body) in bodies(&document, schema, "a\nb", 0) {
                lines += usize::from(ask(&body).await.text.contains("contains a line break (U+000A)"));
            }
        }
    }
    assert!(asked > 40 && lines > 25 && lines < asked, "{asked} {lines}");
}
