//! Who depends on whom. The verifier never imports what proves, so that an error of the prover cannot hide in the check;
//! nothing that decides or remembers can hold a secret.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde::Deserialize;

/// What each crate of the core may import from the workspace, build scripts included; tests may import more.
const LAYERS: &[(&str, &[&str])] = &[
    ("tabella-arithmetic", &[]),
    ("tabella-protocol", &["tabella-arithmetic"]),
    ("tabella-circuits", &["tabella-protocol"]),
    ("tabella-prover", &["tabella-arithmetic", "tabella-protocol", "tabella-circuits", "tabella-verifier"]),
    ("tabella-verifier", &["tabella-arithmetic", "tabella-protocol"]),
    ("tabella-ledger", &["tabella-protocol", "tabella-verifier"]),
];
/// Crates that see everything and are seen by nothing, not even by tests.
const OBSERVERS: &[&str] = &["tabella-tests", "tabella-benches"];
/// What the rules of an application share with a device that has not the ledger's code: it imports nothing of the workspace.
const SHARED_WITH_DEVICES: [&str; 1] = ["tabella-access-lock"];
/// What has no place where WebAssembly must run.
const NOT_IN_A_BROWSER: &[&str] = &["rusqlite", "tokio", "age", "rpassword", "indicatif"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

impl Package {
    /// Names of what the crate itself imports.
    fn imports(&self) -> BTreeSet<&str> {
        let is_import = |dependency: &&Dependency| dependency.kind.as_deref() != Some("dev");
        self.dependencies.iter().filter(is_import).map(|dependency| dependency.name.as_str()).collect()
    }

    fn is_app(&self) -> bool {
        Path::new(&self.manifest_path).strip_prefix(root()).is_ok_and(|path| path.starts_with("apps"))
    }

    /// Whether it is this half of an application: `rules` or `client`.
    fn is_half(&self, half: &str) -> bool {
        self.is_app() && Path::new(&self.manifest_path).parent().is_some_and(|folder| folder.ends_with(half))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace holds this crate")
}

fn packages() -> BTreeMap<String, Package> {
    let run = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Metadata = serde_json::from_slice(&run.stdout).expect("the form of cargo metadata");
    metadata.packages.into_iter().map(|package| (package.name.clone(), package)).collect()
}

#[test]
fn core_crates_import_only_the_layers_below() {
    let packages = packages();
    for (name, allowed) in LAYERS {
        let imports = packages[*name].imports();
        let inside: BTreeSet<&str> = imports.into_iter().filter(|import| packages.contains_key(*import)).collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let forbidden: Vec<_> = inside.difference(&allowed).collect();
        assert!(forbidden.is_empty(), "{name} must not depend on {forbidden:?}");
    }
}

#[test]
fn every_crate_has_its_layer() {
    for package in packages().values() {
        let is_core = LAYERS.iter().any(|(name, _)| *name == package.name);
        let is_observer = OBSERVERS.contains(&package.name.as_str());
        assert!(
            is_core || is_observer || package.is_app(),
            "{} has no layer: say here what it may import",
            package.name
        );
    }
}

#[test]
fn nothing_depends_on_tests_or_benches() {
    for package in packages().values() {
        let observer = package.dependencies.iter().find(|dependency| OBSERVERS.contains(&dependency.name.as_str()));
        assert!(observer.is_none(), "{} depends on {}", package.name, observer.map_or("", |found| &found.name));
    }
}

#[test]
fn no_crate_of_the_core_depends_on_an_application() {
    let packages = packages();
    for (name, _) in LAYERS {
        for dependency in &packages[*name].dependencies {
            assert!(!packages.get(&dependency.name).is_some_and(Package::is_app), "{name} on {}", dependency.name);
        }
    }
}

/// Everything of the workspace that a crate reaches, but for what only tests import.
fn reached<'p>(packages: &'p BTreeMap<String, Package>, name: &str) -> BTreeSet<&'p str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![name.to_owned()]);
    while let Some(name) = next.pop() {
        for import in packages[&name].imports().into_iter().filter(|import| packages.contains_key(*import)) {
            if reached.insert(import) {
                next.push(import.to_owned());
            }
        }
    }
    reached
}

#[test]
fn node_cannot_hold_a_witness() {
    let packages = packages();
    let reached = reached(&packages, "tabella-node");
    for prover in ["tabella-prover", "tabella-circuits", "tabella-election", "tabella-payments"] {
        assert!(!reached.contains(prover), "the node reaches {prover}");
    }
    assert!(reached.contains("tabella-verifier") && reached.contains("tabella-protocol"), "{reached:?}");
}

#[test]
fn rules_of_applications_import_protocol_verifier_and_rules_alone() {
    let packages = packages();
    for package in packages.values().filter(|package| package.is_half("rules")) {
        let inside: Vec<_> = package.imports().into_iter().filter(|import| packages.contains_key(*import)).collect();
        let allowed = |import: &str| {
            ["tabella-protocol", "tabella-verifier"].contains(&import)
                || SHARED_WITH_DEVICES.contains(&import)
                // What another application's rules define, such as the split of a work, is defined once.
                || packages.get(import).is_some_and(|package| package.is_half("rules"))
        };
        let forbidden = inside.iter().find(|import| !allowed(import));
        assert!(forbidden.is_none(), "{} depends on {forbidden:?}", package.name);
        let banned = NOT_IN_A_BROWSER.iter().find(|banned| package.imports().contains(*banned));
        assert!(banned.is_none(), "{} imports {banned:?}", package.name);
    }
    let reached = reached(&packages, "tabella-node");
    let client = packages.values().find(|package| package.is_half("client") && reached.contains(package.name.as_str()));
    assert!(client.is_none(), "the node reaches {}", client.map_or("", |found| &found.name));
}

#[test]
fn devices_import_nothing_of_the_workspace() {
    let packages = packages();
    for name in SHARED_WITH_DEVICES {
        assert!(reached(&packages, name).is_empty(), "{name} is small");
    }
}

#[test]
fn what_runs_in_a_browser_imports_no_store_and_no_terminal() {
    let packages = packages();
    for name in ["tabella-protocol", "tabella-verifier"] {
        let found: Vec<_> =
            packages[name].imports().into_iter().filter(|import| NOT_IN_A_BROWSER.contains(import)).collect();
        assert!(found.is_empty(), "{name} imports {found:?}");
    }
}
