use super::*;
use std::io::Write;

/// A tar header, with a right sum.
fn header(name: &str, size: usize, kind: u8) -> Vec<u8> {
    let mut block = vec![0u8; 512];
    block[..name.len().min(100)].copy_from_slice(&name.as_bytes()[..name.len().min(100)]);
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u64 = block.iter().map(|b| u64::from(*b)).sum::<u64>() + 8 * 32;
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.resize(bytes.len().div_ceil(512) * 512, 0);
    out
}

fn tar(files: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut out: Vec<u8> = files
        .iter()
        .flat_map(|(name, kind, bytes)| [header(name, bytes.len(), *kind), padded(bytes)].concat())
        .collect();
    out.extend([0; 1024]);
    out
}

/// A zip archive: name, method, bytes, and how large the directory says that they are.
fn zip(files: &[(&str, u16, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, method, bytes) in files {
        let packed = if *method == 8 {
            let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            deflate.write_all(bytes).expect("packs");
            deflate.finish().expect("packs")
        } else {
            bytes.to_vec()
        };
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        let mut common = Vec::new();
        common.extend([20, 0, 0, 0]);
        common.extend(method.to_le_bytes());
        common.extend([0; 4]);
        for n in [sum.sum(), packed.len() as u32, bytes.len() as u32] {
            common.extend(n.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(*b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend(*b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(packed);
    }
    let (at, count) = (out.len() as u32, files.len() as u16);
    out.extend(&directory);
    out.extend(*b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn names(bytes: &[u8]) -> Vec<String> {
    let archive = Archive::sniff(bytes).expect("an archive");
    archive.files(bytes).expect("reads").into_iter().map(|e| format!("{}={}", e.name, e.bytes.len())).collect()
}

fn refused(bytes: &[u8]) -> ArchiveError {
    Archive::sniff(bytes).expect("an archive").files(bytes).expect_err("is refused")
}

#[test]
fn files_are_taken_out_and_nothing_else() {
    let long = format!("{}/long.json", "folder/".repeat(20));
    let record = format!("path={long}\n");
    let length = (record.len() + 4).to_string();
    let pax = format!("{length} {record}");
    assert_eq!(pax.len().to_string(), length);
    let archive = tar(&[
        ("folder/", b'5', b""),
        ("folder/a.json", b'0', b"[1]"),
        ("link", b'2', b""),
        (".hidden", b'0', b"x"),
        ("././@PaxHeader", b'x', pax.as_bytes()),
        ("short", b'0', b"[12]"),
        ("last", 0, &[b'x'; 1000]),
    ]);
    let long = format!("{}=4", long.replace("//", "/"));
    assert_eq!(names(&archive), ["folder/a.json=3", long.as_str(), "last=1000"]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&archive).expect("packs");
    assert_eq!(names(&gz.finish().expect("packs")).len(), 3);
    assert_eq!(names(&zstd::encode_all(&archive[..], 1).expect("packs")).len(), 3);
    let archive = zip(&[
        ("a.json", 0, b"[1]"),
        ("folder/", 0, b""),
        ("folder/b.json", 8, &[b' '; 5000]),
        ("__MACOSX/._a", 0, b"x"),
    ]);
    assert_eq!(names(&archive), ["a.json=3", "folder/b.json=5000"]);
    assert_eq!(names(&zip(&[])), [""; 0]);
}

#[test]
fn names_do_not_lead_out_of_the_archive() {
    assert_eq!(names(&tar(&[("../../etc/passwd", b'0', b"x")])), ["etc/passwd=1"]);
    assert_eq!(names(&zip(&[("/abs/..\\..\\x\u{1b}[2J.json", 0, b"x")])), ["abs/x[2J.json=1"]);
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0u8; 70 << 20];
    assert_eq!(refused(&zip(&[("a", 8, &zeros)])), ArchiveError::TooLarge { limit_mib: 64 });
    let half = &zeros[..40 << 20];
    assert_eq!(refused(&zip(&[("a", 8, half), ("b", 8, half)])), ArchiveError::TooLarge { limit_mib: 64 });
    let many: Vec<(String, u16, &[u8])> = (0..=MOST_FILES).map(|n| (n.to_string(), 0, &b""[..])).collect();
    let many: Vec<(&str, u16, &[u8])> = many.iter().map(|(n, m, b)| (n.as_str(), *m, *b)).collect();
    assert_eq!(refused(&zip(&many)), ArchiveError::TooMany);
}

#[test]
fn damage_is_refused_wherever_it_is_and_nothing_panics() {
    let zipped = zip(&[("a.json", 8, b"[1, 2, 3]"), ("b.json", 0, b"[1]")]);
    let tarred = tar(&[("a.json", b'0', b"[1, 2, 3]"), ("b.json", b'0', b"[1]")]);
    assert!(matches!(refused(&zipped[..zipped.len() - 4]), ArchiveError::Damaged(_)));
    assert!(matches!(refused(&zip(&[("a", 1, b"x")])), ArchiveError::Method { method: 1, .. }));
    assert!(matches!(refused(&tarred[..700]), ArchiveError::Damaged(_)));
    for whole in [&zipped, &tarred] {
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = Archive::sniff(&bytes).map(|a| a.files(&bytes));
            }
            let _ = Archive::sniff(&whole[..at]).map(|a| a.files(&whole[..at]));
        }
    }
    let mut encrypted = zipped.clone();
    let directory = memchr::memmem::find(&encrypted, b"PK\x01\x02").expect("a directory");
    encrypted[directory + 8] |= 1;
    assert!(matches!(refused(&encrypted), ArchiveError::Encrypted { .. }));
}
