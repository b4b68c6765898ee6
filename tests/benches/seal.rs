//! Sealing and opening in memory, against the same primitives without Carnet around them, and against the `age` crate.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench that fails stops")]
#![allow(clippy::cast_possible_truncation, reason = "any bytes will do")]

use std::hint::black_box;
use std::io::{Read, Write};

use age::x25519::Identity;
use carnet_core::hazmat::open_into;
use carnet_core::hazmat::{Padding, PayloadSealer, seal_into, seal_stream};
use carnet_tests::alternate::{Contender, race};
use rayon::prelude::*;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

const LEN: usize = 256 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const ROUNDS: usize = 9;

fn main() {
    let content: Vec<u8> = (0..LEN).map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    sealing(&content);
    opening(&content);
    age_crate(&content[..LEN / 4]);
}

fn sealing(content: &[u8]) {
    let key = key();
    let (mut ours, mut theirs) = (Vec::new(), vec![1; content.len() + content.len() / CHUNK * TAG]);
    let mut in_place = theirs.clone();
    let mut both = theirs.clone();
    let mut alone = theirs.clone();
    let contenders = vec![
        Contender::new("Carnet: seal in memory, both digests", || {
            let (_, sealer) = PayloadSealer::make().unwrap();
            black_box(seal_into(sealer, content, Padding::None, &mut ours).unwrap());
        }),
        Contender::new("AEAD from buffer to buffer, then BLAKE3 of the payload", || {
            seal(&key, content, &mut theirs);
            black_box(blake3::Hasher::new().update_rayon(&theirs).finalize());
        }),
        Contender::new("AEAD in place, then BLAKE3 of the payload", || {
            seal_in_place(&key, &mut in_place);
            black_box(blake3::Hasher::new().update_rayon(&in_place).finalize());
        }),
        Contender::new("AEAD from buffer to buffer, then BLAKE3 of both", || {
            seal(&key, content, &mut both);
            black_box(blake3::Hasher::new().update_rayon(&both).finalize());
            black_box(blake3::Hasher::new().update_rayon(content).finalize());
        }),
        Contender::new("AEAD in place alone", || seal_in_place(&key, &mut alone)),
        Contender::new("BLAKE3 alone", || {
            black_box(blake3::Hasher::new().update_rayon(content).finalize());
        }),
    ];
    race("Sealing 256 MiB in memory, all cores", ROUNDS, content.len() as u64, contenders);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let contenders = vec![
        Contender::new("Carnet: seal in memory, both digests", || {
            let (_, sealer) = PayloadSealer::make().unwrap();
            one.install(|| black_box(seal_into(sealer, content, Padding::None, &mut ours).unwrap()));
        }),
        Contender::new("AEAD from buffer to buffer, then BLAKE3 of the payload", || {
            one.install(|| {
                seal(&key, content, &mut theirs);
                black_box(blake3::Hasher::new().update_rayon(&theirs).finalize());
            });
        }),
        Contender::new("AEAD in place alone", || one.install(|| seal_in_place(&key, &mut alone))),
        Contender::new("BLAKE3 alone", || {
            black_box(blake3::Hasher::new().update(content).finalize());
        }),
    ];
    race("Sealing 256 MiB in memory, one core", ROUNDS, content.len() as u64, contenders);
    let contenders = vec![Contender::new("Carnet: seal a stream, reader to sink", || {
        let (_, sealer) = PayloadSealer::make().unwrap();
        black_box(seal_stream(sealer, content, std::io::sink(), Padding::None).unwrap());
    })];
    race("Sealing 256 MiB as a stream", ROUNDS, content.len() as u64, contenders);
}

