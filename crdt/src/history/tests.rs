//! The history against the rules it promises.

mod model;
mod order;
mod rules;
