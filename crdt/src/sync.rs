//! Synchronisation as a state machine: what two devices say to find and send what differs.

pub mod sketch;
