//! What a well-signed statement in its only encoding may still not say.

#![cfg(test)]

use carnet_tests::samples::{self, bytes, header, sign, signer};
use carnet_wire::bundle::{Bundle, ED25519};
use carnet_wire::cbor::{self, CborError};
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{ActorId, EntryId, ReaderId};
use carnet_wire::statement::{
    Accept, Attest, Bind, Body, Circle, CircleAt, Contact, Delete, Deposit, Grant, Kind, LimitError,
    MAX_STATEMENT, MAX_TIME, Policy, PolicyClass, Read, ReadMode, Receipt, Recovery, RecoveryRule, Revoke,
    Statement, StatementError,
};
use minicbor::Encoder;

/// What parsing says of the sample of this kind after a change that its signer made.
fn after<B: Body + Clone>(change: impl FnOnce(&mut B)) -> Result<(), StatementError> {
    let sample = samples::all().iter().find(|sample| sample.kind == B::KIND).unwrap();
    let mut body = Statement::<B>::parse(&sample.bytes).unwrap().claimed().clone();
    change(&mut body);
    Statement::<B>::parse(&sign(&signer(), &header(), body)).map(|_| ())
}

fn entries(count: u32) -> Vec<EntryId> {
    (0..count).map(|n| EntryId::from_time_and_random(u64::from(n), &[0; 10])).collect()
}

fn actors(count: u32) -> Vec<ActorId> {
    (0..count).map(|n| ActorId::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap())).collect()
}

const COUNT: Result<(), StatementError> = Err(StatementError::Limit(LimitError::Count));
const NUMBER: Result<(), StatementError> = Err(StatementError::Limit(LimitError::Number));
const TEXT: Result<(), StatementError> = Err(StatementError::Limit(LimitError::Text));
const TIME: Result<(), StatementError> = Err(StatementError::Limit(LimitError::Time));
const TWICE: Result<(), StatementError> = Err(StatementError::Limit(LimitError::Twice));

#[test]
fn deposit_with_no_too_many_or_contradicting_items() {
    assert_eq!(after(|body: &mut Deposit| body.items.clear()), COUNT);
    let many = |count: u32| {
        move |body: &mut Deposit| {
            let item = body.items[1].clone();
            let with =
                |entry| carnet_wire::statement::DepositItem { entry, version: u64::MAX, ..item.clone() };
            body.items = entries(count).into_iter().map(with).collect();
        }
    };
    assert_eq!(after(many(256)), Ok(()), "the most items, at their longest, fit a statement");
    assert_eq!(after(many(257)), COUNT);
    assert_eq!(after(|body: &mut Deposit| body.items[1].entry = body.items[0].entry), TWICE);
    assert_eq!(after(|body: &mut Deposit| body.items[0].version = 0), NUMBER);
    assert_eq!(after(|body: &mut Deposit| body.items[0].version = 2), NUMBER);
    assert_eq!(after(|body: &mut Deposit| body.items[1].predecessor = None), NUMBER);
}

#[test]
fn batch_of_more_than_a_thousand_grants_or_of_none_where_there_must_be_one() {
    assert_eq!(after(|body: &mut Grant| body.grants.count = 1000), Ok(()));
    assert_eq!(after(|body: &mut Grant| body.grants.count = 1001), COUNT);
    assert_eq!(after(|body: &mut Grant| body.grants.count = 0), COUNT);
    assert_eq!(after(|body: &mut Deposit| body.grants.count = 0), Ok(()));
    assert_eq!(after(|body: &mut Deposit| body.grants.count = u32::MAX), COUNT);
}

#[test]
fn list_of_entries_beyond_its_limit() {
    assert_eq!(after(|body: &mut Delete| body.entries.clear()), COUNT);
    assert_eq!(after(|body: &mut Delete| body.entries = entries(1000)), Ok(()));
    assert_eq!(after(|body: &mut Delete| body.entries = entries(1001)), COUNT);
    assert_eq!(after(|body: &mut Read| body.entries = entries(1001)), COUNT);
    assert_eq!(after(|body: &mut Read| body.entries.clear()), COUNT, "nothing to open");
    let list_all = |body: &mut Read| {
        body.mode = ReadMode::List;
        body.entries.clear();
    };
    assert_eq!(after(list_all), Ok(()));
    assert_eq!(after(|body: &mut Accept| body.entries.clear()), Ok(()));
    assert_eq!(after(|body: &mut Accept| body.entries = entries(257)), COUNT);
    assert_eq!(after(|body: &mut Revoke| body.revoked.clear()), COUNT);
    assert_eq!(after(|body: &mut Revoke| body.revoked = vec![body.revoked[0]; 1001]), COUNT);
}

