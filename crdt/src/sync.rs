//! Synchronisation as a state machine: what two devices say to find and send what differs.
//!
//! | module | what |
//! |---|---|
//! | [`sketch`] | a short sum of many ids, from which a few differences are read |
//! | [`message`] | what is said, one message a frame |
//! | [`run`] | entries of a log without what follows from their place |
//! | [`oneway`] | what a bundle holds, and the ticket it answers |
//! | [`holdings`] | what a session may look at |
//! | [`session`] | who says what when |
//! | [`live`] | six words that two people in front of each other compare |

mod elided;
pub mod holdings;
pub mod live;
pub mod message;
pub mod oneway;
pub mod run;
pub mod session;
pub mod sketch;
