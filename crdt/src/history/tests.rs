//! The history against the rules it promises.

mod heirs;
mod model;
mod order;
mod rules;
