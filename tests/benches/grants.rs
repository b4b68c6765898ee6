//! Grants: wrapping one, two thousand under signatures, and the first sight of a record of ten thousand entries.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench that fails stops")]

use std::hint::black_box;

use carnet_core::document::{Document, Place};
use carnet_core::grant::{Batch, Terms};
use carnet_core::hazmat::{unwrap, wrap};
use carnet_core::hybrid::HybridIdentity;
use carnet_core::seal::SignedDeposit;
use carnet_core::secret::FileKey;
use carnet_core::stored::{Stored, Wanted};
use carnet_tests::alternate::{Contender, race};
use carnet_tests::cast::{Cast, NOW, Person, description, grants, origin};
use rayon::prelude::*;

fn main() {
    one_grant();
    let cast = Cast::make();
    two_thousand(&cast);
    for items in [1, 10, 100] {
        first_sight(&cast, items);
    }
}

fn one_grant() {
    let reader = HybridIdentity::make().unwrap();
    let file_key = FileKey::make().unwrap();
    let grant = wrap(&file_key, reader.recipient()).unwrap();
    let contenders = vec![
        Contender::new("100 × wrap", || {
            for _ in 0..100 {
                black_box(wrap(&file_key, reader.recipient()).unwrap());
            }
        }),
        Contender::new("100 × unwrap", || {
            for _ in 0..100 {
                black_box(unwrap(&grant, &reader).unwrap());
            }
        }),
    ];
    race("A hundred hybrid grants on one core", 51, 0, contenders);
}

fn two_thousand(cast: &Cast) {
    let opened = cast.open(&cast.deposit(&cast.doctor, "report", b"content", &[]));
    let readers: Vec<_> = (0..20).map(|_| Person::make().reader()).collect();
    let ruler = cast.patient.ruler(&cast.vault);
    let contenders = vec![Contender::new("2,000 grants in two signed batches", || {
        for _ in 0..2 {
            let wrapped =
                (0..1_000).into_par_iter().map(|i| opened.grant(&readers[i % 20], Terms::OPEN).unwrap());
            let batch = Batch::new(wrapped.collect()).unwrap();
            black_box(batch.sign(&ruler).unwrap());
            for index in 0..1_000 {
                black_box(batch.path(index).unwrap());
            }
        }
    })];
    race("2,000 grants wrapped, put under a root and signed, with their paths", 9, 0, contenders);
}

fn first_sight(cast: &Cast, items: usize) {
    let stored = deposit(cast, 10_000, items);
    let open = |(stored, wanted): &(Stored, Wanted)| {
        let verified = stored.clone().verify(wanted, &cast.vault, &cast.accounts).unwrap();
        black_box(verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap());
    };
    let contenders = vec![
        Contender::new("all cores", || stored.par_iter().for_each(open)),
        Contender::new("one core", || stored.iter().for_each(open)),
    ];
    race(&format!("First sight of 10,000 entries, deposited {items} at a time"), 5, 0, contenders);
}

fn deposit(cast: &Cast, entries: usize, items: usize) -> Vec<(Stored, Wanted)> {
    let readers = cast.vault.readers_for(0).unwrap();
    let author = cast.doctor.author();
    let batch = |_| {
        let sealed: Vec<_> = (0..items)
            .map(|_| {
                let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
                let document = Document::new(description("Blood count"), &b"a result"[..]);
                document.seal(&place, &origin(), &author, &readers, std::io::sink()).unwrap()
            })
            .collect();
        let signed = SignedDeposit::sign(&cast.vault, &author, sealed, None, NOW).unwrap();
        let deposit = signed.statement.as_bytes().to_vec();
        let grants = grants(&signed.grants);
        let stored = signed.sealed.iter().map(|sealed| {
            let item = sealed.item();
            let grant =
                signed.grants.grants().iter().position(|grant| grant.leaf.entry == item.entry).unwrap();
            let [leaf, path, header] = grants[grant].clone();
            let stored = Stored {
                deposit: deposit.clone().into(),
                describe: None,
                grant: None,
                leaf,
                path,
                header,
                manifest: sealed.manifest().to_vec(),
                nonce: *sealed.nonce(),
                next: None,
                predecessors: Vec::new(),
            };
            (stored, Wanted { entry: item.entry, version: item.version })
        });
        stored.collect::<Vec<_>>()
    };
    (0..entries / items).flat_map(batch).collect()
}