#[test]
fn policy_that_names_too_many_or_one_twice() {
    assert_eq!(after(|body: &mut Policy| body.depositors = actors(1000)), Ok(()));
    assert_eq!(after(|body: &mut Policy| body.depositors = actors(1001)), COUNT);
    assert_eq!(after(|body: &mut Policy| body.blocked = actors(1001)), COUNT);
    assert_eq!(after(|body: &mut Policy| body.delegates = vec![body.delegates[0]; 2]), TWICE);
    assert_eq!(after(|body: &mut Policy| body.classes[1].class = 0), TWICE);
    let classes = |count: u16| {
        move |body: &mut Policy| {
            body.classes = (0..count).map(|class| PolicyClass { class, circles: Vec::new() }).collect();
        }
    };
    assert_eq!(after(classes(64)), Ok(()));
    assert_eq!(after(classes(65)), COUNT);
    let two_generations = |body: &mut Policy| {
        let first = body.classes[0].circles[0];
        body.classes[0].circles = vec![first, CircleAt { generation: 2, ..first }];
    };
    assert_eq!(after(two_generations), TWICE);
    let circles = |body: &mut Policy| {
        let at = |n: u8| CircleAt { circle: ReaderId::from_bytes([n; 32]), generation: 1 };
        body.classes[0].circles = (0..65).map(at).collect();
    };
    assert_eq!(after(circles), COUNT);
    assert_eq!(after(|body: &mut Policy| body.number = 0), NUMBER);
}

#[test]
fn recovery_by_more_contacts_than_there_are_or_by_none() {
    let rule = |needed: u8, contacts: u8| {
        move |body: &mut Recovery| {
            let contact = |n| Contact { commitment: bytes(n).into() };
            body.rule = RecoveryRule::Contacts(needed, (0..contacts).map(contact).collect());
        }
    };
    assert_eq!(after(rule(16, 16)), Ok(()));
    assert_eq!([after(rule(0, 3)), after(rule(4, 3)), after(rule(0, 0)), after(rule(2, 17))], [COUNT; 4]);
    let same = |body: &mut Recovery| {
        body.rule = RecoveryRule::Contacts(2, vec![Contact { commitment: bytes(1).into() }; 2]);
    };
    assert_eq!(after(same), TWICE);
}

#[test]
fn attestation_of_no_one_for_too_long_or_with_a_text_that_fools_a_screen() {
    assert_eq!(after(|body: &mut Attest| body.expires += 1), TIME);
    assert_eq!(after(|body: &mut Attest| body.expires = body.time), TIME);
    assert_eq!(after(|body: &mut Attest| body.expires = u64::MAX), TIME);
    assert_eq!(after(|body: &mut Bind| body.expires = body.time), TIME);
    for rpps in ["", "1000123456", "100012345678", "1000123456a", "1000123456\u{660}"] {
        assert_eq!(after(|body: &mut Attest| body.practitioner.rpps = rpps.into()), TEXT, "{rpps:?}");
    }
    for name in ["", "a\nb", "a\u{0}", "a\u{9b}", &"a".repeat(257)] {
        assert_eq!(after(|body: &mut Attest| body.practitioner.name = name.into()), TEXT, "{name:?}");
        assert_eq!(after(|body: &mut Attest| body.practitioner.town = Some(name.into())), TEXT, "{name:?}");
        assert_eq!(after(|body: &mut Attest| body.practitioner.organisation = Some(name.into())), TEXT);
        assert_eq!(after(|body: &mut Attest| body.practitioner.profession = name.into()), TEXT);
        assert_eq!(after(|body: &mut Attest| body.practitioner.speciality = Some(name.into())), TEXT);
    }
}

#[test]
fn time_that_a_json_reader_would_round() {
    assert_eq!(MAX_TIME, 9_007_199_254_740_991, "Number.MAX_SAFE_INTEGER");
    assert_eq!(after(|body: &mut Delete| body.context.time = MAX_TIME), Ok(()));
    assert_eq!(after(|body: &mut Delete| body.context.time = MAX_TIME + 1), TIME);
    assert_eq!(after(|body: &mut Receipt| body.deadline = MAX_TIME + 1), TIME);
    assert_eq!(after(|body: &mut Receipt| body.deadline = body.time), TIME);
    assert_eq!(after(|body: &mut Receipt| body.size = 0), NUMBER);
    assert_eq!(after(|body: &mut Circle| body.generation = 0), NUMBER);
}

