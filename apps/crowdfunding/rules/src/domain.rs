//! Every label of this application, each used once. Changing one is a breaking change.

use tabella_protocol::transaction::ApplicationId;

/// The application's name in actions and guards.
pub const APPLICATION: ApplicationId = ApplicationId(*b"crowdfnd");
/// The application's name in URLs and commands.
pub const NAME: &str = "crowdfunding";

/// BLAKE2b personalisation of a campaign's id.
pub const CAMPAIGN: &[u8; 16] = b"Crowdfund_Campgn";
/// BLAKE2b personalisation of the digest that a milestone's guard commits to.
pub const MILESTONE: &[u8; 16] = b"Crowdfund_Milest";
/// BLAKE2b personalisation of a pledge's id.
pub const PLEDGE: &[u8; 16] = b"Crowdfund_Pledge";
/// BLAKE2b personalisation of what campaigns and holders of release keys sign.
pub const SIGNED: &[u8; 16] = b"Crowdfund_Signed";
/// BLAKE2b personalisation of the digest of a description.
pub const DESCRIPTION: &[u8; 16] = b"Crowdfund_Descri";
/// BLAKE2b personalisation of keys that derive from a seed; never seen by others.
pub const KEYS: &[u8; 16] = b"Crowdfund_Keys__";
/// First bytes of the purpose of the range proof that a goal is reached.
pub const GOAL_PURPOSE: &[u8; 16] = b"crowdfnd/v1/goal";
