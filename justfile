# The daily commands. Each is a line of cargo that works without `just`, too.

# This list.
default:
    @just --list --unsorted

# Build everything and start it with demo data; arguments go to `studyhall serve`.
run *args:
    cargo xtask run -- {{args}}

# Every check, or the named ones: format layers deny lint docs client tests.
test *checks:
    cargo xtask test {{checks}}

# One package's tests, quickly.
unit package *args:
    cargo test --package {{package}} {{args}}

# Build the web client into frontend/dist; `just web --release` for the small one.
web *args:
    cargo xtask web {{args}}

# Format, then lint as strictly as CI does.
tidy:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- --deny warnings

# Write openapi.yaml and asyncapi.yaml anew from the code.
openapi:
    cargo run --quiet --package studyhall-server -- openapi > openapi.yaml
    cargo run --quiet --package studyhall-server -- openapi --socket > asyncapi.yaml

# Two nodes in clustered mode on native services, for trying it out.
cluster *args:
    cargo xtask cluster {{args}}

# Start or stop what clustered mode's tests need: up, down or env.
services action:
    cargo xtask services {{action}}

# Measure the release build; prints a table and writes bench.json.
bench *args:
    cargo xtask bench -- {{args}}

# One self-contained release binary.
dist:
    cargo xtask dist
