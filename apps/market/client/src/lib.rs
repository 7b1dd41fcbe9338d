//! The marketplace with royalties, for whoever holds a key: holders of a share, sellers, buyers, resellers.
//!
//! Reading order: [`keys`], [`price`], [`work`] (registering), [`order`] (buying and selling), [`history`] (what one was credited
//! with: nothing is kept but the seed), [`account`] (collecting and withdrawing), [`income`], [`licence`] and [`report`].

pub mod account;
pub mod history;
pub mod income;
pub mod keys;
pub mod licence;
pub mod order;
pub mod price;
pub mod report;
mod search;
pub mod work;
