//! A ledger whose transfers are not proved, which takes no time: whatever else the rules ask for is checked.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_crowdfunding::{
    backer::{self, PledgeOrder, PledgeStep, prepare_pledge},
    campaign::{self, Book},
    keys::{CampaignKeys, ReleaseKey},
    memo::PledgeMemo,
    settle,
};
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignId, Crowdfunding, CrowdfundingRejection, Milestone, PledgeId, Proof, Standing,
};
use tabella_payments::{
    holder::{Holder, LockOrder, Moment, Next},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::{Address, Seed},
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    transaction::{LedgerId, LoggedTransaction, Transaction, TransactionEffects},
};
use tabella_prover::builder::{PreparedTransaction, SpendPath, TransactionBuilder, Unproven, UnprovenTransfer};
use tabella_stage::testing::proving_keys;
pub(crate) use tabella_stage::testing::{no_proof, time};
use tabella_verifier::{
    groth16::VerifyingKeys,
    obligations::Obligations,
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState, standard_applications},
};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const DEADLINE: u64 = NOW + 10_000;
pub(crate) const SECOND_MILESTONE: u64 = NOW + 20_000;
pub(crate) const CLAIM_UNTIL: u64 = NOW + 50_000;
pub(crate) const REFUND_FROM: u64 = NOW + 60_000;
pub(crate) const GOAL: u64 = 1_000;

/// Why something was refused.
#[derive(Debug, PartialEq)]
pub(crate) enum Refused {
    Rule(LedgerRejection),
    Bridge,
    Range,
}

impl Refused {
    pub(crate) fn shielded(rejection: ShieldedRejection) -> Self {
        Self::Rule(LedgerRejection::Shielded(rejection))
    }

    /// The rule of this application.
    pub(crate) fn reason(&self) -> Option<CrowdfundingRejection> {
        match self {
            Self::Rule(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
                rejection.reason().copied()
            }
            _ => None,
        }
    }
}

/// That exactly this rule of the application refuses.
pub(crate) fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, Refused>, rule: CrowdfundingRejection) {
    let refused = outcome.unwrap_err();
    assert_eq!(refused.reason(), Some(rule), "{refused:?}");
}

pub(crate) struct Scene {
    pub(crate) state: LedgerState,
    pub(crate) log: Vec<LoggedTransaction>,
    pub(crate) now: u64,
    pub(crate) asset: AssetId,
    pub(crate) other_asset: AssetId,
    pub(crate) campaigner: Holder,
    pub(crate) backers: [Holder; 2],
    pub(crate) keys: CampaignKeys,
    pub(crate) release: ReleaseKey,
}

/// The campaign's wallet.
pub(crate) fn campaign_seed() -> Seed {
    Seed::new([1; 32])
}

impl Scene {
    /// Two backers with notes of 700 and 800 of one asset, and of 500 of another.
    pub(crate) fn new() -> Self {
        let applications = standard_applications().with(Crowdfunding::default()).unwrap();
        let id = LedgerId([9; 32]);
        let backers = [2, 3].map(|seed| Holder::new(&Seed::new([seed; 32]), 0));
        let mut scene = Self {
            state: LedgerState::with_applications(id, VerifyingKeys::development(), applications),
            log: Vec::new(),
            now: NOW,
            asset: AssetId::new(0_u64.into()),
            other_asset: AssetId::new(0_u64.into()),
            campaigner: Holder::new(&campaign_seed(), 0),
            backers,
            keys: CampaignKeys::of_seed(&campaign_seed(), 0),
            release: ReleaseKey::of_seed(&Seed::new([4; 32]), 0),
        };
        let notes = |scene: &Self, value| scene.backers.each_ref().map(|it| (it.wallet().address(0), NoteValue(value)));
        let both = [notes(&scene, 700), notes(&scene, 800)].concat();
        scene.asset = scene.issue("Crown", AssetClass::Ordinary, &both);
        scene.other_asset = scene.issue("Penny", AssetClass::Ordinary, &notes(&scene, 500));
        scene.read();
        scene
    }

    /// With a campaign that is open.
    pub(crate) fn with_campaign() -> (Self, CampaignId) {
        let mut scene = Self::new();
        let id = scene.open(scene.terms()).unwrap();
        (scene, id)
    }

    /// With pledges of the two backers that are counted: their sum is this.
    pub(crate) fn with_counted(amounts: [u64; 2]) -> (Self, CampaignId) {
        let (mut scene, id) = Self::with_campaign();
        for (backer, amount) in amounts.into_iter().enumerate() {
            scene.pledge(backer, id, amount).unwrap();
        }
        scene.acknowledge(id).unwrap();
        (scene, id)
    }

    /// With a campaign that has succeeded.
    pub(crate) fn with_success() -> (Self, CampaignId) {
        let (mut scene, id) = Self::with_counted([600, 500]);
        scene.now = DEADLINE;
        scene.succeed(id).unwrap();
        (scene, id)
    }

