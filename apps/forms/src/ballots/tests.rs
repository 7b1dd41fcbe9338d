use std::path::{Path, PathBuf};

use tabella_election::count::PlainCount;
use tabella_protocol::{election::QuestionKind, ranking::RankingError};

use super::*;

fn real_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/poland_lodz_2020_nad-nerem.pb")
}

const PABULIB: &str = "META\nkey;value\ndescription;Park\nvote_type;approval\nmax_length;2\nPROJECTS\n\
    project_id;cost;votes;name\nA;1;2;\"Trees; many\"\nB;1;1;Benches\nVOTES\nvoter_id;vote\n1;A\n2;\"A,B\"\n";
const TABLE: &str = "# title: Park\n# max: 2\n# option A: Trees\n# published: 2,1,0\nA,B,C\n1,0,0\n1,1,0\n";

fn pabulib(text: &str) -> Result<BallotFile, (Place, Fault)> {
    BallotFile::parse(text.as_bytes(), "file", true, None)
}

fn votes(file: &BallotFile) -> Vec<u64> {
    file.plain_count().votes().to_vec()
}

fn table(text: &str) -> Result<BallotFile, (Place, Fault)> {
    BallotFile::parse(text.as_bytes(), "file", false, None)
}

#[test]
fn plain_count_of_a_real_file_is_the_published_one() {
    let file = BallotFile::read(&real_file(), None).unwrap();
    assert_eq!((file.options.len(), file.ballots.len()), (8, 608));
    assert_eq!(file.kind, QuestionKind::Choose { min: 1, max: 5 });
    assert_eq!(votes(&file), [217, 167, 164, 160, 104, 99, 78, 63]);
    assert_eq!(file.published, Some(votes(&file)));
    assert_eq!(file.title, "Local PB in Łódź, Górna | Nad Nerem");
    assert_eq!(file.options[2].name, "Chocianowicka - remont chodników i wjazdów - ETAP I.");
}

#[test]
fn limit_takes_ballots_from_the_beginning_and_drops_the_published_counts() {
    let all = BallotFile::read(&real_file(), Some(608)).unwrap();
    let some = BallotFile::read(&real_file(), Some(100)).unwrap();
    assert_eq!(some.ballots, all.ballots[..100]);
    assert!(all.published.is_some() && some.published.is_none());
}

#[test]
fn quotes_byte_order_mark_crlf_and_unknown_columns_are_read() {
    let plain = pabulib(PABULIB).unwrap();
    assert_eq!(plain.options[0].name, "Trees; many");
    assert_eq!(plain.ballots, [[1, 0], [1, 1]]);
    let windows = format!("\u{feff}{}", PABULIB.replace('\n', "\r\n"));
    assert_eq!(pabulib(&windows).unwrap(), plain);
    let more = PABULIB
        .replace("voter_id;vote\n", "voter_id;age;vote;note\n")
        .replace("1;A\n", "1;40;A;x\n")
        .replace("2;\"A,B\"\n", "2;41;\"A,B\";y\n");
    assert_eq!(pabulib(&more).unwrap(), plain);
    let padded = PABULIB.replace("META\n", "META;;\n").replace("VOTES\n", "VOTES;;\n");
    assert_eq!(pabulib(&padded).unwrap(), plain);
}

#[test]
fn choose_one_allows_exactly_one_choice() {
    let one = PABULIB.replace("approval", "choose-1");
    let (place, fault) = pabulib(&one).unwrap_err();
    assert!(matches!(fault, Fault::Choices { found: 2, min: 1, max: 1 }), "{fault:?}");
    assert_eq!(place, Place::field(13, 1, "vote"));
    let good = pabulib(&one.replace("\"A,B\"", "B")).unwrap();
    assert_eq!(good.kind, QuestionKind::Choose { min: 1, max: 1 });
}

