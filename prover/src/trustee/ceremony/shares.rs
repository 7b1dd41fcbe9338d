//! Round 3's shares on their way: encrypted with age, and bound to ceremony, sender and recipient.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::ceremony::{CeremonyId, CeremonySetup, EncryptedShare, Shares, Signed, TrusteeIndex};
use zeroize::Zeroizing;

use super::CeremonyStepError;
use crate::trustee::{identity::TrusteeIdentity, stored::SecretScalar};

/// A share that this trustee has computed for another.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct OwnShare {
    pub(super) recipient: TrusteeIndex,
    pub(super) share: SecretScalar,
}

/// What is encrypted. A ciphertext that somebody copies into another message, or another ceremony, is of no use there.
#[derive(BorshSerialize, BorshDeserialize)]
struct Plaintext {
    ceremony: CeremonyId,
    sender: TrusteeIndex,
    recipient: TrusteeIndex,
    share: SecretScalar,
}

pub(super) fn encrypt(
    setup: &CeremonySetup,
    sender: TrusteeIndex,
    outgoing: &[OwnShare],
) -> Result<Shares, CeremonyStepError> {
    let ceremony = setup.id();
    let shares = outgoing
        .iter()
        .map(|OwnShare { recipient, share }| {
            let failed = || CeremonyStepError::Encrypt(setup.culprit(*recipient));
            let card = setup.card(*recipient).ok_or_else(failed)?;
            let age: age::x25519::Recipient = card.recipient().to_string().parse().map_err(|_| failed())?;
            let plaintext = Plaintext { ceremony, sender, recipient: *recipient, share: share.clone() };
            let plaintext = Zeroizing::new(borsh::to_vec(&plaintext).map_err(|_| failed())?);
            let ciphertext = age::encrypt(&age, &plaintext).map_err(|_| failed())?;
            Ok(EncryptedShare { recipient: *recipient, ciphertext })
        })
        .collect::<Result<_, CeremonyStepError>>()?;
    Ok(Shares { shares })
}

pub(super) fn decrypt(
    identity: &TrusteeIdentity,
    setup: &CeremonySetup,
    own: TrusteeIndex,
    message: &Signed<Shares>,
) -> Result<SecretScalar, CeremonyStepError> {
    let sender = message.trustee;
    let recipients = message.payload.shares.iter().map(|share| share.recipient);
    if !recipients.eq(setup.trustees().map(|(index, _)| index).filter(|index| *index != sender)) {
        return Err(CeremonyStepError::ShareList(setup.culprit(sender)));
    }
    let unreadable = || CeremonyStepError::ShareUnreadable(setup.culprit(sender));
    let share = message.payload.shares.iter().find(|share| share.recipient == own).ok_or_else(unreadable)?;
    let plaintext = Zeroizing::new(age::decrypt(identity.age(), &share.ciphertext).map_err(|_| unreadable())?);
    let plaintext: Plaintext = borsh::from_slice(&plaintext).map_err(|_| unreadable())?;
    let bound = plaintext.ceremony == setup.id() && plaintext.sender == sender && plaintext.recipient == own;
    if bound { Ok(plaintext.share) } else { Err(unreadable()) }
}
