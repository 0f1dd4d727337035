//! Texts that take much to mask: what is encoded, nearly a secret, or nothing but secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What each is made of.
pub const NAMES: [&str; 18] = [
    "base64 of addresses",
    "base64 of addresses, twice",
    "percent signs",
    "a percent sign in each sentence",
    "percent signs of percent signs",
    "invisible characters",
    "hints of telephones",
    "hints of secrets",
    "addresses in words",
    "different addresses",
    "one long password",
    "keys on lines",
    "full-width characters",
    "quoted-printable",
    "broken lines of mail",
    "hexadecimal of addresses",
    "base64 of UTF-16",
    "masks",
];

/// About so many bytes of a kind, as they stand inside of a JSON string.
pub fn text(name: &str, size: usize) -> String {
    let repeated = |piece: &str| piece.repeat(size / piece.len());
    let addresses = || repeated("ruth@example.org hello ");
    let sparse = |piece: &str| repeated(&format!("{} {piece} ", "word ".repeat(30)));
    match name {
        "base64 of addresses" => STANDARD.encode(addresses()),
        "base64 of addresses, twice" => STANDARD.encode(STANDARD.encode(addresses())),
        "percent signs" => repeated("%41%40"),
        "a percent sign in each sentence" => sparse("100%25"),
        "percent signs of percent signs" => sparse("%25252541"),
        "invisible characters" => repeated("a\u{ad}"),
        "hints of telephones" => repeated("tel "),
        "hints of secrets" => repeated("password "),
        "addresses in words" => repeated("a (at) b.c "),
        "different addresses" => (0..size / 34).map(|n| format!("a{n}@kelp.example is the address\\n")).collect(),
        "one long password" => format!("password={}", repeated("aB3-")),
        "full-width characters" => repeated("ａ＠ｂ．ｃｄ "),
        "quoted-printable" => repeated("=41=40"),
        "broken lines of mail" => repeated("a sentence of a mail that goes on in the next li=\nne "),
        "hexadecimal of addresses" => addresses().bytes().map(|b| format!("{b:02x}")).collect(),
        "base64 of UTF-16" => STANDARD.encode(addresses().bytes().flat_map(|b| [b, 0]).collect::<Vec<u8>>()),
        "keys on lines" => repeated("8fKq2LmZx91T\n"),
        _ => repeated("id-1a2b3c4d5e6f7g "),
    }
}
