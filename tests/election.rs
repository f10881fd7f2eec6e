//! An election by whole devices: 30 voters, 5 trustees of whom 3 open the sum, a stick and nothing else.
//! One device is up at a time. The vote is held once, and ended three times: with all trustees, with two
//! of them gone for good, and with one gone and one lying; every device computes the result of the first.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

mod village;

use std::{collections::BTreeSet, fs, path::Path};

use commune::{
    device::Device,
    votes::{self, Checks, Counted, Done, Extent, Known, Missing, Opened, Step},
};
use commune_crdt::{
    ballot::{Fate, Phase, Reason, Scope},
    entry::{BlobRef, Payload},
    hash::EntryId,
    payload::{Cast, Choice, Lock, Question, QuestionKind, Shares, VoteFact, VoteId},
};
use village::{Village, import, seed};

/// Who signs checkpoints and keeps the stick; no trustee.
const STATION: u8 = 0;
const VOTERS: u8 = 30;
const TRUSTEES: [u8; 5] = [1, 2, 3, 4, 5];
/// These vote no.
const AGAINST: [u8; 11] = [3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29];

struct Election {
    village: Village,
    vote: VoteId,
}

impl Election {
    /// Opens a vote, and has the trustees make its key one after the other.
    fn prepared() -> Self {
        let mut village = Village::found(VOTERS);
        let key = |person: u8| commune_crdt::keys::SecretKey::from_seed(&seed(person)).member_key();
        let station = village.device(STATION);
        village.closes(&station, 1);
        drop(station);
        let opener = village.device(7);
        import(&opener, &stick(&village));
        let opened = Opened {
            question: Question {
                kind: QuestionKind::YesNo,
                text: "Shall the market be on Saturday?".to_owned(),
                options: Vec::new(),
            },
            trustees: TRUSTEES.map(key).to_vec(),
            substitutes: Vec::new(),
            acknowledge_secs: 72 * 3_600,
            vote_secs: 72 * 3_600,
            receipt_secs: 12 * 3_600,
            references: None,
        };
        let (vote, _) = opened.open(&opener, village.minutes()).unwrap();
        let mut election = Self { village, vote };
        election.comes_home(&opener);
        drop(opener);
        election.closes(1);
        // Pieces first, then what needs those of others.
        for hours in [5, 6] {
            for trustee in TRUSTEES {
                election.acts(trustee, Step::Prepare);
            }
            election.closes(hours);
        }
        assert_eq!(election.known(STATION).vote.phase, Phase::Voting);
        election
    }

    fn closes(&mut self, hours: u64) {
        let station = self.village.device(STATION);
        self.village.closes(&station, hours);
    }

    /// What a device brings back is at the station.
    fn comes_home(&self, device: &Device) {
        let bundle = self.village.bundle(device);
        let station = self.village.device(STATION);
        import(&station, &bundle);
    }

    /// Somebody takes the stick of the station, does something, and brings it back.
    fn visits<T>(&self, person: u8, does: impl FnOnce(&Device, &Known) -> T) -> T {
        let device = self.village.device(person);
        if person != STATION {
            drop(import(&device, &stick(&self.village)));
        }
        let known = votes::one(&device, &self.vote.to_string()).unwrap();
        let done = does(&device, &known);
        if person != STATION {
            self.comes_home(&device);
        }
        done
    }

    fn acts(&self, trustee: u8, step: Step) -> Done {
        let minutes = self.village.minutes();
        self.visits(trustee, |device, known| {
            known.act(device, step, minutes, &|_, _| true).unwrap()
        })
    }

    fn casts(&self, person: u8, yes: bool) -> EntryId {
        let minutes = self.village.minutes();
        self.visits(person, |device, known| {
            let choice = if yes { Choice::Yes } else { Choice::No };
            let slots = known.vote.opening.question.slots_of(&choice).unwrap();
            let ballot = known.encrypt(device, slots).unwrap();
            known.cast(device, &ballot, minutes).unwrap()
        })
    }

    fn known(&self, person: u8) -> Known {
        votes::one(&self.village.device(person), &self.vote.to_string()).unwrap()
    }

    /// The same, on a copy of all folders: what happens to it happens to it alone.
    fn copied(&self) -> Self {
        let room = tempfile::tempdir().unwrap();
        copy(self.village.room.path(), room.path());
        Self {
            village: Village {
                room,
                genesis: self.village.genesis.clone(),
                now: self.village.now,
            },
            vote: self.vote,
        }
    }

