//! The command line, as a library: what `carnet` is made of.
