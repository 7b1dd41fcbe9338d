//! Whose request it is: the address that limits count by. It is kept in memory while it is needed, and never logged.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use axum::http::{HeaderMap, header};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};

use crate::{
    problem::{Kind, Problem},
    settings::{Forwarded, ForwardedHeader, Limits},
};

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What limits count by: an IPv4 address, or the first 64 bits of an IPv6 address, which one subscriber has to himself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(IpAddr);

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

impl Source {
    /// The source of an address.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let mut segments = address.segments();
                segments[4..].fill(0);
                IpAddr::V6(Ipv6Addr::from(segments))
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// The client's address: the peer's, unless the peer is a proxy that is trusted to say whose request it passes on. Of the
/// addresses in the header the last one that is not a trusted proxy's counts: what stands before it, anybody can have written.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, forwarded: &Forwarded) -> IpAddr {
    let trusted = |address: &IpAddr| forwarded.trusted.iter().any(|proxy| proxy.contains(&address.to_canonical()));
    let Some(kind) = forwarded.header else { return peer };
    if !trusted(&peer) {
        return peer;
    }
    let name = match kind {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => header::FORWARDED.as_str(),
    };
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    let mut last = peer;
    for item in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        let Some(address) = parse(kind, item.trim()) else { return last };
        last = address;
        if !trusted(&address) {
            return address;
        }
    }
    last
}

fn parse(kind: ForwardedHeader, item: &str) -> Option<IpAddr> {
    let text = match kind {
        ForwardedHeader::XForwardedFor => item,
        ForwardedHeader::Forwarded => item.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
        })?,
    };
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let without_port = || text.rsplit_once(':').map_or(text, |(address, _)| address);
    bare.unwrap_or(text).parse().or_else(|_| without_port().parse()).ok()
}

type Limiter = RateLimiter<Source, DashMapStateStore<Source>, DefaultClock, NoOpMiddleware>;

/// How much each address may still do.
pub struct RateLimits {
    requests: Limiter,
    submissions: Limiter,
    posts: Limiter,
    clock: DefaultClock,
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RateLimits")
    }
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Anything.
    Request,
    /// A transaction.
    Submission,
    /// A post to a board.
    Post,
}

impl RateLimits {
    /// Limits by the settings.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let limiter = |rate, burst| RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst));
        Self {
            requests: limiter(limits.requests_per_second, limits.requests_burst),
            submissions: limiter(limits.submissions_per_second, limits.submissions_burst),
            posts: limiter(limits.posts_per_second, limits.posts_burst),
            clock: DefaultClock::default(),
        }
    }

    const fn limiter(&self, doing: Doing) -> &Limiter {
        match doing {
            Doing::Request => &self.requests,
            Doing::Submission => &self.submissions,
            Doing::Post => &self.posts,
        }
    }

    /// Counts something that an address does.
    ///
    /// # Errors
    /// [`Kind::RateLimited`] with the time to wait.
    pub fn count(&self, doing: Doing, source: Source) -> Result<(), Problem> {
        self.limiter(doing).check_key(&source).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::new(Kind::RateLimited, "this address does too much at once").retry_after(seconds)
        })
    }

    /// Counts something several times, afterwards: it cost more than others. What is not left is not taken.
    pub fn charge(&self, doing: Doing, source: Source, times: u32) {
        let limiter = self.limiter(doing);
        let times = NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN);
        if !matches!(limiter.check_key_n(&source, times), Ok(Ok(()))) {
            // Less than that is left: all of it.
            while limiter.check_key(&source).is_ok() {}
        }
    }

    /// Forgets addresses that have done nothing for a while.
    pub fn forget_idle(&self) {
        for limiter in [&self.requests, &self.submissions, &self.posts] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Proxy;

    fn forwarded(header: ForwardedHeader) -> Forwarded {
        Forwarded { header: Some(header), trusted: vec![Proxy::Network("10.0.0.0/8".parse().unwrap())] }
    }

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn forwarded_address_of_a_stranger_is_not_believed() {
        let set = headers("x-forwarded-for", &["1.2.3.4"]);
        assert_eq!(client(ip("9.9.9.9"), &set, &forwarded(ForwardedHeader::XForwardedFor)), ip("9.9.9.9"));
        assert_eq!(client(ip("10.0.0.1"), &set, &Forwarded::default()), ip("10.0.0.1"));
    }

    #[test]
    fn address_that_a_client_wrote_before_its_own_is_not_believed() {
        let settings = forwarded(ForwardedHeader::XForwardedFor);
        let set = headers("x-forwarded-for", &["6.6.6.6, 1.2.3.4", "10.0.0.2"]);
        assert_eq!(client(ip("10.0.0.1"), &set, &settings), ip("1.2.3.4"));
        let set = headers("x-forwarded-for", &["6.6.6.6, nonsense"]);
        assert_eq!(client(ip("10.0.0.1"), &set, &settings), ip("10.0.0.1"));
    }

    #[test]
    fn forms_of_both_headers_are_read() {
        let settings = forwarded(ForwardedHeader::Forwarded);
        for (text, expected) in [
            ("for=1.2.3.4;proto=https", "1.2.3.4"),
            ("For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("proto=https; for=1.2.3.4:80", "1.2.3.4"),
        ] {
            assert_eq!(client(ip("10.0.0.1"), &headers("forwarded", &[text]), &settings), ip(expected), "{text}");
        }
    }

    #[test]
    fn addresses_of_one_subscriber_are_one_source() {
        assert_eq!(Source::new(ip("2001:db8:0:1::1")), Source::new(ip("2001:db8:0:1:ffff::2")));
        assert_ne!(Source::new(ip("2001:db8:0:1::1")), Source::new(ip("2001:db8:0:2::1")));
        assert_eq!(Source::new(ip("::ffff:1.2.3.4")), Source::new(ip("1.2.3.4")));
    }

    #[test]
    fn address_that_does_too_much_waits_and_others_do_not() {
        let two = NonZeroU32::new(2).unwrap();
        let settings = Limits { submissions_per_second: NonZeroU32::MIN, submissions_burst: two, ..Limits::default() };
        let limits = RateLimits::new(&settings);
        let (loud, quiet) = (Source::new(ip("1.2.3.4")), Source::new(ip("1.2.3.5")));
        assert_eq!(limits.count(Doing::Submission, loud), Ok(()));
        limits.charge(Doing::Submission, loud, 20);
        assert_eq!(limits.count(Doing::Submission, loud).unwrap_err().kind(), Kind::RateLimited);
        assert_eq!(limits.count(Doing::Submission, quiet), Ok(()));
        assert_eq!(limits.count(Doing::Request, loud), Ok(()));
    }
}
