//! Pages as a browser reads them.

use super::client::Fields;
use scraper::{ElementRef, Html, Selector};

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a selector")
}

/// The words of a page, with single blanks between them.
pub fn words(page: &str) -> String {
    let page = Html::parse_document(page);
    text(page.root_element())
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of every element that a selector finds.
pub fn all(page: &str, select: &str) -> Vec<String> {
    Html::parse_document(page).select(&selector(select)).map(text).collect()
}

/// An attribute of every element that a selector finds.
pub fn attributes(page: &str, select: &str, name: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    page.select(&selector(select)).filter_map(|e| e.attr(name).map(str::to_owned)).collect()
}

/// The fields of the form that is sent to an address, with what stands in them.
#[track_caller]
pub fn form(page: &str, action: &str) -> Fields {
    let page = Html::parse_document(page);
    let forms = selector("form");
    let form = page.select(&forms).find(|f| f.attr("action") == Some(action) && f.attr("method") == Some("post"));
    let form = form.unwrap_or_else(|| panic!("no form is sent to {action}:\n{}", text(page.root_element())));
    form.select(&selector("input[name], textarea[name], select[name]")).filter_map(field).collect()
}

fn field(element: ElementRef<'_>) -> Option<(String, String)> {
    let name = element.attr("name")?.to_owned();
    let value = match element.value().name() {
        "textarea" => element.text().collect(),
        "select" => {
            let chosen = element.select(&selector("option[selected]")).next();
            let option = chosen.or_else(|| element.select(&selector("option")).next())?;
            option.attr("value").map_or_else(|| text(option), str::to_owned)
        }
        _ => match element.attr("type") {
            Some("checkbox") if element.attr("checked").is_none() => return None,
            Some("file") => return None,
            _ => element.attr("value").unwrap_or("").to_owned(),
        },
    };
    Some((name, value))
}

/// What of a page a browser would run or load besides the server's own two files.
pub fn live(page: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    let mut found = Vec::new();
    for element in page.select(&selector("*")) {
        let value = element.value();
        let own = value.name() == "script" && value.attr("src") == Some("/assets/keys.js");
        if ["script", "iframe", "object", "embed", "base", "img", "video", "audio"].contains(&value.name()) && !own {
            found.push(format!("<{}>", value.name()));
        }
        for (name, text) in value.attrs() {
            let plain: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let plain = plain.to_lowercase();
            let scheme = plain.starts_with("javascript:") || plain.starts_with("vbscript:");
            let icon = value.name() == "link" && plain == "data:,";
            let is_url = ["href", "src", "action", "formaction", "xlink:href", "data"].contains(&name);
            if name.starts_with("on") || scheme || (is_url && plain.starts_with("data:") && !icon) {
                found.push(format!("{name}={text:?}"));
            }
            let leaves = ["http:", "https:", "//"].iter().any(|p| plain.starts_with(p));
            if leaves && name != "href" && is_url {
                found.push(format!("{name}={text:?}"));
            }
        }
    }
    found
}
