//! Memory: flat while sealing and opening, bounded by the bytes at hand while parsing. Heap bytes are counted, not timed.
#![cfg(test)]

use std::io::{self, Read, Write};

use carnet_core::hazmat::PayloadReader;
use carnet_core::hazmat::{Padding, PayloadSealer, seal_stream};
use carnet_tests::cast::{Cast, slice_of};
use carnet_wire::grant::Grant;
use carnet_wire::header::{Header, Limits};
use carnet_wire::id::PayloadRoot;
use carnet_wire::slice::SliceDecoder;
use carnet_wire::statement::{Deposit, Statement};
use minicbor::Encoder;
use minicbor::data::Tag;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const MIB: usize = 1024 * 1024;
const KIB: usize = 1024;

/// One test: `dhat` counts for the whole process.
#[test]
fn memory_that_grows_with_a_stream_or_with_what_a_parser_is_told() {
    sealing_a_stream();
    opening_a_foreign_stream();
    reading_a_content();
    let shelf = {
        let cast = Cast::make();
        cast.deposit(&cast.doctor, "report", b"content", &[])
    };
    parsing_a_grant(&shelf.grants[0][2]);
    parsing_a_hostile_header();
    parsing_a_hostile_statement(&shelf.deposit);
    decoding_a_slice_of_a_claimed_length();
}

fn sealing_a_stream() {
    let [small, large] = [64, 256].map(|mib| {
        let (_, sealer) = PayloadSealer::make().unwrap();
        let content = io::repeat(7).take((mib * MIB) as u64);
        spent(|| assert!(seal_stream(sealer, content, io::sink(), Padding::Padme).is_ok()))
    });
    assert!(large.max_bytes < 64 * MIB, "{large:?}");
    assert!(large.max_bytes < small.max_bytes + MIB, "{small:?}, {large:?}");
}

fn opening_a_foreign_stream() {
    let [small, large] = [16, 64].map(|mib| {
        let (file_key, sealer) = PayloadSealer::make().unwrap();
        let mut payload = Vec::new();
        let content = io::repeat(7).take((mib * MIB) as u64);
        seal_stream(sealer, content, &mut payload, Padding::None).unwrap();
        spent(|| {
            let mut reader = PayloadReader::new(&file_key, payload.as_slice()).unwrap();
            assert_eq!(io::copy(&mut reader, &mut io::sink()).unwrap(), (mib * MIB) as u64);
        })
    });
    assert!(large.max_bytes < MIB, "{large:?}");
    assert!(large.max_bytes < small.max_bytes + 64 * KIB, "{small:?}, {large:?}");
}

fn reading_a_content() {
    let cast = Cast::make();
    let [small, large] = [32, 128].map(|mib| {
        let content = vec![7; mib * MIB];
        let shelf = cast.deposit(&cast.doctor, "imaging study", &content, &[]);
        let opened = cast.open(&shelf);
        let slice = slice_of(&shelf.payload, &shelf.payload, 0..shelf.payload.len() as u64);
        spent(|| {
            let (mut reader, mut out, mut len) = (opened.content().unwrap(), Vec::new(), 0);
            for piece in slice.chunks(3 * MIB) {
                reader.push(piece, &mut out).unwrap();
                len += out.len();
                io::sink().write_all(&out).unwrap();
                out.clear();
            }
            reader.finish().unwrap();
            assert_eq!(len, content.len());
        })
    });
    assert!(large.max_bytes < 64 * MIB, "{large:?}");
    assert!(large.max_bytes < small.max_bytes + MIB, "{small:?}, {large:?}");
}

fn parsing_a_grant(bytes: &[u8]) {
    let stats = spent(|| drop(Grant::parse(bytes).unwrap()));
    assert!(stats.total_blocks <= 2, "{stats:?}");
    assert!(stats.total_bytes <= 4 * KIB as u64, "{stats:?}");
}

fn parsing_a_hostile_header() {
    let mut header = b"age-encryption.org/v1\n".to_vec();
    while header.len() < 64 * KIB {
        header.extend_from_slice(b"-> \n");
    }
    let empty = spent(|| assert!(Header::parse(&header, Limits::FOREIGN).is_err()));
    let mut header = b"age-encryption.org/v1\n".to_vec();
    while header.len() < 64 * KIB {
        header.extend_from_slice(b"-> a\n\n");
    }
    // Without the limit on stanzas too: a record of two slices for six bytes, and a vector that doubles.
    let unlimited = Limits { max_bytes: 64 * KIB, max_stanzas: usize::MAX };
    let most = spent(|| assert!(Header::parse(&header, unlimited).is_err()));
    let limited = spent(|| assert!(Header::parse(&header, Limits::FOREIGN).is_err()));
    assert!(most.total_blocks <= 20 && most.total_bytes < 2 * MIB as u64, "{most:?}");
    for stats in [empty, limited] {
        assert!(stats.total_blocks <= 10 && stats.total_bytes <= 16 * KIB as u64, "{stats:?}");
    }
}

/// Wherever a claim of 2^32 elements or bytes stands in the body.
fn parsing_a_hostile_statement(deposit: &[u8]) {
    let mut decoder = minicbor::Decoder::new(deposit);
    decoder.tag().unwrap();
    decoder.array().unwrap();
    let protected = decoder.bytes().unwrap();
    decoder.map().unwrap();
    let body = decoder.bytes().unwrap();
    for position in 0..body.len() {
        for claim in [0x5b, 0x7b, 0x9b, 0xbb] {
            let mut hostile = body[..position].to_vec();
            hostile.extend_from_slice(&[claim, 0, 0, 0, 1, 0, 0, 0, 0]);
            hostile.extend_from_slice(&body[position + 1..]);
            hostile.resize(63 * KIB, 0);
            let mut statement = Vec::new();
            let mut encoder = Encoder::new(&mut statement);
            encoder.tag(Tag::new(18)).unwrap().array(4).unwrap().bytes(protected).unwrap();
            encoder.map(0).unwrap().bytes(&hostile).unwrap().bytes(&[0; 64]).unwrap();
            let stats = spent(|| assert!(Statement::<Deposit>::parse(&statement).is_err()));
            assert!(stats.total_bytes <= 8 * statement.len() as u64, "{claim:#x} at {position}: {stats:?}");
        }
    }
}

fn decoding_a_slice_of_a_claimed_length() {
    let root = PayloadRoot::from_bytes([7; 32]);
    for len in [1 << 40, 1 << 48, 1 << 62, u64::MAX] {
        let stats = spent(|| {
            if let Ok(mut decoder) = SliceDecoder::new(&root, len, &(0..len)) {
                // The first inner node is not under the root, or more is wanted.
                let pushed = decoder.push(&[0; 64 * KIB], &mut |_| panic!("nothing is verified"));
                assert!(pushed.is_err());
            }
        });
        assert!(stats.total_bytes <= 512 * KIB as u64, "{len}: {stats:?}");
    }
}

/// What happens on the heap meanwhile; what was there before does not count.
fn spent(run: impl FnOnce()) -> dhat::HeapStats {
    let profiler = dhat::Profiler::builder().testing().build();
    run();
    let stats = dhat::HeapStats::get();
    drop(profiler);
    stats
}
