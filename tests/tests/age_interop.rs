//! Files exchanged both ways with age programs that Carnet's authors did not write.
#![cfg(test)]
#![allow(clippy::cast_possible_truncation, reason = "small numbers")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use carnet_core::foreign;
use carnet_core::hazmat::open_bytes;
use carnet_core::hazmat::{Padding, PayloadSealer, seal_bytes};
use carnet_core::hazmat::{unwrap, wrap};
use carnet_core::hybrid::HybridIdentity;
use carnet_core::identity::Identity;
use carnet_core::recipient::Recipients;
use carnet_core::secret::FileKey;
use carnet_core::testing::file_key_bytes;
use carnet_core::x25519::X25519Identity;
use carnet_tests::need;
use carnet_wire::age_file::join;
use carnet_wire::grant::Grant;
use carnet_wire::header::{Header, Limits};
use carnet_wire::payload::PayloadLen;
use serde_json::{Value, json};

#[test]
fn debian_age_and_carnet_open_each_other_s_x25519_files() {
    let Some(age) = need::program("age") else { return };
    let folder = folder("debian-age");
    let (identity, recipient) = x25519();
    let (key, plain, sealed) = (folder.join("key"), folder.join("plain"), folder.join("sealed"));
    fs::write(&key, identity.export_secret_text().unwrap().as_bytes()).unwrap();
    let mut count = 0;
    for (index, len) in sizes().into_iter().enumerate() {
        let content = content(index, len);
        foreign::export(content.as_slice(), File::create(&sealed).unwrap(), &recipient).unwrap();
        let opened = Command::new(&age).arg("-d").arg("-i").arg(&key).arg(&sealed).output().unwrap();
        assert!(opened.stdout == content, "{len}: {}", String::from_utf8_lossy(&opened.stderr));

        fs::write(&plain, &content).unwrap();
        let text = recipient_text(&recipient);
        let made = Command::new(&age).args(["-r", &text, "-o"]).arg(&sealed).arg(&plain).status().unwrap();
        assert!(made.success(), "{len}");
        assert!(open(&fs::read(&sealed).unwrap(), &identity) == content, "{len}");
        fs::remove_file(&sealed).unwrap();
        count += 1;
    }
    println!("Debian age: {count} files both ways");
}

#[test]
fn age_crate_and_carnet_open_each_other_s_x25519_files() {
    let (identity, recipient) = x25519();
    let theirs: age::x25519::Identity = identity.export_secret_text().unwrap().parse().unwrap();
    let mut count = 0;
    for (index, len) in sizes().into_iter().enumerate() {
        let content = content(index, len);
        let mut sealed = Vec::new();
        foreign::export(content.as_slice(), &mut sealed, &recipient).unwrap();
        assert!(age::decrypt(&theirs, &sealed).unwrap() == content, "{len}");

        let sealed = age::encrypt(&theirs.to_public(), &content).unwrap();
        assert!(open(&sealed, &identity) == content, "{len}");
        count += 1;
    }
    println!("age crate: {count} files both ways");
}

