//! Makes the references that ship for tests again, byte for byte, and measures what it takes.
//!
//! `cargo run --release -p commune-cipher --example test_references` writes them to
//! `cipher/src/references`; on the first run each file there may be empty.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for developers"
)]

use std::{error::Error, fs, path::Path, time::Instant};

use commune_cipher::{
    Use,
    reference::{TEST_LABEL, Transcript},
};

/// Two made-up contributors, whose chance everybody can read here.
const CONTRIBUTORS: [(&str, [u8; 64]); 2] = [("Ada", [0xad; 64]), ("Bob", [0xb0; 64])];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/references");
    for (use_, name) in [
        (Use::Ballots16, "ballots16"),
        (Use::Ballots256, "ballots256"),
        (Use::Shares, "shares"),
    ] {
        let mut file = Transcript::start(use_, TEST_LABEL)?.verify(&|_| {})?;
        for (person, chance) in &CONTRIBUTORS {
            let start = Instant::now();
            file = file.contribute(chance, person, &|_| {})?;
            println!("{name}: contribution of {person} {:?}", start.elapsed());
        }
        let bytes = file.transcript().encode();
        let start = Instant::now();
        let read = Transcript::decode(&bytes)?;
        println!(
            "{name}: {} bytes, reading {:?}",
            bytes.len(),
            start.elapsed()
        );
        let start = Instant::now();
        let id = read.verify(&|_| {})?.transcript().id();
        println!(
            "{name}: check {:?}, id {}",
            start.elapsed(),
            blake3_hex(&id)
        );
        fs::write(folder.join(name).with_extension("crs"), bytes)?;
    }
    Ok(())
}

fn blake3_hex(id: &[u8; 32]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
