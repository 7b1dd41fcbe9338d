//! Delegation, recall, override and re-voting where weights are hidden.

use rand_core::OsRng;
use tabella_election::voter::{Holding, UnusableRight, VoterError};
use tabella_protocol::{
    election::Weights,
    keys::Diversifier,
    note::{Guard, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    statement::Mode,
    transaction::TransferStatement,
    tree::Position,
};
use tabella_prover::builder::{EscrowOrder, Payer, TransactionBuilder};
use tabella_verifier::election::{Level, Refusal, Rejection};

use crate::parties::{CLOSES, OPENS, Run, no_proofs, proving_keys, rules, time};

impl Run {
    fn delegate(&mut self, from: usize, to: usize) {
        self.next_epoch();
        let address = self.parties.people[to].voter.delegate_address(1);
        let right = self.held(from, Holding::Own);
        let (pool, people) = (self.state.election(&self.parties.election).unwrap(), &mut self.parties.people);
        let voter = &mut people[from].voter;
        let prepared = voter.delegate(pool, proving_keys(), right, address, self.now, &mut OsRng).unwrap();
        let transaction = voter.authorize(prepared, &no_proofs, &mut OsRng).unwrap();
        self.accept(transaction);
    }

    /// Delegates as another program might: for another time, or under a guard.
    fn delegate_otherwise(&mut self, from: usize, to: usize, terms: Terms, guard: Guard) {
        self.next_epoch();
        let claimant = self.parties.people[to].voter.delegate_address(1);
        let (right, setting) = (self.right(from), self.setting());
        let amount = NoteValue(right.note.note().value.0);
        let key = &self.parties.people[from].key;
        let payer = Payer { key: key.full_viewing_key(), setting: &setting, change: Diversifier::from_index(1 << 20) };
        let refund = Diversifier::from_index(1 << 21);
        let order = EscrowOrder { claimant, terms, guard, refund, amount, memo: Memo::empty() };
        let mut builder = TransactionBuilder::new(self.pool().manifest().ledger);
        builder.add(payer.lock(vec![right], order, &mut OsRng).unwrap());
        let prepared = builder.build().unwrap();
        let voter = &self.parties.people[from].voter;
        let transaction = voter.authorize(prepared, &no_proofs, &mut OsRng).unwrap();
        self.accept(transaction);
    }

    fn recall(&mut self, person: usize) -> Result<(), VoterError> {
        self.next_epoch();
        let right = self.held(person, Holding::GivenAway);
        let (pool, people) = (self.state.election(&self.parties.election).unwrap(), &mut self.parties.people);
        let voter = &mut people[person].voter;
        let prepared = voter.recall(pool, proving_keys(), right, self.now, &mut OsRng)?;
        let transaction = voter.authorize(prepared, &no_proofs, &mut OsRng)?;
        self.accept(transaction);
        Ok(())
    }

    /// Casts for the second option; the level that the ballot states.
    fn cast(&mut self, person: usize, holding: Holding) -> Result<Level, VoterError> {
        self.next_epoch();
        let right = self.held(person, holding);
        let (pool, people) = (self.state.election(&self.parties.election).unwrap(), &mut self.parties.people);
        let choice = [vec![0, 1, 0]];
        let voter = &mut people[person].voter;
        let ballot = voter.prepare_ballot(pool, proving_keys(), right, &choice, self.now, &mut OsRng)?;
        let transaction = voter.cast(pool, ballot, &no_proofs, &mut OsRng)?;
        let TransferStatement::Transfer { instance, .. } = &transaction.effects.transfers[0].statement else {
            panic!("weights are hidden")
        };
        assert_eq!(instance.mode, Mode::Consume);
        let level = Level::from(instance.level);
        self.accept(transaction);
        Ok(level)
    }

    fn held(&self, person: usize, holding: Holding) -> Position {
        self.parties.people[person].voter.held(self.pool(), holding).unwrap()
    }

    fn next_epoch(&mut self) {
        self.now = time(self.now.seconds() + 60);
        self.read();
    }
}

fn run(revoting: bool) -> Run {
    let mut rules = rules(Weights::Hidden, true);
    rules.revoting = revoting;
    Run::voting(&[7, 250, 3], rules)
}

#[test]
fn recalled_right_of_hidden_weight_is_cast_plainly_and_again() {
    let mut run = run(true);
    run.delegate(0, 2);
    run.next_epoch();
    let right = run.held(2, Holding::Delegated);
    let rights = run.parties.people[2].voter.rights(run.pool());
    assert!(rights.iter().any(|held| held.position == right && held.weight == 7));
    run.recall(0).unwrap();
    run.next_epoch();
    assert!(matches!(run.parties.people[2].voter.held(run.pool(), Holding::Delegated), Err(VoterError::Unusable(_))));
    assert_eq!(run.cast(0, Holding::Own).unwrap(), Level::Plain);
    assert_eq!(run.cast(0, Holding::Own).unwrap(), Level::Plain);
    assert_eq!((run.pool().ballots(), run.pool().counted()), (2, 1));
}

#[test]
fn owner_of_a_right_of_hidden_weight_overrides_the_delegate_who_then_cannot_vote_again() {
    for revoting in [false, true] {
        let mut run = run(revoting);
        run.delegate(1, 2);
        assert_eq!(run.cast(2, Holding::Delegated).unwrap(), Level::Plain);
        assert!(matches!(run.recall(1), Err(VoterError::Unusable(_))));
        assert_eq!(run.cast(1, Holding::GivenAway).unwrap(), Level::Override);
        assert_eq!((run.pool().ballots(), run.pool().counted()), (2, 1));
        assert!(matches!(run.cast(2, Holding::Delegated), Err(VoterError::Unusable(_))));
    }
}

// Whatever the delegate's program thinks: the rules refuse it.
#[test]
fn delegates_ballot_that_arrives_after_the_owners_is_refused() {
    let mut run = run(true);
    run.delegate(1, 2);
    run.next_epoch();
    let right = run.held(2, Holding::Delegated);
    let (pool, people) = (run.state.election(&run.parties.election).unwrap(), &mut run.parties.people);
    let choice = [vec![0, 1, 0]];
    let voter = &mut people[2].voter;
    let late = voter.prepare_ballot(pool, proving_keys(), right, &choice, run.now, &mut OsRng).unwrap();
    let late = voter.cast(pool, late, &no_proofs, &mut OsRng).unwrap();
    run.cast(1, Holding::GivenAway).unwrap();
    assert_eq!(run.rejection(late), Rejection::Refused(Refusal::Overridden));
}

#[test]
fn rights_that_cannot_be_cast_are_named_with_the_reason_and_no_ballot_is_prepared() {
    let proper = Terms { claim_until: time(CLOSES), refund_from: Timestamp::ZERO, burn_only: true };
    let short = Terms { claim_until: time(CLOSES - 1), ..proper };
    let late = Terms { refund_from: time(OPENS + 1), ..proper };
    let guard = Guard::of(b"election", &[1; 32]).unwrap();
    for (terms, guard, holder, holding, said) in [
        (proper, Guard::none(), 2, Holding::Delegated, None),
        (short, Guard::none(), 2, Holding::Delegated, Some(UnusableRight::Expires)),
        (proper, guard, 2, Holding::Delegated, Some(UnusableRight::Guarded)),
        (proper, guard, 0, Holding::GivenAway, None),
        (late, Guard::none(), 0, Holding::GivenAway, Some(UnusableRight::Bound)),
        (late, Guard::none(), 2, Holding::Delegated, None),
    ] {
        let mut run = run(false);
        run.delegate_otherwise(0, 2, terms, guard);
        run.next_epoch();
        let rights = run.parties.people[holder].voter.rights(run.pool());
        let right = rights.iter().find(|right| right.holding == holding).unwrap();
        match said {
            None => {
                assert_eq!(right.unusable, None);
                run.cast(holder, holding).unwrap();
            }
            Some(said) => {
                assert_eq!(right.unusable, Some(said));
                let refused = run.cast(holder, holding).unwrap_err();
                assert!(matches!(refused, VoterError::Unusable(reason) if reason == said), "{refused}");
            }
        }
    }
}
