//! A QR code as an SVG path, drawn by the server: no page needs a script or another site for it.

use crate::failure::Failure;
use qrcodegen::{QrCode, QrCodeEcc};

/// White modules around it, as the standard asks for.
const BORDER: i32 = 4;

/// A QR code.
pub struct Qr {
    /// Its width and height with the border, in modules.
    pub size: i32,
    /// The dark modules.
    pub path: String,
}

/// The QR code of a text.
///
/// # Errors
/// When the text is too long for one.
pub fn code(text: &str) -> Result<Qr, Failure> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium);
    let code = code.map_err(|_| Failure::Internal("a text is too long for a QR code".to_owned()))?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + BORDER, y + BORDER));
            }
            x += run.max(1);
        }
    }
    Ok(Qr { size: code.size() + 2 * BORDER, path })
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn draws_the_finder_patterns() {
        let qr = code("otpauth://totp/Hindcast:dana%40example.com?secret=ABC&issuer=Hindcast").expect("fits");
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "{}", qr.path);
        assert!(qr.path.contains(&format!("M{} 4h7v1h-7z", qr.size - 4 - 7)));
        assert!(code(&"x".repeat(5000)).is_err());
    }
}
