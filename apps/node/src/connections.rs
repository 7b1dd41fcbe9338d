//! How many connections are open: in all, and of each address, so that one that opens many and says nothing locks out nobody else.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    address::Source,
    settings::{Forwarded, Limits},
};

/// The connections that are open.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    most_of_one: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    of: BTreeMap<Source, usize>,
}

/// A connection's place among them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Arc<Connections>,
    source: Option<Source>,
}

impl Connections {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        let (most, most_of_one) = (limits.connections, limits.connections_per_address);
        Arc::new(Self { most, most_of_one, open: Mutex::default() })
    }

    /// Lets a connection of a peer in, if there are not too many. A trusted proxy's are those of many people, and count only
    /// together.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr, forwarded: &Forwarded) -> Option<Admission> {
        let source = (!forwarded.trusts(peer)).then(|| Source::new(peer));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = source.and_then(|source| open.of.get(&source)).copied().unwrap_or_default();
        if open.all >= self.most || own >= self.most_of_one {
            return None;
        }
        open.all += 1;
        if let Some(source) = source {
            open.of.insert(source, own + 1);
        }
        Some(Admission { connections: self.clone(), source })
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        let Some(source) = self.source else { return };
        // Addresses are forgotten with their last connection.
        match open.of.get_mut(&source) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(open.of.remove(&source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{ForwardedHeader, Proxy};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn address_with_many_connections_locks_out_nobody_else_and_is_forgotten() {
        let limits = Limits { connections: 5, connections_per_address: 2, ..Limits::default() };
        let (connections, nobody) = (Connections::new(&limits), Forwarded::default());
        let admit = |peer: &str| connections.admit(ip(peer), &nobody);
        let mut open = vec![admit("2001:db8::1"), admit("2001:db8::2")];
        assert!(open.iter().all(Option::is_some));
        assert!(admit("2001:db8::3").is_none(), "addresses of one subscriber count together");
        open.extend(["1.2.3.4", "1.2.3.4", "1.2.3.5"].map(admit));
        assert!(open.iter().all(Option::is_some));
        assert!(admit("1.2.3.6").is_none(), "there are five in all");
        open.clear();
        assert!(admit("2001:db8::3").is_some());
        assert!(connections.open.lock().unwrap().of.is_empty());
    }

    #[test]
    fn connections_of_a_trusted_proxy_count_only_together() {
        let limits = Limits { connections: 3, connections_per_address: 1, ..Limits::default() };
        let connections = Connections::new(&limits);
        let trusted = vec![Proxy::Address(ip("10.0.0.1"))];
        let forwarded = Forwarded { header: Some(ForwardedHeader::XForwardedFor), trusted };
        let open: Vec<_> = (0..4).map(|_| connections.admit(ip("10.0.0.1"), &forwarded)).collect();
        assert_eq!(open.iter().flatten().count(), 3);
    }
}
