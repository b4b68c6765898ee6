//! Any values round-trip, any bytes are read or refused without a panic, and what is read is written back as it was.

#![cfg(test)]

use carnet_core::authored::{Authored, Code, Description, Sort};
use carnet_core::manifest::{HolderPart, Manifest};
use carnet_tests::samples::{self, bundle, sign, signer, verifying_key};
use carnet_wire::bundle::{Bundle, FirstBundle};
use carnet_wire::cbor;
use carnet_wire::grant_leaf::{GrantLeaf, GrantPath, Rights, Via};
use carnet_wire::id::{
    AccountId, ActorId, Commitment, Digest, EntryId, InnerCommitment, KeyId, PayloadRoot, ReaderId, SlotId,
    StatementHash, VaultId,
};
use carnet_wire::origin::Origin;
use carnet_wire::statement::{
    Accept, Account, Activate, Attest, Bind, Body, Circle, CircleAt, Close, Contact, Context, Delete,
    Deposit, DepositItem, Describe, Device, DeviceChange, Genesis, Grant, GrantBatch, Header, Holder, Key,
    KeyEntry, MAX_TIME, NewRoot, Pin, Policy, PolicyClass, Practitioner, Read, ReadMode, Receipt, Recovery,
    RecoveryRule, Revoke, Revoked, Session, Slot, SlotChange, SlotKind, Standing, Statement, Withdraw,
};
use minicbor::bytes::ByteArray;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn statement_of_a_vault_is_read_as_it_was_written(
        genesis in genesis(), policy in policy(), key in key(), circle in circle(), activate in activate(),
        close in (context(), statement()).prop_map(|(context, replaces)| Close { context, replaces }),
        header in header(),
    ) {
        round_trip(&genesis, &header)?;
        round_trip(&policy, &header)?;
        round_trip(&key, &header)?;
        round_trip(&circle, &header)?;
        round_trip(&activate, &header)?;
        round_trip(&close, &header)?;
    }

    #[test]
    fn statement_about_entries_is_read_as_it_was_written(
        deposit in deposit(), describe in describe(), grant in grant(), revoke in revoke(), read in read(),
        accept in (context(), statement(), vec(entry(), 0..9))
            .prop_map(|(context, deposit, entries)| Accept { context, deposit, entries }),
        delete in (context(), vec(entry(), 1..9)).prop_map(|(context, entries)| Delete { context, entries }),
        header in header(),
    ) {
        round_trip(&deposit, &header)?;
        round_trip(&describe, &header)?;
        round_trip(&grant, &header)?;
        round_trip(&revoke, &header)?;
        round_trip(&read, &header)?;
        round_trip(&accept, &header)?;
        round_trip(&delete, &header)?;
    }

    #[test]
    fn statement_of_an_account_is_read_as_it_was_written(
        account in (some_bundle(), time()).prop_map(|(generation, time)| {
            Account { first: FirstBundle { identity: verifying_key(&signer()), generation }, time }
        }),
        device in device(), slot in slot(), recovery in recovery(),
        root in (account(), time(), statement(), any::<u64>()).prop_map(|(account, time, previous, root_version)| {
            NewRoot { account, time, previous, identity: verifying_key(&signer()), root_version }
        }),
        header in header(),
    ) {
        round_trip(&account, &header)?;
        round_trip(&device, &header)?;
        round_trip(&slot, &header)?;
        round_trip(&recovery, &header)?;
        round_trip(&root, &header)?;
    }

    #[test]
    fn statement_of_an_authority_a_server_or_an_author_is_read_as_it_was_written(
        attest in attest(), receipt in receipt(), authored in authored(),
        withdraw in (account(), statement(), time())
            .prop_map(|(account, attestation, time)| Withdraw { account, attestation, time }),
        bind in (vault(), hash(), 0..MAX_TIME)
            .prop_map(|(vault, pseudonym, time)| Bind { vault, pseudonym, time, expires: MAX_TIME }),
        session in (actor(), hash(), time()).prop_map(|(actor, challenge, time)| Session { actor, challenge, time }),
        header in header(),
    ) {
        round_trip(&attest, &header)?;
        round_trip(&receipt, &header)?;
        round_trip(&authored, &header)?;
        round_trip(&withdraw, &header)?;
        round_trip(&bind, &header)?;
        round_trip(&session, &header)?;
    }

    #[test]
    fn leaf_is_read_as_it_was_written(leaf in leaf()) {
        let bytes = leaf.to_bytes();
        prop_assert!(bytes.len() <= GrantLeaf::MAX_LEN);
        prop_assert_eq!(GrantLeaf::parse(&bytes), Ok(leaf));
    }

    #[test]
    fn manifest_is_read_as_it_was_written(
        authored in vec(any::<u8>(), 0..9000), salt in hash(),
        name in option::of(any::<String>()), labels in vec(any::<String>(), 0..4),
        folder in vec(any::<String>(), 0..4), note in option::of(any::<String>()),
    ) {
        let manifest = Manifest { authored: authored.into(), salt, holder: HolderPart { name, labels, folder, note } };
        let mut plain = cbor::encode(&manifest);
        plain.resize(plain.len().next_power_of_two().max(4096), 0);
        prop_assert_eq!(Manifest::parse(&plain), Ok(manifest));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_refused_or_read_as_they_are(bytes in vec(any::<u8>(), 0..300)) {
        read_back(&bytes)?;
    }

    #[test]
    fn any_edit_of_a_sample_is_refused_or_read_as_it_is(
        index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
        remove in 0_usize..12, insert in vec(any::<u8>(), 0..12),
    ) {
        let leaf = samples::grant_leaf().to_bytes();
        let mut texts: Vec<Vec<u8>> = samples::all().iter().map(|sample| sample.bytes.clone()).collect();
        texts.push(leaf);
        texts.push(cbor::encode(&bundle(2)));
        let mut text = index.get(&texts).clone();
        let start = at.index(text.len());
        let end = text.len().min(start + remove);
        text.splice(start..end, insert);
        read_back(&text)?;
    }
}

