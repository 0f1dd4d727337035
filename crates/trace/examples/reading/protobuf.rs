//! OTLP JSON as protobuf, as far as the made-up spans need it (field numbers of opentelemetry-proto v1).

use serde_json::Value;

pub fn export(json: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for group in items(&json["resourceSpans"]) {
        let mut inner = Vec::new();
        bytes(&mut inner, 1, &attributes(1, &group["resource"]["attributes"]));
        for scope in items(&group["scopeSpans"]) {
            let mut spans = Vec::new();
            let mut named = Vec::new();
            text(&mut named, 1, &scope["scope"]["name"]);
            text(&mut named, 2, &scope["scope"]["version"]);
            bytes(&mut spans, 1, &named);
            items(&scope["spans"]).for_each(|s| bytes(&mut spans, 2, &span(s)));
            bytes(&mut inner, 2, &spans);
        }
        bytes(&mut out, 1, &inner);
    }
    out
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn span(span: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, key) in [(1, "traceId"), (2, "spanId"), (4, "parentSpanId")] {
        if let Some(hex) = span[key].as_str() {
            let pairs = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair));
            let id: Vec<u8> = pairs.filter_map(|pair| u8::from_str_radix(&pair, 16).ok()).collect();
            bytes(&mut out, number, &id);
        }
    }
    text(&mut out, 5, &span["name"]);
    number(&mut out, 6, span["kind"].as_u64().unwrap_or_default());
    for (number, key) in [(7, "startTimeUnixNano"), (8, "endTimeUnixNano")] {
        let time: u64 = span[key].as_str().and_then(|t| t.parse().ok()).unwrap_or_default();
        varint(&mut out, number << 3 | 1);
        out.extend(time.to_le_bytes());
    }
    out.extend(attributes(9, &span["attributes"]));
    let mut status = Vec::new();
    number(&mut status, 3, span["status"]["code"].as_u64().unwrap_or_default());
    bytes(&mut out, 15, &status);
    out
}

fn attributes(field: u64, list: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for pair in items(list) {
        let (mut inner, mut value) = (Vec::new(), Vec::new());
        text(&mut inner, 1, &pair["key"]);
        match pair["value"]["intValue"].as_str().and_then(|n| n.parse().ok()) {
            Some(n) => number(&mut value, 3, n),
            None => text(&mut value, 1, &pair["value"]["stringValue"]),
        }
        bytes(&mut inner, 2, &value);
        bytes(&mut out, field, &inner);
    }
    out
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n > 0x7f {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn number(out: &mut Vec<u8>, field: u64, n: u64) {
    varint(out, field << 3);
    varint(out, n);
}

fn bytes(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, content.len() as u64);
    out.extend(content);
}

fn text(out: &mut Vec<u8>, field: u64, text: &Value) {
    bytes(out, field, text.as_str().unwrap_or_default().as_bytes());
}
