//! `commune`.
fn main() {}
