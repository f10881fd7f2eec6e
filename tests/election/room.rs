//! A vote of a village: who does what, one device at a time, and a stick that is kept at the station.

use commune::{
    device::Device,
    votes::{self, Checks, Counted, Done, Extent, Known, Missing, Opened, Step},
};
use commune_crdt::{
    ballot::Phase,
    entry::{BlobRef, Payload},
    hash::EntryId,
    payload::{Choice, Lock, Question, QuestionKind, Shares, VoteFact, VoteId},
};

use crate::village::{Village, copy, import, key};

/// Who signs checkpoints and keeps the stick; no trustee.
pub(crate) const STATION: u8 = 0;

pub(crate) struct Election {
    pub(crate) village: Village,
    pub(crate) vote: VoteId,
}

impl Election {
    /// Opens a vote, and has the trustees make its key one after the other.
    pub(crate) fn prepared(mut village: Village, trustees: &[u8]) -> Self {
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
            trustees: trustees.iter().copied().map(key).collect(),
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
            for trustee in trustees.iter().copied() {
                election.acts(trustee, Step::Prepare);
            }
            election.closes(hours);
        }
        assert_eq!(election.known(STATION).vote.phase, Phase::Voting);
        election
    }

    pub(crate) fn closes(&mut self, hours: u64) {
        let station = self.village.device(STATION);
        self.village.closes(&station, hours);
    }

    /// What a device brings back is at the station.
    pub(crate) fn comes_home(&self, device: &Device) {
        let bundle = self.village.bundle(device);
        let station = self.village.device(STATION);
        import(&station, &bundle);
    }

    /// Somebody takes the stick of the station, does something, and brings it back.
    pub(crate) fn visits<T>(&self, person: u8, does: impl FnOnce(&Device, &Known) -> T) -> T {
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

    pub(crate) fn acts(&self, trustee: u8, step: Step) -> Done {
        let minutes = self.village.minutes();
        self.visits(trustee, |device, known| {
            known.act(device, step, minutes, &|_, _| true).unwrap()
        })
    }

    pub(crate) fn casts(&self, person: u8, yes: bool) -> EntryId {
        let minutes = self.village.minutes();
        self.visits(person, |device, known| {
            let choice = if yes { Choice::Yes } else { Choice::No };
            let slots = known.vote.opening.question.slots_of(&choice).unwrap();
            let ballot = known.encrypt(device, slots).unwrap();
            known.cast(device, &ballot, minutes).unwrap()
        })
    }

    pub(crate) fn known(&self, person: u8) -> Known {
        votes::one(&self.village.device(person), &self.vote.to_string()).unwrap()
    }

    /// The same, on a copy of all folders: what happens to it happens to it alone.
    pub(crate) fn copied(&self) -> Self {
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

    pub(crate) fn counts(&self, person: u8) -> Result<Counted, Missing> {
        self.visits(person, |device, known| {
            known.count(device, &|_, _| true).unwrap()
        })
    }

    pub(crate) fn verifies(&self, person: u8) -> Checks {
        self.visits(person, |device, known| {
            votes::verify(device, known, Extent::All, [&|_, _| true; 2]).unwrap()
        })
    }
}

/// A lock of another sum.
pub(crate) fn lie_about_sums(device: &Device, known: &Known) {
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
pub(crate) fn lie_about_shares(device: &Device, known: &Known) {
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

pub(crate) fn say(device: &Device, known: &Known, fact: &VoteFact) {
    let payload = fact.payload();
    if let Payload::Detached(blob) = payload {
        device.take_blobs(vec![(blob, fact.bytes())]).unwrap();
    }
    let now = commune_crdt::time::ClaimedMinutes(29_500_000);
    device
        .state_about(known.vote.id.tag(), fact.kind(), payload, now)
        .unwrap();
}

pub(crate) fn stick(village: &Village) -> Vec<u8> {
    village.bundle(&village.device(STATION))
}
