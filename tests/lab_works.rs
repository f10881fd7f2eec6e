//! The lab itself: its network, its bad road and its stick do what other tests take for granted.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

mod lab;

use std::{
    fs,
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6, UdpSocket},
    time::Duration,
};

use lab::{
    Addresses, Lab, Skip,
    relay::{Relay, Weather},
    stick::{Format, Stick},
};

#[test]
fn nodes_reach_each_other_over_ipv4_and_link_local_ipv6() {
    let Some(lab) = Skip::or(Lab::new(&["a", "b"])) else {
        return;
    };
    assert!(arrives(&lab, "a", "b", lab.ipv4("b").into()));

    let target = socket(&lab, "b");
    let port = target.local_addr().unwrap().port();
    let address = SocketAddrV6::new(lab.link_local("b"), port, 0, lab.scope("a"));
    socket(&lab, "a").send_to(b"hello", address).unwrap();
    assert!(heard(&target));
}

#[test]
fn nodes_with_one_kind_of_link_local_address_have_no_other() {
    let Some(lab) = Skip::or(Lab::with(Addresses::Ipv4LinkLocal, &["a", "b"])) else {
        return;
    };
    assert_eq!(lab.ipv4("b"), Ipv4Addr::new(169, 254, 77, 2));
    assert!(arrives(&lab, "a", "b", lab.ipv4("b").into()));

    let Some(lab) = Skip::or(Lab::with(Addresses::Ipv6LinkLocal, &["a", "b"])) else {
        return;
    };
    assert!(!arrives(&lab, "a", "b", Ipv4Addr::new(10, 77, 0, 2).into()));
}

#[test]
fn each_fault_is_felt_and_ends() {
    let Some(lab) = Skip::or(Lab::new(&["a", "b", "c"])) else {
        return;
    };
    let b = IpAddr::from(lab.ipv4("b"));
    assert!(arrives(&lab, "a", "b", b));

    lab.link("b", false);
    assert!(!arrives(&lab, "a", "b", b));
    lab.link("b", true);
    assert!(eventually_arrives(&lab, "a", "b", b));

    lab.cable("b", false);
    assert!(!arrives(&lab, "a", "b", b));
    lab.cable("b", true);
    assert!(eventually_arrives(&lab, "a", "b", b));

    lab.isolated("a", true);
    lab.isolated("b", true);
    assert!(!arrives(&lab, "a", "b", b));
    assert!(arrives(&lab, "a", "c", lab.ipv4("c").into()));
    lab.isolated("a", false);
    assert!(arrives(&lab, "a", "b", b));

    let moved = Ipv4Addr::new(10, 77, 0, 99);
    lab.renumber("b", moved);
    assert!(arrives(&lab, "a", "b", moved.into()));
}

#[test]
fn filtered_multicast_leaves_typed_addresses_alone() {
    let Some(lab) = Skip::or(Lab::new(&["a", "b"])) else {
        return;
    };
    let group = Ipv4Addr::new(224, 0, 0, 251);
    let listener = socket(&lab, "b");
    listener.join_multicast_v4(&group, &lab.ipv4("b")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let sender = lab.inside("a", || UdpSocket::bind((lab.ipv4("a"), 0)).unwrap());
    let call = || {
        sender.send_to(b"who is there", (group, port)).unwrap();
        heard(&listener)
    };
    assert!(call());
    lab.multicast("b", false);
    assert!(!call());
    assert!(arrives(&lab, "a", "b", lab.ipv4("b").into()));
    lab.multicast("b", true);
    assert!(call());
}

#[test]
fn loss_and_rate_are_what_was_asked() {
    let Some(lab) = Skip::or(Lab::new(&["a", "b"])) else {
        return;
    };
    let listener = socket(&lab, "b");
    let address = SocketAddr::new(lab.ipv4("b").into(), listener.local_addr().unwrap().port());
    let sender = socket(&lab, "a");
    if Skip::or(lab.loss("b", 300)).is_some() {
        let arrived = count_arrivals(&sender, &listener, address, 1000);
        assert!(
            (600..800).contains(&arrived),
            "{arrived} of 1000 at 30 % loss"
        );
        lab.loss("b", 0).unwrap();
        assert_eq!(count_arrivals(&sender, &listener, address, 1000), 1000);
    }
    // 100 datagrams of 1,028 bytes do not fit into 50 ms at 1 Mbit/s.
    if Skip::or(lab.rate("a", Some("1mbit"))).is_some() {
        let arrived = count_arrivals(&sender, &listener, address, 100);
        assert!(arrived < 90, "{arrived} of 100");
        lab.rate("a", None).unwrap();
        assert_eq!(count_arrivals(&sender, &listener, address, 100), 100);
    }
}

#[test]
fn a_lab_takes_its_namespaces_along_after_a_panic() {
    let Some(lab) = Skip::or(Lab::new(&["a"])) else {
        return;
    };
    let mut sleeper = lab.command("a", "sleep").arg("600").spawn().unwrap();
    let shown = format!("{lab:?}");
    let prefix = shown.split('"').nth(1).unwrap();
    let left = || {
        fs::read_dir("/run/netns")
            .unwrap()
            .flatten()
            .filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .starts_with(&format!("{prefix}-"))
            })
    };
    assert_eq!(left().count(), 2);

    let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        assert!(lab.ipv4("a").is_loopback(), "this panics");
        drop(lab);
    }));
    assert!(end.is_err());
    assert_eq!(left().count(), 0);
    assert!(!sleeper.wait().unwrap().success());
}

