//! The statement profile, over one sample of every kind: what is accepted, and every way in which it must not be.
//!
//! The judge is `coset`, another implementation of RFC 9052.

#![cfg(test)]

use std::collections::BTreeSet;

use carnet_tests::samples::{self, Sample, bytes, header, signer, verifying_key};
use carnet_wire::cbor::CborError;
use carnet_wire::id::KeyId;
use carnet_wire::origin::Origin;
use carnet_wire::signature::{SignatureError, VerifyingKey};
use carnet_wire::statement::{self, Header, Kind, StatementError, kind_of};
use coset::iana::Algorithm;
use coset::{
    CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder, Label, RegisteredLabelWithPrivate,
    TaggedCborSerializable as _, cbor::Value,
};
use ed25519_dalek::{Signer as _, SigningKey};

#[test]
fn sample_of_every_kind_parses_and_verifies_as_itself() {
    let key = verifying_key(&signer());
    let kinds: Vec<Kind> = samples::all().iter().map(|sample| sample.kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for sample in samples::all() {
        assert_eq!((sample.verify)(&sample.bytes, &key), Ok(statement::hash(&sample.bytes)), "{sample:?}");
        assert_eq!((sample.rewrite)(&sample.bytes).as_ref(), Ok(&sample.bytes), "{sample:?}");
        assert_eq!(kind_of(&sample.bytes), Ok(sample.kind));
        assert!((sample.says)(&sample.bytes));
    }
}

#[test]
fn statement_of_one_kind_verified_as_another() {
    let key = verifying_key(&signer());
    let samples = samples::all();
    let mut refused = 0;
    for ours in samples {
        for other in samples.iter().filter(|other| other.kind != ours.kind) {
            let expected = StatementError::OtherKind { expected: other.kind, found: ours.kind };
            assert_eq!((other.verify)(&ours.bytes, &key), Err(expected));
            // Relabelled: the bytes then say the other kind, but that is not what was signed.
            if let Some(relabelled) = relabel(ours, other.kind) {
                assert_eq!(kind_of(&relabelled), Ok(other.kind));
                assert!((other.verify)(&relabelled, &key).is_err(), "{} as {}", ours.kind, other.kind);
            }
            refused += 1;
        }
    }
    assert_eq!(refused, 24 * 23);
}

#[test]
fn statement_with_any_bit_flipped() {
    let key = verifying_key(&signer());
    for sample in samples::all() {
        for bit in 0..sample.bytes.len() * 8 {
            let mut flipped = sample.bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!((sample.verify)(&flipped, &key).is_err(), "{}, bit {bit}", sample.kind);
            // No flip makes one kind's name of another's, which would be the only way to another parser.
            assert!(kind_of(&flipped).map_or(true, |kind| kind == sample.kind));
        }
    }
}

#[test]
fn statement_cut_or_continued() {
    let key = verifying_key(&signer());
    for sample in samples::all() {
        for len in 0..sample.bytes.len() {
            assert!((sample.verify)(&sample.bytes[..len], &key).is_err(), "{}, {len} bytes", sample.kind);
        }
        for more in [&[0][..], &[0xf6], &[0xff], &sample.bytes] {
            let continued = [&sample.bytes, more].concat();
            let refused = (sample.verify)(&continued, &key);
            assert_eq!(refused, Err(CborError::NotDeterministic.into()), "{}", sample.kind);
        }
        let long = [sample.bytes.clone(), vec![0; statement::MAX_STATEMENT]].concat();
        assert_eq!((sample.verify)(&long, &key), Err(CborError::TooLong.into()));
    }
}

#[test]
fn statement_of_another_key() {
    let other = SigningKey::from_bytes(&[2; 32]);
    for sample in samples::all() {
        // The header names the right key: another one is not even tried.
        let refused = (sample.verify)(&sample.bytes, &verifying_key(&other));
        assert_eq!(refused, Err(StatementError::OtherSigner));
        // Another key signs in its name.
        let forged = (sample.sign)(&other, &header());
        assert_eq!((sample.verify)(&forged, &verifying_key(&signer())), Err(StatementError::Signature));
        // The right key signs, but another is named.
        let named = Header { key_id: verifying_key(&other).key_id(), ..header() };
        let misnamed = (sample.sign)(&signer(), &named);
        assert_eq!((sample.verify)(&misnamed, &verifying_key(&signer())), Err(StatementError::OtherSigner));
        assert_eq!((sample.verify)(&misnamed, &verifying_key(&other)), Err(StatementError::Signature));
    }
}

#[test]
fn statement_moved_to_another_origin_or_nonce() {
    let key = verifying_key(&signer());
    for sample in samples::all() {
        let moved = Header { origin: Origin::parse("log.example/2").unwrap(), ..header() };
        let again = Header { nonce: bytes(0xc1), ..header() };
        for other in [moved, again] {
            let signed = (sample.sign)(&signer(), &other);
            assert!((sample.verify)(&signed, &key).is_ok());
            assert_ne!(statement::hash(&signed), statement::hash(&sample.bytes));
            // The other header over the first signature.
            let spliced = [&signed[..signed.len() - 64], &sample.bytes[sample.bytes.len() - 64..]].concat();
            assert_eq!((sample.verify)(&spliced, &key), Err(StatementError::Signature));
        }
    }
}

#[test]
fn statement_of_another_format_suite_kind_or_header_though_well_signed() {
    let key = verifying_key(&signer());
    let (format, other) = (StatementError::OtherFormat, StatementError::from(CborError::Malformed));
    let text = |text: &str| Value::Text(text.into());
    let int = |number: i64| Value::Integer(number.into());
    for sample in samples::all() {
        let judged = CoseSign1::from_tagged_slice(&sample.bytes).unwrap();
        let with = |change: &dyn Fn(&mut coset::Header)| resigned(&judged, change);
        let in_label = |index: usize, value: Value| {
            with(&move |header| {
                header.rest[0].1.as_array_mut().unwrap()[index] = value.clone();
            })
        };
        let verify = |bytes: Vec<u8>| (sample.verify)(&bytes, &key);
        assert!(verify(with(&|_| ())).is_ok(), "the judge writes what we accept");
        for (number, expected) in [(0, format), (2, format), (24, format), (-1, other), (256, other)] {
            assert_eq!(verify(in_label(0, int(number))), Err(expected), "format {number}");
            assert_eq!(verify(in_label(1, int(number))), Err(expected), "suite {number}");
        }
        for name in ["", "Deposit", "deposit ", "carnet", "unknown"] {
            assert_eq!(verify(in_label(2, text(name))), Err(StatementError::UnknownKind), "{name:?}");
        }
        for origin in ["", "a b", "a+b", "a\n"] {
            assert_eq!(verify(in_label(3, text(origin))), Err(other), "{origin:?}");
        }
        for nonce in [0, 15, 17] {
            assert_eq!(verify(in_label(4, Value::Bytes(vec![7; nonce]))), Err(other), "{nonce} bytes");
        }
        let algorithm = |number| RegisteredLabelWithPrivate::Assigned(number);
        let refused: [&dyn Fn(&mut coset::Header); 8] = [
            &|header| header.alg = Some(algorithm(Algorithm::EdDSA)),
            &|header| header.alg = Some(algorithm(Algorithm::HMAC_256_256)),
            &|header| header.alg = None,
            &|header| header.crit.clear(),
            &|header| header.crit.push(RegisteredLabelWithPrivate::Text("more".into())),
            &|header| header.key_id.truncate(15),
            &|header| header.content_type = Some(coset::ContentType::Text("a/b".into())),
            &|header| header.rest.push((Label::Text("more".into()), Value::Null)),
        ];
        for (index, change) in refused.into_iter().enumerate() {
            assert_eq!(verify(with(change)), Err(other), "header {index}");
        }
    }
}

#[test]
fn statement_with_an_unprotected_header_no_payload_no_tag_or_another_tag() {
    let key = verifying_key(&signer());
    for sample in samples::all() {
        let judged = CoseSign1::from_tagged_slice(&sample.bytes).unwrap();
        let unprotected = HeaderBuilder::new().key_id(vec![1]).build();
        let detached = CoseSign1 { payload: None, ..judged.clone() };
        let others = [
            CoseSign1 { unprotected, ..judged.clone() }.to_tagged_vec().unwrap(),
            detached.to_tagged_vec().unwrap(),
            judged.clone().to_vec().unwrap(),
            [&[0xd8, 98], &sample.bytes[1..]].concat(),
            [&[0xd9, 0xd9, 0xf7], &sample.bytes[..]].concat(),
        ];
        for other in others {
            assert_eq!((sample.verify)(&other, &key), Err(CborError::Malformed.into()), "{}", sample.kind);
        }
        let long_tag = [&[0xd8, 18], &sample.bytes[1..]].concat();
        assert_eq!((sample.verify)(&long_tag, &key), Err(CborError::NotDeterministic.into()));
    }
}

/// Every way to write the payload's CBOR otherwise, signed by the right key: indefinite and longer lengths, longer integers, a key
/// twice, an unknown key, null for what is absent, anywhere in the tree.
#[test]
fn statement_whose_payload_is_written_otherwise_though_well_signed() {
    let key = verifying_key(&signer());
    let (mut tried, mut places, mut same_meaning) = (0, 0, 0);
    for sample in samples::all() {
        let judged = CoseSign1::from_tagged_slice(&sample.bytes).unwrap();
        let payload = judged.payload.clone().unwrap();
        let sign = |payload: Vec<u8>| {
            let unsigned = CoseSign1 { payload: Some(payload), ..judged.clone() };
            let signature = signer().sign(&unsigned.tbs_data(b"")).to_bytes().to_vec();
            CoseSign1 { signature, ..unsigned }.to_tagged_vec().unwrap()
        };
        assert!((sample.verify)(&sign(payload.clone()), &key).is_ok());
        for item in items(&payload) {
            places += 1;
            for other in otherwise(&payload, &item) {
                assert_ne!(other, payload);
                let refused = (sample.verify)(&sign(other.clone()), &key);
                assert!(
                    matches!(refused, Err(StatementError::Encoding(_))),
                    "{} {refused:?} {other:02x?}",
                    sample.kind
                );
                tried += 1;
                same_meaning += usize::from(refused == Err(CborError::NotDeterministic.into()));
            }
        }
    }
    println!("{tried} other encodings at {places} places, {same_meaning} of the same meaning");
    assert!(places > 500 && tried > 2000 && same_meaning > 1000, "{tried} at {places}, {same_meaning}");
}

#[test]
fn judge_reads_the_expected_headers_and_verifies() {
    let dalek = signer().verifying_key();
    for sample in samples::all() {
        let judged = CoseSign1::from_tagged_slice(&sample.bytes).unwrap();
        let read = &judged.protected.header;
        assert_eq!(read.alg, Some(RegisteredLabelWithPrivate::Assigned(Algorithm::Ed25519)));
        assert_eq!(Algorithm::Ed25519 as i64, -19);
        assert_eq!(read.crit, [RegisteredLabelWithPrivate::Text("carnet".into())]);
        assert_eq!(read.key_id, verifying_key(&signer()).key_id().as_bytes());
        let ours = Value::Array(vec![
            Value::Integer(1.into()),
            Value::Integer(1.into()),
            Value::Text(sample.kind.name().into()),
            Value::Text("log.example/1".into()),
            Value::Bytes(bytes::<16>(0xc0).to_vec()),
        ]);
        assert_eq!(read.rest, [(Label::Text("carnet".into()), ours)]);
        assert!(judged.unprotected.is_empty());
        judged
            .verify_signature(b"", |signature, signed| {
                let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
                dalek.verify_strict(signed, &signature)
            })
            .unwrap();
    }
}

/// `coset` 0.4 represents all of the profile. It writes a header's parameters in the order given, not in the deterministic
/// one; the order of our four is both.
#[test]
fn judge_writes_exactly_our_bytes_of_the_same_content() {
    for sample in samples::all() {
        let judged = CoseSign1::from_tagged_slice(&sample.bytes).unwrap();
        let ours = Value::Array(vec![
            Value::Integer(1.into()),
            Value::Integer(1.into()),
            Value::Text(sample.kind.name().into()),
            Value::Text("log.example/1".into()),
            Value::Bytes(bytes::<16>(0xc0).to_vec()),
        ]);
        let mut protected = HeaderBuilder::new()
            .algorithm(Algorithm::Ed25519)
            .add_critical_label(RegisteredLabelWithPrivate::Text("carnet".into()))
            .key_id(verifying_key(&signer()).key_id().as_bytes().to_vec())
            .build();
        protected.rest.push((Label::Text("carnet".into()), ours));
        let built = CoseSign1Builder::new()
            .protected(protected)
            .payload(judged.payload.unwrap())
            .create_signature(b"", |signed| signer().sign(signed).to_bytes().to_vec())
            .build();
        assert_eq!(built.to_tagged_vec().unwrap(), sample.bytes, "{}", sample.kind);
    }
}

/// The eight points of small order with all their encodings (RFC 7748's and others' lists agree), and second encodings of
/// points of large order: `y + p` for a `y` below 19.
#[test]
fn key_of_low_order_or_in_a_second_encoding() {
    let small = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    for point in small {
        let bytes: [u8; 32] = hex::decode(point).unwrap().try_into().unwrap();
        assert_eq!(VerifyingKey::from_bytes(&bytes), Err(SignatureError::Key), "{point}");
    }
    let mut large = BTreeSet::new();
    for low in 2..19_u8 {
        for sign in [0x7f, 0xff] {
            let mut second = [0xff; 32];
            (second[0], second[31]) = (0xed + low, sign);
            assert_eq!(VerifyingKey::from_bytes(&second), Err(SignatureError::Key), "{low}");
            let mut first = [0; 32];
            (first[0], first[31]) = (low, sign & 0x80);
            if VerifyingKey::from_bytes(&first).is_ok() {
                assert!(
                    ed25519_dalek::VerifyingKey::from_bytes(&second).is_ok(),
                    "a second encoding of a point"
                );
                large.insert(first);
            }
        }
    }
    assert!(large.len() >= 10, "{}", large.len());
}

#[test]
fn signature_by_a_key_of_low_order_or_with_an_altered_scalar() {
    let key = verifying_key(&signer());
    // L, little-endian: S + L is the same scalar written otherwise.
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    for sample in samples::all() {
        let (head, signature) = sample.bytes.split_at(sample.bytes.len() - 64);
        let (r, s) = signature.split_at(32);
        let mut carry = 0;
        let sum: Vec<u8> = s
            .iter()
            .zip(&order)
            .map(|(a, b)| {
                let sum = u16::from(*a) + u16::from(*b) + carry;
                carry = sum >> 8;
                sum.to_le_bytes()[0]
            })
            .collect();
        let malleated = [head, r, &sum].concat();
        assert_eq!((sample.verify)(&malleated, &key), Err(StatementError::Signature));
        let mut neutral = [0; 64];
        neutral[0] = 1;
        assert_eq!((sample.verify)(&[head, &neutral].concat(), &key), Err(StatementError::Signature));
    }
}

#[test]
fn key_id_of_a_statement_is_that_of_its_key() {
    let key = verifying_key(&signer());
    let hash = <sha2::Sha256 as sha2::Digest>::digest(key.as_bytes());
    assert_eq!(key.key_id(), KeyId::from_bytes(hash[..16].try_into().unwrap()));
}

/// This sample's bytes with another kind's name in the protected header, the lengths around it mended.
fn relabel(sample: &Sample, kind: Kind) -> Option<Vec<u8>> {
    let judged = CoseSign1::from_tagged_slice(&sample.bytes).unwrap();
    let mut protected = judged.protected.header.clone();
    let Value::Array(fields) = &mut protected.rest[0].1 else { return None };
    fields[2] = Value::Text(kind.name().into());
    let protected = coset::ProtectedHeader { original_data: None, header: protected };
    CoseSign1 { protected, ..judged }.to_tagged_vec().ok()
}

fn resigned(judged: &CoseSign1, change: &dyn Fn(&mut coset::Header)) -> Vec<u8> {
    let mut header = judged.protected.header.clone();
    change(&mut header);
    let protected = coset::ProtectedHeader { original_data: None, header };
    let unsigned = CoseSign1 { protected, ..judged.clone() };
    let signature = signer().sign(&unsigned.tbs_data(b"")).to_bytes().to_vec();
    CoseSign1 { signature, ..unsigned }.to_tagged_vec().unwrap()
}

/// One data item of a CBOR text: where it starts, where its head ends, where it ends.
struct Item {
    start: usize,
    head: usize,
    end: usize,
}

/// Every data item, at any depth.
fn items(cbor: &[u8]) -> Vec<Item> {
    fn item(cbor: &[u8], start: usize, found: &mut Vec<Item>) -> usize {
        let (major, info) = (cbor[start] >> 5, cbor[start] & 31);
        let extra = if info < 24 { 0 } else { 1 << (info - 24) };
        let head = start + 1 + extra;
        let value = cbor[start + 1..head].iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        let value = if extra == 0 { usize::from(info) } else { value };
        let end = match major {
            0 | 1 => head,
            2 | 3 => head + value,
            4 => (0..value).fold(head, |at, _| item(cbor, at, found)),
            5 => (0..2 * value).fold(head, |at, _| item(cbor, at, found)),
            other => panic!("major type {other} in a payload of ours"),
        };
        found.push(Item { start, head, end });
        end
    }
    let mut found = Vec::new();
    assert_eq!(item(cbor, 0, &mut found), cbor.len());
    found
}

/// The whole text with one item written otherwise.
fn otherwise(cbor: &[u8], item: &Item) -> Vec<Vec<u8>> {
    let (before, after) = (&cbor[..item.start], &cbor[item.end..]);
    let (head, content) = (&cbor[item.start..item.head], &cbor[item.head..item.end]);
    let (major, info) = (head[0] & 0xe0, head[0] & 31);
    let mut others: Vec<Vec<u8>> = Vec::new();
    // Each longer head.
    let value = if info < 24 { vec![info] } else { head[1..].to_vec() };
    for (code, len) in [(24_u8, 1), (25, 2), (26, 4), (27, 8)] {
        if len > head.len() - 1 {
            let padded = [vec![0; len - value.len()], value.clone()].concat();
            others.push([&[major | code][..], &padded, content].concat());
        }
    }
    match major >> 5 {
        2 | 3 => {
            others.push([&[major | 31][..], head, content, &[0xff]].concat());
            others.push([&[major | 31][..], &[0xff]].concat());
        }
        4 | 5 => others.push([&[major | 31][..], content, &[0xff]].concat()),
        _ => {}
    }
    if major >> 5 == 5 && info < 22 {
        let more = |pair: &[u8]| [&[head[0] + 1][..], content, pair].concat();
        others.push(more(&[23, 0])); // an unknown key
        others.push(more(&[23, 0xf6])); // an unknown key that says nothing
        others.push([&[head[0] + 1][..], &content[..1], &[0xf6], content].concat()); // the first key twice
        others.push([&[head[0] + 1][..], &[0x20, 0], content].concat()); // a negative key
        for key in 0..8 {
            others.push(more(&[key, 0xf6])); // null for what is absent, or once more for what is there
        }
    }
    for float in [&[0xf9, 0, 0][..], &[0xfa, 0, 0, 0, 0], &[0xf6], &[0xf7], &[0xf4]] {
        others.push(float.to_vec());
    }
    others.push([&[0xc1][..], head, content].concat()); // a tag around it
    others.into_iter().map(|other| [before, &other, after].concat()).collect()
}
