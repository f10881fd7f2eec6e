//! What a device of the network is made of, below the command line.

pub mod store;
