//! A QR code as an SVG path, drawn by the server: no page needs a script or another site for it.

use crate::failure::Failure;
use qrcode::{Color, EcLevel, QrCode};

/// White modules around it, as the standard asks for.
const BORDER: usize = 4;

/// A QR code.
pub struct Qr {
    /// Its width and height with the border, in modules.
    pub size: usize,
    /// The dark modules.
    pub path: String,
}

/// The QR code of a text.
///
/// # Errors
/// When the text is too long for one.
pub fn code(text: &str) -> Result<Qr, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let code = code.map_err(|e| Failure::Internal(format!("a text does not fit into a QR code: {e}")))?;
    let (width, modules) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + BORDER, y + BORDER));
            }
            x += run.max(1);
        }
    }
    Ok(Qr { size: width + 2 * BORDER, path })
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
