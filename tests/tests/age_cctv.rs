//! The 143 CCTV vectors of age: each gives exactly its outcome, and the table of them in `docs/CCTV-AGE.md` is true.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Cursor, Read};
use std::process::{Command, Stdio};

use age::secrecy::SecretString;
use carnet_core::foreign::{self, ForeignError};
use carnet_core::hazmat::UnwrapError;
use carnet_core::identity::Identity;
use carnet_tests::need;
use carnet_tests::published::{self, Published};
use carnet_wire::grant::Grant;
use carnet_wire::header::HeaderScanner;
use sha2::{Digest as _, Sha256};

/// Vectors whose outcome is not the expected one, because of the `age` crate: (name, expected, given).
/// None: our own limits before the crate strip the white space that it refuses before armor.
const KNOWN_DEVIATIONS: &[(&str, &str, &str)] = &[];

#[test]
fn every_binary_x25519_and_hybrid_vector_gives_exactly_its_outcome() {
    let Some((package, vectors)) = vectors() else { return };
    let ours: Vec<_> = vectors.iter().filter(|vector| vector.reader() == "carnet").collect();
    for vector in &ours {
        assert_eq!(vector.open(), vector.expected(), "{}", vector.name);
    }
    println!("{} binary X25519 and hybrid vectors, all exact", ours.len());
    assert_eq!(ours.len(), 85);
    package.held(ours.len());
}

#[test]
fn every_armored_and_passphrase_vector_gives_its_outcome_or_a_known_deviation() {
    let Some((package, vectors)) = vectors() else { return };
    let others: Vec<_> = vectors.iter().filter(|vector| vector.reader() != "carnet").collect();
    let mut deviations = Vec::new();
    for vector in &others {
        let (expected, given) = (vector.expected(), vector.open());
        if given != expected {
            deviations.push((vector.name.clone(), expected.class, given.class));
        }
    }
    let deviations: Vec<_> =
        deviations.iter().map(|(n, e, g)| (n.as_str(), e.as_str(), g.as_str())).collect();
    assert_eq!(deviations, KNOWN_DEVIATIONS);
    println!("{} armored and passphrase vectors, {} known deviations", others.len(), deviations.len());
    package.held(others.len());
}

#[test]
fn table_of_vectors_is_up_to_date() {
    let Some((_, vectors)) = vectors() else { return };
    assert_eq!(vectors.len(), 143);
    let mut table = String::from(TABLE_HEAD);
    for vector in &vectors {
        let (name, expected, given) = (&vector.name, vector.expected().class, vector.open().class);
        let grant = if vector.is_grant() { "yes" } else { "no" };
        writeln!(table, "| `{name}` | {expected} | {given} | {} | {grant} |", vector.reader()).unwrap();
    }
    let path = need::repository().join("docs/CCTV-AGE.md");
    if std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &table).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == table, "docs/CCTV-AGE.md is out of date: run this test with CARNET_BLESS=1");
}

const TABLE_HEAD: &str = "\
# The CCTV age vectors

The test vectors of <https://c2sp.org/CCTV/age>, and what Carnet makes of them. A test writes this table and compares it
(`tests/tests/age_cctv.rs`, with `CARNET_BLESS=1` to write).

\"Reader\" says whose code decides: `carnet` is ours alone; `age` is the `age` crate, for armor and passphrases, behind our
own limits. \"Grant\" says whether the header alone is also accepted as a grant: one hybrid stanza, 1,627 bytes. A grant is
parsed without keys, so one that opens for nobody is accepted too.

| vector | expected | given | reader | grant |
|---|---|---|---|---|
";

struct Vector {
    name: String,
    expect: String,
    payload: Option<String>,
    identities: Vec<Identity>,
    passphrases: Vec<String>,
    armored: bool,
    file: Vec<u8>,
}

/// What came of a vector, with the digest of all that was released.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    class: String,
    released: Option<String>,
}

