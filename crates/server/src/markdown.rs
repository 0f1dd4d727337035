//! People's Markdown as HTML that can do no harm.

use comrak::Options;

/// Characters of one text that are shown at most.
const MOST: usize = 200_000;

/// Markdown as HTML: tables, strikethrough and links to the web; no raw HTML, no scripts, no pictures from elsewhere.
pub fn html(text: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    // Raw HTML is left out by the writer already; what is left goes through a list of what is allowed.
    options.render.escape = true;
    let written = comrak::markdown_to_html(&text[..text.floor_char_boundary(MOST)], &options);
    ammonia::Builder::default()
        .rm_tags(["img"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&written)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_markdown_stays() {
        let html = html("**yes** [a](https://example.com/)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        for part in ["<strong>yes</strong>", "href=\"https://example.com/\"", "<td>1</td>"] {
            assert!(html.contains(part), "{html}");
        }
    }

    #[test]
    fn nothing_that_runs_gets_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://example.com/track.png)",
            "<img src=x onerror=alert(1)>",
            "<a href='java\nscript:alert(1)'>x</a>",
            "<svg/onload=alert(1)>",
            "[x](vbscript:msgbox)",
            "<style>body{display:none}</style>",
            "<iframe src=//example.com></iframe>",
        ] {
            let html = html(hostile).to_lowercase();
            for bad in
                ["<script", "href=\"javascript", "href=\"data", "<img", "<svg", "href=\"vbscript", "<style", "<iframe"]
            {
                assert!(!html.contains(bad), "{hostile}: {html}");
            }
        }
    }

    #[test]
    fn a_huge_table_is_cut_and_does_no_harm() {
        let row = format!("|{}\n", "a|".repeat(2000));
        let table = format!("{row}|{}\n{}", "-|".repeat(2000), row.repeat(200));
        assert!(html(&table).len() < 20 * MOST);
    }
}