#[test]
fn a_relay_loses_repeats_and_reorders_by_its_seed() {
    let weather = Weather {
        seed: 7,
        loss_per_mille: 200,
        twice_per_mille: 100,
        delay: Duration::from_millis(5),
        jitter: Duration::from_millis(20),
    };
    let (first, second) = (through_relay(weather), through_relay(weather));
    let sorted = |numbers: &[u32]| {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(sorted(&first), sorted(&second), "one seed, one fate");
    assert_ne!(first, sorted(&first), "reordered");
    assert!(
        (760..1000).contains(&first.len()),
        "{} of 1000",
        first.len()
    );

    let other = through_relay(Weather { seed: 8, ..weather });
    assert_ne!(sorted(&first), sorted(&other));
    assert_eq!(
        through_relay(Weather::default()),
        (0..1000).collect::<Vec<_>>()
    );
}

#[test]
fn a_relay_in_a_namespace_answers_and_can_be_cut() {
    let Some(lab) = Skip::or(Lab::new(&["a", "r", "b"])) else {
        return;
    };
    let target = socket(&lab, "b");
    let address = SocketAddr::new(lab.ipv4("b").into(), target.local_addr().unwrap().port());
    let listen = SocketAddr::new(lab.ipv4("r").into(), 0);
    let relay = lab.inside("r", || {
        Relay::start(listen, address, Weather::default()).unwrap()
    });
    let client = socket(&lab, "a");
    let mut buffer = [0; 16];

    client.send_to(b"question", relay.address()).unwrap();
    let (_, from) = target.recv_from(&mut buffer).unwrap();
    assert_eq!(from.ip().to_canonical(), IpAddr::from(lab.ipv4("r")));
    target.send_to(b"answer", from).unwrap();
    assert_eq!(client.recv(&mut buffer).unwrap(), 6);

    relay.cut(true);
    client.send_to(b"question", relay.address()).unwrap();
    assert!(!heard(&target));
    assert_eq!(relay.counts().lost, 1);
}

#[test]
fn a_stick_keeps_what_was_written_through_all_that_happens_to_sticks() {
    for format in [Format::ExFat, Format::Fat32, Format::Ext4] {
        // A smaller one would be no FAT32.
        let Some(mut stick) = Skip::or(Stick::formatted(format, 40)) else {
            continue;
        };
        assert_eq!(stick.format(), format);
        let file = stick.path().join("kept.txt");
        fs::write(stick.path().join("kept.tmp"), "kept").unwrap();
        fs::rename(stick.path().join("kept.tmp"), &file).unwrap();
        fs::File::open(&file).unwrap().sync_all().unwrap();

        stick.write_protect();
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
        assert!(
            fs::write(stick.path().join("more.txt"), "more").is_err(),
            "{format:?}"
        );

        stick.pull_out();
        assert!(!file.exists());
        stick.put_in();
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");

        stick.fill(0);
        let mut more = fs::File::create(stick.path().join("more.bin"));
        let full = more
            .as_mut()
            .map(|more| more.write_all(&[1; 1 << 20]).and_then(|()| more.sync_all()));
        assert!(!matches!(full, Ok(Ok(()))), "{format:?} is not full");
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }
}

/// Sends 1,000 numbers through a relay on loopback and gives those that arrived, in that order.
fn through_relay(weather: Weather) -> Vec<u32> {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let target = UdpSocket::bind(loopback).unwrap();
    target
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let relay = Relay::start(loopback, target.local_addr().unwrap(), weather).unwrap();
    let client = UdpSocket::bind(loopback).unwrap();
    let mut arrived = Vec::new();
    let mut buffer = [0; 4];
    let sender = std::thread::spawn(move || {
        for number in 0..1000_u32 {
            client
                .send_to(&number.to_be_bytes(), relay.address())
                .unwrap();
            std::thread::sleep(Duration::from_micros(300));
        }
        std::thread::sleep(Duration::from_millis(200));
        relay
    });
    while target.recv(&mut buffer).is_ok() {
        arrived.push(u32::from_be_bytes(buffer));
    }
    drop(sender.join());
    arrived
}

/// A socket in a node's namespace, for IPv4 and IPv6, that waits 300 ms for a datagram.
fn socket(lab: &Lab, node: &str) -> UdpSocket {
    let socket = lab.inside(node, || {
        UdpSocket::bind("[::]:0")
            .or_else(|_| UdpSocket::bind("0.0.0.0:0"))
            .unwrap()
    });
    socket
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    socket
}

fn arrives(lab: &Lab, from: &str, to: &str, address: IpAddr) -> bool {
    let listener = lab.inside(to, || UdpSocket::bind("0.0.0.0:0").unwrap());
    listener
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let sender = lab.inside(from, || UdpSocket::bind("0.0.0.0:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    // No route is no arrival either.
    drop(sender.send_to(b"hello", (address, port)));
    heard(&listener)
}

fn eventually_arrives(lab: &Lab, from: &str, to: &str, address: IpAddr) -> bool {
    (0..20).any(|_| arrives(lab, from, to, address))
}

fn heard(listener: &UdpSocket) -> bool {
    listener.recv(&mut [0; 64]).is_ok()
}

fn count_arrivals(sender: &UdpSocket, listener: &UdpSocket, to: SocketAddr, sent: usize) -> usize {
    let mut arrived = 0;
    for _ in 0..sent {
        drop(sender.send_to(&[0; 1000], to));
        // A socket's buffer holds fewer than 100 of these.
        listener.set_nonblocking(true).unwrap();
        arrived += usize::from(heard(listener));
    }
    listener.set_nonblocking(false).unwrap();
    while heard(listener) {
        arrived += 1;
    }
    arrived
}
