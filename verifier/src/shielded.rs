//! The pools of assets: what every transfer must fulfil, and what an accepted transaction does to them. Spec § 3.5.
//!
//! Ordinary assets live in one pool, named ones in another. What leaves, enters, is tagged or consumed is used by exactly one
//! action of an application ([`crate::application`]).

use std::collections::BTreeSet;

use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, NoteCommitment, Nullifier, Timestamp},
    statement::Mode,
    transaction::{
        ApplicationId, LedgerId, PoolId, Transaction, TransactionDigest, TransferEffects, TransferStatement,
    },
    tree::{Anchor, NoteCommitmentTree},
};
use thiserror::Error;

use crate::{
    application::{ApplicationRejection, Applications, CheckError, Governed, Minted, PendingChanges, Place},
    obligations::Obligations,
    turnstile::{Flows, Overdrawn, Turnstile},
};

/// Why the pools refuse a transaction.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShieldedRejection {
    /// A pool that does not exist.
    #[error("transfer {0}: no such pool on this ledger")]
    UnknownPool(usize),
    /// A mode that needs an application, and no action uses the transfer.
    #[error("transfer {0}: value leaves or enters a pool only through an application's action")]
    Mode(usize),
    /// A hidden asset where all assets are shown.
    #[error("transfer {0}: every transfer of this pool reveals its asset")]
    AssetHidden(usize),
    /// An asset that was never issued here.
    #[error("transfer {0}: no such asset on this ledger")]
    UnknownAsset(usize),
    /// An asset that lives in the other pool.
    #[error("transfer {0}: this asset lives in another pool")]
    AssetPool(usize),
    /// An application has stopped the asset.
    #[error("transfer {0}: an application refuses transfers of this asset")]
    Frozen(usize),
    /// A transfer within the pool of an asset that is in an application's hands.
    #[error("transfer {0}: this asset moves only as an application decides")]
    Governed(usize),
    /// An action allowed an issue, and no action made it.
    #[error("an application allowed an issue that the transaction does not make")]
    IssueMissing,
    /// A guarded contract whose guard is shut, or nobody answers for.
    #[error("transfer {0}: no application on this ledger says that this escrow's guard is open")]
    Guard(usize),
    /// The block's time is outside the window.
    #[error("transfer {transfer}: its window does not contain the block's time {time}")]
    Window {
        /// Index of the transfer.
        transfer: usize,
        /// Of the block.
        time: u64,
    },
    /// The anchor is not a root of the pool.
    #[error("transfer {0}: the anchor is not a root of the pool")]
    Anchor(usize),
    /// Spent before.
    #[error("transfer {transfer}: note already spent (nullifier {nullifier})")]
    Spent {
        /// Index of the transfer.
        transfer: usize,
        /// The nullifier.
        nullifier: Nullifier,
    },
    /// An action that does not decode.
    #[error("action {index}: {reason}")]
    Decode {
        /// Index of the action.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// An application that this ledger does not have.
    #[error("action {0}: no such application on this ledger")]
    UnknownApplication(usize),
    /// An application refuses its action.
    #[error(transparent)]
    Application(#[from] ApplicationRejection),
    /// More of an asset would leave its pool in public than came in.
    #[error(transparent)]
    Overdrawn(#[from] Overdrawn),
    /// Another entry changed an application after this one was checked.
    #[error("an application has changed since this was checked: check it again")]
    Stale,
    /// The tree is full.
    #[error("the pool's tree is full")]
    TreeFull,
}

/// What a transaction will do to the pools and the applications.
#[derive(Debug, Default)]
pub(crate) struct ShieldedEffect {
    nullifiers: Vec<(AssetClass, Nullifier)>,
    commitments: Vec<Minted>,
    flows: Flows,
    applications: PendingChanges,
}

impl ShieldedEffect {
    /// The nullifiers that it records.
    pub(crate) fn nullifiers(&self) -> &[(AssetClass, Nullifier)] {
        &self.nullifiers
    }
}

/// The state of one pool.
#[derive(Clone, Debug)]
pub struct ShieldedPool {
    id: PoolId,
    class: AssetClass,
    tree: NoteCommitmentTree,
    anchors: BTreeSet<[u8; 32]>,
    nullifiers: BTreeSet<[u8; 32]>,
}

impl ShieldedPool {
    /// The empty pool of a class.
    #[must_use]
    pub fn new(ledger: LedgerId, class: AssetClass) -> Self {
        Self {
            id: class.pool(ledger),
            class,
            tree: NoteCommitmentTree::new(),
            anchors: BTreeSet::new(),
            nullifiers: BTreeSet::new(),
        }
    }

    /// The pool's id.
    #[must_use]
    pub const fn id(&self) -> PoolId {
        self.id
    }

    /// The class of all its assets.
    #[must_use]
    pub const fn class(&self) -> AssetClass {
        self.class
    }

    /// The tree, for paths of one's own notes.
    #[must_use]
    pub const fn tree(&self) -> &NoteCommitmentTree {
        &self.tree
    }

    /// Whether a note was spent.
    #[must_use]
    pub fn is_spent(&self, nullifier: &Nullifier) -> bool {
        self.nullifiers.contains(&nullifier.to_bytes())
    }

    fn accepts_anchor(&self, anchor: &Anchor) -> bool {
        self.anchors.contains(&anchor.to_bytes())
    }

    /// What a transfer must fulfil here, whatever it is for.
    fn check(
        &self,
        index: usize,
        transfer: &TransferEffects,
        time: Timestamp,
        applications: &Applications,
    ) -> Result<(), ShieldedRejection> {
        match revealed_asset(transfer) {
            None if self.class == AssetClass::Named => return Err(ShieldedRejection::AssetHidden(index)),
            None => {}
            Some(asset) => match applications.class_of(&asset) {
                None => return Err(ShieldedRejection::UnknownAsset(index)),
                Some(class) if class != self.class => return Err(ShieldedRejection::AssetPool(index)),
                Some(_) if applications.is_frozen(&asset, time) => return Err(ShieldedRejection::Frozen(index)),
                Some(_) if is_in_mode(transfer, Mode::Internal) && applications.governor(&asset).is_some() => {
                    return Err(ShieldedRejection::Governed(index));
                }
                Some(_) => {}
            },
        }
        // A tag reveals the contract of its output; every other contract is that of a guarded claim.
        if let Some(contract) = transfer.contract.as_ref().filter(|_| !is_in_mode(transfer, Mode::Tag))
            && !applications.guard_is_open(&contract.guard, time)
        {
            return Err(ShieldedRejection::Guard(index));
        }
        if !transfer.window().contains(time) {
            return Err(ShieldedRejection::Window { transfer: index, time: time.seconds() });
        }
        if !self.accepts_anchor(&transfer.anchor()) {
            return Err(ShieldedRejection::Anchor(index));
        }
        match recorded_nullifiers(transfer).iter().find(|nullifier| self.is_spent(nullifier)) {
            Some(nullifier) => Err(ShieldedRejection::Spent { transfer: index, nullifier: *nullifier }),
            None => Ok(()),
        }
    }
}

/// The pools of a ledger's assets.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    ordinary: ShieldedPool,
    named: ShieldedPool,
    turnstile: Turnstile,
}

impl Pools {
    /// Empty pools.
    pub(crate) fn new(ledger: LedgerId) -> Self {
        let [ordinary, named] = AssetClass::ALL.map(|class| ShieldedPool::new(ledger, class));
        Self { ordinary, named, turnstile: Turnstile::default() }
    }

    /// The pool of a class.
    pub(crate) const fn of(&self, class: AssetClass) -> &ShieldedPool {
        match class {
            AssetClass::Ordinary => &self.ordinary,
            AssetClass::Named => &self.named,
        }
    }

    /// Checks a transaction that is right by itself; what remains to be verified is added to `obligations`.
    pub(crate) fn check(
        &self,
        tx: &Transaction,
        digest: TransactionDigest,
        time: Timestamp,
        applications: &Applications,
        (entry, obligations): (u64, &mut Obligations),
    ) -> Result<ShieldedEffect, ShieldedRejection> {
        let mut effect = ShieldedEffect::default();
        for (index, transfer) in tx.effects.transfers.iter().enumerate() {
            let pool = AssetClass::ALL.map(|class| self.of(class)).into_iter().find(|pool| pool.id == transfer.pool);
            let pool = pool.ok_or(ShieldedRejection::UnknownPool(index))?;
            pool.check(index, transfer, time, applications)?;
            if revealed_asset(transfer).is_some() {
                // Its class, and whether it is frozen, were asked for. (An open guard stays open.)
                effect.applications.basis = Some(applications.revision());
            }
            effect.nullifiers.extend(recorded_nullifiers(transfer).iter().map(|nullifier| (pool.class, *nullifier)));
            effect.commitments.extend(appended(transfer).iter().map(|commitment| (pool.class, *commitment)));
        }
        let mut place = Place {
            ledger: tx.effects.ledger,
            digest,
            time,
            transfers: &tx.effects.transfers,
            applications,
            application: ApplicationId([0; 8]),
            action: 0,
            entry,
            used: tx.effects.transfers.iter().map(|transfer| is_in_mode(transfer, Mode::Internal)).collect(),
            minted: Vec::new(),
            governed: Governed::default(),
            flows: Flows::default(),
            obligations: Obligations::new(),
        };
        for (index, (action, proof)) in tx.effects.actions.iter().zip(&tx.action_proofs).enumerate() {
            (place.action, place.application) = (index, action.application);
            let bytes = (action.body.as_slice(), proof.as_slice());
            match applications.check(action.application, &mut effect.applications, bytes, &mut place) {
                None => return Err(ShieldedRejection::UnknownApplication(index)),
                Some(Err(CheckError::Decode(reason))) => return Err(ShieldedRejection::Decode { index, reason }),
                Some(Err(CheckError::Rule(rejection))) => return Err(rejection.into()),
                Some(Ok(())) => {}
            }
        }
        if let Some(unused) = place.used.iter().position(|used| !used) {
            return Err(ShieldedRejection::Mode(unused));
        }
        if !place.governed.is_settled() {
            return Err(ShieldedRejection::IssueMissing);
        }
        self.turnstile.check(&place.flows)?;
        effect.flows = place.flows;
        effect.commitments.append(&mut place.minted);
        obligations.append(place.obligations);
        Ok(effect)
    }

    /// Applies a checked transaction to the pools and the applications.
    ///
    /// # Errors
    /// [`ShieldedRejection::TreeFull`]; or [`ShieldedRejection::Spent`], [`ShieldedRejection::Stale`] or
    /// [`ShieldedRejection::Overdrawn`] when the state changed since the check. Nothing is changed then.
    pub(crate) fn execute(
        &mut self,
        effect: ShieldedEffect,
        applications: &mut Applications,
    ) -> Result<(), ShieldedRejection> {
        let ShieldedEffect { nullifiers, commitments, flows, applications: pending } = effect;
        if let Some((_, nullifier)) = nullifiers.iter().find(|(class, nullifier)| self.of(*class).is_spent(nullifier)) {
            return Err(ShieldedRejection::Spent { transfer: 0, nullifier: *nullifier });
        }
        applications.ready(&pending).map_err(|_| ShieldedRejection::Stale)?;
        self.turnstile.check(&flows)?;
        let appended = AssetClass::ALL.map(|class| {
            let own = commitments.iter().filter(|(of, _)| *of == class);
            own.map(|(_, commitment)| *commitment).collect::<Vec<_>>()
        });
        let pools = [&mut self.ordinary, &mut self.named];
        if !pools.iter().zip(&appended).all(|(pool, new)| pool.tree.has_room(new.len())) {
            return Err(ShieldedRejection::TreeFull);
        }
        for (pool, new) in pools.into_iter().zip(&appended) {
            let own = nullifiers.iter().filter(|(class, _)| *class == pool.class);
            pool.nullifiers.extend(own.map(|(_, nullifier)| nullifier.to_bytes()));
            if !new.is_empty() {
                pool.tree.append(new).expect("there is room");
                pool.anchors.insert(pool.tree.root().to_bytes());
            }
        }
        self.turnstile.execute(flows);
        applications.execute(pending);
        Ok(())
    }
}

fn is_in_mode(transfer: &TransferEffects, mode: Mode) -> bool {
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. } => instance.mode == mode,
        TransferStatement::Cast(_) => mode == Mode::Consume,
    }
}

/// The asset that a transfer shows.
fn revealed_asset(transfer: &TransferEffects) -> Option<AssetId> {
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. } => instance.reveal.then(|| AssetId::new(instance.asset_revealed)),
        TransferStatement::Cast(instance) => Some(instance.asset),
    }
}

/// Both nullifiers; of what is consumed, the first alone.
fn recorded_nullifiers(transfer: &TransferEffects) -> &[Nullifier] {
    let nullifiers = transfer.nullifiers();
    if is_in_mode(transfer, Mode::Consume) { nullifiers.get(..1).unwrap_or_default() } else { nullifiers }
}

/// The notes that a transfer makes; none of what is consumed.
fn appended(transfer: &TransferEffects) -> &[NoteCommitment] {
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. } if instance.mode != Mode::Consume => &instance.commitments,
        _ => &[],
    }
}
