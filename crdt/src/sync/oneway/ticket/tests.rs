#![expect(clippy::as_conversions, reason = "tests count small things")]

use super::*;
use crate::entry::{Stream, Tag};

#[test]
fn ticket_comes_back_and_any_other_byte_is_no_ticket() {
    let world = World::new(70, |_| 3);
    let ticket = world.ticket(1, 0);
    let bytes = ticket.encode();
    let read = Ticket::decode(&bytes).unwrap();
    assert_eq!(read, ticket);
    assert_eq!(read.verify(&network()), Ok(()));
    assert_eq!(read.verify(&NetworkId([8; 32])), Err(TicketError::Network));
    assert_eq!((read.len(), read.entries()), (70, 210));
    for at in 0..bytes.len() {
        assert!(Ticket::decode(&bytes[..at]).is_err());
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let read = Ticket::decode(&changed);
        assert!(read.is_err() || read.is_ok_and(|it| it.verify(&network()).is_err()));
    }
}

#[test]
fn thousand_active_logs_fit_one_qr_code() {
    let world = World::new(932, |at| 1 + (at * 7 % 20) as u32);
    let len = world.ticket(1, 0).encode().len();
    assert!(len < 1_900, "{len}");
}

#[test]
fn holder_of_the_same_logs_lacks_nothing_and_of_fewer_exactly_those() {
    let theirs = World::new(1_000, |at| 1 + at as u32 % 9);
    // 500 logs that they have never seen, and more entries in 300.
    let ours = World::new(1_500, |at| {
        1 + at as u32 % 9 + if at % 10 < 3 { 4 } else { 0 }
    });
    for salt in 0..10 {
        let ticket = theirs.ticket(salt, 0);
        assert_eq!(ticket.held(&theirs.views()), theirs.held());
        let mut expected = theirs.held();
        expected.resize(1_500, Held::default());
        assert_eq!(ticket.held(&ours.views()), expected);
    }
}

#[test]
fn holder_who_is_ahead_is_believed_where_no_tag_can_be_compared() {
    let theirs = World::new(1_000, |at| if at == 500 { 9 } else { 4 });
    let ours = World::new(1_100, |_| 5);
    let held = theirs.ticket(1, 0).held(&ours.views());
    let wrong = (0..1_100).filter(|at| {
        let expected = match at {
            500 => 9,
            0..1_000 => 4,
            _ => 0,
        };
        held[*at].count != expected
    });
    let (known, unknown): (Vec<_>, Vec<_>) = wrong.partition(|at| *at < 1_000);
    // In one group of 64, names that two logs share are nobody's, and are sent.
    assert!(known.len() <= 3 && known.iter().all(|at| held[*at].count == 0));
    assert!(unknown.len() <= 2, "{unknown:?}");
}

#[test]
fn other_entries_than_ours_are_sent_with_their_group() {
    let theirs = World::new(640, |_| 4);
    let mut ours = World::new(640, |_| 4);
    ours.logs[77].1[3] = EntryId([0xee; 32]);
    let held = theirs.ticket(1, 0).held(&ours.views());
    assert_eq!(held[77].count, 0);
    let resent = held.iter().filter(|it| it.count == 0).count();
    assert_eq!(resent, GROUP);
}

#[test]
fn known_forks_and_wanted_bytes_are_told() {
    let mut world = World::new(10, |_| 2);
    world.forks = vec![3];
    let ticket = world.ticket(1, 5);
    world.forks = vec![3, 4];
    let held = ticket.held(&world.views());
    assert!(held[3].knows_fork && !held[4].knows_fork && held[4].count == 2);
    assert!(ticket.wants(&BlobHash([4; 32])) && !ticket.wants(&BlobHash([5; 32])));
}

#[test]
fn log_that_may_be_any_of_many_is_nobodys() {
    let world = World::new(4_000, |_| 1);
    let mut ticket = world.ticket(1, 0);
    // Every log has the name of the first: each may be any of those that share it.
    let name = ticket.logs[0].name;
    for log in &mut ticket.logs {
        log.name = name;
    }
    let held = ticket.held(&world.views());
    assert!(held.iter().filter(|it| it.count > 0).count() < 64);
}

/// What a device holds.
struct World {
    logs: Vec<(LogId, Vec<EntryId>)>,
    forks: Vec<usize>,
}

impl World {
    fn new(len: usize, count: impl Fn(usize) -> u32) -> Self {
        let log = |at: usize| {
            let author = DeviceKey(blake3(&[&at.to_be_bytes()]));
            let id = LogId {
                author,
                stream: Stream::MEMBER,
                tag: Tag::default(),
            };
            let entry = |seq: u32| EntryId(blake3(&[&author.0, &seq.to_be_bytes()]));
            (id, (0..count(at)).map(entry).collect())
        };
        Self {
            logs: (0..len).map(log).collect(),
            forks: vec![],
        }
    }

    fn views(&self) -> Vec<LogView<'_>> {
        self.logs
            .iter()
            .enumerate()
            .map(|(at, (id, ids))| LogView {
                id,
                below: None,
                ids,
                fork: self.forks.contains(&at).then_some([at as u8; 32]),
            })
            .collect()
    }

    fn held(&self) -> Vec<Held> {
        let held = |(_, ids): &(LogId, Vec<EntryId>)| Held {
            count: ids.len(),
            knows_fork: false,
        };
        self.logs.iter().map(held).collect()
    }

    fn ticket(&self, salt: u8, wants: u8) -> Ticket {
        Ticket::sign(
            &network(),
            &SecretKey::from_seed(&[1; 32]),
            ClaimedMinutes(29_400_000),
            [salt; 8],
            self.views().into_iter(),
            (0..wants).map(|it| BlobHash([it; 32])),
        )
    }
}

fn network() -> NetworkId {
    NetworkId([7; 32])
}
