//! One action under check.

use tabella_protocol::{
    note::{AssetId, NoteValue},
    transaction::SignatureBytes,
};
use tabella_verifier::application::{Place, signed_by};

use crate::{
    action::{Authority, Batch, MAX_MARKS, MAX_STONES, ProvenanceAction, ProvenanceProof, Role, Stone, message},
    attribute::description,
    registry::{BatchId, Registry, RegistryId, check_name},
    rejection::{ProvenanceRejection, StoneError},
    state::{BatchState, IssuerState, Likenesses, Provenance, ProvenanceChanges, RegistryState, StoneState, Theft},
};

type Outcome<T = ()> = Result<T, ProvenanceRejection>;

pub(crate) struct Check<'a, 'p> {
    pub(crate) state: &'a Provenance,
    pub(crate) changes: &'a mut ProvenanceChanges,
    pub(crate) proof: ProvenanceProof,
    pub(crate) place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    pub(crate) fn action(mut self, action: ProvenanceAction) -> Outcome {
        let is_approved = matches!(&action, ProvenanceAction::Register(batch) if batch.is_approved);
        if self.proof.approval.is_some() != is_approved {
            return Err(ProvenanceRejection::Approval);
        }
        match action {
            ProvenanceAction::Found(registry) => self.found(*registry),
            ProvenanceAction::Issuer { registry, version, issuer, name, is_authorised } => {
                self.issuer((registry, version), issuer, name, is_authorised)
            }
            ProvenanceAction::Register(batch) => self.register(&batch),
            ProvenanceAction::Claim { asset } => self.claim(asset),
            ProvenanceAction::Report { asset, version, by } => self.report(asset, version, by),
            ProvenanceAction::Lift { asset, version, by } => self.lift(asset, version, by),
        }
    }

    fn found(&mut self, registry: Registry) -> Outcome {
        registry.check()?;
        let id = registry.id(self.place.ledger());
        if self.registry(id).is_ok() {
            return Err(ProvenanceRejection::Founded(id));
        }
        self.signed(Role::Registrar, &registry.registrar)?;
        let state = RegistryState { registry, version: 0, issuers: rpds::RedBlackTreeMapSync::new_sync(), stolen: 0 };
        self.changes.registries.insert(id, state);
        Ok(())
    }

    fn issuer(
        &mut self,
        (id, found): (RegistryId, u64),
        issuer: [u8; 32],
        name: String,
        is_authorised: bool,
    ) -> Outcome {
        check_name(&name)?;
        let mut state = self.registry(id)?.clone();
        is_version(state.version, found)?;
        let before = state.issuers.get(&issuer);
        // Who was never authorised is not dismissed; who is may get another name.
        let changes =
            before.map_or(is_authorised, |before| (before.is_authorised, &before.name) != (is_authorised, &name));
        if !changes {
            return Err(ProvenanceRejection::NoChange);
        }
        self.signed(Role::Registrar, &state.registry.registrar)?;
        let (next, stones) = before.map_or((0, 0), |before| (before.next, before.stones));
        state.issuers.insert_mut(issuer, IssuerState { name, is_authorised, next, stones });
        state.version += 1;
        self.changes.registries.insert(id, state);
        Ok(())
    }

    fn register(&mut self, batch: &Batch) -> Outcome {
        if batch.stones.is_empty() || batch.stones.len() > MAX_STONES {
            return Err(ProvenanceRejection::Size);
        }
        let mut state = self.registry(batch.registry)?.clone();
        let mut issuer = self.authorised(&state, batch.registry, &batch.issuer)?.clone();
        if issuer.next != batch.number {
            return Err(ProvenanceRejection::Batch { expected: issuer.next, found: batch.number });
        }
        self.signed(Role::Issuer, &batch.issuer)?;
        if let Some(approval) = self.proof.approval {
            self.signature(Role::Registrar, &state.registry.registrar, &approval)?;
        }
        let id = BatchId::derive(batch.registry, &batch.issuer, batch.number);
        for (index, stone) in batch.stones.iter().enumerate() {
            self.stone(batch, id, stone).map_err(|error| ProvenanceRejection::Stone { index, error })?;
        }
        issuer.next += 1;
        issuer.stones += batch.stones.len() as u64;
        state.issuers.insert_mut(batch.issuer, issuer);
        self.changes.registries.insert(batch.registry, state);
        let Batch { registry, issuer, number, schema, holder, .. } = *batch;
        let state = BatchState { registry, issuer, number, schema, holder, time: self.place.time() };
        self.changes.batches.insert(id, state);
        Ok(())
    }

