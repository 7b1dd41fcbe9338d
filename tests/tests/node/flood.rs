use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use tabella_node::settings::{ForwardedHeader, Proxy};
use tabella_protocol::transaction::ProofBytes;
use tabella_tests::fixture::entry;
use tokio::{net::TcpSocket, runtime::Runtime};

use crate::client::{Running, send};

/// Submits from an address that a trusted proxy tells.
fn submit_from(running: &Running, from: &str, body: &[u8]) -> crate::client::Answer {
    let headers = [("content-type", "application/octet-stream"), ("x-forwarded-for", from)];
    send(running.address(), "POST", "/v1/transactions", &headers, body)
}

#[test]
fn flood_is_refused_with_a_time_to_wait_and_honest_voters_get_through() {
    let running = Running::with(|settings| {
        settings.limits.submissions_per_second = NonZeroU32::MIN;
        settings.limits.submissions_burst = NonZeroU32::new(30).unwrap();
        settings.queue.transactions = 8;
        settings.queue.transactions_per_address = 4;
        settings.queue.block = 4;
        settings.forwarded.header = Some(ForwardedHeader::XForwardedFor);
        settings.forwarded.trusted = vec![Proxy::Address([127, 0, 0, 1].into())];
    });
    // The honest ones before the flood are of one address each, as voters are.
    for index in 0..entry::OWN_BALLOT {
        let logged = &running.fixture.entries()[index];
        running.clock.set(logged.time);
        let body = borsh::to_vec(&logged.transaction).unwrap();
        assert_eq!(submit_from(&running, &format!("10.1.0.{index}"), &body).status, 200);
    }
    let ballot = &running.fixture.entries()[entry::OWN_BALLOT];
    running.clock.set(ballot.time);
    // Of another voter: what is on the ledger is refused for less.
    let mut forged = running.fixture.entries()[entry::BALLOT].transaction.clone();
    forged.transfers[0].proof = ProofBytes([0; 192]);
    let forged = borsh::to_vec(&forged).unwrap();
    let honest = borsh::to_vec(&ballot.transaction).unwrap();
    let (limited, served) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..15 {
                    let answer = submit_from(&running, "10.2.0.1", &forged);
                    match answer.status {
                        422 => served.fetch_add(1, Ordering::Relaxed),
                        429 => {
                            let wait: u64 = answer.header("retry-after").parse().unwrap();
                            assert!(wait >= 1);
                            let name = answer.problem();
                            assert!(name == "rate-limited" || name == "queue-full", "{name}");
                            limited.fetch_add(1, Ordering::Relaxed)
                        }
                        status => panic!("status {status}"),
                    };
                }
            });
        }
        let begun = Instant::now();
        let answer = submit_from(&running, "10.3.0.1", &honest);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    });
    let (limited, served) = (limited.into_inner(), served.into_inner());
    assert_eq!(limited + served, 120);
    // A wrong proof counts twenty: the flood has few of its thirty.
    assert!(limited > 80, "{limited} of 120 were limited");
}

/// Asks from another address of this machine: Linux has all of 127.0.0.0/8.
fn get_from(own: [u8; 4], node: SocketAddr, path: &str) -> String {
    // The standard library does not choose the address from which it connects.
    let connected = Runtime::new().unwrap().block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((own, 0))).unwrap();
        socket.connect(node).await.unwrap().into_std()
    });
    let mut stream = connected.unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn address_with_idle_connections_locks_out_nobody_else() {
    let running = Running::with(|settings| {
        settings.limits.connections = 20;
        settings.limits.connections_per_address = 10;
    });
    let idle: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(running.address()).unwrap()).collect();
    // The last one is one too many, so that it is closed; by then all before it were let in or closed.
    let mut last = idle.last().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(last.read(&mut [0]).unwrap(), 0);
    let answer = get_from([127, 0, 0, 2], running.address(), "/healthz");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Whoever closes a connection has its place again.
    drop(idle);
    let begun = Instant::now();
    let own = loop {
        let own = TcpStream::connect(running.address()).unwrap();
        own.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        if (&own).read(&mut [0]).is_err() || begun.elapsed().as_secs() > 20 {
            break own;
        }
    };
    assert_eq!((&own).read(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "it is open");
}
