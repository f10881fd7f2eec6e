//! Network interfaces of this device, and what can be heard on them.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use if_addrs::{IfAddr, get_if_addrs};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Where multicast DNS talks.
const MDNS_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const MDNS_GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0xFB);

/// `IFF_MULTICAST` of Linux.
const FLAG_MULTICAST: u32 = 0x1000;

/// A question that every responder answers: which services are there? (RFC 6763, section 9)
const QUESTION: &[u8] =
    b"\0\0\0\0\0\x01\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0C\0\x01";

/// One interface.
#[derive(Clone, Debug, Default)]
pub(super) struct Interface {
    pub(super) name: String,
    /// Number of the interface, 0 if unknown.
    pub(super) index: u32,
    pub(super) up: bool,
    pub(super) loopback: bool,
    pub(super) multicast: bool,
    pub(super) networks: Vec<Network>,
}

/// An address of an interface, and who else is reached through it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    pub(super) ip: IpAddr,
    pub(super) prefix_len: u8,
    pub(super) broadcast: Option<Ipv4Addr>,
}

impl Network {
    /// Whether `ip` is on this network.
    pub(super) fn has(&self, ip: IpAddr) -> bool {
        let same = |a: u128, b: u128, bits: u32| {
            let shift = bits.saturating_sub(u32::from(self.prefix_len));
            a.checked_shr(shift).unwrap_or(0) == b.checked_shr(shift).unwrap_or(0)
        };
        match (self.ip, ip.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
            _ => false,
        }
    }
}

/// The interfaces, loopback ones or all others.
pub(super) fn list(loopback: bool) -> io::Result<Vec<Interface>> {
    let mut found: BTreeMap<String, Interface> = BTreeMap::new();
    for name in names_without_address() {
        let entry = Interface {
            name: name.clone(),
            ..Interface::default()
        };
        found.insert(name, entry);
    }
    for address in get_if_addrs()? {
        let entry = found.entry(address.name.clone()).or_default();
        entry.up = address.is_oper_up();
        entry.index = address.index.unwrap_or(0);
        entry.loopback |= address.is_loopback();
        entry.networks.push(match address.addr {
            IfAddr::V4(v4) => Network {
                ip: v4.ip.into(),
                prefix_len: v4.prefixlen,
                broadcast: match address.is_p2p {
                    true => None,
                    false => v4.broadcast.or_else(|| loopback_broadcast(v4.ip)),
                },
            },
            IfAddr::V6(v6) => Network {
                ip: v6.ip.into(),
                prefix_len: v6.prefixlen,
                broadcast: None,
            },
        });
        entry.name = address.name;
    }
    let mut interfaces: Vec<Interface> = found.into_values().collect();
    for interface in &mut interfaces {
        interface.loopback |= interface.name == "lo";
        interface.multicast = interface.loopback || can_multicast(&interface.name);
    }
    interfaces.retain(|interface| interface.loopback == loopback);
    Ok(interfaces)
}

fn loopback_broadcast(ip: Ipv4Addr) -> Option<Ipv4Addr> {
    ip.is_loopback()
        .then_some(Ipv4Addr::new(127, 255, 255, 255))
}

/// Interfaces of Linux, so that one which has no address yet is shown as well.
fn names_without_address() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/sys/class/net") else {
        return Vec::new();
    };
    let name = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    entries.filter_map(name).collect()
}

/// What the system says; where it says nothing, yes.
fn can_multicast(name: &str) -> bool {
    let Ok(text) = fs::read_to_string(format!("/sys/class/net/{name}/flags")) else {
        return true;
    };
    let flags = text.trim().trim_start_matches("0x");
    u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & FLAG_MULTICAST != 0)
}