fn round_trip<B>(body: &B, header: &Header) -> Result<(), TestCaseError>
where
    B: Body + Clone + PartialEq + std::fmt::Debug,
{
    let bytes = sign(&signer(), header, body.clone());
    let statement =
        Statement::<B>::parse(&bytes).map_err(|error| TestCaseError::fail(format!("{error}: {body:?}")))?;
    prop_assert_eq!(statement.claimed(), body);
    prop_assert_eq!(statement.header(), header);
    prop_assert!(statement.verify(&verifying_key(&signer())).is_ok());
    Ok(())
}

fn read_back(bytes: &[u8]) -> Result<(), TestCaseError> {
    for sample in samples::all() {
        if let Ok(again) = (sample.rewrite)(bytes) {
            prop_assert_eq!(again, bytes);
        }
    }
    if let Ok(leaf) = GrantLeaf::parse(bytes) {
        prop_assert_eq!(leaf.to_bytes(), bytes);
    }
    if let Ok(path) = cbor::decode::<GrantPath>(bytes, 512) {
        prop_assert_eq!(cbor::encode(&path), bytes);
    }
    if let Ok(read) = cbor::decode::<Bundle>(bytes, 20_000) {
        prop_assert_eq!(cbor::encode(&read), bytes);
    }
    if let Ok(origin) = cbor::decode::<Origin>(bytes, 300) {
        prop_assert_eq!(cbor::encode(&origin), bytes);
    }
    let _ = Manifest::parse(bytes);
    Ok(())
}

prop_compose! {
    fn header()(key in Just(verifying_key(&signer()).key_id()), origin in "[!-*,-~]{1,255}", nonce: [u8; 16]) -> Header {
        Header { key_id: key, origin: Origin::parse(&origin).unwrap(), nonce }
    }
}

prop_compose! {
    fn context()(vault in vault(), actor in actor(), time in time(), pin in option::of(pin())) -> Context {
        Context { vault, actor, time, pin }
    }
}

prop_compose! {
    fn genesis()(
        holder in prop_oneof![account().prop_map(Holder::Account), some_bundle().prop_map(Holder::Letter)],
        reader in some_bundle(), key_entry in entry(), salt in hash(), time in time(),
    ) -> Genesis {
        Genesis { holder, reader, key_entry, salt, time }
    }
}

prop_compose! {
    fn policy()(
        context in context(), number in 1_u64.., replaces in statement(),
        classes in btree_map(any::<u16>(), btree_map(any::<[u8; 32]>(), any::<u64>(), 0..4), 0..4),
        standing in prop_oneof![Just(Standing::Attested), Just(Standing::Nobody)],
        actors in prop::collection::btree_set(any::<[u8; 32]>(), 0..9), split in 0_usize..9,
    ) -> Policy {
        let circle = |(circle, generation)| CircleAt { circle: ReaderId::from_bytes(circle), generation };
        let classes = classes.into_iter().map(|(class, circles)| {
            PolicyClass { class, circles: circles.into_iter().map(circle).collect() }
        });
        let mut depositors: Vec<ActorId> = actors.into_iter().map(ActorId::from_bytes).collect();
        let blocked = depositors.split_off(split.min(depositors.len()));
        Policy {
            context, number, replaces, classes: classes.collect(), standing, delegates: depositors.clone(), depositors,
            blocked,
        }
    }
}

