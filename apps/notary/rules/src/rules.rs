//! The rules: what is stamped once, who registers what, and what shows that one owns a work.

use std::{collections::BTreeMap, ops::Bound};

use rpds::RedBlackTreeMapSync;
use serde::Serialize;
use tabella_protocol::{
    note::{AssetId, NoteValue, Timestamp},
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use tabella_verifier::application::{Application, InstanceId, Place, Readable, UseError, signed_by};
use thiserror::Error;

use crate::{
    action::{APPLICATION, NAME, NotaryAction, NotaryProof},
    id::{ContentDigest, StampId, WorkId},
    stamp::StampOpening,
    work::{PictureHash, Work, WorkFault, register_message},
};

/// Why an action is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotaryRejection {
    /// A transfer cannot be used so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The work says something impossible of itself.
    #[error(transparent)]
    Work(#[from] WorkFault),
    /// The proof is of another kind of action.
    #[error("the proof is of another kind of action")]
    Proof,
    /// Stamped before.
    #[error("stamp {0} is in the log already: stamp again with another blinding")]
    Stamped(StampId),
    /// There is no stamp of this file, author and blinding.
    #[error("there is no stamp {0} of this file and author: stamp the file for the author's key first")]
    NoStamp(StampId),
    /// The stamp is not older than the registration.
    #[error("the stamp of the work is as young as its registration: register it with a later block")]
    YoungStamp,
    /// The same file was registered before, under whatever title.
    #[error("this file is registered already, as work {0}")]
    Registered(WorkId),
    /// The hash that gives the asset is 0.
    #[error("these attributes have no asset id: change a letter of the title")]
    NoAsset,
    /// Not signed by the author.
    #[error("the registration is not signed by the author that it names")]
    Author,
    /// There is none.
    #[error("there is no work {0}")]
    UnknownWork(WorkId),
}

/// A work, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The work.
    pub work: Work,
    /// Time of the block that registered it.
    pub registered: Timestamp,
    /// Time of the block of the stamp that it was registered with: its file existed then.
    pub stamped: Timestamp,
    /// The asset of its note.
    pub asset: AssetId,
}

/// The stamps and works of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Notary {
    stamps: RedBlackTreeMapSync<StampId, Timestamp>,
    works: RedBlackTreeMapSync<WorkId, Registered>,
    contents: RedBlackTreeMapSync<ContentDigest, WorkId>,
}

/// What a transaction changes.
#[derive(Debug, Default)]
pub struct NotaryChanges {
    stamps: BTreeMap<StampId, Timestamp>,
    works: BTreeMap<WorkId, Registered>,
    contents: BTreeMap<ContentDigest, WorkId>,
}

impl Notary {
    /// When something was stamped.
    #[must_use]
    pub fn stamp(&self, id: &StampId) -> Option<Timestamp> {
        self.stamps.get(id).copied()
    }

    /// How many stamps there are.
    #[must_use]
    pub fn stamps(&self) -> usize {
        self.stamps.size()
    }

    /// A work.
    #[must_use]
    pub fn work(&self, id: &WorkId) -> Option<&Registered> {
        self.works.get(id)
    }

    /// All works, in the order of their ids.
    pub fn works(&self) -> impl Iterator<Item = (WorkId, &Registered)> {
        self.works.iter().map(|(id, work)| (*id, work))
    }

    /// The work of exactly this file.
    #[must_use]
    pub fn of_content(&self, digest: &ContentDigest) -> Option<(WorkId, &Registered)> {
        let id = *self.contents.get(digest)?;
        Some((id, self.works.get(&id)?))
    }

    /// Pictures whose hash differs in at most so many bits, in the order of their ids, with the number of bits. The hashes are
    /// those that their authors have registered.
    pub fn near(&self, picture: PictureHash, most: u32) -> impl Iterator<Item = (WorkId, &Registered, u32)> {
        self.works().filter_map(move |(id, work)| {
            let distance = work.work.picture?.distance(picture);
            (distance <= most).then_some((id, work, distance))
        })
    }
}

impl Application for Notary {
    const ID: ApplicationId = APPLICATION;
    type Body = NotaryAction;
    type Proof = NotaryProof;
    type Changes = NotaryChanges;
    type Error = NotaryRejection;

    fn check(
        &self,
        changes: &mut NotaryChanges,
        action: NotaryAction,
        proof: NotaryProof,
        place: &mut Place<'_>,
    ) -> Result<(), NotaryRejection> {
        let mut check = Check { state: self, changes, place };
        match (action, proof) {
            (NotaryAction::Stamp(id), NotaryProof::Stamp) => check.stamp(id),
            (NotaryAction::Register { work, blinding }, NotaryProof::Register(signature)) => {
                check.register(*work, blinding, &signature)
            }
            (NotaryAction::ProveOwnership { work, exit, entry, .. }, NotaryProof::ProveOwnership) => {
                check.prove_ownership(work, exit, entry)
            }
            _ => Err(NotaryRejection::Proof),
        }
    }