/// All vectors of the npm package, in the order of their names. It is a module of bytes by name, so Node tells them.
fn vectors() -> Option<(Published, Vec<Vector>)> {
    let package = published::of_npm("cctv-age")?;
    let script = "import * as files from 'cctv-age';
        const hex = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]);
        console.log(JSON.stringify(Object.fromEntries(hex)));";
    let told = Command::new(need::program("node")?)
        .args(["--input-type=module", "--eval", script])
        .current_dir(need::js())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let files: BTreeMap<String, String> = serde_json::from_slice(&told.stdout).unwrap();
    let read = |(name, bytes): (&String, &String)| Vector::read(name, &hex::decode(bytes).unwrap());
    Some((package, files.iter().map(read).collect()))
}

impl Vector {
    fn read(name: &str, bytes: &[u8]) -> Self {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let mut vector = Self {
            name: name.to_owned(),
            expect: String::new(),
            payload: None,
            identities: Vec::new(),
            passphrases: Vec::new(),
            armored: false,
            file: bytes[end + 2..].to_vec(),
        };
        for line in std::str::from_utf8(&bytes[..end]).unwrap().lines() {
            let (key, value) = line.split_once(": ").unwrap();
            match key {
                "expect" => vector.expect = value.to_owned(),
                "payload" => vector.payload = Some(value.to_owned()),
                "identity" => vector.identities.push(value.parse().unwrap()),
                "passphrase" => vector.passphrases.push(value.to_owned()),
                "armored" => vector.armored = value == "yes",
                "compressed" => {
                    let mut file = Vec::new();
                    flate2::read::ZlibDecoder::new(&bytes[end + 2..]).read_to_end(&mut file).unwrap();
                    vector.file = file;
                }
                "file key" | "comment" => {}
                other => panic!("{other}"),
            }
        }
        vector
    }

    fn expected(&self) -> Outcome {
        Outcome { class: self.expect.clone(), released: self.payload.clone() }
    }

    fn reader(&self) -> &'static str {
        if self.armored || !self.passphrases.is_empty() { "age" } else { "carnet" }
    }

    fn is_grant(&self) -> bool {
        match HeaderScanner::new(64 * 1024).scan(&self.file) {
            Ok(Some(len)) => Grant::parse(&self.file[..len]).is_ok(),
            _ => Grant::parse(&self.file).is_ok(),
        }
    }

    fn open(&self) -> Outcome {
        let file: Box<dyn Read> = if self.armored {
            Box::new(foreign::dearmor(Cursor::new(self.file.clone()), 1 << 20))
        } else {
            Box::new(Cursor::new(self.file.clone()))
        };
        if let [passphrase, ..] = self.passphrases.as_slice() {
            let passphrase = SecretString::from(passphrase.clone());
            return outcome(foreign::open_with_passphrase(file, passphrase, 16));
        }
        outcome(foreign::open(file, &self.identities))
    }
}

fn outcome<R: Read>(opened: Result<R, ForeignError>) -> Outcome {
    let mut plaintext = match opened {
        Ok(plaintext) => plaintext,
        Err(error) => {
            return Outcome { class: class(&error).to_owned(), released: None };
        }
    };
    let mut released = Vec::new();
    let class = match io::copy(&mut plaintext, &mut released) {
        Ok(_) => "success",
        Err(error) if foreign::is_armor_error(&error) => "armor failure",
        Err(_) => "payload failure",
    };
    let released = (class != "armor failure").then(|| hex::encode(Sha256::digest(&released)));
    Outcome { class: class.to_owned(), released }
}

fn class(error: &ForeignError) -> &'static str {
    match error {
        ForeignError::Armor => "armor failure",
        ForeignError::Header(_) | ForeignError::Nonce | ForeignError::WorkFactor { .. } => "header failure",
        ForeignError::Unwrap(UnwrapError::Mac) => "HMAC failure",
        ForeignError::Unwrap(UnwrapError::NoMatch) => "no match",
        ForeignError::Unwrap(_) => "header failure",
        ForeignError::Age(age::DecryptError::InvalidHeader) => "header failure",
        ForeignError::Age(age::DecryptError::InvalidMac) => "HMAC failure",
        ForeignError::Age(
            age::DecryptError::NoMatchingKeys
            | age::DecryptError::KeyDecryptionFailed
            | age::DecryptError::DecryptionFailed,
        ) => "no match",
        other => panic!("{other:?}"),
    }
}
