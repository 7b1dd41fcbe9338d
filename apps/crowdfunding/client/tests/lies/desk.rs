//! Two campaigns by forms alone, as pages hand them in; and what is refused, at which field.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_crowdfunding::desk::CrowdfundingDesk;
use tabella_crowdfunding_rules::{CampaignId, Crowdfunding, Standing};
use tabella_desk::{File, Outcome, Refusal, Values};
use tabella_protocol::note::{AssetId, NoteValue, Timestamp};
use tabella_stage::{
    Person, Stage,
    testing::{rows, shown},
};
use tabella_verifier::{log::Origin, state::standard_applications};

/// 2027-01-15T08:00:00Z.
const START: u64 = 1_800_000_000;

struct Scene {
    stage: Stage,
    crown: AssetId,
    _folder: tempfile::TempDir,
}

fn people<const N: usize>(names: [&str; N]) -> [Person; N] {
    names.map(|name| Person::new(name, &mut OsRng))
}

impl Scene {
    /// Each of these people has 1,000 crowns.
    fn new(rich: &[&Person]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let applications = standard_applications().with(Crowdfunding::default()).unwrap();
        let (name, start) = (Origin::new("ledger.test").unwrap(), Timestamp::new(START).unwrap());
        let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, start).unwrap();
        let notes: Vec<_> = rich.iter().map(|one| (one.address(0), NoteValue(1_000))).collect();
        let crown = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 0), &notes).unwrap();
        Self { stage, crown, _folder: folder }
    }

    #[track_caller]
    fn done(&mut self, by: &mut Person, form: &str, values: &Values) -> Outcome {
        self.stage.done(by, &CrowdfundingDesk, form, values).outcome
    }

    #[track_caller]
    fn refused(&mut self, by: &mut Person, form: &str, values: &Values) -> Refusal {
        self.stage.refused(by, &CrowdfundingDesk, form, values)
    }

    /// That a form is refused at a field; with which words.
    #[track_caller]
    fn refused_at(&mut self, by: &mut Person, form: &str, values: &Values, field: &str) -> String {
        self.stage.refused_at(by, &CrowdfundingDesk, form, values, field)
    }

    fn balance(&self, person: &Person) -> u128 {
        self.stage.balance(person, self.crown).unwrap()
    }

    fn standing(&self, id: CampaignId) -> &Standing {
        self.stage.ledger.state().application::<Crowdfunding>().unwrap().campaign(&id).unwrap()
    }

    /// A campaign for 900 crowns that may be pledged to for 1,000 seconds.
    fn terms(&self, title: &str) -> Values {
        let terms = Values::new().with("title", title).with("asset", hex::encode(self.crown.to_bytes()));
        terms.with("goal", 900).with("deadline", START + 1_000).with("claim-until", START + 50_000)
    }

    /// What a backer fills in for a pledge of crowns.
    fn pledge(&self, campaign: CampaignId) -> impl Fn(&str) -> Values + use<> {
        let crown = hex::encode(self.crown.to_bytes());
        move |amount| of(campaign).with("asset", &crown).with("amount", amount)
    }

    fn start(&mut self, by: &mut Person, terms: &Values) -> CampaignId {
        shown(&self.done(by, "start", terms), "Campaign").parse().unwrap()
    }
}

fn of(campaign: CampaignId) -> Values {
    Values::new().with("campaign", campaign)
}

#[test]
fn terms_that_cannot_be_are_refused_where_they_stand() {
    let [mut village] = people(["Village"]);
    let mut scene = Scene::new(&[&village]);
    let terms = scene.terms("A well");
    let wrong = [
        ("title", "A \u{202e}well"),
        ("title", &"a".repeat(129)),
        ("goal", "0"),
        ("goal", "9.5"),
        ("deadline", "1799999999"),
        ("milestones", "60\n30"),
        ("milestones", "60\n40,from=tomorrow"),
        ("milestones", "60,key=abc\n40"),
        ("milestones", "60,from=2027-01-15T10:00:00Z\n40"),
        ("milestones", "60\n40,from=2027-01-16"),
    ];
    for (field, value) in wrong {
        scene.refused_at(&mut village, "start", &terms.clone().with(field, value), field);
    }
    scene.refused_at(&mut village, "start", &terms.clone().with("claim-until", START + 999), "claim-until");
    let description = File { name: "well.txt".into(), bytes: b"Forty metres deep.".to_vec() };
    let id = scene.start(&mut village, &terms.with_file("description", description));
    let campaign = &scene.standing(id).campaign;
    assert_eq!(campaign.description, tabella_crowdfunding_rules::campaign::describe(b"Forty metres deep."));
    assert_eq!((campaign.refund_from, campaign.milestones.len()), (campaign.claim_until, 1));
}