    fn execute(&mut self, changes: NotaryChanges) {
        for (id, time) in changes.stamps {
            self.stamps.insert_mut(id, time);
        }
        for (id, work) in changes.works {
            self.works.insert_mut(id, work);
        }
        for (digest, id) in changes.contents {
            self.contents.insert_mut(digest, id);
        }
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a Notary,
    changes: &'a mut NotaryChanges,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn stamp(&mut self, id: StampId) -> Result<(), NotaryRejection> {
        if self.state.stamps.contains_key(&id) || self.changes.stamps.contains_key(&id) {
            return Err(NotaryRejection::Stamped(id));
        }
        self.changes.stamps.insert(id, self.place.time());
        Ok(())
    }

    fn register(&mut self, work: Work, blinding: [u8; 32], signature: &SignatureBytes) -> Result<(), NotaryRejection> {
        work.check()?;
        let (ledger, digest, now) = (self.place.ledger(), work.digest, self.place.time());
        let known = self.state.contents.get(&digest).or_else(|| self.changes.contents.get(&digest));
        if let Some(id) = known {
            return Err(NotaryRejection::Registered(*id));
        }
        // A stamp of this very transaction is as young as whoever copies a registration on its way could make one.
        let stamp = StampOpening { digest, author: Some(work.author), blinding }.id();
        let stamped = self.state.stamp(&stamp).ok_or(NotaryRejection::NoStamp(stamp))?;
        if stamped >= now {
            return Err(NotaryRejection::YoungStamp);
        }
        let asset = work.asset(ledger).ok_or(NotaryRejection::NoAsset)?;
        if !signed_by(&work.author, &register_message(self.place.digest()), &signature.0) {
            return Err(NotaryRejection::Author);
        }
        let id = work.id(ledger);
        self.changes.contents.insert(digest, id);
        self.changes.works.insert(id, Registered { work, registered: now, stamped, asset });
        Ok(())
    }

    /// The note is spent and made anew in one transaction, so whoever signs for it owns it now; and what enters the pool is what
    /// has left it.
    fn prove_ownership(&mut self, id: WorkId, exit: u32, entry: u32) -> Result<(), NotaryRejection> {
        let work = self.state.works.get(&id).or_else(|| self.changes.works.get(&id));
        let asset = work.ok_or(NotaryRejection::UnknownWork(id))?.asset;
        self.place.use_public(exit, Mode::Exit, asset, NoteValue(1))?;
        self.place.use_public(entry, Mode::Entry, asset, NoteValue(1))?;
        Ok(())
    }
}

/// A work, as everybody sees it. Who owns it, nobody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkRow {
    /// Its title.
    pub title: String,
    /// The author's key.
    pub author: String,
    /// On what terms others may use it.
    pub licence: String,
    /// Who has a share.
    pub holders: Vec<ShareRow>,
    /// SHA-256 of the file.
    pub digest: String,
    /// The perceptual hash of a picture.
    pub picture: Option<String>,
    /// The asset of its note.
    pub asset: String,
    /// When it was registered, in seconds after 1970.
    pub registered: u64,
    /// When it was stamped, in seconds after 1970.
    pub stamped: u64,
}

/// Somebody with a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareRow {
    /// Ed25519 key that signs.
    pub owner: String,
    /// Key that reads.
    pub viewer: String,
    /// In basis points.
    pub share: u16,
}

impl Registered {
    fn row(&self) -> WorkRow {
        let work = &self.work;
        let share = |holder: &tabella_market_rules::work::Holder| ShareRow {
            owner: hex::encode(holder.party.owner),
            viewer: hex::encode(holder.party.viewer.element().as_bytes()),
            share: holder.share,
        };
        WorkRow {
            title: work.title.clone(),
            author: hex::encode(work.author),
            licence: work.licence.clone(),
            holders: work.holders.iter().map(share).collect(),
            digest: work.digest.to_string(),
            picture: work.picture.map(|picture| picture.to_string()),
            asset: self.asset.to_string(),
            registered: self.registered.seconds(),
            stamped: self.stamped.seconds(),
        }
    }
}

impl Readable for Notary {
    const NAME: &'static str = NAME;
    type Row = WorkRow;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(WorkId(id.0)));
        self.works.range((start, Bound::Unbounded)).map(|(id, _)| InstanceId(id.0))
    }

    fn row(&self, id: &InstanceId, _now: Timestamp) -> Option<WorkRow> {
        self.work(&WorkId(id.0)).map(Registered::row)
    }
}
