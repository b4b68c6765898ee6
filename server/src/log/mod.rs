//! The log: one append-only Merkle tree of the server, as C2SP tlog-tiles.
