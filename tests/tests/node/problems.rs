use crate::client::{Running, send};

#[test]
fn each_wrong_request_is_answered_by_its_problem() {
    let running = Running::start();
    running.submit_all(1);
    let zeros = "0".repeat(64);
    let election = running.election();
    let log = running.get("/v1/ledger").json()["log"].as_str().unwrap().to_owned();
    let cases: Vec<(String, u16, &str)> = vec![
        ("/v1/nothing".into(), 404, "not-found"),
        ("/nothing".into(), 404, "not-found"),
        ("/v1/blocks?limit=x".into(), 400, "malformed"),
        ("/v1/blocks?order=sideways".into(), 400, "malformed"),
        ("/v1/blocks/x".into(), 400, "malformed"),
        ("/v1/blocks/0".into(), 404, "not-found"),
        ("/v1/blocks/2".into(), 404, "not-found"),
        ("/v1/blocks/18446744073709551615".into(), 404, "not-found"),
        ("/v1/elections/x".into(), 400, "malformed"),
        (format!("/v1/elections/{zeros}"), 404, "not-found"),
        (format!("/v1/elections/{zeros}/record"), 404, "not-found"),
        (format!("/v1/elections/{election}/receipts/{zeros}"), 404, "not-found"),
        (format!("/v1/transactions/{zeros}"), 404, "not-found"),
        (format!("/v1/transactions/{}", "A".repeat(64)), 400, "malformed"),
        (format!("/v1/logs/{zeros}/checkpoint"), 404, "not-found"),
        (format!("/v1/logs/{log}/inclusion"), 400, "malformed"),
        (format!("/v1/logs/{log}/inclusion?leaf=1&size=1"), 422, "no-such-proof"),
        (format!("/v1/logs/{log}/inclusion?leaf=0&size=18446744073709551615"), 422, "no-such-proof"),
        (format!("/v1/logs/{log}/consistency?from=1&to=0"), 422, "no-such-proof"),
        (format!("/v1/logs/{log}/tile/9/000"), 404, "not-found"),
        (format!("/v1/logs/{log}/tile/255/000"), 404, "not-found"),
        ("/v1/assets/x".into(), 400, "malformed"),
        (format!("/v1/assets/{zeros}"), 404, "not-found"),
        (format!("/v1/keys/{zeros}"), 404, "not-found"),
        ("/v1/events?topics=gossip".into(), 400, "malformed"),
        (format!("/v1/boards/{zeros}"), 404, "not-found"),
        (format!("/v1/boards/{zeros}/messages"), 404, "not-found"),
        (format!("/v1/boards/{zeros}/messages?kind=gossip"), 400, "malformed"),
        (format!("/v1/boards/{zeros}/messages/1"), 404, "not-found"),
        (format!("/v1/boards/{zeros}/invitations/{zeros}"), 404, "not-found"),
        ("/problems/nothing".into(), 404, "not-found"),
    ];
    for (path, status, name) in cases {
        let answer = running.get(&path);
        assert_eq!((answer.status, answer.problem().as_str()), (status, name), "{path}");
        assert_eq!(running.get(&format!("/problems/{name}")).status, 200);
    }
}

#[test]
fn each_wrong_post_is_answered_by_its_problem() {
    let running = Running::start();
    let zeros = "0".repeat(64);
    for path in [
        "/v1/transactions".to_owned(),
        "/v1/boards".to_owned(),
        format!("/v1/boards/{zeros}/messages"),
        format!("/v1/boards/{zeros}/registrations"),
        format!("/v1/boards/{zeros}/registrations/query"),
    ] {
        for body in [&b""[..], &[0xff; 600]] {
            let answer = running.post(&path, body);
            assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed"), "{path}");
        }
        let typed = [("content-type", "application/json")];
        let answer = send(running.address(), "POST", &path, &typed, b"{}");
        assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported-type"), "{path}");
        let answer = send(running.address(), "DELETE", &path, &[], b"");
        assert_eq!((answer.status, answer.problem().as_str()), (405, "method-not-allowed"), "{path}");
        assert!(answer.header("allow").contains("POST"), "{path}: {answer:?}");
    }
    let long = [("content-type", "application/octet-stream"), ("x-padding", "none")];
    let answer = send(running.address(), "POST", "/v1/boards", &long, &vec![0; 5 << 10]);
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too-large"));
}
