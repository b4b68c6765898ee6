//! Memory of sealing again: as flat as that of sealing (`memory.rs`), whatever the document's length, kept on this device or not. Heap bytes
//! are counted, not timed.
#![cfg(test)]

use std::fs::File;
use std::io::Write as _;

use carnet_cli::local::OldVersion;
use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;
use carnet_wire::id::ReaderId;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const PASSPHRASE: &str = "trois petits chats";
const MIB: usize = 1024 * 1024;

/// A document of so many MiB on the disk, written piece by piece.
fn write(machine: &Machine, name: &str, mib: usize) {
    let mut file = File::create(machine.path(name)).unwrap();
    let mut hasher = blake3::Hasher::new();
    hasher.update(name.as_bytes());
    let (mut piece, mut noise) = (vec![0; MIB], hasher.finalize_xof());
    for _ in 0..mib {
        noise.fill(&mut piece);
        file.write_all(&piece).unwrap();
    }
}

/// One test: `dhat` counts for the whole process.
#[test]
fn document_of_200_mib_is_sealed_again_in_the_memory_of_a_short_one() {
    let server = TestServer::start();
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne");
    for (name, mib) in [("short.bin", 24), ("kept.bin", 60), ("long.bin", 200)] {
        write(&anne, name, mib);
        anne.json(&["--yes", "add", name, "--title", name, "--type", "imagerie"]);
        std::fs::remove_file(anne.path(name)).unwrap();
    }
    anne.run(&["lock"]);
    let mut client = anne.client();
    let mut held = client.sync().unwrap();
    let vault = held.vault.id();
    let rows = client.catalogue(&vault).unwrap();
    let live = client.live_grants(&mut held).unwrap();
    let nobody = ReaderId::from_bytes([7; 32]);
    let [short, kept, long] = ["short.bin", "kept.bin", "long.bin"].map(|name| {
        let row = rows.iter().find(|row| row.title == name).unwrap();
        let old = OldVersion { entry: row.entry, version: row.version };
        let profiler = dhat::Profiler::builder().testing().build();
        let resealed = client.reseal(&mut held, &nobody, &[old], &live, &|| {}).unwrap();
        let stats = dhat::HeapStats::get();
        drop(profiler);
        assert_eq!((resealed.done.len(), resealed.left.len()), (1, 0), "{resealed:?}");
        stats
    });
    assert!(long.max_bytes < 64 * MIB, "{long:?}");
    assert!(kept.max_bytes < 64 * MIB, "{kept:?}");
    assert!(long.max_bytes < short.max_bytes + 4 * MIB, "{short:?}, {long:?}");
}