#[test]
fn pabulib_faults_are_named_with_their_place() {
    let refused = |from: &str, to: &str| {
        assert!(PABULIB.contains(from));
        pabulib(&PABULIB.replacen(from, to, 1)).unwrap_err()
    };
    let (place, fault) = refused("2;\"A,B\"", "2;\"A,X\"");
    assert!(matches!(fault, Fault::UnknownOption(ref id) if id == "X"));
    assert_eq!(place, Place::field(13, 1, "vote"));
    assert!(matches!(refused("\"A,B\"", "\"A,A\"").1, Fault::Repeated(id) if id == "A"));
    assert!(matches!(refused("1;A\n", "1;\n").1, Fault::Choices { found: 0, min: 1, max: 2 }));
    assert!(matches!(refused("1;A\n", "1\n").1, Fault::Fields { found: 1, expected: 2 }));
    assert!(matches!(refused("approval", "veto").1, Fault::VoteType(kind) if kind == "veto"));
    assert_eq!(refused("max_length;2", "max_length;two").0, Place::field(5, 1, "value"));
    assert!(matches!(refused("max_length;2", "min_length;3").1, Fault::Limits { min: 3, max: 2, options: 2 }));
    assert!(matches!(refused("max_length;2", "max_length;0").1, Fault::Limits { max: 0, .. }));
    assert!(matches!(refused("B;1;1", "A;1;1").1, Fault::Duplicate(_)));
    assert!(matches!(refused("B;1;1", ";1;1").1, Fault::EmptyId));
    assert!(matches!(refused("A;1;2", "A;1;-2").1, Fault::Number(text) if text == "-2"));
    assert!(matches!(refused("B;1;1;Benches\n", "").1, Fault::Options(1)));
    assert!(matches!(refused("voter_id;vote", "voter_id;choice").1, Fault::MissingColumn { column: "vote", .. }));
    assert!(matches!(refused("VOTES\n", "").1, Fault::MissingSection("VOTES")));
    assert!(matches!(refused("META\n", "").1, Fault::OutsideSection));
    assert!(matches!(refused("PROJECTS\n", "META\n").1, Fault::Duplicate(_)));
    assert!(matches!(refused("key;value\n", "key;value\nmax_length;1\n").1, Fault::Duplicate(_)));
}

const CUMULATIVE: &str = "META\nkey;value\nvote_type;cumulative\nmax_sum_points;10\nmax_points;6\nPROJECTS\n\
    project_id;cost;votes;score\nA;1;2;8\nB;1;2;9\nC;1;0;0\nVOTES\nvoter_id;vote;points\n\
    1;\"A,B\";\"4,6\"\n2;\"B,A\";\"3,4\"\n";

#[test]
fn cumulative_votes_are_points_with_limits_on_their_sum() {
    let file = pabulib(CUMULATIVE).unwrap();
    assert_eq!(file.kind, QuestionKind::Split { most: 6, min: 0, max: 10 });
    assert_eq!(file.ballots, [[4, 6, 0], [4, 3, 0]]);
    // The published count is the score, and not the number of voters who named the project.
    assert_eq!((file.published.clone(), votes(&file)), (Some(vec![8, 9, 0]), vec![8, 9, 0]));
    let kind = |from: &str, to: &str| pabulib(&CUMULATIVE.replacen(from, to, 1)).unwrap().kind;
    assert_eq!(kind("max_points;6\n", ""), QuestionKind::Split { most: 10, min: 0, max: 10 });
    assert_eq!(kind("max_points;6", "min_sum_points;7"), QuestionKind::Split { most: 10, min: 7, max: 10 });
    // A sum that no ballot can reach does not limit.
    assert_eq!(kind("max_sum_points;10", "max_sum_points;99"), QuestionKind::Split { most: 6, min: 0, max: 18 });
    let refused = |from: &str, to: &str| {
        assert!(CUMULATIVE.contains(from));
        pabulib(&CUMULATIVE.replacen(from, to, 1)).unwrap_err()
    };
    let (place, fault) = refused("\"4,6\"", "\"4,7\"");
    assert!(matches!(fault, Fault::Points { text, least: 0, most: 6 } if text == "7"));
    assert_eq!(place, Place::field(13, 2, "points"));
    let (place, fault) = refused("\"A,B\";\"4,6\"", "\"A,B,C\";\"4,6,1\"");
    assert!(matches!(fault, Fault::Sum { found: 11, min: 0, max: 10 }));
    assert_eq!(place, Place::field(13, 1, "vote"));
    assert!(matches!(refused("max_points;6", "min_sum_points;8").1, Fault::Sum { found: 7, min: 8, max: 10 }));
    assert!(matches!(refused("\"4,6\"", "4").1, Fault::PointCount { found: 1, expected: 2 }));
    assert!(matches!(refused("\"4,6\"", "\"4,-6\"").1, Fault::Points { text, .. } if text == "-6"));
    assert!(matches!(refused("\"A,B\"", "\"A,A\"").1, Fault::Repeated(id) if id == "A"));
    assert!(matches!(refused("max_points;6", "max_length;1").1, Fault::Choices { found: 2, min: 1, max: 1 }));
    assert!(matches!(refused("max_sum_points;10\n", "").1, Fault::MissingLimit { key: "max_sum_points", .. }));
    assert!(matches!(refused("vote;points", "vote;weights").1, Fault::MissingColumn { column: "points", .. }));
    assert!(matches!(refused("max_points;6", "max_points;0").1, Fault::PointLimits { most: 0, .. }));
    assert!(matches!(refused("max_points;6", "min_sum_points;11").1, Fault::PointLimits { min: 11, max: 10, .. }));
}

