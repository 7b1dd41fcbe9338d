//! What a campaign, a backer or anybody else might try, and the rule that refuses it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where something unforeseen happens"
)]

mod audit;
mod counting;
mod desk;
mod milestones;
mod opening;
mod pledges;
mod scene;
mod silence;
mod success;