    /// Trustees lock, a checkpoint fixes it, three share; `liar` says something else each time.
    fn is_opened_by(&mut self, honest: &[u8], liar: Option<u8>) {
        if let Some(liar) = liar {
            self.visits(liar, lie_about_sums);
        }
        for trustee in honest {
            let done = self.acts(*trustee, Step::Lock);
            assert_eq!(done.wards, [0], "{done:?}");
        }
        self.closes(5);
        if let Some(liar) = liar {
            self.visits(liar, lie_about_shares);
        }
        for trustee in honest.iter().rev().take(3) {
            let done = self.acts(*trustee, Step::Share);
            assert_eq!(done.wards, [0], "{done:?}");
        }
        self.closes(5);
    }

    fn counts(&self, person: u8) -> Result<Counted, Missing> {
        self.visits(person, |device, known| {
            known.count(device, &|_, _| true).unwrap()
        })
    }

    fn verifies(&self, person: u8) -> Checks {
        self.visits(person, |device, known| {
            votes::verify(device, known, Extent::All, [&|_, _| true; 2]).unwrap()
        })
    }

    /// These devices compute the same result from the stick, and one verifies everything.
    fn agree(&self, people: impl Iterator<Item = u8>, false_shares: usize) {
        let yes = u32::from(VOTERS) - u32::try_from(AGAINST.len()).unwrap();
        for person in people {
            let counted = self.counts(person).unwrap();
            assert_eq!(counted.outcome.lines[0].count, yes, "device {person}");
            assert_eq!(counted.outcome.accepted, Some(true));
            assert_eq!(counted.ballots, u32::from(VOTERS));
            assert_eq!(counted.false_shares.len(), false_shares, "device {person}");
            assert!(counted.smudging >= 13.0, "{}", counted.smudging);
        }
        let checks = self.verifies(29);
        assert!(checks.holds(), "{checks:?}");
        assert_eq!((checks.counted, checks.verified), (30, 30));
        assert_eq!(checks.false_ballots, []);
    }
}

#[test]
fn trustees_who_never_meet_open_the_sum_and_a_liar_or_two_lost_ones_do_not_stop_them() {
    let mut election = Election::prepared();
    // Somebody votes twice; the second ballot counts.
    let first = election.casts(11, false);
    let mut ballots = BTreeSet::new();
    for person in 0..VOTERS {
        ballots.insert(election.casts(person, !AGAINST.contains(&person)));
    }
    election.closes(20);
    // Before anybody held a ballot none counts.
    assert!(matches!(election.counts(STATION), Err(Missing::Close)));
    for trustee in [1, 2, 3] {
        let done = election.acts(trustee, Step::Receipt);
        assert_eq!(done.receipts, 31, "{done:?}");
    }
    election.closes(30);
    let vote = election.known(STATION).vote;
    assert!(vote.end.is_none() && vote.close.is_none());
    // The end comes, and then the close; a trustee who comes between is in time.
    election.closes(25);
    let vote = election.known(STATION).vote;
    assert!(
        vote.end.is_some() && vote.close.is_none(),
        "{:?}",
        vote.phase
    );
    // What another replaces by now need not be held by more.
    let late = election.acts(4, Step::Receipt);
    assert_eq!(late.receipts, 30, "{late:?}");
    election.closes(13);
    let known = election.known(STATION);
    assert_eq!(known.vote.phase, Phase::Locking);
    for it in &known.vote.ballots {
        let fate = match it.id == first {
            true => Fate::Refused(Reason::Replaced),
            false => Fate::Counts,
        };
        assert_eq!(it.fate, fate);
        assert_eq!(it.receipts.len(), if it.id == first { 3 } else { 4 });
        assert!(it.id == first || ballots.contains(&it.id));
    }

    let mut lost = election.copied();
    let mut lied = election.copied();

    // All lock; three of them share, which is enough.
    election.is_opened_by(&TRUSTEES, None);
    election.agree(0..VOTERS, 0);
    let seeds = election.acts(5, Step::Erase).erased;
    assert_eq!(seeds, 6);

    // Two are gone for good: two locks are no quorum, and two trustees lack a piece.
    for trustee in [2, 4] {
        assert_eq!(lost.acts(trustee, Step::Lock).wards, [0]);
    }
    lost.closes(5);
    let two = lost.counts(STATION).unwrap_err();
    assert_eq!(two, Missing::Lock(0));
    assert_eq!(lost.acts(3, Step::Lock).wards, [0]);
    lost.closes(5);
    for (trustee, lacking) in [(2, 4), (4, 1)] {
        assert_eq!(lost.acts(trustee, Step::Share).wards, [0]);
        let missing = lost.counts(STATION).unwrap_err();
        let Missing::Shares(0, pieces) = &missing else {
            panic!("{missing:?}");
        };
        assert_eq!(pieces.len(), lacking);
    }
    lost.acts(3, Step::Share);
    lost.agree([0, 1, 3, 17].into_iter(), 0);

    // One is gone and one lies: three honest ones are what 3 of 5 needs.
    lied.is_opened_by(&[2, 3, 4], Some(5));
    lied.agree([0, 1, 5, 17].into_iter(), 6);
    let other = lied.verifies(STATION).other_locks;
    assert_eq!(other.len(), 1, "{other:?}");
}