#[test]
fn scoring_votes_are_points_of_each_project_by_itself() {
    let scoring = CUMULATIVE.replace("cumulative\nmax_sum_points;10", "scoring\ndefault_score;1");
    let file = pabulib(&scoring.replace("A;1;2;8\nB;1;2;9\nC;1;0;0", "A;1;2;8\nB;1;2;9\nC;1;0;2")).unwrap();
    assert_eq!(file.kind, QuestionKind::Score { most: 6, blank: true });
    assert_eq!(file.ballots, [[4, 6, 1], [4, 3, 1]]);
    assert_eq!(file.published, Some(votes(&file)));
    assert!(matches!(
        pabulib(&scoring.replace("max_points;6\n", "")).unwrap_err().1,
        Fault::MissingLimit { kind: "scoring", key: "max_points" }
    ));
    let least = scoring.replace("default_score;1", "min_points;4");
    assert!(matches!(pabulib(&least).unwrap_err().1, Fault::Points { text, least: 4, most: 6 } if text == "3"));
    let default = scoring.replace("default_score;1", "default_score;7");
    assert!(matches!(pabulib(&default).unwrap_err().1, Fault::Points { least: 0, most: 6, .. }));
}

#[test]
fn ordinal_votes_are_rankings_with_the_best_first() {
    let ordinal = "META\nkey;value\nvote_type;ordinal\nmax_length;2\nPROJECTS\nproject_id;cost;votes\nA;1;9\nB;1;9\nC;1;9\n\
        VOTES\nvoter_id;vote\n1;\"C,A\"\n2;B\n3;\"A,B\"\n4;\"B,C\"\n5;\"A,C\"\n";
    let file = pabulib(ordinal).unwrap();
    assert_eq!(file.kind, QuestionKind::Rank { min: 1, max: 2 });
    assert_eq!(file.ballots, [[2, 0, 1], [0, 1, 0], [1, 2, 0], [0, 1, 2], [1, 0, 2]]);
    // C goes out, and its ballot then counts for A.
    let PlainCount::Ranked(count) = file.plain_count() else { panic!("rankings") };
    assert_eq!((votes(&file), count.rounds.len(), count.winner), (vec![2, 2, 1], 2, Some(0)));
    // The column `votes` of a city is by its own rule.
    assert_eq!(file.published, None);
    let refused = |from: &str, to: &str| pabulib(&ordinal.replacen(from, to, 1)).unwrap_err();
    let (place, fault) = refused("\"C,A\"", "\"C,C\"");
    assert!(matches!(fault, Fault::Repeated(id) if id == "C"));
    assert_eq!(place, Place::field(12, 1, "vote"));
    assert!(matches!(refused("\"C,A\"", "\"C,A,B\"").1, Fault::Choices { found: 3, min: 1, max: 2 }));
    assert!(matches!(refused("2;B", "2;X").1, Fault::UnknownOption(id) if id == "X"));
}