#[test]
fn campaign_reaches_its_goal_and_is_paid_by_forms() {
    let [mut village, mut anna, mut ben, mut surveyor] = people(["Village", "Anna", "Ben", "Surveyor"]);
    let mut scene = Scene::new(&[&anna, &ben]);
    let key = shown(&scene.done(&mut surveyor, "release-key", &Values::new()), "Release key");
    let milestones = format!("66.67 %\n33.33,from=2027-01-15T08:33:20Z,key={key}");
    let terms = scene.terms("A well").with("milestones", milestones);
    let well = scene.start(&mut village, &terms);

    // Pledges: not too little, not to nobody, not with two wishes at once.
    let pledge = scene.pledge(well);
    assert!(scene.refused_at(&mut anna, "pledge", &pledge("1"), "amount").contains("2 Crown"));
    let nowhere = scene.pledge(CampaignId([1; 32]))("5");
    scene.refused_at(&mut anna, "pledge", &nowhere, "campaign");
    let both = pledge("500").with("no-reward", "yes").with("reward-to", anna.address(3));
    scene.refused_at(&mut anna, "pledge", &both, "reward-to");
    let poor = scene.refused(&mut anna, "pledge", &pledge("5000"));
    assert!(poor.message.contains("1000 Crown can be spent"), "{}", poor.message);
    let pledged = scene.done(&mut anna, "pledge", &pledge("500").with("message", "Good luck!"));
    assert_eq!(shown(&pledged, "Can be taken back from"), (START + 50_000).to_string());
    scene.done(&mut ben, "pledge", &pledge("401").with("no-reward", "yes"));
    assert_eq!((scene.balance(&anna), scene.balance(&ben)), (500, 599));
    assert_eq!(
        rows(&scene.done(&mut anna, "pledges", &Values::new()), "My pledges")[0][2..5],
        ["500 Crown", "false", ""]
    );

    // Only the village reads them, counts them, and shows that they suffice.
    for form in ["book", "acknowledge", "succeed"] {
        scene.refused_at(&mut anna, form, &of(well), "campaign");
    }
    let book = rows(&scene.done(&mut village, "book", &of(well)), "Pledges");
    let mut seen: Vec<_> = book.iter().map(|row| (row[1].as_str(), row[2].as_str(), row[3].as_str())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("401 Crown", "waits", ""), ("500 Crown", "waits", "Good luck!")]);
    scene.refused_at(&mut village, "succeed", &of(well), "campaign");
    let counted = scene.done(&mut village, "acknowledge", &of(well));
    assert_eq!(
        (shown(&counted, "Counted in all"), shown(&counted, "Raised; only you know")),
        ("2".into(), "901 Crown".into())
    );
    scene.refused_at(&mut village, "acknowledge", &of(well), "campaign");
    let own = rows(&scene.done(&mut village, "campaigns", &Values::new()), "My campaigns");
    assert_eq!(own[0][2..5], ["2", "2", "901 Crown"]);
    scene.refused_at(&mut village, "claim", &of(well), "campaign");
    scene.stage.advance(1_000);
    scene.done(&mut village, "succeed", &of(well));

    // The first milestone is open, the second is released in its time by its key.
    let claimed = scene.done(&mut village, "claim", &of(well));
    assert_eq!(shown(&claimed, "Received in this transaction"), "600 Crown");
    let release = |milestone: u8| of(well).with("milestone", milestone);
    scene.refused_at(&mut surveyor, "release", &release(2), "milestone");
    scene.stage.advance(1_000);
    scene.refused_at(&mut anna, "release", &release(2), "milestone");
    scene.refused_at(&mut surveyor, "release", &release(1), "milestone");
    scene.refused_at(&mut surveyor, "release", &release(3), "milestone");
    scene.done(&mut surveyor, "release", &release(2));
    assert!(scene.standing(well).is_released(1));
    scene.done(&mut village, "claim", &of(well));
    assert_eq!(scene.balance(&village), 901);

    // Anna wants a reward and gets one; Ben wants none.
    let medals = [(village.address(0), NoteValue(10))];
    let medal = scene.stage.issue(&SigningKey::generate(&mut OsRng), ("Medal", 0), &medals).unwrap();
    let rewards = of(well).with("asset", hex::encode(medal.to_bytes())).with("amount", 1);
    let rewarded = scene.done(&mut village, "rewards", &rewards);
    assert_eq!(shown(&rewarded, "Backers who have a reward now"), "1");
    assert!(shown(&scene.done(&mut village, "rewards", &rewards), "Rewards").starts_with("Every counted backer"));
    anna.read(&scene.stage).unwrap();
    assert_eq!(scene.stage.balance(&anna, medal).unwrap(), 1);

    let checked = scene.done(&mut ben, "check", &of(well).with("proofs", "yes"));
    assert_eq!(
        (shown(&checked, "Counted, each once"), shown(&checked, "Proofs of pledges verified")),
        ("2".into(), "4".into())
    );
    assert_eq!(shown(&checked, "Goal proved to be reached"), "true");
}

