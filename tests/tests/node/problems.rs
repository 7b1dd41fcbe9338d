use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::client::{Answer, Running, send};

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

/// Sends bytes as they are, and reads what comes back until the node ends the connection: the last answer.
fn raw(running: &Running, bytes: &[u8]) -> (Vec<u8>, Answer) {
    let mut stream = TcpStream::connect(running.address()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read);
    let text = String::from_utf8(read.clone()).unwrap();
    let last = text.rfind("HTTP/1.1 4").unwrap_or_else(|| panic!("no answer: {text}"));
    let (head, body) = text[last..].split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    (read, Answer { status, headers, body: body.as_bytes().to_vec() })
}

#[test]
fn what_is_no_request_is_answered_by_a_problem_too() {
    let running = Running::start();
    let padding = "x".repeat(40 << 10);
    for (bytes, status, name) in [
        ("nonsense\r\n\r\n".to_owned(), 400, "malformed"),
        ("GET /healthz HTTP/1.1\r\nhost: node\r\nno colon here\r\n\r\n".to_owned(), 400, "malformed"),
        (format!("GET /healthz HTTP/1.1\r\nhost: node\r\nx-padding: {padding}\r\n\r\n"), 431, "head-too-large"),
        (format!("GET /{padding} HTTP/1.1\r\nhost: node\r\n\r\n"), 431, "head-too-large"),
    ] {
        let (_, answer) = raw(&running, bytes.as_bytes());
        assert_eq!((answer.status, answer.problem().as_str()), (status, name));
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert_eq!(answer.header("connection"), "close");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-request-id").len(), 36, "{answer:?}");
    }
}

#[test]
fn answers_before_it_on_the_connection_stay_as_they_are() {
    let running = Running::start();
    let alone = running.get("/healthz");
    let mut stream = TcpStream::connect(running.address()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: node\r\n\r\n").unwrap();
    let mut first = vec![0; 4096];
    let length = stream.read(&mut first).unwrap();
    let first = String::from_utf8(first[..length].to_vec()).unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n") && first.as_bytes().ends_with(&alone.body), "{first}");
    stream.write_all(b"nonsense\r\n\r\n").unwrap();
    let mut second = String::new();
    stream.read_to_string(&mut second).unwrap();
    assert!(second.starts_with("HTTP/1.1 400 ") && second.contains("/problems/malformed"), "{second}");

    // Both at once: the first answer is whole, the second may have no body.
    let (read, last) = raw(&running, b"GET /healthz HTTP/1.1\r\nhost: node\r\n\r\nnonsense\r\n\r\n");
    assert!(read.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(last.status, 400);
}
