use super::*;

fn masker() -> Masker {
    Masker::new(&[1; 32]).expect("the built-in rules are usable")
}

fn packed(text: &str) -> Vec<u8> {
    packed_bytes(text.as_bytes())
}

fn packed_bytes(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("packs");
    gzip.finish().expect("packs")
}

#[test]
fn evidence_is_unwrapped_and_masked() {
    let text = r#"{"messages":[{"role":"user","content":"I am ruth@kelpline.example"}]}"#;
    let plain = admit(&masker(), &Evidence::new("a.json", text.into())).expect("admitted");
    assert_eq!(plain.words(), "1 email address");
    assert_eq!(plain.evidence.id, Evidence::new("b", plain.evidence.bytes.clone()).id);
    let gzip = admit(&masker(), &Evidence::new("a.json.gz", packed(text))).expect("admitted");
    assert_eq!(gzip.words(), "1 email address; unpacked from gzip");
    let zstd = zstd::encode_all(text.as_bytes(), 1).expect("packs");
    let zstd = admit(&masker(), &Evidence::new("a.json.zst", zstd)).expect("admitted");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let utf16 = admit(&masker(), &Evidence::new("a.json", utf16)).expect("admitted");
    for other in [gzip, zstd, utf16] {
        assert_eq!(other.evidence.bytes, plain.evidence.bytes);
    }
    assert_eq!(admit(&masker(), &plain.evidence).expect("admitted").evidence.id, plain.evidence.id);
}

#[test]
fn protobuf_is_masked_as_the_json_that_it_is_read_as() {
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/refund/otel-logs.binpb")).expect("reads");
    let was = Evidence::new("otel-logs.binpb", bytes);
    let done = admit(&masker(), &was).expect("admitted");
    assert!(done.words().contains("rewritten from OTLP protobuf as OTLP JSON"), "{}", done.words());
    let texts = |e: &Evidence| {
        let reading = crate::read(std::slice::from_ref(e)).expect("reads");
        format!("{:?}", reading.sessions[0].events.iter().map(|e| format!("{:?}", e.kind)).collect::<Vec<_>>())
    };
    let strip = |text: String| {
        text.split("loc:").map(|part| part.split_once('}').map_or(part, |p| p.1).to_owned()).collect::<String>()
    };
    assert_eq!(strip(texts(&was)), strip(texts(&done.evidence)));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let refused =
        |bytes: &[u8]| admit(&masker(), &Evidence::new("x", bytes.to_vec())).expect_err("refused").to_string();
    assert!(refused(b"\x89PNG\r\n\x1a\n\0\0\0").contains("not readable text (byte 8)"), "{}", refused(b"\x89PNG\0"));
    assert!(refused(&[0x1f, 0x8b, 8, 0, 1, 2, 3]).contains("could not be unpacked"));
    assert!(refused(&(0x80..=0xfeu8).collect::<Vec<_>>()).contains("Send JSON"));
    let mut bytes = b"ruth@kelpline.example".to_vec();
    for _ in 0..4 {
        bytes = packed_bytes(&bytes);
    }
    assert!(refused(&bytes).contains("more than 3 times"), "{}", refused(&bytes));
}

#[test]
fn keys() {
    let (a, b) = (Evidence::new("a", b"1".to_vec()), Evidence::new("b", b"2".to_vec()));
    assert_eq!(key_of(&[a.clone(), b.clone()]), key_of(&[b.clone(), a.clone()]));
    assert_ne!(key_of(std::slice::from_ref(&a)), key_of(&[a.clone(), b]));
    assert_eq!(parse_key(&format!("{}\n", "0aF1".repeat(16))).map(|k| (k[0], k[1])), Some((0x0a, 0xf1)));
    for bad in ["", "0a", &"0g".repeat(32), &"0".repeat(63), &"0".repeat(66), &"+1".repeat(32)] {
        assert_eq!(parse_key(bad), None, "{bad}");
    }
}

#[test]
fn more_to_mask_than_there_is_memory_for_is_refused_with_the_reason() {
    let text = "a1@b.co c2@d.co e3@f.co ".repeat(1000);
    let limits = |memory| Limits { memory, ..Limits::default() };
    let file = Evidence::new("mails.txt", text.into_bytes());
    let admitted = admit_within(&masker(), &file, &limits(3000 * 150)).expect("there is memory for it");
    assert_eq!(admitted.counts.values().sum::<usize>(), 3000);
    let refused = admit_within(&masker(), &file, &limits(3000 * 75)).expect_err("too many").to_string();
    assert!(refused.starts_with("mails.txt holds so many"), "{refused}");
}
