//! Figures beside their limits, as a table and as JSON.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Context as _;
use serde::Serialize;

/// Which side of its limit a figure should be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    AtLeast,
    AtMost,
}

/// What a figure is held against: `figure / value` is to be at least, or at most, `factor`.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    pub name: String,
    /// In the figure's unit.
    pub value: f64,
    pub bound: Bound,
    pub factor: f64,
}

impl Limit {
    /// At least `factor` of what `name` reached in this run.
    pub fn share_of(name: &str, value: f64, factor: f64) -> Self {
        Self { name: name.to_owned(), value, bound: Bound::AtLeast, factor }
    }

    /// At most `factor` times what `name` needed in this run.
    pub fn times(name: &str, value: f64, factor: f64) -> Self {
        Self { name: name.to_owned(), value, bound: Bound::AtMost, factor }
    }

    /// A fixed ceiling.
    pub fn ceiling(value: f64) -> Self {
        Self { name: "ceiling".to_owned(), value, bound: Bound::AtMost, factor: 1.0 }
    }
}

/// One thing that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub group: &'static str,
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    pub limits: Vec<Judged>,
    /// What else was seen: the client's load, the other figures of the same run.
    pub note: String,
}

/// A limit with the verdict on its figure.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    #[serde(flatten)]
    pub limit: Limit,
    pub ratio: f64,
    pub pass: bool,
}

impl Figure {
    pub fn new(group: &'static str, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { group, name: name.into(), value, unit, limits: Vec::new(), note: String::new() }
    }

    #[must_use]
    pub fn against(mut self, limit: Limit) -> Self {
        let ratio = self.value / limit.value;
        let pass = match limit.bound {
            Bound::AtLeast => ratio >= limit.factor,
            Bound::AtMost => ratio <= limit.factor,
        };
        self.limits.push(Judged { limit, ratio, pass });
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub fn pass(&self) -> bool {
        self.limits.iter().all(|limit| limit.pass)
    }
}

/// Everything that one run measured, in its order.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub figures: Vec<Figure>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

impl Report {
    /// Adds figures, and says each at once: a whole run takes minutes.
    pub fn add(&mut self, figures: Vec<Figure>) {
        for figure in figures {
            say(&line(&figure));
            self.figures.push(figure);
        }
    }

    pub fn pass(&self) -> bool {
        self.failures.is_empty() && self.figures.iter().all(Figure::pass)
    }

    pub fn print(&self) {
        let mut group = "";
        say("");
        for figure in &self.figures {
            if figure.group != group {
                group = figure.group;
                say(&format!("\n{group}"));
            }
            say(&line(figure));
        }
        for failure in &self.failures {
            say(&format!("not measured: {failure}"));
        }
    }

    pub fn write_json(&self, path: &Path) -> anyhow::Result<()> {
        fs::write(path, serde_json::to_vec_pretty(self)?).with_context(|| format!("write {}", path.display()))
    }
}

/// One line on standard output, which is this program's result.
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn say(line: &str) {
    println!("{line}");
}

fn line(figure: &Figure) -> String {
    let mut line = format!("  {:<46} {:>9} {:<9}", figure.name, short(figure.value), figure.unit);
    for (place, Judged { limit, ratio, pass }) in figure.limits.iter().enumerate() {
        let sign = if limit.bound == Bound::AtLeast { "≥" } else { "≤" };
        let verdict = if *pass { "pass" } else { "FAIL" };
        let and = if place == 0 { "" } else { ";" };
        write!(line, "{and} {verdict} {ratio:.2} of {} {} ({sign} {})", limit.name, short(limit.value), limit.factor)
            .unwrap_or_default();
    }
    if !figure.note.is_empty() {
        write!(line, "  [{}]", figure.note).unwrap_or_default();
    }
    line
}

/// Three digits or so, with `k` and `M`.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 => format!("{:.2}M", value / 1e6),
        size if size >= 1e4 => format!("{:.1}k", value / 1e3),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_to_every_limit() {
        let figure = |value| {
            Figure::new("fan-out", "x", value, "/s")
                .against(Limit::share_of("room", 100.0, 0.6))
                .against(Limit::ceiling(90.0))
        };
        assert!(figure(60.0).pass());
        assert!(!figure(59.0).pass());
        assert!(!figure(91.0).pass());
    }

    #[test]
    fn a_run_with_something_unmeasured_does_not_pass() {
        let mut report = Report::default();
        assert!(report.pass());
        report.failures.push("sends: no server".to_owned());
        assert!(!report.pass());
    }

    #[test]
    fn numbers_are_short() {
        let all = [1_570_000.0, 44_000.0, 562.0, 13.04, 0.303].map(short);
        assert_eq!(all, ["1.57M", "44.0k", "562", "13.0", "0.30"]);
    }
}
