//! `docs/SPEC.md` says what the code does: every worked example in it is computed here from fixed inputs and accepted by
//! the core, every label, code and limit of the code stands in it. `CARNET_BLESS=1` writes the examples anew.
#![cfg(test)]

mod fixed;
mod keys;
mod log;
mod print;
mod seal;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use carnet_core::foreign;
use carnet_core::identity::Identity;
use carnet_core::x25519::X25519Identity;
use carnet_tests::need;
use carnet_wire::cbor;
use carnet_wire::grant::Grant;
use carnet_wire::statement::{Draft, Header, Kind, Session, Statement, hash, kind_of};
use std::io::Read as _;

use fixed::{Reader, hkdf, sha256};
use print::{diag, full, rows, short};
use seal::{CONTENT, FILE_KEY, Hpke, PAYLOAD_NONCE};
use world::World;

#[test]
fn examples_of_the_specification_are_what_the_code_does() {
    let examples = examples();
    let path = need::repository().join("docs/SPEC.md");
    let kept = fs::read_to_string(&path).unwrap();
    let mut unused: BTreeSet<_> = examples.keys().cloned().collect();
    let mut parts = kept.split("<!-- example: ");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->\n```text\n").expect("a block after the mark of an example");
        let (_, rest) = rest.split_once("```").expect("the end of the block");
        let example = examples.get(name).unwrap_or_else(|| panic!("no example is called {name}"));
        assert!(unused.remove(name), "the example {name} stands twice");
        text.push_str(&format!("<!-- example: {name} -->\n```text\n{example}\n```{rest}"));
    }
    assert!(unused.is_empty(), "examples that stand nowhere: {unused:?}");
    if std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept == text, "docs/SPEC.md is out of date: run this test with CARNET_BLESS=1");
}

