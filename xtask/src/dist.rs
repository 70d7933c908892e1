//! `cargo xtask dist`: one file to copy to a server. The release build with the optimised client inside.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::run::build_server;
use crate::shell;
use crate::web::{self, Flavour};

/// Builds it, checks that it starts and has no library of its own to bring, and leaves it in `<target>/dist`.
pub fn dist(project: &Project) -> Result<()> {
    shell::step("the web client", || web::web(project, Flavour::Release))?;
    shell::step("the server, optimised", || build_server(project, "release"))?;
    let built = project.binary("release", "studyhall");
    let out = project.target.join("dist");
    fs::create_dir_all(&out)?;
    let binary = out.join(built.file_name().context("the binary has a name")?);
    fs::copy(&built, &binary).with_context(|| format!("cannot copy {}", built.display()))?;
    let version = shell::capture(Command::new(&binary).arg("--version"))?;
    // `ldd` fails on a static binary, which is as self-contained as it gets.
    if let Ok(libraries) = shell::capture(Command::new("ldd").arg(&binary)) {
        let foreign = foreign_libraries(&libraries);
        if !foreign.is_empty() {
            bail!("the binary needs {}, which a bare system lacks", foreign.join(", "));
        }
    }
    let size = usize::try_from(fs::metadata(&binary)?.len())?;
    shell::note(&format!("{}, {}", version.trim(), shell::size(size)));
    println!("{}", binary.display());
    Ok(())
}

/// What `ldd` lists besides the C library and the compiler's own run time, which every Linux has.
fn foreign_libraries(ldd: &str) -> Vec<&str> {
    let common =
        ["linux-vdso", "libc.so", "libm.so", "libgcc_s", "libpthread", "libdl", "librt", "ld-linux", "ld-musl"];
    let names = ldd.lines().filter(|line| line.contains(".so")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| !common.iter().any(|known| name.contains(known))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_libraries_beyond_the_c_library_are_foreign() {
        let ldd = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibpq.so.5 => /usr/lib/libpq.so.5 (0x0)\n\
                   \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x0)\n\t/lib64/ld-linux-x86-64.so.2 (0x0)\n";
        assert_eq!(foreign_libraries(ldd), ["libpq.so.5"]);
        assert!(foreign_libraries("\tstatically linked\n").is_empty());
    }
}