prop_compose! {
    fn key()(
        reader in reader(), actor in actor(), time in time(), pin in option::of(pin()), generation in 1_u64..,
        bundle in some_bundle(), replaces in statement(), key_entry in option::of(key_entry()),
    ) -> Key {
        Key { reader, actor, time, pin, generation, bundle, replaces, key_entry }
    }
}

prop_compose! {
    fn circle()(
        context in context(), circle in option::of(reader()), generation in 1_u64.., bundle in some_bundle(),
        key_entry in key_entry(), replaces in option::of(statement()),
    ) -> Circle {
        Circle { context, circle, generation, bundle, key_entry, replaces }
    }
}

prop_compose! {
    fn activate()(
        context in context(), account in account(), bundle in some_bundle(), key_entry in key_entry(),
        factor in hash(), grants in batch(0), consent: [u8; 32],
    ) -> Activate {
        let consent: [u8; 64] = [consent, consent].concat().try_into().unwrap();
        Activate { context, account, bundle, key_entry, factor, grants, consent: consent.into() }
    }
}

prop_compose! {
    fn item()(
        version in 1_u64.., predecessor in statement(), class: u16, payload: [u8; 32], payload_len: u64,
        manifest in digest(), commitment: [u8; 32], inner in inner(),
    ) -> DepositItem {
        DepositItem {
            entry: EntryId::from_bytes([0; 16]), version, predecessor: (version != 1).then_some(predecessor), class,
            payload: PayloadRoot::from_bytes(payload), payload_len, manifest,
            commitment: Commitment::from_bytes(commitment), inner,
        }
    }
}

prop_compose! {
    fn deposit()(
        context in context(), policy in statement(), grants in batch(0),
        items in btree_map(any::<[u8; 16]>(), prop_oneof![item(), item().prop_map(first)], 1..9),
    ) -> Deposit {
        let with = |(entry, item)| DepositItem { entry: EntryId::from_bytes(entry), ..item };
        Deposit { context, policy, items: items.into_iter().map(with).collect(), grants }
    }
}

fn first(item: DepositItem) -> DepositItem {
    DepositItem { version: 1, predecessor: None, ..item }
}

prop_compose! {
    fn describe()(
        context in context(), entry in entry(), version in 1_u64.., replaces in statement(), manifest in digest(),
        inner in inner(),
    ) -> Describe {
        Describe { context, entry, version, replaces, manifest, inner }
    }
}

prop_compose! {
    fn grant()(context in context(), policy in statement(), grants in batch(1)) -> Grant {
        Grant { context, policy, grants }
    }
}

prop_compose! {
    fn revoke()(context in context(), revoked in vec((reader(), option::of(entry())), 1..9)) -> Revoke {
        let revoked = revoked.into_iter().map(|(reader, entry)| Revoked { reader, entry }).collect();
        Revoke { context, revoked }
    }
}

prop_compose! {
    fn read()(
        context in context(), open: bool, entries in vec(entry(), 1..9), via in option::of(reader()), reason: u8,
        challenge in hash(),
    ) -> Read {
        let mode = if open { ReadMode::Open } else { ReadMode::List };
        Read { context, mode, entries, via, reason, challenge }
    }
}

prop_compose! {
    fn device()(account in account(), time in time(), previous in statement(), certify: bool) -> Device {
        let change = if certify { DeviceChange::Certify } else { DeviceChange::CutOff };
        Device { account, time, previous, key: verifying_key(&signer()), change }
    }
}

prop_compose! {
    fn slot()(
        account in account(), time in time(), previous in statement(), slot: [u8; 16],
        kind in prop::sample::select(vec![
            SlotKind::Passphrase, SlotKind::Kit, SlotKind::Contacts, SlotKind::Passkey, SlotKind::Password,
        ]),
        root_version: u64,
        change in prop_oneof![digest().prop_map(SlotChange::Put), Just(SlotChange::Removed)],
    ) -> Slot {
        Slot { account, time, previous, slot: SlotId::from_bytes(slot), kind, root_version, change }
    }
}