    /// Registers one thing of a batch.
    fn stone(&mut self, batch: &Batch, id: BatchId, stone: &Stone) -> Result<(), StoneError> {
        let is_ascending = stone.marks.windows(2).all(|pair| pair.first() < pair.last());
        if stone.marks.is_empty() || stone.marks.len() > MAX_MARKS || !is_ascending {
            return Err(StoneError::Marks);
        }
        let asset = description(batch.registry, batch.schema, batch.issuer, &stone.root).id().ok_or(StoneError::Id)?;
        for mark in &stone.marks {
            let key = (batch.registry, *mark);
            let before = self.changes.marks.get(&key).copied().or_else(|| self.state.of_mark(&key));
            if let Some(before) = before.as_ref().and_then(AssetId::from_bytes) {
                return Err(StoneError::Duplicate(before));
            }
        }
        // Nobody can count the look-alikes of what was not measured: that it is a new thing is not for its issuer alone to say.
        if stone.likeness.is_none() && batch.schema.has_measures() && !batch.is_approved {
            return Err(StoneError::Unmeasured);
        }
        if let Some(likeness) = stone.likeness {
            let key = (batch.registry, likeness.mark);
            let before = self.changes.likenesses.get(&key).or_else(|| self.state.likenesses(&key)).copied();
            let likenesses = before.unwrap_or(Likenesses { count: 0, issuer: Some(batch.issuer) });
            if likenesses.issuer != Some(batch.issuer) && !batch.is_approved {
                return Err(StoneError::Unapproved);
            }
            if likenesses.count != likeness.told_apart {
                return Err(StoneError::LookAlikes { expected: likenesses.count, found: likeness.told_apart });
            }
            let issuer = likenesses.issuer.filter(|issuer| *issuer == batch.issuer);
            let count = likenesses.count.saturating_add(1);
            self.changes.likenesses.insert(key, Likenesses { count, issuer });
        }
        // Nothing of it exists, and none will but by a claim.
        self.place.govern(asset)?;
        for mark in &stone.marks {
            self.changes.marks.insert((batch.registry, *mark), asset.to_bytes());
        }
        let state = StoneState {
            batch: id,
            root: stone.root,
            is_measured: stone.likeness.is_some(),
            told_apart: stone.likeness.map_or(0, |likeness| likeness.told_apart),
            is_claimed: false,
            version: 0,
            theft: None,
        };
        self.changes.stones.insert(asset.to_bytes(), state);
        Ok(())
    }

    fn claim(&mut self, asset: AssetId) -> Outcome {
        let (mut stone, batch) = self.known(&asset)?;
        if stone.is_claimed {
            return Err(ProvenanceRejection::Claimed(asset));
        }
        if stone.theft.is_some() {
            return Err(ProvenanceRejection::Stolen(asset));
        }
        self.authorised(self.registry(batch.registry)?, batch.registry, &batch.issuer)?;
        self.signed(Role::Holder, &batch.holder)?;
        self.place.allow_issue(asset, NoteValue(1))?;
        stone.is_claimed = true;
        self.changes.stones.insert(asset.to_bytes(), stone);
        Ok(())
    }