/// Every kind that has a time, with its time changed in place: eight bytes of 0xff for the eight that are there.
#[test]
fn statement_of_any_kind_with_a_time_beyond_the_limit() {
    let time = [&[0x1b][..], &1_759_320_000_000_u64.to_be_bytes()].concat();
    for sample in samples::all() {
        let at = sample.bytes.windows(9).position(|window| window == time);
        let Some(at) = at else {
            assert_eq!(sample.kind, Kind::Authored, "no time");
            continue;
        };
        let mut late = sample.bytes.clone();
        late[at + 1..at + 9].fill(0xff);
        let refused = (sample.rewrite)(&late);
        assert_eq!(refused, Err(StatementError::Limit(LimitError::Time)), "{}", sample.kind);
    }
}

#[test]
fn bundle_with_an_extra_key_two_keys_of_one_algorithm_or_a_huge_key() {
    let ours = samples::bundle(2);
    let write = |keys: &[(i32, usize)], extra: bool| {
        let mut e = Encoder::new(Vec::new());
        e.map(if extra { 4 } else { 3 }).unwrap().u8(0).unwrap().u8(1).unwrap();
        e.u8(1).unwrap().encode(ours.recipient()).unwrap();
        e.u8(2).unwrap().array(1 + keys.len() as u64).unwrap();
        e.array(2).unwrap().i32(ED25519).unwrap().encode(ours.signing()).unwrap();
        for (algorithm, len) in keys {
            e.array(2).unwrap().i32(*algorithm).unwrap().bytes(&vec![7; *len]).unwrap();
        }
        if extra {
            e.u8(3).unwrap().u8(0).unwrap();
        }
        e.into_writer()
    };
    let read = |keys: &[(i32, usize)], extra| cbor::decode::<Bundle>(&write(keys, extra), MAX_STATEMENT);
    assert_eq!(read(&[], false), Ok(ours.clone()));
    let more = read(&[(-49, 1952), (-50, 4096), (-51, 0)], false).unwrap();
    assert_eq!(cbor::encode(&more), write(&[(-49, 1952), (-50, 4096), (-51, 0)], false));
    for (keys, extra) in [
        (&[][..], true),
        (&[(ED25519, 32)], false),
        (&[(-49, 1), (-49, 2)], false),
        (&[(-49, 4097)], false),
        (&[(-1, 1), (-2, 1), (-3, 1), (-4, 1)], false),
    ] {
        assert_eq!(read(keys, extra), Err(CborError::Malformed), "{keys:?} {extra}");
    }
}

#[test]
fn unknown_right_or_way_of_holding_a_secret_in_a_leaf() {
    let leaf = samples::grant_leaf().to_bytes();
    let (via, rights) = (field(&leaf, 5, 2), field(&leaf, 6, 1));
    for value in 0..24 {
        let with = |at: usize| {
            let mut other = leaf.clone();
            other[at] = value;
            GrantLeaf::parse(&other)
        };
        assert_eq!(with(via).is_ok(), value < 7, "via {value}");
        assert_eq!(with(rights).is_ok(), value < 2, "rights {value}");
    }
    for len in 0..leaf.len() {
        assert!(GrantLeaf::parse(&leaf[..len]).is_err());
    }
}

/// Where the value of a small field lies: after its key, before the next key.
fn field(leaf: &[u8], key: u8, value: u8) -> usize {
    leaf.windows(3).position(|at| at == [key, value, key + 1]).unwrap() + 1
}

#[test]
fn list_that_claims_more_elements_than_there_are_bytes() {
    // Reading stops at the first missing element: nothing is allocated for the claim.
    let mut e = Encoder::new(Vec::new());
    e.array(u64::MAX).unwrap().bytes(&[0; 16]).unwrap();
    let bytes = e.into_writer();
    assert_eq!(cbor::decode::<Vec<EntryId>>(&bytes, MAX_STATEMENT), Err(CborError::Malformed));
    let text = [&[0x7b][..], &u64::MAX.to_be_bytes(), b"text"].concat();
    assert_eq!(cbor::decode::<String>(&text, MAX_STATEMENT), Err(CborError::Malformed));
}
