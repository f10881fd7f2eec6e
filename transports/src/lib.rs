//! Carries frames between neighbouring devices.