#[test]
fn campaign_that_fails_gives_everything_back_by_a_form() {
    let [mut village, mut ben] = people(["Village", "Ben"]);
    let mut scene = Scene::new(&[&ben]);
    let terms = scene.terms("A tower");
    let tower = scene.start(&mut village, &terms);
    let second = scene.start(&mut village, &scene.terms("Another tower"));
    assert_ne!(scene.standing(tower).campaign.key, scene.standing(second).campaign.key);
    let nothing = scene.refused(&mut ben, "refund", &Values::new());
    assert!(nothing.message.contains("pledged nothing"), "{}", nothing.message);
    for (campaign, amount) in [(tower, "99"), (second, "1")] {
        let pledge = scene.pledge(campaign)(amount);
        scene.done(&mut ben, "pledge", &pledge);
    }
    scene.done(&mut village, "acknowledge", &of(tower));
    scene.stage.advance(1_000);
    let short = scene.refused_at(&mut village, "succeed", &of(tower), "campaign");
    assert!(short.contains("99 Crown are counted, and the goal is 900 Crown"), "{short}");
    let early = scene.refused_at(&mut ben, "refund", &of(tower), "campaign");
    assert!(early.contains("2027-01-15T21:53:20Z"), "{early}");
    let late = scene.pledge(tower)("1");
    scene.refused_at(&mut ben, "pledge", &late, "campaign");
    scene.stage.advance(49_000);
    let back = scene.done(&mut ben, "refund", &of(second));
    assert_eq!(shown(&back, "Received in this transaction"), "1 Crown");
    scene.done(&mut ben, "refund", &Values::new());
    assert_eq!(scene.balance(&ben), 1_000);
    let pledges = rows(&scene.done(&mut ben, "pledges", &Values::new()), "My pledges");
    assert!(pledges.iter().all(|row| row[4] == "1"), "{pledges:?}");
    let checked = scene.done(&mut ben, "check", &of(tower));
    assert_eq!(shown(&checked, "Goal proved to be reached"), "false");
}

#[test]
fn campaign_in_another_asset_of_the_same_name_is_not_pledged_to() {
    let [mut village, mut liar, mut anna] = people(["Village", "Liar", "Anna"]);
    let mut scene = Scene::new(&[&anna]);
    let notes = [(anna.address(0), NoteValue(1_000))];
    let other = scene.stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 0), &notes).unwrap();
    let terms = scene.terms("A well");
    let well = scene.start(&mut village, &terms);
    let twin = scene.start(&mut liar, &terms.with("asset", hex::encode(other.to_bytes())));
    let wrong = scene.pledge(twin)("500");
    let said = scene.refused_at(&mut anna, "pledge", &wrong, "asset");
    assert!(said.contains(&hex::encode(other.to_bytes())), "{said}");
    scene.refused_at(&mut anna, "pledge", &of(well).with("amount", 500), "asset");
    assert_eq!((scene.balance(&anna), scene.stage.balance(&anna, other).unwrap()), (1_000, 1_000));
    // Campaigns are given addresses that no other campaign was given.
    let right = scene.pledge(well)("500");
    let pledged = scene.done(&mut anna, "pledge", &right);
    assert_eq!(shown(&pledged, "Asset"), hex::encode(scene.crown.to_bytes()));
    let more = scene.pledge(well)("5");
    let again = scene.done(&mut anna, "pledge", &more);
    assert_ne!(shown(&pledged, "Reward to"), shown(&again, "Reward to"));
    let given: Vec<_> = (0..20).map(|index| anna.address(index).to_string()).collect();
    assert!(!given.contains(&shown(&pledged, "Reward to")));
}

#[test]
fn reward_to_the_campaigns_own_address_holds_nobody_up() {
    let [mut village, mut liar, mut anna, mut ben] = people(["Village", "Liar", "Anna", "Ben"]);
    let mut scene = Scene::new(&[&liar, &anna, &ben]);
    let terms = scene.terms("A well");
    let well = scene.start(&mut village, &terms);
    let claimant = scene.standing(well).campaign.claimant;
    let pledge = scene.pledge(well);
    let lie = shown(&scene.done(&mut liar, "pledge", &pledge("2").with("reward-to", claimant)), "Pledge");
    for backer in [&mut anna, &mut ben] {
        scene.done(backer, "pledge", &pledge("10"));
    }
    scene.done(&mut village, "acknowledge", &of(well));
    let medals = [(village.address(0), NoteValue(10))];
    let medal = scene.stage.issue(&SigningKey::generate(&mut OsRng), ("Medal", 0), &medals).unwrap();
    let rewards = of(well).with("asset", hex::encode(medal.to_bytes())).with("amount", 1);
    let rewarded = scene.done(&mut village, "rewards", &rewards);
    assert_eq!(shown(&rewarded, "Backers who have a reward now"), "2");
    let left_out = rows(&rewarded, "Pledges without a reward");
    assert_eq!(left_out, [[lie, "the address is one of this wallet’s own".into()]]);
    let again = scene.done(&mut village, "rewards", &rewards);
    assert!(shown(&again, "Rewards").starts_with("Every counted backer"));
    assert_eq!(rows(&again, "Pledges without a reward").len(), 1);
    for backer in [&mut anna, &mut ben] {
        backer.read(&scene.stage).unwrap();
        assert_eq!(scene.stage.balance(backer, medal).unwrap(), 1);
    }
    assert_eq!(scene.stage.balance(&village, medal).unwrap(), 8);
}
