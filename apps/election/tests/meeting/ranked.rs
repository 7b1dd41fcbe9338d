//! Rankings: sealed, opened after the close, and counted.

use curve25519_dalek::scalar::Scalar;
use tabella_election::trustee::combine_result;
use tabella_protocol::{
    ballot::BallotTerms,
    election::{APPLICATION, BallotCast, CastProof, ElectionAction, ManifestError, RollError, check_terms},
    keys::{Account, Diversifier, SpendingKey},
    ranking::{
        RankedQuestion, Ranking, RankingError, RankingProof, RankingRule, RankingStatement, SealedRanking, SealingPlace,
    },
    ristretto::Element,
    transaction::Action,
    transcript::ProofContext,
};
use tabella_prover::{
    ballot,
    builder::{Payer, PoolSetting, SpendPath, SpendableNote, TransactionBuilder},
    ranking::{prove, seal},
};
use tabella_verifier::{obligations::Culprits, record::verify_record, report::CheckId};

use super::*;

/// The ranked question stands between two others, so that its number among all questions is not that among its kind.
const RANKED: u16 = 1;

fn questions() -> Vec<Question> {
    vec![
        question("Shall there be a fair?", &["yes", "no"], QuestionKind::Choose { min: 1, max: 1 }),
        question("Where?", &["hill", "river", "wood"], QuestionKind::Rank { min: 1, max: 2 }),
        question("How much for each?", &["music", "food"], QuestionKind::Score { most: 3, blank: true }),
    ]
}

fn answers(ranks: [u16; 3]) -> [Vec<u16>; 3] {
    [vec![1, 0], ranks.to_vec(), vec![1, 2]]
}

fn rule() -> RankingRule {
    RankingRule::new(3, 1, 2).unwrap()
}

/// What a voter puts in the place of the ranking, and what proves it at a place.
struct Forged {
    sealed: SealedRanking,
    proof: Box<dyn Fn(&Statement<'_>) -> RankingProof>,
}

/// Where a forged ranking will stand.
struct Statement<'a> {
    context: ProofContext,
    place: SealingPlace<'a>,
    pool: &'a ElectionPool,
}

impl Meeting {
    fn prepared(&mut self, voter: usize, ranks: [u16; 3], engine: &Parameters) -> Transaction {
        let (log, pool) = (self.ledger.election_entries(self.election).unwrap(), self.pool());
        let (keys, now) = (ProvingKeys::of(|shape| engine.verifying_key(shape).id()), self.ledger.now().unwrap());
        let voter = &mut self.voters[voter];
        voter.read(&pool, &log).unwrap();
        let right = voter.held(&pool, Holding::Own).unwrap();
        let ballot = voter.prepare_ballot(&pool, keys, right, &answers(ranks), now, &mut OsRng).unwrap();
        voter.cast(&pool, ballot, engine, &mut OsRng).unwrap()
    }

