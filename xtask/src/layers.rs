//! The direction of dependencies, proven rather than promised: `wire <- domain <- {store-*, adapters, realtime} <- api
//! <- server` and `wire <- frontend`, with no framework in `wire` and no driver in `domain`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::project::Project;
use crate::shell;

/// Which crates of the workspace each one may name as a dependency (of the shipped code, not of its tests).
const ARROWS: [(&str, &[&str]); 14] = [
    ("studyhall-wire", &[]),
    ("studyhall-domain", &["studyhall-wire"]),
    ("studyhall-contract", &["studyhall-wire", "studyhall-domain"]),
    ("studyhall-store-sql", &["studyhall-wire", "studyhall-domain"]),
    ("studyhall-store-mongo", &["studyhall-wire", "studyhall-domain"]),
    ("studyhall-adapters", &["studyhall-wire", "studyhall-domain"]),
    ("studyhall-realtime", &["studyhall-wire", "studyhall-domain"]),
    ("studyhall-api", &["studyhall-wire", "studyhall-domain", "studyhall-realtime"]),
    (
        "studyhall-server",
        &[
            "studyhall-wire",
            "studyhall-domain",
            "studyhall-store-sql",
            "studyhall-store-mongo",
            "studyhall-adapters",
            "studyhall-realtime",
            "studyhall-api",
        ],
    ),
    ("studyhall-frontend", &["studyhall-wire"]),
    ("studyhall-load", &["studyhall-wire", "studyhall-domain", "studyhall-store-sql", "studyhall-testkit"]),
    (
        "studyhall-testkit",
        &[
            "studyhall-wire",
            "studyhall-domain",
            "studyhall-store-sql",
            "studyhall-store-mongo",
            "studyhall-adapters",
            "studyhall-realtime",
            "studyhall-api",
            "studyhall-server",
            "studyhall-engines",
        ],
    ),
    ("studyhall-engines", &[]),
    ("xtask", &["studyhall-engines"]),
];

/// What a crate must not pull in, however deep: any package whose name starts with one of these.
const FORBIDDEN: [(&str, &[&str]); 3] = [
    ("studyhall-wire", &["actix", "tokio", "hyper", "axum", "diesel", "rusqlite", "libsqlite3", "mongodb", "redis"]),
    (
        "studyhall-domain",
        &[
            "actix",
            "hyper",
            "axum",
            "reqwest",
            "diesel",
            "rusqlite",
            "libsqlite3",
            "tokio-postgres",
            "mongodb",
            "redis",
            "lapin",
            "rust-s3",
            "lettre",
        ],
    ),
    ("studyhall-realtime", &["actix", "diesel", "rusqlite", "libsqlite3", "mongodb"]),
];

/// Checks both tables; the error lists every arrow that points the wrong way.
pub fn check(project: &Project) -> Result<()> {
    let metadata = shell::capture(project.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let mut wrong = wrong_arrows(&workspace_arrows(&serde_json::from_str(&metadata)?)?);
    for (package, forbidden) in FORBIDDEN {
        let mut tree = project.cargo();
        tree.args([
            "tree",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            package,
        ]);
        wrong
            .extend(intruders(&shell::capture(&mut tree)?, forbidden).map(|name| format!("{package} pulls in {name}")));
    }
    if !wrong.is_empty() {
        bail!("dependencies point the wrong way:\n  {}", wrong.join("\n  "));
    }
    shell::note(&format!(
        "{} crates point the right way, {} keep frameworks and drivers out",
        ARROWS.len(),
        FORBIDDEN.len()
    ));
    Ok(())
}

/// The workspace's packages, each with the packages of the workspace that it depends on outside its tests.
fn workspace_arrows(metadata: &Value) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let name_of = |value: &Value| value["name"].as_str().map(str::to_owned).context("cargo metadata names packages");
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let mut arrows = BTreeMap::new();
    for package in packages {
        let mut targets = BTreeSet::new();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if dependency["path"].is_string() && dependency["kind"] != "dev" {
                targets.insert(name_of(dependency)?);
            }
        }
        arrows.insert(name_of(package)?, targets);
    }
    Ok(arrows)
}

fn wrong_arrows(found: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (package, targets) in found {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == package) else {
            wrong.push(format!("{package} has no place in the table of xtask/src/layers.rs"));
            continue;
        };
        let others = targets.iter().filter(|target| !allowed.contains(&target.as_str()));
        wrong.extend(others.map(|target| format!("{package} depends on {target}")));
    }
    wrong
}

/// Packages of a `cargo tree` (one `name version` a line) that start with a forbidden word.
fn intruders<'a>(tree: &'a str, forbidden: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names.into_iter().filter(move |name| forbidden.iter().any(|word| name.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_against_the_direction_is_found() {
        let metadata = serde_json::json!({"packages": [
            {"name": "studyhall-wire", "dependencies": [
                {"name": "studyhall-domain", "path": "/x", "kind": null},
                {"name": "studyhall-testkit", "path": "/x", "kind": "dev"},
                {"name": "serde", "path": null, "kind": null},
            ]},
            {"name": "newcomer", "dependencies": []},
        ]});
        let wrong = wrong_arrows(&workspace_arrows(&metadata).expect("is well formed"));
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].starts_with("newcomer"), "{wrong:?}");
        assert_eq!(wrong[1], "studyhall-wire depends on studyhall-domain");
    }

    #[test]
    fn a_driver_deep_in_the_tree_is_found() {
        let tree = "studyhall-domain v0.1.0 (/x)\nserde v1.0.0\ndiesel-async v0.9.0\ndiesel-async v0.9.0 (*)\n";
        assert_eq!(intruders(tree, &["diesel", "actix"]).collect::<Vec<_>>(), ["diesel-async"]);
    }
}