    pub(crate) fn issue(&mut self, name: &str, class: AssetClass, notes: &[(Address, NoteValue)]) -> AssetId {
        let issuer = SigningKey::from_bytes(&[3; 32]);
        let description = AssetDescription {
            issuer: issuer.verifying_key().to_bytes(),
            name: name.into(),
            decimals: 0,
            cap: 100_000,
            class,
            uid: None,
            body: [0; 32],
        };
        let (asset, issue) = next_issue(self.state.assets(), description, notes, false, &mut OsRng).unwrap();
        self.submit(sign_issue(&issuer, self.state.id(), &issue).unwrap()).unwrap();
        asset
    }

    /// 60 and 40 percent, the second with a release key.
    pub(crate) fn terms(&self) -> Campaign {
        Campaign {
            key: self.keys.key(),
            title: "A well for the village".into(),
            description: [0; 32],
            asset: self.asset,
            goal: NoteValue(GOAL),
            deadline: time(DEADLINE),
            closes_at_goal: false,
            claim_until: time(CLAIM_UNTIL),
            refund_from: time(REFUND_FROM),
            claimant: self.keys.claimant(self.campaigner.wallet().key()),
            milestones: vec![
                Milestone { share: 6_000, not_before: time(0), release_key: None },
                Milestone { share: 4_000, not_before: time(SECOND_MILESTONE), release_key: Some(self.release.key()) },
            ],
        }
    }

