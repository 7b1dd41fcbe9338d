//! The marketplace with royalties, for whoever holds a key: holders of a share, sellers, buyers, resellers.
//!
//! Reading order: [`keys`], [`price`], [`work`] (registering), [`order`] (buying and selling), [`agreement`] (what a signature is
//! for), [`history`] (what one was credited with: nothing is kept but the seed), [`account`] (collecting and withdrawing), [`income`], [`licence`], [`report`], and
//! [`desk`] (all of it as forms of a page).

pub mod account;
pub mod agreement;
pub mod desk;
pub mod history;
pub mod income;
pub mod keys;
pub mod licence;
pub mod order;
pub mod price;
pub mod report;
mod search;
pub mod work;