/// Asks on `interface` which services there are, and counts the packets of others that come back
/// within `time`. Blocks.
pub(super) fn hear_multicast(interface: &Interface, port: u16, time: Duration) -> io::Result<u32> {
    let own: Vec<IpAddr> = interface
        .networks
        .iter()
        .map(|network| network.ip)
        .collect();
    let v4 = own.iter().find_map(|ip| match ip {
        IpAddr::V4(v4) => Some(*v4),
        IpAddr::V6(_) => None,
    });
    let (socket, group) = match v4 {
        Some(ip) => (join_v4(ip, port)?, IpAddr::V4(MDNS_GROUP)),
        None if own.is_empty() => return Err(io::ErrorKind::AddrNotAvailable.into()),
        None => (join_v6(interface.index, port)?, IpAddr::V6(MDNS_GROUP_V6)),
    };
    socket.send_to(QUESTION, (group, port))?;
    let begin = Instant::now();
    let mut heard = 0_u32;
    let mut packet = [0; 1];
    while let Some(left) = time
        .checked_sub(begin.elapsed())
        .filter(|left| !left.is_zero())
    {
        socket.set_read_timeout(Some(left))?;
        match socket.recv_from(&mut packet) {
            Ok((_, from)) if !own.contains(&from.ip()) => heard = heard.saturating_add(1),
            Ok(_) => {}
            Err(e) if is_patient(e.kind()) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(heard)
}

/// A socket that hears what comes to the group by the interface that has `ip`, and nothing else.
fn join_v4(ip: Ipv4Addr, port: u16) -> io::Result<UdpSocket> {
    let socket = shared_socket(Domain::IPV4)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_multicast_all_v4(false)?;
    socket.bind(&SockAddr::from(SocketAddr::from((
        Ipv4Addr::UNSPECIFIED,
        port,
    ))))?;
    socket.join_multicast_v4(&MDNS_GROUP, &ip)?;
    socket.set_multicast_if_v4(&ip)?;
    socket.set_multicast_ttl_v4(255)?;
    Ok(socket.into())
}

/// The same for an interface without IPv4.
fn join_v6(index: u32, port: u16) -> io::Result<UdpSocket> {
    let socket = shared_socket(Domain::IPV6)?;
    socket.set_only_v6(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_multicast_all_v6(false)?;
    socket.bind(&SockAddr::from(SocketAddr::from((
        Ipv6Addr::UNSPECIFIED,
        port,
    ))))?;
    socket.join_multicast_v6(&MDNS_GROUP_V6, index)?;
    socket.set_multicast_if_v6(index)?;
    socket.set_multicast_hops_v6(255)?;
    Ok(socket.into())
}

/// Shares its port with whatever else answers multicast DNS on this machine.
fn shared_socket(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    Ok(socket)
}

fn is_patient(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(kind, Interrupted | TimedOut | WouldBlock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_listed_apart_and_can_broadcast() {
        let loopback = list(true).unwrap();
        assert!(loopback.iter().all(|interface| interface.loopback));
        let networks: Vec<Network> = loopback.into_iter().flat_map(|i| i.networks).collect();
        let v4 = networks
            .iter()
            .find(|network| network.ip.is_ipv4())
            .unwrap();
        assert_eq!(v4.broadcast, Some(Ipv4Addr::new(127, 255, 255, 255)));
        assert!(
            list(false)
                .unwrap()
                .iter()
                .all(|interface| !interface.loopback)
        );
    }

    #[test]
    fn network_has_its_neighbours_and_nobody_else() {
        let network = |ip: &str, prefix_len| Network {
            ip: ip.parse().unwrap(),
            prefix_len,
            broadcast: None,
        };
        let has = |network: Network, ip: &str| network.has(ip.parse().unwrap());
        assert!(has(network("10.1.2.3", 24), "10.1.2.200"));
        assert!(has(network("10.1.2.3", 24), "::ffff:10.1.2.200"));
        assert!(!has(network("10.1.2.3", 24), "10.1.3.3"));
        assert!(has(network("2001:db8::1", 64), "2001:db8::2:0:0:1"));
        assert!(!has(network("2001:db8::1", 64), "2001:db8:0:1::1"));
        assert!(has(network("10.1.2.3", 0), "8.8.8.8"));
        assert!(!has(network("10.1.2.3", 0), "::1"));
    }
}