#[test]
fn tables_of_ranks_are_read() {
    const RANKS: &str = "# type: rank\n# min: 1\nA,B,C\n2,0,1\n1,2,3\n";
    let file = table(RANKS).unwrap();
    assert_eq!((file.kind, votes(&file)), (QuestionKind::Rank { min: 1, max: 3 }, vec![1, 0, 1]));
    let refused = |from: &str, to: &str| table(&RANKS.replacen(from, to, 1)).unwrap_err();
    let (place, fault) = refused("1,2,3", "1,2,2");
    assert!(matches!(fault, Fault::Ranking(RankingError::Shared(2))));
    assert_eq!(place, Place::line(5));
    assert!(matches!(refused("1,2,3", "1,2,4").1, Fault::Ranking(RankingError::Gap(3))));
    assert!(matches!(refused("1,2,3", "0,0,0").1, Fault::Choices { found: 0, min: 1, max: 3 }));
    assert!(matches!(refused("1,2,3", "1,2,x").1, Fault::Number(text) if text == "x"));
    assert!(matches!(refused("min: 1", "weight: C").1, Fault::RankedWeights));
    assert!(matches!(refused("min: 1", "most: 3").1, Fault::NoSuchLimit { kind: "rank", key: "most" }));
}

#[test]
fn text_that_is_not_utf8_is_refused_with_its_line() {
    let bytes = [b"META\nkey;value\nunit;", [0xa3].as_slice(), b"\n"].concat();
    let (place, fault) = BallotFile::parse(&bytes, "file", true, None).unwrap_err();
    assert!(matches!(fault, Fault::NotUtf8));
    assert_eq!(place, Place::line(3));
}

#[test]
fn table_is_read_with_its_settings() {
    let file = table(TABLE).unwrap();
    assert_eq!((file.title.as_str(), file.kind), ("Park", QuestionKind::Choose { min: 0, max: 2 }));
    assert_eq!(file.options[0].name, "Trees");
    assert_eq!(file.ballots, [[1, 0, 0], [1, 1, 0]]);
    assert_eq!(file.published, Some(votes(&file)));
    let semicolons = "A;B;C\r\n1;0;0\r\n0;0;0\r\n";
    assert_eq!(table(semicolons).unwrap().ballots, [[1, 0, 0], [0, 0, 0]]);
    assert_eq!(table(semicolons).unwrap().title, "file");
}

#[test]
fn table_faults_are_named_with_their_place() {
    let refused = |from: &str, to: &str| {
        assert!(TABLE.contains(from));
        table(&TABLE.replacen(from, to, 1)).unwrap_err()
    };
    let (place, fault) = refused("1,1,0", "1,x,0");
    assert!(matches!(fault, Fault::Cell(ref text) if text == "x"));
    assert_eq!(place, Place::field(7, 1, "B"));
    let (place, fault) = refused("1,1,0", "1,1,1");
    assert!(matches!(fault, Fault::Choices { found: 3, min: 0, max: 2 }));
    assert_eq!(place, Place::line(7));
    assert!(matches!(refused("1,1,0", "1,1").1, Fault::Fields { found: 2, expected: 3 }));
    assert!(matches!(refused("1,1,0", "1,,0").1, Fault::Cell(text) if text.is_empty()));
    assert!(matches!(refused("A,B,C", "A,B,A").1, Fault::Duplicate(_)));
    assert!(matches!(refused("A,B,C", "A,,C").1, Fault::EmptyId));
    assert!(matches!(refused("max: 2", "max: 4").1, Fault::Limits { max: 4, options: 3, .. }));
    assert!(matches!(refused("max: 2", "maximum: 2").1, Fault::Setting(_)));
    assert!(matches!(refused("# title: Park\n", "# max: 1\n").1, Fault::Duplicate(_)));
    assert!(matches!(refused("option A", "option Z").1, Fault::UnknownOption(id) if id == "Z"));
    assert!(matches!(refused("2,1,0", "2,1").1, Fault::Published { found: 2, expected: 3 }));
    assert!(matches!(table("\n\n").unwrap_err().1, Fault::Empty));
    assert!(matches!(table("").unwrap_err().1, Fault::Empty));
}

