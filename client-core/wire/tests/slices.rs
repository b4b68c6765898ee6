//! Outboards and slices against `bao-tree`, and against those who would tamper with them.

#![cfg(test)]

use std::io::Cursor;
use std::ops::Range;

use bao_tree::io::outboard::PreOrderMemOutboard;
use bao_tree::io::sync::encode_ranges;
use bao_tree::{BlockSize, ChunkNum, ChunkRanges};
use carnet_wire::id::PayloadRoot;
use carnet_wire::outboard::{Outboard, OutboardBuilder};
use carnet_wire::slice::{RangeError, SliceDecoder, SliceEncoder, SliceError, verify_whole};
use proptest::prelude::*;

const GROUP: usize = 64 * 1024;
const SIZES: [usize; 10] =
    [0, 1, 1024, GROUP - 1, GROUP, GROUP + 1, 2 * GROUP, 3 * GROUP, 5 * GROUP + 1025, 5 * 1024 * 1024];

fn payload(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(b"payload").finalize_xof().fill(&mut bytes);
    bytes
}

fn outboard(payload: &[u8], piece: usize) -> (PayloadRoot, Outboard) {
    let mut builder = OutboardBuilder::new();
    payload.chunks(piece).for_each(|piece| builder.push(piece));
    builder.finish()
}

fn slice(payload: &[u8], range: Range<u64>) -> Vec<u8> {
    let (_, outboard) = outboard(payload, payload.len().max(1));
    let encoder = SliceEncoder::new(&outboard, payload.len() as u64, &range).unwrap();
    let (len, mut out) = (encoder.encoded_len(), Vec::new());
    encoder.write_to(&mut Cursor::new(payload), &mut out).unwrap();
    assert_eq!(out.len() as u64, len);
    out
}

/// Decodes in pieces; whatever was released must be what the payload holds there, also before an error.
fn decode(
    payload: &[u8],
    range: Range<u64>,
    slice: &[u8],
    piece: usize,
) -> (Vec<Range<u64>>, Result<(), SliceError>) {
    let root = PayloadRoot::from_bytes(*blake3::hash(payload).as_bytes());
    let mut released = Vec::new();
    let mut decoder = match SliceDecoder::new(&root, payload.len() as u64, &range) {
        Ok(decoder) => decoder,
        Err(error) => return (released, Err(error)),
    };
    let mut release = |verified: carnet_wire::slice::VerifiedBytes<'_>| {
        let start = usize::try_from(verified.offset()).unwrap();
        assert_eq!(verified.as_bytes(), &payload[start..start + verified.as_bytes().len()]);
        released.push(verified.offset()..verified.offset() + verified.as_bytes().len() as u64);
    };
    for piece in slice.chunks(piece) {
        if decoder.push(piece, &mut release).is_err() {
            break;
        }
    }
    let result = decoder.finish();
    (released, result)
}

fn bao_slice(payload: &[u8], range: &Range<u64>) -> Vec<u8> {
    let outboard = PreOrderMemOutboard::create(payload, BlockSize::from_chunk_log(6));
    let widened = carnet_wire::slice::widen(range, payload.len() as u64).unwrap();
    let chunks = ChunkRanges::from(ChunkNum(widened.start / 1024)..ChunkNum(widened.end.div_ceil(1024)));
    let mut out = Vec::new();
    encode_ranges(payload, &outboard, &chunks, &mut out).unwrap();
    out
}

#[test]
fn outboard_that_bao_tree_would_not_write() {
    for len in SIZES {
        let payload = payload(len);
        let bao = PreOrderMemOutboard::create(&payload, BlockSize::from_chunk_log(6));
        for piece in [1000, GROUP, GROUP + 1, 10_000_000] {
            let (root, outboard) = outboard(&payload, piece);
            assert_eq!(root.as_bytes(), bao.root.as_bytes(), "root of {len} bytes");
            assert_eq!(root.as_bytes(), blake3::hash(&payload).as_bytes());
            assert_eq!(outboard.as_bytes(), bao.data, "outboard of {len} bytes");
            assert!(Outboard::from_bytes(outboard.as_bytes().to_vec(), len as u64).is_ok());
            assert!(Outboard::from_bytes(vec![0; outboard.as_bytes().len() + 64], len as u64).is_err());
        }
    }
}

