//! Carries frames between neighbouring devices.
//!
//! This package moves bytes and knows nothing of what they mean; it does not depend on the package
//! that does.
//!
//! ```text
//! lan        Ethernet or Wi-Fi: neighbours found by mDNS and a beacon, links over QUIC ─┐
//! bluetooth  some ten metres: neighbours found by advertisements, links over Noise      ┤
//! link       an ordered, authenticated pipe of frames, whatever carries it             ◄┘
//! bundle     a file of checked chunks, for a stick or any other one-way road
//! stick      where bundles lie on a medium that people carry, and noticing one
//! ```

pub mod bluetooth;
pub mod bundle;
pub mod lan;
pub mod link;
pub mod stick;