    /// A ballot that is right in everything but what its caster puts in the place of the ranking.
    fn forged(
        &mut self,
        voter: usize,
        engine: &Parameters,
        forge: impl FnOnce(&ElectionPool, SealingPlace<'_>) -> Forged,
    ) -> Transaction {
        let (log, pool) = (self.ledger.election_entries(self.election).unwrap(), self.pool());
        self.voters[voter].read(&pool, &log).unwrap();
        let right = self.voters[voter].held(&pool, Holding::Own).unwrap();
        let note = self.voters[voter].wallet().note(pool.pool(), right).unwrap().clone();
        let nullifier = *note.nullifier();
        let key: SpendingKey =
            Seed::new([u8::try_from(voter).unwrap(); 32]).account(&Account::Election(REGISTRATION.0));
        let anchor = pool.anchor_at(self.ledger.now().unwrap());
        let path = pool.tree().path_at(note.position(), anchor.size).unwrap();
        let setting = PoolSetting {
            pool: pool.pool(),
            anchor: anchor.anchor,
            window: *pool.window(),
            transfer_key: engine.verifying_key(tabella_protocol::statement::Shape::Transfer).id(),
            cast_key: engine.verifying_key(tabella_protocol::statement::Shape::Cast).id(),
            reveal: false,
        };
        let payer = Payer { key: key.full_viewing_key(), setting: &setting, change: Diversifier::from_index(1 << 20) };
        let transfer = payer.cast(&SpendableNote { note, path }, SpendPath::Own, &mut OsRng).unwrap();
        let (id, election_key) = (pool.id(), pool.manifest().key);
        let place = SealingPlace { election: id.as_bytes(), nullifier, question: RANKED };
        let Forged { sealed, proof } = forge(&pool, place);
        let points = [vec![1, 0], vec![1, 2]];
        let rules = pool.question_rules();
        let (body, opening) = ballot::encrypt(rules, &election_key, None, &points, &mut OsRng).unwrap();
        let cast = BallotCast { election: id, revision: 0, ballot: body.clone(), rankings: vec![sealed] };
        let mut builder = TransactionBuilder::new(pool.manifest().ledger);
        builder.add(transfer);
        let action = borsh::to_vec(&ElectionAction::Cast(cast)).unwrap();
        builder.add_action(Action { application: APPLICATION, body: action });
        let prepared = builder.build().unwrap();
        let context = ProofContext { ledger: pool.manifest().ledger, digest: prepared.digest(), index: 0 };
        let terms = BallotTerms { election: id.as_bytes(), ..pool.ballot_terms() };
        let ballot = ballot::prove(&context, terms, &body, &opening, &mut OsRng).unwrap();
        let rankings = vec![proof(&Statement { context, place, pool: &pool })];
        let proof = borsh::to_vec(&CastProof { ballot, bridge: None, rankings }).unwrap();
        let proven = prepared.prove(engine, &mut OsRng).unwrap();
        proven.sign(&key.spend_authorizing_key(), &mut OsRng).unwrap().finish(vec![proof]).unwrap()
    }

    /// What the rules say of a ballot, or else which proofs of it are wrong.
    fn judge(&self, transaction: &Transaction) -> Result<Culprits, Rejection> {
        let keys = VerifyingKeys::development();
        let entry = LoggedTransaction { time: time(OPENS), transaction: transaction.clone() };
        let mut obligations = Obligations::new();
        self.pool().check(&entry, &keys, 7, &mut obligations)?;
        Ok(obligations.verify(&keys, &mut OsRng, |_, _, _| ()))
    }
}

fn only_the_ranking() -> Culprits {
    Culprits { rankings: [7].into(), ..Culprits::default() }
}

/// The ranking of a ballot with its proof.
fn ranking_of(transaction: &Transaction) -> (SealedRanking, RankingProof) {
    let ElectionAction::Cast(cast) = borsh::from_slice(&transaction.effects.actions[0].body).unwrap() else { panic!() };
    let proof: CastProof = borsh::from_slice(&transaction.action_proofs[0]).unwrap();
    (cast.rankings[0].clone(), proof.rankings[0])
}

/// A ballot with other rankings or proofs of rankings in it. Only the digest, and what signs it, is as it was.
fn altered(transaction: &Transaction, alter: impl FnOnce(&mut BallotCast, &mut CastProof)) -> Transaction {
    let mut transaction = transaction.clone();
    let body = &mut transaction.effects.actions[0].body;
    let ElectionAction::Cast(mut cast) = borsh::from_slice(body).unwrap() else { panic!() };
    let mut proof: CastProof = borsh::from_slice(&transaction.action_proofs[0]).unwrap();
    alter(&mut cast, &mut proof);
    *body = borsh::to_vec(&ElectionAction::Cast(cast)).unwrap();
    transaction.action_proofs[0] = borsh::to_vec(&proof).unwrap();
    transaction
}

#[test]
fn ranked_question_among_others_is_counted_round_by_round_and_verified() {
    let engine = Parameters::development().unwrap();
    let mut meeting = Meeting::new(5, questions());
    // What is no ranking is not even sealed.
    let refused = |meeting: &mut Meeting, ranks| match meeting.cast(0, &answers(ranks), &engine) {
        Err(VoterError::Ranking { question: 2, error }) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&mut meeting, [1, 1, 0]), RankingError::Shared(1));
    assert_eq!(refused(&mut meeting, [1, 0, 3]), RankingError::Gap(2));
    assert_eq!(refused(&mut meeting, [1, 2, 3]), RankingError::Ranks { min: 1, max: 2 });
    assert_eq!(refused(&mut meeting, [0, 0, 0]), RankingError::Ranks { min: 1, max: 2 });

