//! The kinds of statements. A kind is a namespace: it stands in the protected header, under the signature.

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is documented at its body, and in docs/SPEC.md")]
pub enum Kind {
    Accept,
    Account,
    Activate,
    Attest,
    Authored,
    Bind,
    Circle,
    Close,
    Delete,
    Deposit,
    Describe,
    Device,
    Genesis,
    Grant,
    Key,
    Policy,
    Read,
    Receipt,
    Recovery,
    Revoke,
    Root,
    Session,
    Slot,
    Withdraw,
}

impl Kind {
    /// All kinds, in the order of their names.
    pub const ALL: [Self; 24] = [
        Self::Accept,
        Self::Account,
        Self::Activate,
        Self::Attest,
        Self::Authored,
        Self::Bind,
        Self::Circle,
        Self::Close,
        Self::Delete,
        Self::Deposit,
        Self::Describe,
        Self::Device,
        Self::Genesis,
        Self::Grant,
        Self::Key,
        Self::Policy,
        Self::Read,
        Self::Receipt,
        Self::Recovery,
        Self::Revoke,
        Self::Root,
        Self::Session,
        Self::Slot,
        Self::Withdraw,
    ];

    /// The namespace as it stands under the signature.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Account => "account",
            Self::Activate => "activate",
            Self::Attest => "attest",
            Self::Authored => "authored",
            Self::Bind => "bind",
            Self::Circle => "circle",
            Self::Close => "close",
            Self::Delete => "delete",
            Self::Deposit => "deposit",
            Self::Describe => "describe",
            Self::Device => "device",
            Self::Genesis => "genesis",
            Self::Grant => "grant",
            Self::Key => "key",
            Self::Policy => "policy",
            Self::Read => "read",
            Self::Receipt => "receipt",
            Self::Recovery => "recovery",
            Self::Revoke => "revoke",
            Self::Root => "root",
            Self::Session => "session",
            Self::Slot => "slot",
            Self::Withdraw => "withdraw",
        }
    }

    /// The kind of a namespace.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("Deposit"), None);
    }
}
