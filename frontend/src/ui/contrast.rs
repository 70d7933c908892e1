//! Computes what `styles/00-tokens.css` promises: every pair of colours that text uses reaches WCAG AA, in both themes.
//!
//! OKLCH to linear sRGB after Björn Ottosson ("A perceptual color space for image processing", 2020), contrast after
//! WCAG 2.2 ("relative luminance", "contrast ratio").

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../styles/00-tokens.css");

/// A colour in linear sRGB, each part 0–1.
type Rgb = [f64; 3];

/// `62% .15 150` or `62% .15 150` inside `oklch(…)`.
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn oklch(text: &str) -> Rgb {
    let parts: Vec<f64> = text.split_whitespace().map(|part| part.trim_end_matches('%').parse().unwrap()).collect();
    let (lightness, chroma, hue) = (parts[0] / 100.0, parts[1], parts[2].to_radians());
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
    .map(|part| part.clamp(0.0, 1.0))
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let luminance = |[r, g, b]: Rgb| 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    let (one, other) = (luminance(one), luminance(other));
    one.max(other) / one.min(other)
}

/// What a browser shows of `over` with an opacity of `alpha` on `under`: mixed in gamma-encoded sRGB.
fn tint(over: Rgb, alpha: f64, under: Rgb) -> Rgb {
    let encode = |c: f64| if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
    let decode = |c: f64| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    std::array::from_fn(|at| decode(encode(over[at]) * alpha + encode(under[at]) * (1.0 - alpha)))
}

/// The plain OKLCH tokens of the block that begins with `selector`.
fn tokens(selector: &str) -> HashMap<&'static str, Rgb> {
    let block = TOKENS.split_once(&format!("{selector} {{")).unwrap().1.split_once('}').unwrap().0;
    let mut tokens = HashMap::new();
    for line in block.lines() {
        if let Some((name, value)) = line.trim().trim_end_matches(';').split_once(": oklch(")
            && let Some(value) = value.strip_suffix(')')
            && !value.contains('/')
        {
            tokens.insert(name, oklch(value));
        }
    }
    tokens
}

fn check(theme: &str, selector: &str, hover: f64, marker_tint: f64) {
    let token = tokens(selector);
    let token = |name: &str| token[name];
    let mut low = Vec::new();
    let mut pair = |what: &str, one: Rgb, other: Rgb, least: f64| {
        let ratio = contrast(one, other);
        if ratio < least {
            low.push(format!("{what}: {ratio:.2} < {least}"));
        }
    };
    for behind in ["--paper", "--surface", "--raised"] {
        for text in ["--ink", "--muted", "--lamp", "--danger"] {
            pair(&format!("{text} on {behind}"), token(text), token(behind), 4.5);
        }
        let (surface, ink, lamp) = (token(behind), token("--ink"), token("--lamp"));
        pair(&format!("muted on hover on {behind}"), token("--muted"), tint(ink, hover, surface), 4.5);
        pair(&format!("lamp on selected on {behind}"), lamp, tint(lamp, 0.11, surface), 4.5);
        pair(&format!("muted on selected on {behind}"), token("--muted"), tint(lamp, 0.11, surface), 4.5);
        pair(
            &format!("danger on its tint on {behind}"),
            token("--danger"),
            tint(token("--danger"), 0.09, surface),
            4.5,
        );
        // What is no text: WCAG 1.4.11 asks for 3.
        pair(&format!("edge on {behind}"), token("--edge"), surface, 3.0);
        pair(&format!("online on {behind}"), token("--online"), surface, 3.0);
    }
    pair("on-lamp on lamp", token("--on-lamp"), token("--lamp"), 4.5);
    pair("ink on marker", token("--ink"), token("--marker"), 4.5);
    pair("muted on a mention", token("--muted"), tint(token("--marker"), marker_tint, token("--surface")), 4.5);
    pair("paper on danger", token("--paper"), token("--danger"), 4.5);
    pair("paper on ink", token("--paper"), token("--ink"), 4.5);
    assert!(low.is_empty(), "{theme}: {low:#?}");
}

#[test]
fn light_reaches_aa() {
    check("light", ":root", 0.05, 0.26);
}

#[test]
fn dark_reaches_aa() {
    check("dark", ":root[data-theme=\"dark\"]", 0.05, 0.32);
}

/// The dark theme stands in the file twice, for the system's wish and for the reader's: CSS cannot say it once.
#[test]
fn both_dark_themes_are_the_same() {
    let block = |selector: &str| {
        let block = TOKENS.split_once(&format!("{selector} {{")).unwrap().1.split_once('}').unwrap().0;
        block.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(block(":root:not([data-theme=\"light\"])"), block(":root[data-theme=\"dark\"]"));
}

#[test]
fn initials_reach_aa_on_every_hue() {
    let value = |selector: &str, name: &str| {
        let block = TOKENS.split_once(&format!("{selector} {{")).unwrap().1.split_once('}').unwrap().0;
        block.split_once(&format!("{name}: ")).unwrap().1.split_once(';').unwrap().0.to_owned()
    };
    for selector in [":root", ":root[data-theme=\"dark\"]"] {
        for hue in 0..8 {
            let hue = value(":root", &format!("--hue-{hue}"));
            let fill = oklch(&format!("{} {hue}", value(selector, "--avatar-fill")));
            let ink = oklch(&format!("{} {hue}", value(selector, "--avatar-ink")));
            assert!(contrast(fill, ink) >= 4.5, "{selector}, hue {hue}: {:.2}", contrast(fill, ink));
        }
    }
}