#[test]
fn slice_of_a_whole_file_that_bao_tree_would_not_write_or_we_not_read() {
    for len in SIZES {
        let payload = payload(len);
        let range = 0..len as u64;
        let slice = slice(&payload, range.clone());
        assert_eq!(slice, bao_slice(&payload, &range), "slice of {len} bytes");
        for piece in [63, 64, 1000, GROUP, GROUP + 64, slice.len().max(1)] {
            let (released, result) = decode(&payload, range.clone(), &slice, piece);
            assert_eq!(result, Ok(()), "{len} bytes in pieces of {piece}");
            assert_eq!(released.iter().map(|r| r.end - r.start).sum::<u64>(), len as u64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn slice_of_any_range_that_bao_tree_would_not_write_or_we_not_read(
        len in 1_usize..20 * GROUP, a: prop::sample::Index, b: prop::sample::Index, piece in 1_usize..3 * GROUP,
    ) {
        let payload = payload(len);
        let (a, b) = (a.index(len) as u64, b.index(len) as u64);
        let range = a.min(b)..a.max(b) + 1;
        let slice = slice(&payload, range.clone());
        prop_assert_eq!(&slice, &bao_slice(&payload, &range));
        let (released, result) = decode(&payload, range.clone(), &slice, piece);
        prop_assert_eq!(result, Ok(()));
        prop_assert!(released.first().unwrap().start <= range.start && range.end <= released.last().unwrap().end);
        prop_assert!(released.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
}

#[test]
fn flipped_bit_is_released_never() {
    let payload = payload(2 * GROUP + 777);
    let range = 0..payload.len() as u64;
    let honest = slice(&payload, range.clone());
    // Where each group starts and ends in the slice: node, node, group, group, group.
    let ends = [128 + GROUP, 128 + 2 * GROUP, honest.len()];
    let check = |byte: usize, mask: u8| {
        let mut forged = honest.clone();
        forged[byte] ^= mask;
        // `decode` compares what was released with the honest payload.
        let (released, result) = decode(&payload, range.clone(), &forged, forged.len());
        assert_eq!(result, Err(SliceError::Mismatch), "byte {byte}");
        assert_eq!(
            released.len(),
            if byte < 128 { 0 } else { ends.iter().filter(|end| **end <= byte).count() }
        );
    };
    for byte in 0..128 {
        (0..8).for_each(|bit| check(byte, 1 << bit));
    }
    // Around the groups' edges, and here and there; the next test flips in every byte.
    for byte in (128..honest.len()).step_by(997).chain(ends.iter().flat_map(|end| end - 70..*end)) {
        check(byte, 1 << (byte % 8));
    }
}

#[test]
fn flipped_byte_anywhere_is_released_never() {
    let payload = payload(2 * GROUP + 777);
    let range = 0..payload.len() as u64;
    let mut forged = slice(&payload, range.clone());
    for byte in 0..forged.len() {
        forged[byte] ^= 1 << (byte % 8);
        assert_eq!(decode(&payload, range.clone(), &forged, usize::MAX).1, Err(SliceError::Mismatch));
        forged[byte] ^= 1 << (byte % 8);
    }
}

#[test]
fn truncated_or_continued_slice_is_refused() {
    let payload = payload(2 * GROUP + 777);
    let range = 0..payload.len() as u64;
    let honest = slice(&payload, range.clone());
    for len in 0..honest.len() {
        assert_eq!(decode(&payload, range.clone(), &honest[..len], 50_000).1, Err(SliceError::Truncated));
    }
    let continued = [honest.as_slice(), &[0]].concat();
    for piece in [honest.len(), continued.len(), 7] {
        assert_eq!(decode(&payload, range.clone(), &continued, piece).1, Err(SliceError::Trailing));
    }
    assert_eq!(decode(&[], 0..0, &[0], 1).1, Err(SliceError::Trailing));
}

#[test]
fn swapped_groups_are_refused() {
    let payload = payload(4 * GROUP);
    let range = 0..payload.len() as u64;
    let honest = slice(&payload, range.clone());
    // node, node, group 0, group 1, node, group 2, group 3.
    let starts = [128, 128 + GROUP, 192 + 2 * GROUP, 192 + 3 * GROUP];
    for a in 0..4 {
        for b in a + 1..4 {
            let mut forged = honest.clone();
            forged[starts[a]..][..GROUP].copy_from_slice(&honest[starts[b]..][..GROUP]);
            forged[starts[b]..][..GROUP].copy_from_slice(&honest[starts[a]..][..GROUP]);
            let (released, result) = decode(&payload, range.clone(), &forged, forged.len());
            assert_eq!((released.len(), result), (a, Err(SliceError::Mismatch)));
        }
    }
}

#[test]
fn slice_of_another_range_or_payload_is_refused() {
    let payload = payload(8 * GROUP);
    let group = |i: u64| i * GROUP as u64..(i + 1) * GROUP as u64;
    for asked in 0..8 {
        for given in (0..8).filter(|given| *given != asked) {
            let (released, result) = decode(&payload, group(asked), &slice(&payload, group(given)), 100_000);
            assert_eq!((released.len(), result), (0, Err(SliceError::Mismatch)));
        }
    }
    let mut other = payload.clone();
    other[5 * GROUP] ^= 1;
    assert_eq!(decode(&payload, group(0), &slice(&other, group(0)), 1000).1, Err(SliceError::Mismatch));
    // A wrong length shifts the tree: the last group hides nothing.
    let root = PayloadRoot::from_bytes(*blake3::hash(&payload).as_bytes());
    for len in [8 * GROUP as u64 - 1, 8 * GROUP as u64 + 1, 7 * GROUP as u64] {
        let mut decoder = SliceDecoder::new(&root, len, &(0..len)).unwrap();
        let whole = slice(&payload, 0..payload.len() as u64);
        let mut last = 0;
        let _ = decoder.push(&whole, &mut |verified| last = verified.offset());
        assert!(decoder.finish().is_err() && last < 7 * GROUP as u64);
    }
}

#[test]
fn impossible_range_is_refused() {
    let root = PayloadRoot::from_bytes([7; 32]);
    let error = |len, range| SliceDecoder::new(&root, len, &range).unwrap_err();
    assert_eq!(error(10, 0..11), RangeError::PastEnd.into());
    assert_eq!(error(10, Range { start: 5, end: 4 }), RangeError::Inverted.into());
    assert_eq!(error(10, 5..5), RangeError::Empty.into());
    assert_eq!(error(0, 0..1), RangeError::PastEnd.into());
    assert_eq!(error(0, 0..0), SliceError::Mismatch);
    assert_eq!(error(u64::MAX, 0..1), RangeError::PayloadTooLong.into());
    assert_eq!(error((1 << 62) + 1, 0..1), RangeError::PayloadTooLong.into());
    assert_eq!(error(1 << 62, 0..u64::MAX), RangeError::PastEnd.into());
}

#[test]
fn huge_claimed_length_costs_nothing() {
    let root = PayloadRoot::from_bytes([7; 32]);
    let len = 1 << 62;
    for range in [0..len, 0..1, len - 1..len, 5..len - 5] {
        let walk = carnet_wire::slice::SliceWalk::new(len, &range).unwrap();
        assert!(walk.remaining_len() > 0);
        let mut decoder = SliceDecoder::new(&root, len, &range).unwrap();
        let result = decoder.push(&[0; 3 * GROUP], &mut |_| panic!("released"));
        assert_eq!(result, Err(SliceError::Mismatch));
        assert_eq!(decoder.push(&[], &mut |_| ()), Err(SliceError::Mismatch));
    }
}

#[test]
fn whole_payload_with_another_byte_is_refused() {
    let mut payload = payload(GROUP + 1);
    let root = PayloadRoot::from_bytes(*blake3::hash(&payload).as_bytes());
    assert_eq!(verify_whole(&root, &payload).unwrap().as_bytes(), payload);
    payload[GROUP] ^= 1;
    assert_eq!(verify_whole(&root, &payload), Err(SliceError::Mismatch));
}