    fn report(&mut self, asset: AssetId, version: u64, by: Authority) -> Outcome {
        let (mut stone, batch) = self.known(&asset)?;
        is_version(stone.version, version)?;
        // The registrar may take a report over: then no issuer lifts it.
        match stone.theft {
            Some(Theft { by: Authority::Issuer, .. }) if by == Authority::Registrar => {}
            Some(_) => return Err(ProvenanceRejection::Stolen(asset)),
            None => {}
        }
        self.by_authority(&batch, by)?;
        let is_new = stone.theft.is_none();
        let since = stone.theft.map_or(self.place.time(), |theft| theft.since);
        stone.theft = Some(Theft { by, since });
        stone.version += 1;
        self.changes.stones.insert(asset.to_bytes(), stone);
        self.count_stolen(batch.registry, |stolen| stolen + u64::from(is_new))
    }

    fn lift(&mut self, asset: AssetId, version: u64, by: Authority) -> Outcome {
        let (mut stone, batch) = self.known(&asset)?;
        is_version(stone.version, version)?;
        let theft = stone.theft.ok_or(ProvenanceRejection::NotStolen(asset))?;
        if theft.by == Authority::Registrar && by == Authority::Issuer {
            return Err(ProvenanceRejection::RegistrarsReport);
        }
        self.by_authority(&batch, by)?;
        stone.theft = None;
        stone.version += 1;
        self.changes.stones.insert(asset.to_bytes(), stone);
        self.count_stolen(batch.registry, |stolen| stolen.saturating_sub(1))
    }

    fn count_stolen(&mut self, id: RegistryId, count: impl FnOnce(u64) -> u64) -> Outcome {
        let mut registry = self.registry(id)?.clone();
        registry.stolen = count(registry.stolen);
        self.changes.registries.insert(id, registry);
        Ok(())
    }

    /// Whether the registrar, or the issuer while it is one, has signed.
    fn by_authority(&self, batch: &BatchState, by: Authority) -> Outcome {
        let registry = self.registry(batch.registry)?;
        match by {
            Authority::Registrar => self.signed(Role::Registrar, &registry.registry.registrar),
            Authority::Issuer => {
                self.authorised(registry, batch.registry, &batch.issuer)?;
                self.signed(Role::Issuer, &batch.issuer)
            }
        }
    }

    fn authorised<'s>(
        &self,
        state: &'s RegistryState,
        registry: RegistryId,
        issuer: &[u8; 32],
    ) -> Outcome<&'s IssuerState> {
        let known = state.issuers.get(issuer).filter(|known| known.is_authorised);
        known.ok_or(ProvenanceRejection::Unauthorised { registry, issuer: *issuer })
    }

    fn signed(&self, role: Role, key: &[u8; 32]) -> Outcome {
        self.signature(role, key, &self.proof.signature)
    }

    fn signature(&self, role: Role, key: &[u8; 32], signature: &SignatureBytes) -> Outcome {
        if signed_by(key, &message(role, self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(ProvenanceRejection::Signature(role))
        }
    }

    /// A registry, as the actions before this one leave it.
    fn registry(&self, id: RegistryId) -> Outcome<&RegistryState> {
        let registry = self.changes.registries.get(&id).or_else(|| self.state.registry(&id));
        registry.ok_or(ProvenanceRejection::UnknownRegistry(id))
    }

    /// A thing and its batch, as the actions before this one leave them.
    fn known(&self, asset: &AssetId) -> Outcome<(StoneState, BatchState)> {
        let stone = self.changes.stones.get(&asset.to_bytes()).or_else(|| self.state.stone(asset));
        let batch =
            stone.and_then(|stone| self.changes.batches.get(&stone.batch).or_else(|| self.state.batch(&stone.batch)));
        stone.copied().zip(batch.copied()).ok_or(ProvenanceRejection::UnknownAsset(*asset))
    }
}

/// Whether an act is for the version as it stands.
fn is_version(expected: u64, found: u64) -> Outcome {
    if expected == found { Ok(()) } else { Err(ProvenanceRejection::Version { expected, found }) }
}
