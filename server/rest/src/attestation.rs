//! What an authority says of an account.

use minicbor::{Decode, Encode};

use carnet_wire::id::{KeyId, StatementHash};

/// One attestation of an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Attestation {
    /// The statement.
    #[n(0)]
    pub statement: StatementHash,
    /// Its number in the account's history.
    #[n(1)]
    pub number: u64,
    /// Who attested.
    #[n(2)]
    pub authority: KeyId,
    /// When it ends, in milliseconds since 1970.
    #[n(3)]
    pub expires: u64,
    /// The generation that it names.
    #[n(4)]
    pub generation: u64,
    /// The statement that withdrew it.
    #[n(5)]
    pub withdrawn: Option<StatementHash>,
}

/// The fields that the directory can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A word of the name.
    Name = 1,
    /// The profession's code.
    Profession = 2,
    /// The speciality's code.
    Speciality = 3,
    /// A word of the town.
    Town = 4,
    /// The national identifier.
    Rpps = 5,
}
