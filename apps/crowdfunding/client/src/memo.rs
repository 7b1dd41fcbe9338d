//! What a backer tells the campaign with a pledge: text, so that every wallet shows it.
//!
//! ```text
//! Crowdfunding pledge
//! reward to <address, or "nobody">
//! <message, which may have several lines>
//! ```

use std::fmt;

use tabella_protocol::{
    keys::Address,
    note_encryption::{Memo, MemoTooLong},
};

const FIRST_LINE: &str = "Crowdfunding pledge";
const REWARD: &str = "reward to ";
const NOBODY: &str = "nobody";

/// What comes with a pledge. `Debug` prints nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PledgeMemo {
    /// Where a reward is to be sent.
    pub reward_to: Option<Address>,
    /// What else the backer says.
    pub message: String,
}

impl PledgeMemo {
    /// The memo of the first escrow of a pledge.
    ///
    /// # Errors
    /// [`MemoTooLong`]: an address leaves some 330 bytes for the message.
    pub fn encode(&self) -> Result<Memo, MemoTooLong> {
        let to = self.reward_to.map_or_else(|| NOBODY.to_owned(), |address| address.to_string());
        Memo::from_text(&format!("{FIRST_LINE}\n{REWARD}{to}\n{}", self.message))
    }

    /// Reads a memo; whatever is not of this form is a message without a reward.
    #[must_use]
    pub fn decode(memo: &Memo) -> Self {
        let text = memo.text().unwrap_or_default();
        Self::parse(text).unwrap_or_else(|| Self { reward_to: None, message: text.to_owned() })
    }

    fn parse(text: &str) -> Option<Self> {
        let (to, message) =
            text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?.strip_prefix(REWARD)?.split_once('\n')?;
        let reward_to = if to == NOBODY { None } else { Some(to.parse().ok()?) };
        Some(Self { reward_to, message: message.to_owned() })
    }
}

impl fmt::Debug for PledgeMemo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PledgeMemo(<secret>)")
    }
}

#[cfg(test)]
mod tests {
    use tabella_protocol::keys::{Account, Diversifier, Seed};

    use super::*;

    #[test]
    fn what_a_backer_says_is_read_back() {
        let address = Seed::new([7; 32]).account(&Account::Payment(0)).address(Diversifier::from_index(3));
        for (reward_to, message) in [(Some(address), "Good luck!\nAnna"), (None, ""), (Some(address), "")] {
            let memo = PledgeMemo { reward_to, message: message.into() };
            assert!(PledgeMemo::decode(&memo.encode().unwrap()) == memo);
        }
        let long = PledgeMemo { reward_to: Some(address), message: "a".repeat(400) };
        assert!(long.encode().is_err());
    }

    #[test]
    fn other_memos_are_messages_without_a_reward() {
        for text in ["hello", "Crowdfunding pledge\nreward to tab1nonsense\nhello", "Crowdfunding pledge"] {
            let read = PledgeMemo::decode(&Memo::from_text(text).unwrap());
            assert!(read == PledgeMemo { reward_to: None, message: text.into() });
        }
        assert!(PledgeMemo::decode(&Memo::from_bytes([0xff; 512])) == PledgeMemo::default());
    }
}