#[test]
fn npm_age_encryption_and_carnet_open_each_other_s_files_attached_and_detached() {
    if need::node_package("age-encryption").is_none() {
        return;
    }
    let folder = folder("age-encryption");
    let (x25519, x25519_recipient) = x25519();
    let hybrid = HybridIdentity::make().unwrap();
    let hybrid_recipient = hybrid.recipient().clone();
    let hybrid = Identity::Hybrid(hybrid);
    let x25519_text = x25519.export_secret_text().unwrap();
    let hybrid_text = hybrid.export_secret_text().unwrap();
    let Identity::Hybrid(reader) = &hybrid else { panic!("kind") };
    let (mut files, mut done) = (0, 0);

    for batch in sizes().into_iter().enumerate().collect::<Vec<_>>().chunks(64) {
        let mut jobs = Vec::new();
        let path = |index: usize, kind: &str| folder.join(format!("{index}.{kind}"));
        for (index, len) in batch.iter().copied() {
            let mut content = content(index, len);
            fs::write(path(index, "plain"), &content).unwrap();
            // A grant and a payload joined; every fifth padded, as it is stored.
            let padding = if index % 5 == 0 { Padding::Padme } else { Padding::None };
            let (file_key, sealer) = PayloadSealer::make().unwrap();
            let grant = wrap(&file_key, &hybrid_recipient).unwrap();
            let (payload, sealed) = seal_bytes(sealer, &content, padding).unwrap();
            content.resize(sealed.len.plaintext() as usize, 0);
            fs::write(path(index, "padded"), &content).unwrap();
            let mut joined = Vec::new();
            join(&grant, payload.as_slice()).read_to_end(&mut joined).unwrap();
            fs::write(path(index, "ours"), &joined).unwrap();
            fs::write(path(index, "grant"), grant.as_bytes()).unwrap();
            jobs.push(decrypt(&hybrid_text, &path(index, "ours"), &path(index, "padded")));
            jobs.push(header(&hybrid_text, &path(index, "grant"), &file_key));
            jobs.push(encrypt(&hybrid_recipient.to_string(), &path(index, "plain"), &path(index, "theirs")));
            let exported = File::create(path(index, "exported")).unwrap();
            foreign::export(File::open(path(index, "plain")).unwrap(), exported, &x25519_recipient).unwrap();
            jobs.push(decrypt(&x25519_text, &path(index, "exported"), &path(index, "plain")));
            jobs.push(detach(&x25519_text, &path(index, "exported"), &path(index, "exported-key")));
            let text = recipient_text(&x25519_recipient);
            jobs.push(encrypt(&text, &path(index, "plain"), &path(index, "x25519")));
            jobs.push(detach(&x25519_text, &path(index, "x25519"), &path(index, "x25519-key")));
        }
        done += node(&folder, &jobs);
        for (index, len) in batch.iter().copied() {
            let content = content(index, len);
            let theirs = fs::read(path(index, "theirs")).unwrap();
            assert!(open(&theirs, &hybrid) == content, "{len}");
            // Detached: their header is a grant, their payload one of ours.
            let (header, payload) = theirs.split_at(Grant::LEN);
            let file_key = unwrap(&Grant::parse(header).unwrap(), reader).unwrap();
            assert!(*open_bytes(&file_key, payload, len as u64).unwrap() == content, "{len}");
            assert!(open(&fs::read(path(index, "x25519")).unwrap(), &x25519) == content, "{len}");
            // Detached: the file key that they take out of either header opens the payload behind it.
            for kind in ["exported", "x25519"] {
                let file = fs::read(path(index, kind)).unwrap();
                let header = Header::parse(&file, Limits::FOREIGN).unwrap().as_bytes().len();
                let key =
                    hex::decode(fs::read_to_string(path(index, &format!("{kind}-key"))).unwrap()).unwrap();
                let key = FileKey::from_bytes(&key.try_into().unwrap());
                assert!(*open_bytes(&key, &file[header..], len as u64).unwrap() == content, "{kind} {len}");
            }
            files += 1;
        }
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
    }
    println!("age-encryption: {files} files both ways, {done} jobs");
}