    /// Everything but the proofs of transfers is verified.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Result<(), Refused> {
        let logged = LoggedTransaction { time: time(self.now), transaction };
        let mut obligations = Obligations::new();
        let checked = self.state.check(&logged, 0, &mut obligations).map_err(Refused::Rule)?;
        let culprits = obligations.verify(&VerifyingKeys::development(), &mut OsRng, |_, _, _| {});
        assert!(culprits.signatures.is_empty() && culprits.equations.is_empty());
        if !culprits.bridges.is_empty() {
            return Err(Refused::Bridge);
        }
        if !culprits.ranges.is_empty() {
            return Err(Refused::Range);
        }
        self.state.execute(checked).unwrap();
        self.log.push(logged);
        Ok(())
    }

    pub(crate) fn read(&mut self) {
        self.campaigner.read_log(&self.state, &self.log).unwrap();
        for backer in &mut self.backers {
            backer.read_log(&self.state, &self.log).unwrap();
        }
    }

    pub(crate) fn standing(&self, id: CampaignId) -> &Standing {
        self.state.application::<Crowdfunding>().unwrap().campaign(&id).unwrap()
    }

    /// A transaction of one action without a transfer, whose proof is made at its place.
    pub(crate) fn act(
        &mut self,
        action: &Action,
        prove: impl FnOnce(&tabella_protocol::transcript::ProofContext) -> Proof,
    ) -> Result<(), Refused> {
        let effects = TransactionEffects::new(self.state.id(), Vec::new(), vec![action.encode()]);
        let context =
            tabella_protocol::transcript::ProofContext { ledger: effects.ledger, digest: effects.digest(), index: 0 };
        let action_proofs = vec![prove(&context).encode()];
        self.submit(Transaction { effects, transfers: Vec::new(), action_proofs })
    }

    /// An action that the campaign's key signs.
    pub(crate) fn signed(&mut self, action: &Action) -> Result<(), Refused> {
        let keys = CampaignKeys::of_seed(&campaign_seed(), 0);
        self.act(action, |context| Proof::signed(keys.sign(context.digest)))
    }

    pub(crate) fn open(&mut self, terms: Campaign) -> Result<CampaignId, Refused> {
        let id = terms.id(self.state.id());
        self.signed(&Action::Open(Box::new(terms)))?;
        Ok(id)
    }

    pub(crate) fn moment<'a>(state: &'a LedgerState, now: u64) -> Moment<'a> {
        Moment { state, keys: proving_keys(), now: time(now) }
    }

    /// A pledge, with the splits before it.
    pub(crate) fn pledge(&mut self, backer: usize, campaign: CampaignId, amount: u64) -> Result<PledgeId, Refused> {
        let reward_to = Some(self.backers[backer].wallet().address(3));
        self.pledge_for(backer, campaign, amount, reward_to)
    }

    /// The same with a reward to any address.
    pub(crate) fn pledge_for(
        &mut self,
        backer: usize,
        campaign: CampaignId,
        amount: u64,
        reward_to: Option<Address>,
    ) -> Result<PledgeId, Refused> {
        let memo = PledgeMemo { reward_to, message: "Good luck!".into() };
        let order = PledgeOrder { campaign, amount: NoteValue(amount), memo };
        loop {
            let moment = Self::moment(&self.state, self.now);
            match prepare_pledge(&mut self.backers[backer], &moment, &order, &mut OsRng).unwrap() {
                PledgeStep::First(first) => self.submit_of(backer, first, Vec::new()).unwrap(),
                PledgeStep::Pledge(pledge) => {
                    let digest = pledge.digest();
                    self.submit_of(backer, pledge, vec![backer::no_proof()])?;
                    return Ok(PledgeId::derive(campaign, digest, 0));
                }
            }
        }
    }

    pub(crate) fn submit_of(
        &mut self,
        backer: usize,
        prepared: PreparedTransaction<Unproven>,
        proofs: Vec<Vec<u8>>,
    ) -> Result<(), Refused> {
        let transaction = self.backers[backer].authorize_with(prepared, &no_proof, &mut OsRng, |_| proofs).unwrap();
        let effects = transaction.effects.clone();
        let outcome = self.submit(transaction);
        if outcome.is_err() {
            self.backers[backer].release(&effects);
        }
        self.read();
        outcome
    }

    /// What the first backer would lock for a milestone.
    pub(crate) fn lock_order(&self, campaign: CampaignId, milestone: usize, amount: u64) -> LockOrder {
        let standing = self.standing(campaign);
        LockOrder {
            claimant: standing.campaign.claimant,
            terms: standing.contracts[milestone].terms,
            guard: standing.contracts[milestone].guard,
            amount: NoteValue(amount),
            memo: Memo::empty(),
            is_tagged: true,
        }
    }

    pub(crate) fn lock(&mut self, asset: AssetId, order: &LockOrder) -> UnprovenTransfer {
        let moment = Self::moment(&self.state, self.now);
        match self.backers[0].prepare_lock(&moment, asset, order, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one or two notes suffice"),
        }
    }

    /// Transfers of the first backer with actions.
    pub(crate) fn submit_transfers(
        &mut self,
        transfers: Vec<UnprovenTransfer>,
        actions: &[Action],
    ) -> Result<(), Refused> {
        let mut builder = TransactionBuilder::new(self.state.id());
        for transfer in transfers {
            builder.add(transfer);
        }
        for action in actions {
            builder.add_action(action.encode());
        }
        let proofs = vec![backer::no_proof(); actions.len()];
        self.submit_of(0, builder.build().unwrap(), proofs)
    }

    pub(crate) fn book(&self, id: CampaignId) -> Book {
        Book::read(&self.state, self.campaigner.wallet(), id).unwrap()
    }

    pub(crate) fn acknowledge(&mut self, id: CampaignId) -> Result<(), Refused> {
        let acknowledged = self.book(id).acknowledge(&self.keys, self.state.id()).unwrap();
        self.submit(acknowledged)
    }

    pub(crate) fn succeed(&mut self, id: CampaignId) -> Result<(), Refused> {
        let success = self.book(id).succeed(&self.keys, self.state.id(), &mut OsRng).unwrap();
        self.submit(success)
    }

    /// A success whose proof somebody makes at its place.
    pub(crate) fn succeed_with(
        &mut self,
        id: CampaignId,
        goal: &campaign::GoalProof,
        prove: impl FnOnce(&tabella_protocol::transcript::ProofContext, &Standing) -> Proof,
    ) -> Result<(), Refused> {
        let standing = self.standing(id).clone();
        let action = Action::Succeed { campaign: id, counted: standing.counted, raised: goal.raised() };
        let keys = CampaignKeys::of_seed(&campaign_seed(), 0);
        self.act(&action, |context| {
            let mut proof = prove(context, &standing);
            proof.signature = Some(keys.sign(context.digest));
            proof
        })
    }

    /// The campaign claims all that it can.
    pub(crate) fn claim(&mut self, id: CampaignId) -> Result<u64, Refused> {
        let open = settle::claimable(&self.state, self.campaigner.wallet(), id, time(self.now));
        self.claim_these(&open)
    }

    pub(crate) fn claim_these(&mut self, open: &[settle::Takable]) -> Result<u64, Refused> {
        let moment = Self::moment(&self.state, self.now);
        let prepared = settle::prepare(&mut self.campaigner, &moment, open, SpendPath::Claim, &mut OsRng).unwrap();
        let transaction = self.campaigner.authorize(prepared, &no_proof, &mut OsRng).unwrap();
        let effects = transaction.effects.clone();
        let outcome = self.submit(transaction);
        if outcome.is_err() {
            self.campaigner.release(&effects);
        }
        self.read();
        outcome.map(|()| open.iter().map(|each| each.value.0).sum())
    }

    /// The escrows of the campaign, whether they can be claimed or not.
    pub(crate) fn all_escrows(&self, id: CampaignId) -> Vec<settle::Takable> {
        // To the backers they are refundable at the end of time.
        let backers = self.backers.iter();
        let all = backers.map(|backer| settle::refundable(&self.state, backer.wallet(), Some(id), Timestamp::MAX));
        all.collect::<Vec<_>>().concat()
    }

    pub(crate) fn balance(&self, holder: &Holder) -> u128 {
        holder.wallet().balance(self.state.shielded().id(), self.asset, time(self.now)).spendable
    }
}
