//! Signed entries, and the deterministic rules that turn them into a network state.
