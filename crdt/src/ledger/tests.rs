//! The rules of money, one story a file.

mod arbitrary;
mod dividends;
mod payments;
mod reference;
mod shared;
mod views;
mod world;