/// What a device does not hold of other wards comes when it wants all, and goes when it does not.
#[test]
fn bytes_of_ballots_outside_the_scope_are_not_taken_and_come_when_all_are_wanted() {
    let village = Village::found(6);
    let (from, to) = (village.device(1), village.device(2));
    let vote = VoteId([9; 16]);
    let casts = [3_u16, 4].map(|ward| {
        let bytes = vec![u8::try_from(ward).unwrap(); 17_520];
        let blob = BlobRef::of(&bytes);
        from.take_blobs(vec![(blob, bytes)]).unwrap();
        let fact = VoteFact::Ballot(Cast { ward, blob });
        from.state_about(vote.tag(), fact.kind(), fact.payload(), village.minutes())
            .unwrap();
        Cast { ward, blob }
    });
    let bundle = village.bundle(&from);
    let scope = |all| Scope {
        all,
        ward: Some(3).filter(|_| !all),
        secret: [1; 32],
        others: u32::MAX,
    };
    let held = |to: &Device| casts.map(|it| to.store().blob(&it.blob.hash).unwrap().is_some());
    to.set_scope(vote, &scope(false), &[]).unwrap();
    drop(import(&to, &bundle));
    assert_eq!(held(&to), [true, false]);
    assert!(!to.wants_blob(&casts[1].blob.hash));
    // It is known after a restart as well.
    drop(to);
    let to = village.device(2);
    drop(to.history().unwrap());
    assert!(!to.wants_blob(&casts[1].blob.hash));
    to.set_scope(vote, &scope(true), &casts).unwrap();
    assert!(to.wants_blob(&casts[1].blob.hash));
    drop(import(&to, &bundle));
    assert_eq!(held(&to), [true, true]);
    to.set_scope(vote, &scope(false), &casts).unwrap();
    assert_eq!(held(&to), [true, false]);
}

/// A lock of another sum.
fn lie_about_sums(device: &Device, known: &Known) {
    let unit = &known.vote.units[0];
    let lock = Lock {
        ward: 0,
        wards: 1,
        ballots: u32::try_from(unit.ballots.len()).unwrap(),
        set: unit.set,
        sum: BlobRef::of(b"another sum"),
    };
    say(device, known, &VoteFact::Lock(lock));
}

/// Shares that are shifted by one vote each.
fn lie_about_shares(device: &Device, known: &Known) {
    let unit = &known.vote.units[0];
    let lock = unit.lock.clone().unwrap().hash(&known.vote.id);
    let layout = commune_cipher::Layout::new(1, Vec::new()).unwrap();
    let len = layout.share_len();
    let held = commune_crdt::ballot::holders(&known.vote.opening.quorum);
    let seat = known.seat().unwrap();
    let held = (0..).zip(held).filter(|(_, it)| it.contains(&seat));
    let shares = held.map(|(index, _)| (index, vec![1; len])).collect();
    say(
        device,
        known,
        &VoteFact::Shares(Shares {
            ward: 0,
            lock,
            shares,
        }),
    );
}

fn say(device: &Device, known: &Known, fact: &VoteFact) {
    let payload = fact.payload();
    if let Payload::Detached(blob) = payload {
        device.take_blobs(vec![(blob, fact.bytes())]).unwrap();
    }
    let now = commune_crdt::time::ClaimedMinutes(29_500_000);
    device
        .state_about(known.vote.id.tag(), fact.kind(), payload, now)
        .unwrap();
}

fn stick(village: &Village) -> Vec<u8> {
    village.bundle(&village.device(STATION))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
