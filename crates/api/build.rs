//! Embeds the web client anew when it was built anew. Only optimised builds carry it: the others read the folder.

use std::{env, path::Path};

const CLIENT: &str = "../../frontend/dist";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some() {
        return;
    }
    // A folder that is not there counts as changed at each build, so that it is found once it is.
    println!("cargo::rerun-if-changed={CLIENT}");
    if !Path::new(CLIENT).is_dir() {
        println!("cargo::warning=there is no {CLIENT}: this build carries no web client (cargo xtask web makes one)");
    }
}