prop_compose! {
    fn recovery()(
        account in account(), time in time(), previous in statement(), delay_hours: u32,
        contacts in prop::collection::btree_set(any::<[u8; 32]>(), 1..=16), which in 0..3, authority in actor(),
    ) -> Recovery {
        let rule = match which {
            0 => RecoveryRule::Nobody,
            1 => RecoveryRule::Authority(authority),
            _ => RecoveryRule::Contacts(
                u8::try_from(contacts.len()).unwrap(),
                contacts.into_iter().map(|commitment| Contact { commitment: commitment.into() }).collect(),
            ),
        };
        Recovery { account, time, previous, rule, delay_hours }
    }
}

prop_compose! {
    fn attest()(
        account in account(), generation: u64, bundle in hash(), rpps in "[0-9]{11}", name in "\\PC{1,60}",
        profession in "[A-Z0-9]{1,32}", speciality in option::of("\\PC{1,8}"), organisation in option::of("\\PC{1,60}"),
        town in option::of("\\PC{1,60}"), time in 0..MAX_TIME - Attest::MAX_VALIDITY, validity in 1..=Attest::MAX_VALIDITY,
    ) -> Attest {
        let practitioner = Practitioner { rpps, name, profession, speciality, organisation, town };
        Attest { account, generation, bundle, practitioner, time, expires: time + validity }
    }
}

prop_compose! {
    fn receipt()(
        vault in vault(), size in 1_u64.., root in hash(), tag in hash(), statement in statement(), time in 0..MAX_TIME,
    ) -> Receipt {
        Receipt { vault, size, root, tag, statement, time, deadline: time + 1 }
    }
}

prop_compose! {
    fn authored()(
        vault in vault(), entry in entry(), first_version: u64, title: String, dates in vec(any::<i64>(), 0..4),
        codes in vec((any::<String>(), any::<String>()), 0..4), media_type: String, len: u64, content in hash(),
        author in actor(), generation: u64,
    ) -> Authored {
        let codes = codes.into_iter().map(|(system, code)| Code { system, code }).collect();
        let description = Description { sort: Sort::Event, title, dates, codes, media_type, ..Description::default() };
        Authored { vault, entry, first_version, description, len, content, author, generation }
    }
}

prop_compose! {
    fn leaf()(
        entry in entry(), version: u64, reader in reader(), generation: u64, key_id: [u8; 16],
        via in prop::sample::select(vec![
            Via::Account, Via::Vault, Via::Circle, Via::Link, Via::Card, Via::Letter, Via::App,
        ]),
        rights in prop::sample::select(vec![Rights::Open, Rights::List]),
        not_before: Option<u64>, expires: Option<u64>, header in digest(), blind: [u8; 16],
    ) -> GrantLeaf {
        GrantLeaf {
            entry, version, reader, generation, key_id: KeyId::from_bytes(key_id), via, rights, not_before, expires,
            header, blind: blind.into(),
        }
    }
}

prop_compose! {
    fn batch(least: u32)(root in hash(), count in least..=1000) -> GrantBatch {
        GrantBatch { root, count }
    }
}

fn some_bundle() -> impl Strategy<Value = Bundle> {
    prop::sample::select((1..4).map(bundle).collect::<Vec<_>>())
}

fn pin() -> impl Strategy<Value = Pin> {
    (any::<u64>(), hash()).prop_map(|(size, root)| Pin { size, root })
}

fn key_entry() -> impl Strategy<Value = KeyEntry> {
    (entry(), 1_u64..).prop_map(|(entry, version)| KeyEntry { entry, version })
}

fn time() -> impl Strategy<Value = u64> {
    0..=MAX_TIME
}

fn hash() -> impl Strategy<Value = ByteArray<32>> {
    any::<[u8; 32]>().prop_map(ByteArray::from)
}

fn vault() -> impl Strategy<Value = VaultId> {
    any::<[u8; 32]>().prop_map(VaultId::from_bytes)
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<[u8; 32]>().prop_map(AccountId::from_bytes)
}

fn actor() -> impl Strategy<Value = ActorId> {
    any::<[u8; 32]>().prop_map(ActorId::from_bytes)
}

fn reader() -> impl Strategy<Value = ReaderId> {
    any::<[u8; 32]>().prop_map(ReaderId::from_bytes)
}

fn entry() -> impl Strategy<Value = EntryId> {
    any::<[u8; 16]>().prop_map(EntryId::from_bytes)
}

fn statement() -> impl Strategy<Value = StatementHash> {
    any::<[u8; 32]>().prop_map(StatementHash::from_bytes)
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

fn inner() -> impl Strategy<Value = InnerCommitment> {
    any::<[u8; 32]>().prop_map(InnerCommitment::from_bytes)
}