    for (voter, ranks) in [[1, 0, 2], [1, 2, 0], [2, 1, 0], [0, 1, 0]].into_iter().enumerate() {
        meeting.cast(voter, &answers(ranks), &engine).unwrap();
    }
    // One who ranks an option that does not exist: as many ranks as the rule has, sealed and proved rightly.
    let other_rule = RankingRule::new(5, 1, 2).unwrap();
    let spoiling = meeting.forged(4, &engine, |pool, place| {
        let ranking = Ranking::new(&other_rule, vec![4, 0]).unwrap();
        let (sealed, opening) = seal(&place, &other_rule, &pool.manifest().key, &ranking, &mut OsRng);
        let copy = sealed.clone();
        let proof = move |at: &Statement<'_>| {
            let key = &at.pool.manifest().key;
            let statement = RankingStatement { context: at.context, place: at.place, key, rule: rule(), sealed: &copy };
            prove(&statement, &opening, &mut OsRng)
        };
        Forged { sealed, proof: Box::new(proof) }
    });
    meeting.submit(spoiling).unwrap();
    // The fourth thinks again; what it replaces is never decrypted.
    meeting.cast(3, &answers([0, 2, 1]), &engine).unwrap();

    let (closed, partials) = meeting.close();
    // 2 + 2 sums, and one ranking of each ballot that counts.
    assert_eq!(closed.tally_statement().1.len(), 4 + 5);
    let results = combine_result(&closed, &partials, &mut OsRng).unwrap();
    assert_eq!(results.totals, [vec![5, 0], vec![5, 10]]);
    let ranked = &results.rankings[0];
    assert_eq!((ranked.spoiled(), ranked.first_preferences()), (1, &[2, 1, 1][..]));
    // The wood stands after the river and has as few: it goes out, and its ballot counts for the river. Of hill and river, which
    // then have two each, the river had fewer before, and goes out.
    let out: Vec<_> = ranked.count.rounds.iter().map(|round| round.eliminated).collect();
    assert_eq!((out, ranked.count.winner), (vec![Some(2), Some(1), None], Some(0)));

    // Whoever publishes otherwise is refused for it.
    let refusal = |alter: &dyn Fn(&mut Results)| {
        let mut altered = results.clone();
        alter(&mut altered);
        meeting.refusal_of_result(&closed, &partials, altered)
    };
    let spoiled = ranked.rankings.iter().position(Option::is_none).unwrap();
    let good = ranked.rankings.iter().position(Option::is_some).unwrap();
    let at = |index: usize| TallyError::Rankings { question: 1, ballot: Some(index + 1) };
    assert_eq!(refusal(&|r| r.rankings[0].rankings[good] = None), at(good));
    // Nobody ranked so: whichever ballot stands first, it is another ranking.
    assert_eq!(refusal(&|r| r.rankings[0].rankings[good] = Some(vec![1, 2])), at(good));
    assert_eq!(refusal(&|r| r.rankings[0].rankings[spoiled] = Some(vec![0])), at(spoiled));
    let missing = TallyError::Rankings { question: 1, ballot: None };
    assert_eq!(refusal(&|r| drop(r.rankings[0].rankings.pop())), missing);
    let swapped = refusal(&|r| r.rankings[0].rankings.rotate_left(1));
    assert!(matches!(swapped, TallyError::Rankings { question: 1, ballot: Some(_) }), "{swapped:?}");
    assert_eq!(refusal(&|r| r.rankings[0].count.winner = Some(1)), TallyError::Rounds { question: 1 });
    assert_eq!(refusal(&|r| r.rankings[0].count.rounds[0].votes.swap(0, 2)), TallyError::Rounds { question: 1 });
    assert_eq!(refusal(&|r| r.rankings.clear()), TallyError::RankedCount { found: 0, expected: 1 });

    meeting.submit(publish_result(&meeting.authority.clone(), &closed, partials, results)).unwrap();
    let record = meeting.ledger.record(meeting.election).unwrap().encode();
    let verification = verify_record(&record, &VerifyingKeys::development(), &mut OsRng, |_| {});
    assert!(verification.report.valid, "{:#?}", verification.report);
    let ballots = verification.report.checks.iter().find(|check| check.id == CheckId::EntriesBallots).unwrap();
    assert_eq!(ballots.detail, "6 ballot proofs, 6 proofs of sealed rankings");
}

#[test]
fn ranking_of_another_right_is_refused_by_its_proof_alone() {
    let engine = Parameters::development().unwrap();
    let mut meeting = Meeting::new(2, questions());
    let first = meeting.prepared(0, [1, 2, 0], &engine);
    let (sealed, proof) = ranking_of(&first);
    meeting.submit(first).unwrap();
    // The second voter seals nothing himself, and shows what the first one sealed.
    let copied = meeting.forged(1, &engine, |_, _| Forged { sealed, proof: Box::new(move |_| proof) });
    assert_eq!(meeting.judge(&copied), Ok(only_the_ranking()));
    assert!(matches!(meeting.submit(copied), Err(Refusal::Ranking)));

    // With a c1 of a sum: the trustees would give that ballot away.
    let (mut meeting, other) = (Meeting::new(2, questions()), Scalar::from(5_u64));
    let stolen = meeting.forged(1, &engine, |pool, place| {
        let key = pool.manifest().key;
        let ranking = Ranking::new(&rule(), vec![1]).unwrap();
        let (_, opening) = seal(&place, &rule(), &key, &ranking, &mut OsRng);
        let c1 = Element::new(other * curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT);
        let sealed = SealedRanking::seal(&place, &rule(), &ranking, c1, &c1);
        let copy = sealed.clone();
        let proof = move |at: &Statement<'_>| {
            let statement = RankingStatement {
                context: at.context,
                place: at.place,
                key: &at.pool.manifest().key,
                rule: rule(),
                sealed: &copy,
            };
            // An r that is not that of c1.
            prove(&statement, &opening, &mut OsRng)
        };
        Forged { sealed, proof: Box::new(proof) }
    });
    assert_eq!(meeting.judge(&stolen), Ok(only_the_ranking()));
}

