//! Ink on paper reads in both schemes: 4.5 to 1, as WCAG asks at level AA.

use std::collections::HashMap;

fn scheme(css: &str) -> HashMap<&str, [f64; 3]> {
    let pairs = css.split([';', '{']).filter_map(|rule| rule.split_once(':'));
    let colours = pairs.filter_map(|(name, value)| {
        let hex = value.trim().strip_prefix('#').filter(|h| h.len() == 6)?;
        let channel = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok().map(|v| f64::from(v) / 255.0);
        Some((name.trim(), [channel(0)?, channel(2)?, channel(4)?]))
    });
    colours.collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[test]
fn every_ink_reads_on_its_paper() {
    let css = include_str!("../style/tokens.css");
    let (light, dark) = css.split_once("@media").expect("two schemes");
    for (scheme, name) in [(scheme(light), "light"), (scheme(dark), "dark")] {
        let inks =
            ["ink", "soft", "link", "bad", "warn", "good", "calm", "user", "agent", "tool", "guard", "team", "system"];
        let mut pairs: Vec<(&str, &str)> = inks.iter().map(|ink| (*ink, "paper")).collect();
        pairs.extend([("bad", "bad-paper"), ("warn", "warn-paper"), ("good", "good-paper"), ("calm", "calm-paper")]);
        pairs.extend([
            ("ink", "panel"),
            ("ink", "sunk"),
            ("soft", "sunk"),
            ("soft", "panel"),
            ("paper", "calm"),
            ("ink", "bad-paper"),
            ("ink", "warn-paper"),
        ]);
        pairs.extend([
            ("agent", "bad-paper"),
            ("tool", "bad-paper"),
            ("user", "bad-paper"),
            ("link", "bad-paper"),
            ("calm", "bad-paper"),
            ("soft", "warn-paper"),
            ("link", "warn-paper"),
        ]);
        for (ink, paper) in pairs {
            let [a, b] = [ink, paper].map(|c| luminance(scheme[&*format!("--{c}")]));
            let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(ratio >= 4.5, "{name}: {ink} on {paper} is {ratio:.2}");
        }
    }
}
