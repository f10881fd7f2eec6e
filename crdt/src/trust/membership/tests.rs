//! The rules of membership, one story a file.

mod arbitrary;
mod certifying;
mod import;
mod joining;
mod keys;
mod radar;
mod staying;
mod sybil;
mod together;
mod world;