#[test]
fn tables_of_points_are_read_by_their_type() {
    const SPLIT: &str = "# type: split\n# most: 6\n# max: 10\n# published: 8, 9, 1\nA,B,C\n4,6,0\n4,3,1\n";
    let file = table(SPLIT).unwrap();
    assert_eq!(file.kind, QuestionKind::Split { most: 6, min: 0, max: 10 });
    assert_eq!((&file.ballots, &file.published), (&vec![vec![4, 6, 0], vec![4, 3, 1]], &Some(votes(&file))));
    let score = table("# type: score\n# most: 5\n# blank: no\nA,B\n5,5\n0,1\n").unwrap();
    assert_eq!((score.kind, votes(&score)), (QuestionKind::Score { most: 5, blank: false }, vec![5, 6]));
    let refused = |from: &str, to: &str| {
        assert!(SPLIT.contains(from));
        table(&SPLIT.replacen(from, to, 1)).unwrap_err()
    };
    let (place, fault) = refused("4,6,0", "4,7,0");
    assert!(matches!(fault, Fault::Points { text, least: 0, most: 6 } if text == "7"));
    assert_eq!(place, Place::field(6, 1, "B"));
    let (place, fault) = refused("4,6,0", "4,6,1");
    assert!(matches!(fault, Fault::Sum { found: 11, min: 0, max: 10 }));
    assert_eq!(place, Place::line(6));
    assert!(matches!(refused("4,6,0", "4,,0").1, Fault::Points { text, .. } if text.is_empty()));
    assert!(matches!(refused("max: 10", "max: 19").1, Fault::PointLimits { most: 6, min: 0, max: 19, options: 3 }));
    assert!(matches!(refused("# most: 6\n", "").1, Fault::MissingLimit { kind: "split", key: "most" }));
    assert!(matches!(refused("# max: 10", "# blank: yes").1, Fault::NoSuchLimit { kind: "split", key: "blank" }));
    assert!(matches!(refused("split", "score").1, Fault::NoSuchLimit { kind: "score", key: "max" }));
    assert!(matches!(refused("split", "choose").1, Fault::NoSuchLimit { kind: "choose", key: "most" }));
    assert!(matches!(refused("split", "veto").1, Fault::TableType(kind) if kind == "veto"));
    let blank = "# type: score\n# most: 5\n# blank: no\nA,B\n0,0\n";
    assert!(matches!(table(blank).unwrap_err().1, Fault::Sum { found: 0, min: 1, max: 10 }));
    assert!(matches!(table(&blank.replace("no", "never")).unwrap_err().1, Fault::YesNo(text) if text == "never"));
}

#[test]
fn weights_are_read_from_the_column_that_the_setting_names() {
    const WEIGHTED: &str =
        "# weight: shares\n# max: 1\n# published: 121,3000\nyes,shares,no\n1,120,0\n0,3000,1\n1, 1 ,0\n";
    let file = table(WEIGHTED).unwrap();
    assert_eq!(file.options.iter().map(|option| option.id.as_str()).collect::<Vec<_>>(), ["yes", "no"]);
    assert_eq!((&file.ballots, &file.weights), (&vec![vec![1, 0], vec![0, 1], vec![1, 0]], &Some(vec![120, 3000, 1])));
    assert_eq!((file.published.clone(), file.total_weight()), (Some(vec![121, 3000]), Some(3121)));
    let refused = |from: &str, to: &str| {
        assert!(WEIGHTED.contains(from));
        table(&WEIGHTED.replacen(from, to, 1)).unwrap_err()
    };
    let (place, fault) = refused(",120,", ",0,");
    assert!(matches!(fault, Fault::Weight(text) if text == "0"));
    assert_eq!(place, Place::field(5, 1, "shares"));
    assert!(matches!(refused(",120,", ",,").1, Fault::Weight(text) if text.is_empty()));
    let (place, fault) = refused(",3000,", ",1099511627776,");
    assert!(matches!(fault, Fault::TotalWeight));
    assert_eq!(place.line, Some(6));
    assert!(matches!(refused("weight: shares", "weight: parts").1, Fault::WeightColumn(heading) if heading == "parts"));
    // Without the setting the column is an option like any other.
    assert!(matches!(refused("# weight: shares\n", "").1, Fault::Published { found: 2, expected: 3 }));
}
