//! Registries, issuers, owners and buyers, and whoever tries what the rules exclude.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod claims;
mod custody;
mod desk;
mod presentations;
mod registration;
mod scene;
mod thefts;
mod vectors;