#[test]
fn every_label_code_kind_and_limit_of_the_code_stands_in_the_specification() {
    let root = need::repository();
    let spec = fs::read_to_string(root.join("docs/SPEC.md")).unwrap();
    let mut missing = BTreeSet::new();
    let mut found = 0;
    for file in
        sources(&root.join("client-core/wire/src")).into_iter().chain(sources(&root.join("client-core/src")))
    {
        let source = fs::read_to_string(&file).unwrap();
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        for word in words_of(code) {
            found += 1;
            if !spec.contains(&format!("`{word}`")) && !spec.contains(&format!("\"{word}\"")) {
                missing.insert(format!("{word} ({})", file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(found > 150, "only {found} words were looked for");
    assert!(missing.is_empty(), "not in docs/SPEC.md: {missing:#?}");
}

/// Labels (`carnet/v1/...`), codes (a hyphenated string alone after `=>` or on its line) and names of limits.
fn words_of(code: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for line in code.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        let strings = line.split('"').skip(1).step_by(2);
        words.extend(strings.filter(|string| string.starts_with("carnet/v1/")).map(str::to_owned));
        let value = line.rsplit("=> ").next().unwrap_or(line).trim_end_matches(',');
        if let Some(word) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            words.extend((plain && !word.is_empty()).then(|| word.to_owned()));
        }
        if let Some((_, constant)) = line.split_once("const ") {
            let name = constant.split(':').next().unwrap_or_default();
            let limit = name.starts_with("MAX") || ["FLOOR", "CEILING", "FOREIGN", "GRANT"].contains(&name);
            words.extend(limit.then(|| name.to_owned()));
        }
    }
    words
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn examples() -> BTreeMap<String, String> {
    let world = World::make();
    let mut examples: BTreeMap<String, String> = [
        ("entry-id", keys::entry_id()),
        ("reader", keys::reader()),
        ("account", keys::account()),
        ("slot", keys::slot()),
        ("password", keys::password()),
        ("keyring", keys::keyring()),
        ("pairing", keys::pairing()),
        ("grant-tree", log::grant_tree(&world)),
        ("vault-tree", log::vault_tree(&world)),
        ("checkpoint", log::checkpoint()),
        ("lengths", log::lengths()),
        ("slice", log::slice()),
        ("hpke", hpke(&world)),
        (
            "grant",
            world.headers[0]
                .as_bytes()
                .iter()
                .copied()
                .map(char::from)
                .collect::<String>()
                .trim_end()
                .to_owned(),
        ),
        ("x25519", x25519()),
        ("payload", payload(&world)),
        ("manifest", manifest(&world)),
        ("inner", inner(&world)),
        ("statement", statement(&world)),
        ("consent", full(&world.consent)),
    ]
    .into_iter()
    .map(|(name, example)| (name.to_owned(), example))
    .collect();
    let mut kinds = BTreeSet::new();
    for (name, signer, bytes) in &world.statements {
        kinds.insert(kind_of(bytes).unwrap());
        let payload = diag(payload_of(bytes));
        let example = rows(&[
            ("signed by", (*signer).to_owned()),
            ("hash", hash(bytes).to_string()),
            ("length", format!("{} bytes", bytes.len())),
            ("payload", payload),
        ]);
        examples.insert(format!("kind-{name}"), example);
        examples.insert(format!("vector-{name}"), full(bytes));
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "every kind once");
    examples.insert("vector-payload".to_owned(), full(&world.payload));
    examples.insert("vector-manifest-plaintext".to_owned(), full(&world.manifest_content));
    examples
}

fn payload_of(statement: &[u8]) -> &[u8] {
    let mut decoder = minicbor::Decoder::new(statement);
    decoder.tag().unwrap();
    decoder.array().unwrap();
    decoder.bytes().unwrap();
    decoder.map().unwrap();
    decoder.bytes().unwrap()
}

fn hpke(world: &World) -> String {
    let reader = Reader::of(0x21);
    let hpke = Hpke::wrap(&reader.bundle(), 0x66);
    let header = &world.headers[0];
    assert_eq!(header.enc().as_slice(), hpke.enc);
    let opened = carnet_core::hazmat::unwrap(header, reader.keys.identity()).unwrap();
    assert_eq!(carnet_core::testing::file_key_bytes(&opened), FILE_KEY);
    rows(&[
        ("file key", short(&FILE_KEY)),
        ("recipient seed", short(&reader.recipient_seed)),
        ("randomness", format!("{} repeated (64 bytes)", "66")),
        ("enc", short(&hpke.enc)),
        ("BLAKE3 of enc", blake3::hash(&hpke.enc).to_string()),
        ("shared secret", short(&hpke.shared)),
        ("psk_id_hash", short(&hpke.psk_id_hash)),
        ("info_hash", short(&hpke.info_hash)),
        ("secret", short(&hpke.secret)),
        ("key", short(&hpke.key)),
        ("base_nonce", short(&hpke.base_nonce)),
        ("body", short(&hpke.body)),
        ("MAC key", short(&seal::mac_key())),
        ("MAC", short(header.mac())),
        ("BLAKE3 of grant", header.digest().to_string()),
    ])
}

fn x25519() -> String {
    let identity = X25519Identity::from_bytes(&[0x69; 32]);
    let recipient = *identity.recipient().as_bytes();
    let text = identity.recipient().to_string();
    let (share, wrap, body, header) = seal::x25519_header(&recipient, 0x6c);
    let file = [header.as_bytes(), &seal::payload(CONTENT)].concat();
    let mut opened = Vec::new();
    foreign::open(file.as_slice(), &[Identity::X25519(identity)]).unwrap().read_to_end(&mut opened).unwrap();
    assert_eq!(opened, CONTENT);
    rows(&[
        ("identity", short(&[0x69; 32])),
        ("recipient", short(&recipient)),
        ("recipient as text", text),
        ("ephemeral secret", short(&[0x6c; 32])),
        ("share", short(&share)),
        ("wrap key", short(&wrap)),
        ("body", short(&body)),
        ("header", header.trim_end().to_owned()),
        ("payload", full(&seal::payload(CONTENT))),
    ])
}

fn payload(world: &World) -> String {
    let key = hkdf(&FILE_KEY, &PAYLOAD_NONCE, &[b"payload"]);
    rows(&[
        ("content", format!("{:?}", str::from_utf8(CONTENT).unwrap())),
        ("padded", "1024 bytes: the content, then 1001 zero bytes".to_owned()),
        ("file key", short(&FILE_KEY)),
        ("payload nonce", short(&PAYLOAD_NONCE)),
        ("payload key", short(&key)),
        ("nonce of chunk 0", "000000000000000000000001".to_owned()),
        ("payload", short(&world.payload)),
        ("BLAKE3 root", blake3::hash(&world.payload).to_string()),
        ("commitment", short(&hkdf(&FILE_KEY, &PAYLOAD_NONCE, &[b"carnet/v1/commitment"]))),
        ("age file", format!("{} bytes", Grant::LEN + world.payload.len())),
    ])
}

fn manifest(world: &World) -> String {
    let entry = fixed::entry(0x51);
    let key = seal::manifest_key(&[0x63; 32], &world.vault, &entry, 1);
    rows(&[
        ("plaintext", diag(&world.manifest_content)),
        ("its length", format!("{} bytes, padded to 4096", world.manifest_content.len())),
        ("blob nonce", short(&[0x63; 32])),
        ("vault", world.vault.to_string()),
        ("entry", entry.to_string()),
        ("version", "1".to_owned()),
        ("key", short(&key)),
        ("sealed", short(&world.manifest)),
        ("BLAKE3 of sealed", blake3::hash(&world.manifest).to_string()),
    ])
}

fn inner(world: &World) -> String {
    let authored = world.statement("authored");
    rows(&[
        ("salt", short(&[0x64; 32])),
        ("authored", short(authored)),
        ("inner commitment", short(&sha256(&[b"carnet/v1/inner", &[0x64; 32], authored]))),
    ])
}

fn statement(world: &World) -> String {
    let bytes = world.statement("session");
    let parsed = Statement::<Session>::parse(bytes).unwrap();
    let header: Header = parsed.header().clone();
    let signed = Draft::new(header, parsed.claimed().clone()).to_be_signed();
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.tag().unwrap();
    decoder.array().unwrap();
    let protected = decoder.bytes().unwrap();
    assert_eq!(cbor::encode(parsed.claimed()), payload_of(bytes));
    rows(&[
        ("device seed", short(&[0x13; 32])),
        ("device key", short(world.doctor.device.verifying_key().as_bytes())),
        ("statement", diag(bytes)),
        ("protected", diag(protected)),
        ("payload", diag(payload_of(bytes))),
        ("Sig_structure", full(&signed)),
        ("signature", full(&bytes[bytes.len() - 64..])),
        ("bytes", full(bytes)),
        ("StatementHash", hash(bytes).to_string()),
    ])
}
