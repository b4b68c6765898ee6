//! What the server and the page cannot do, read off the dependency graph: they reach nothing that could.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use carnet_tests::need;
use serde_json::Value;

/// What opens or seals content, or agrees on a secret.
const CRYPTOGRAPHY: [&str; 7] =
    ["age", "age-core", "carnet-core", "chacha20poly1305", "libcrux-ml-kem", "x25519-dalek", "hpke"];

#[test]
fn server_reaches_no_way_to_open_content() {
    let graph = Graph::read();
    let reached = graph.reach("carnet-server");
    assert_none(&reached, &CRYPTOGRAPHY);
}

#[test]
fn page_reaches_no_key_and_no_cryptography() {
    let graph = Graph::read();
    let reached = graph.reach("carnet-page");
    assert_none(&reached, &CRYPTOGRAPHY);
    assert_none(&reached, &["carnet-worker", "ring"]);
}

#[test]
fn wire_reaches_no_way_to_open_content() {
    assert_none(&Graph::read().reach("carnet-wire"), &CRYPTOGRAPHY);
}

#[test]
fn records_at_rest_and_their_audit_reach_no_way_to_open_content() {
    for name in ["carnet-rest", "carnet-audit"] {
        assert_none(&Graph::read().reach(name), &CRYPTOGRAPHY);
    }
}

/// It parses what strangers wrote: it must not sit beside keys.
#[test]
fn health_reaches_no_key_of_ours() {
    assert_none(&Graph::read().reach("carnet-health"), &CRYPTOGRAPHY);
}

/// Else the tests above could pass on a graph that was read wrongly.
#[test]
fn worker_reaches_all_of_it() {
    let reached = Graph::read().reach("carnet-worker");
    for name in CRYPTOGRAPHY {
        assert!(reached.contains(name), "{name} is not reached; is it still a dependency of carnet-core?");
    }
}

#[test]
fn path_of_wire_is_named_in_the_root_manifest_only() {
    let naming = |manifest: &PathBuf| {
        let text = fs::read_to_string(manifest).unwrap();
        text.lines().any(|line| line.contains("path") && line.contains("wire"))
    };
    let root = need::repository().join("Cargo.toml");
    assert!(naming(&root));
    let others = Graph::read().manifests.into_iter().filter(|manifest| *manifest != root);
    assert_eq!(others.filter(naming).collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let manifests = Graph::read().manifests;
    assert!(manifests.len() >= 9, "{manifests:?}");
    for manifest in manifests {
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(text.contains("[lints]\nworkspace = true\n"), "{}", manifest.display());
    }
}

fn assert_none(reached: &BTreeSet<String>, names: &[&str]) {
    assert!(!reached.is_empty());
    let found: Vec<_> = names.iter().filter(|name| reached.contains(**name)).collect();
    assert!(found.is_empty(), "reached: {found:?}");
}

/// `cargo metadata`, for all platforms: who needs whom in order to be built and to run, tests left out.
struct Graph {
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<String>>,
    /// Of the crates of this workspace.
    manifests: Vec<PathBuf>,
}

impl Graph {
    fn read() -> Self {
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(need::repository())
            .output()
            .unwrap();
        assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
        let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
        let names = list(&metadata["packages"]).map(|package| (text(&package["id"]), text(&package["name"])));
        let edges = list(&metadata["resolve"]["nodes"]).map(|node| {
            let needed = list(&node["deps"])
                .filter(|dependency| list(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev"));
            (text(&node["id"]), needed.map(|dependency| text(&dependency["pkg"])).collect())
        });
        let members: BTreeSet<String> = list(&metadata["workspace_members"]).map(text).collect();
        let manifests = list(&metadata["packages"])
            .filter(|package| members.contains(&text(&package["id"])))
            .map(|package| PathBuf::from(text(&package["manifest_path"])));
        Self { names: names.collect(), edges: edges.collect(), manifests: manifests.collect() }
    }

    /// The names of a crate of the workspace and of all that it needs.
    fn reach(&self, name: &str) -> BTreeSet<String> {
        let start = self.names.iter().find(|(_, found)| *found == name).unwrap().0;
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            open.extend(self.edges[id].iter().filter(|next| seen.insert(*next)));
        }
        seen.into_iter().map(|id| self.names[id].clone()).collect()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