#[test]
fn ranking_of_another_election_is_refused_by_its_proof_alone() {
    let engine = Parameters::development().unwrap();
    let (mut here, mut there) = (Meeting::new(1, questions()), Meeting::new(1, questions()));
    let (sealed, proof) = ranking_of(&there.prepared(0, [1, 2, 0], &engine));
    let copied = here.forged(0, &engine, |_, _| Forged { sealed, proof: Box::new(move |_| proof) });
    assert_eq!(here.judge(&copied), Ok(only_the_ranking()));
}

#[test]
fn ballot_without_its_ranking_or_with_one_of_another_length_is_refused() {
    let engine = Parameters::development().unwrap();
    let mut meeting = Meeting::new(1, questions());
    let honest = meeting.prepared(0, [1, 2, 0], &engine);
    assert!(meeting.judge(&honest).unwrap().is_empty());
    let refusal = |alter: &dyn Fn(&mut BallotCast, &mut CastProof)| meeting.judge(&altered(&honest, alter));
    assert_eq!(refusal(&|cast, _| cast.rankings.clear()), Err(Rejection::Rankings));
    assert_eq!(refusal(&|cast, _| cast.rankings.push(cast.rankings[0].clone())), Err(Rejection::Rankings));
    assert_eq!(refusal(&|_, proof| proof.rankings.clear()), Err(Rejection::Rankings));
    assert_eq!(refusal(&|_, proof| proof.rankings.push(proof.rankings[0])), Err(Rejection::Rankings));
    // A longer one would tell itself.
    let longer = RankingRule::new(3, 1, 3).unwrap();
    let place = SealingPlace {
        election: meeting.election.as_bytes(),
        nullifier: borsh::from_slice(&[1; 32]).unwrap(),
        question: RANKED,
    };
    let ranking = Ranking::new(&longer, vec![0, 1, 2]).unwrap();
    let (long, _) = seal(&place, &longer, &meeting.pool().manifest().key, &ranking, &mut OsRng);
    assert_eq!(refusal(&|cast, _| cast.rankings[0] = long.clone()), Err(Rejection::Rankings));
    // A proof that was altered is not its ballot's.
    let proof = refusal(&|cast, proof| proof.rankings[0].nonce = cast.ballot.questions()[0][0].c1);
    assert_eq!(proof, Ok(only_the_ranking()));
}

#[test]
fn ranked_question_under_hidden_weights_is_refused() {
    let times = (time(OPENS), time(CLOSES));
    let terms = |weights| {
        let rules = Rules {
            delegation: false,
            revoting: false,
            weights,
            ballot_proofs: BallotProofKind::Compressed,
            smallest_group: 1,
            epoch_seconds: 60,
        };
        check_terms("Meeting", &questions(), times, &rules)
    };
    assert_eq!(terms(Weights::One), Ok(()));
    assert_eq!(terms(Weights::Hidden), Err(ManifestError::RankedWeights(2)));
}

// An election whose rankings no trustee could decrypt at once, or whose result no ledger would take, does not open.
#[test]
fn more_rankings_than_can_be_published_are_refused_with_the_roll() {
    let voter = |index: u64| RollEntry { owner: owner(index), weight: 1 };
    let roll = Roll::Public((0..1_000).map(voter).collect());
    let ranked = |count: u16| -> Vec<RankedQuestion> {
        (0..count).map(|question| RankedQuestion { question, rule: RankingRule::new(3, 1, 3).unwrap() }).collect()
    };
    assert_eq!(roll.check_rankings(&[], &ranked(60), 2), Ok(()));
    // 64 shares of 60,000 rankings are more than a transaction holds.
    let refused = |questions: usize| Err(RollError::Rankings { voters: 1_000, questions });
    assert_eq!(roll.check_rankings(&[], &ranked(60), 64), refused(60));
    assert_eq!(roll.check_rankings(&[], &ranked(1_049), 1), refused(1_049));
    assert_eq!(roll.check_rankings(&[], &[], 64), Ok(()));
}

fn owner(index: u64) -> tabella_protocol::keys::OwnerCommitment {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&index.to_le_bytes());
    borsh::from_slice(&bytes).unwrap()
}
