//! The documents in the repository are what the code says.

use std::path::Path;

fn compare(name: &str, command: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let line = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    let line = line.unwrap_or_else(|| kept.lines().count().min(made.lines().count())) + 1;
    assert!(
        kept == made,
        "{name} is not what the code says, from line {line} on; write it anew: \
         cargo run -p studyhall-server -- {command} > {name}"
    );
}

#[test]
fn openapi_yaml_is_up_to_date() {
    compare("openapi.yaml", "openapi", &studyhall_api::docs::openapi_yaml().expect("a document"));
}

#[test]
fn asyncapi_yaml_is_up_to_date() {
    compare("asyncapi.yaml", "openapi --socket", &studyhall_api::docs::asyncapi_yaml().expect("a document"));
}

#[test]
fn permissions_md_is_up_to_date() {
    compare("PERMISSIONS.md", "openapi --permissions", &studyhall_api::docs::permissions_md());
}
