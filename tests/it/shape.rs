//! The public shape: what the core must not depend on, and what must not compile.

use std::process::Command;

use igny8_tests::quickstart::workspace;

/// Crates that would make the core do input and output, or choose a runtime.
const NOT_IN_THE_CORE: [&str; 5] = ["tokio", "sqlx", "reqwest", "axum", "wasmtime"];

fn tree(arguments: &[&str]) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace()).args(["tree", "-p", "igny8-core", "-e", "normal", "--prefix", "none"]);
    let output = command.args(["--format", "{p}"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_core_knows_no_runtime_no_database_and_no_network() {
    let crates = tree(&[]);
    assert!(crates.iter().any(|name| name == "serde"), "{crates:?}");
    for name in &crates {
        let family = name.split('-').next().unwrap_or_default();
        assert!(!NOT_IN_THE_CORE.contains(&family), "{name}");
    }
}

#[test]
fn the_worker_feature_adds_tokio_and_none_of_the_others() {
    let crates = tree(&["--features", "worker,testing"]);
    assert!(crates.iter().any(|name| name == "tokio"));
    for name in NOT_IN_THE_CORE.iter().skip(1) {
        assert!(!crates.iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn isolation_is_a_property_of_the_types() {
    trybuild::TestCases::new().compile_fail("it/isolation/*.rs");
}