fn opening(content: &[u8]) {
    let key = key();
    let (file_key, sealer) = PayloadSealer::make().unwrap();
    let mut payload = Vec::new();
    seal_into(sealer, content, Padding::None, &mut payload).unwrap();
    let mut sealed = vec![0; content.len() + content.len() / CHUNK * TAG];
    seal(&key, content, &mut sealed);
    let (mut ours, mut theirs) = (Vec::new(), vec![1; content.len()]);
    let mut own_sealed = vec![0; sealed.len()];
    let contenders = vec![
        Contender::new("Carnet: open in memory", || {
            open_into(&file_key, &payload, content.len() as u64, &mut ours).unwrap();
        }),
        Contender::new("AEAD from buffer to buffer", || open(&key, &sealed, &mut theirs)),
        Contender::new("AEAD in place (sealing)", || seal_in_place(&key, &mut own_sealed)),
    ];
    race("Opening 256 MiB in memory, all cores", ROUNDS, content.len() as u64, contenders);
}

fn age_crate(content: &[u8]) {
    let identity = Identity::generate();
    let recipient = identity.to_public();
    let encrypt = || {
        let recipients = core::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).unwrap();
        let mut file = Vec::with_capacity(content.len() + content.len() / 1024);
        let mut writer = encryptor.wrap_output(&mut file).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap();
        file
    };
    let file = encrypt();
    let (mut payload, mut opened) = (Vec::new(), Vec::new());
    let contenders = vec![
        Contender::new("Carnet: seal in memory", || {
            let (_, sealer) = PayloadSealer::make().unwrap();
            seal_into(sealer, content, Padding::None, &mut payload).unwrap();
        }),
        Contender::new("age crate: encrypt in memory", || drop(black_box(encrypt()))),
    ];
    race("Sealing 64 MiB in memory", ROUNDS, content.len() as u64, contenders);
    let (file_key, sealer) = PayloadSealer::make().unwrap();
    let mut payload = Vec::new();
    seal_into(sealer, content, Padding::None, &mut payload).unwrap();
    let contenders = vec![
        Contender::new("Carnet: open in memory", || {
            open_into(&file_key, &payload, content.len() as u64, &mut opened).unwrap();
        }),
        Contender::new("age crate: decrypt in memory", || {
            let decryptor = age::Decryptor::new_buffered(file.as_slice()).unwrap();
            let identities = core::iter::once(&identity as &dyn age::Identity);
            let mut plain = Vec::with_capacity(content.len());
            decryptor.decrypt(identities).unwrap().read_to_end(&mut plain).unwrap();
            black_box(plain);
        }),
    ];
    race("Opening 64 MiB in memory", ROUNDS, content.len() as u64, contenders);
}

fn key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[7; 32]).unwrap())
}

fn nonce(index: usize) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(index as u64).to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

fn seal(key: &LessSafeKey, plain: &[u8], sealed: &mut [u8]) {
    sealed.par_chunks_mut(CHUNK + TAG).zip(plain.par_chunks(CHUNK)).enumerate().for_each(
        |(i, (to, from))| {
            let (text, tag) = to.split_at_mut(from.len());
            text.copy_from_slice(from);
            let made = key.seal_in_place_separate_tag(nonce(i), Aad::empty(), text).unwrap();
            tag.copy_from_slice(made.as_ref());
        },
    );
}

fn seal_in_place(key: &LessSafeKey, sealed: &mut [u8]) {
    sealed.par_chunks_mut(CHUNK + TAG).enumerate().for_each(|(i, to)| {
        let (text, tag) = to.split_at_mut(CHUNK);
        let made = key.seal_in_place_separate_tag(nonce(i), Aad::empty(), text).unwrap();
        tag.copy_from_slice(made.as_ref());
    });
}

fn open(key: &LessSafeKey, sealed: &[u8], plain: &mut [u8]) {
    plain.par_chunks_mut(CHUNK).zip(sealed.par_chunks(CHUNK + TAG)).enumerate().for_each(
        |(i, (to, from))| {
            let (body, tag) = from.split_at(to.len());
            to.copy_from_slice(body);
            let tag = ring::aead::Tag::try_from(tag).unwrap();
            key.open_in_place_separate_tag(nonce(i), Aad::empty(), tag, to, 0..).unwrap();
        },
    );
}
