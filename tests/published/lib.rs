//! Nothing: the packages named in `Cargo.toml` are fetched for the vectors in them, and never compiled.
