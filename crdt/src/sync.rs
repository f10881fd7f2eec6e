//! Synchronisation as a state machine: what two devices say to find and send what differs.
//!
//! | module | what |
//! |---|---|
//! | [`sketch`] | a short sum of many ids, from which a few differences are read |
//! | [`message`] | what is said, one message a frame |
//! | [`run`] | entries of a log without what follows from their place |
//! | [`holdings`] | what a session may look at |
//! | [`session`] | who says what when |

pub mod holdings;
pub mod message;
pub mod run;
pub mod session;
pub mod sketch;
