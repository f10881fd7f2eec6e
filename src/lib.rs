//! The program `commune`, as a library, so that tests and benches reach its parts.
//!
//! It joins the pure rules of `commune_crdt` to the carriers of `commune_transports`, and holds no
//! rule of the network itself.

pub mod audit;
pub mod bundle;
pub mod carry;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cores;
pub mod device;
pub mod doctor;
pub mod exchange;
pub mod failure;
pub mod finality;
pub mod founding;
pub mod identity;
pub mod import;
pub mod intake;
pub mod live;
pub mod messages;
pub mod money;
pub mod node;
pub mod peers;
pub mod picture;
pub mod qr;
pub mod store;
pub mod table;
pub mod trust;
pub mod vault;
pub mod votes;
