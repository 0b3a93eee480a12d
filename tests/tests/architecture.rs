//! The rule of dependencies: domain <- ports <- engine <- the binary; adapters know domain and ports,
//! and nobody but the binary and these tests knows an adapter.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod imports;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

const ADAPTERS: [&str; 8] = [
    "decnet-bus",
    "decnet-db",
    "decnet-docker",
    "decnet-folder",
    "decnet-fs",
    "decnet-interpreters",
    "decnet-llm",
    "decnet-mail",
];

fn packages() -> Vec<Package> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new().manifest_path(root).no_deps().exec().unwrap().packages
}

fn normal(package: &Package) -> Vec<&str> {
    let is_normal = |d: &&cargo_metadata::Dependency| d.kind == DependencyKind::Normal;
    package.dependencies.iter().filter(is_normal).map(|d| d.name.as_str()).collect()
}

#[test]
fn domain_and_ports_depend_only_on_what_is_pure() {
    let domain = [
        "crc32fast",
        "jiff",
        "libm",
        "miniz_oxide",
        "once_cell",
        "rand",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
        "uuid",
    ];
    let ports = ["async-trait", "decnet-domain", "jiff", "mockall", "serde_json", "thiserror", "tokio", "uuid"];
    for package in packages() {
        let allowed: &[&str] = match package.name.as_str() {
            "decnet-domain" => &domain,
            "decnet-ports" => &ports,
            _ => continue,
        };
        for dependency in normal(&package) {
            assert!(allowed.contains(&dependency), "{} must not depend on {dependency}", package.name);
        }
    }
}

#[test]
fn adapters_know_domain_and_ports_and_nothing_else_of_ours() {
    for package in packages().iter().filter(|p| ADAPTERS.contains(&p.name.as_str())) {
        for dependency in normal(package).into_iter().filter(|d| d.starts_with("decnet")) {
            assert!(
                ["decnet-domain", "decnet-ports"].contains(&dependency),
                "{} must not depend on {dependency}",
                package.name
            );
        }
    }
}

#[test]
fn only_the_binary_and_the_tests_name_an_adapter() {
    for package in packages().iter().filter(|p| !["decnet", "decnet-tests"].contains(&p.name.as_str())) {
        for dependency in normal(package) {
            assert!(!ADAPTERS.contains(&dependency), "{} must not name the adapter {dependency}", package.name);
        }
    }
}

#[test]
fn diesel_and_bollard_each_live_in_one_crate() {
    for (technology, home) in
        [("diesel", "decnet-db"), ("diesel-async", "decnet-db"), ("bollard", "decnet-docker"), ("clap", "decnet")]
    {
        for package in packages().iter().filter(|p| p.name.as_str() != home) {
            assert!(!normal(package).contains(&technology), "{} must not depend on {technology}", package.name);
        }
    }
}

#[test]
fn every_crate_takes_the_workspaces_lints_and_the_domain_has_no_std() {
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} must take the workspace's lints", package.name);
    }
    let domain = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/src/lib.rs")).unwrap();
    assert!(domain.contains("#![no_std]"));
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let mut circles = Vec::new();
    for package in packages() {
        for target in package.targets.iter().filter(|t| t.is_lib() || t.is_bin()) {
            let graph = imports::of_crate(target.src_path.as_std_path());
            circles
                .extend(graph.circles().into_iter().map(|circle| format!("{}: {}", package.name, circle.join(" -> "))));
        }
    }
    assert!(circles.is_empty(), "files that import each other:\n{}", circles.join("\n"));
}

/// Every file of Rust in the repository, with its text.
fn sources() -> Vec<(std::path::PathBuf, String)> {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut folders: Vec<_> = ["domain", "ports", "adapters", "app", "tests"].map(|name| root.join(name)).into();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// Each rule of ARCHITECTURE.md names the tests that hold it: all of them are there.
#[test]
fn every_test_that_the_architecture_names_is_there() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let code: String = sources().into_iter().map(|(_, text)| text).collect();
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|word| word.matches('_').count() >= 4).collect();
    assert!(named.len() > 60, "{}", named.len());
    let missing: Vec<_> = named.into_iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    let missing: Vec<_> = missing.into_iter().filter(|name| !code.contains(&format!("    {name},\n"))).collect();
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}

/// A file that is longer says why at its head.
#[test]
fn a_file_of_more_than_500_lines_says_why() {
    let sources = sources();
    assert!(sources.len() > 200, "{}", sources.len());
    let is_silent = |text: &str| text.lines().count() > 500 && !text.contains("\n//! Above 500 lines: ");
    let silent: Vec<_> = sources.iter().filter(|(_, text)| is_silent(text)).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