/// Of `tests/vectors/foreign`: by the age of Debian (Go), by pyrage (Rust), and by age-encryption (JavaScript).
#[test]
fn kept_files_of_three_programs_open() {
    let folder = need::repository().join("tests/vectors/foreign");
    let plain = fs::read(folder.join("plain.txt")).unwrap();
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
    let identity = |kind: &str| text(&format!("{kind}.identity.txt")).parse::<Identity>().unwrap();
    let (x25519, hybrid) = (identity("x25519"), identity("hybrid"));
    let kept = |name: &str| fs::read(folder.join(format!("{name}.age"))).unwrap();
    for name in ["debian-age-x25519", "pyrage-x25519", "age-encryption-x25519", "age-encryption-both"] {
        assert!(open(&kept(name), &x25519) == plain, "{name}");
    }
    for name in ["age-encryption-hybrid", "age-encryption-both"] {
        assert!(open(&kept(name), &hybrid) == plain, "{name}");
    }
    let Identity::Hybrid(reader) = &hybrid else { panic!("kind") };
    assert_eq!(reader.recipient().to_string(), text("hybrid.recipient.txt"));
    let file = kept("age-encryption-hybrid");
    let (header, payload) = file.split_at(Grant::LEN);
    let file_key = unwrap(&Grant::parse(header).unwrap(), reader).unwrap();
    assert_eq!(hex::encode(file_key_bytes(&file_key)), text("age-encryption-hybrid.filekey.txt"));
    assert!(*open_bytes(&file_key, payload, plain.len() as u64).unwrap() == plain);
    assert_eq!(PayloadLen::from_stored(payload.len() as u64).unwrap().plaintext(), plain.len() as u64);
}

/// Around every chunk boundary up to 5 MiB, and some in between: at least 200.
fn sizes() -> Vec<usize> {
    let boundaries = (0..=80).map(|chunk| chunk * 65_536);
    let mut sizes: Vec<_> = boundaries.flat_map(|at: usize| [at.saturating_sub(1), at, at + 1]).collect();
    sizes.retain(|size| *size <= 5 << 20);
    sizes.extend((0..16_u64).map(|seed| (Xorshift(seed + 1).next() % (5 << 20)) as usize));
    sizes.extend([100, 1_000, 10_000, 1_000_000]);
    assert!(sizes.len() >= 200);
    sizes
}

fn content(index: usize, len: usize) -> Vec<u8> {
    let mut random = Xorshift(index as u64 + 1);
    let mut content: Vec<u8> = (0..len.div_ceil(8)).flat_map(|_| random.next().to_le_bytes()).collect();
    content.truncate(len);
    content
}

/// Marsaglia's generator: contents only have to differ, and to be the same in each run.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

fn x25519() -> (Identity, Recipients) {
    let identity = X25519Identity::make().unwrap();
    let recipient = *identity.recipient();
    (Identity::X25519(identity), Recipients::X25519(vec![recipient]))
}

fn recipient_text(recipients: &Recipients) -> String {
    let Recipients::X25519(recipients) = recipients else { panic!("kind") };
    recipients[0].to_string()
}

fn open(file: &[u8], identity: &Identity) -> Vec<u8> {
    let mut content = Vec::new();
    foreign::open(file, std::slice::from_ref(identity)).unwrap().read_to_end(&mut content).unwrap();
    content
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn encrypt(recipient: &str, from: &Path, to: &Path) -> Value {
    json!({ "op": "encrypt", "recipient": recipient, "in": from, "out": to })
}

fn decrypt(identity: &str, from: &Path, expect: &Path) -> Value {
    json!({ "op": "decrypt", "identity": identity, "in": from, "expect": expect })
}

fn header(identity: &str, from: &Path, expect: &FileKey) -> Value {
    json!({ "op": "header", "identity": identity, "in": from, "expect": hex::encode(file_key_bytes(expect)) })
}

fn detach(identity: &str, from: &Path, to: &Path) -> Value {
    json!({ "op": "detach", "identity": identity, "in": from, "out": to })
}

/// Runs jobs in one process of node; gives their number.
fn node(folder: &Path, jobs: &[Value]) -> usize {
    let list = folder.join("jobs.json");
    File::create(&list).unwrap().write_all(serde_json::to_string(jobs).unwrap().as_bytes()).unwrap();
    let script = need::js().join("age/batch.mjs");
    let output = Command::new("node").arg(script).arg(&list).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), jobs.len().to_string());
    jobs.len()
}
