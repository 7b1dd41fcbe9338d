//! A marketplace: works, sales, resales, withdrawals; and everybody who tries something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod desk;
mod licences;
mod orders;
mod registration;
mod resales;
mod rounding;
mod sales;
mod shop;
mod statements;
mod story;
mod withdrawals;
