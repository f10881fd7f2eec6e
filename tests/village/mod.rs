//! A small network of whole devices in one process: founders of whom one signs, records on demand, and
//! a stick between them.

#![allow(
    dead_code,
    reason = "every test crate that says `mod village` uses a part of it"
)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

use std::path::{Path, PathBuf};

use commune::{
    bundle::{BundleKey, DeviceSink, Import, Options, Output, Report, Snapshot, create},
    device::Device,
    finality::{Given, Urge},
    founding::{Proposal, card},
    store::Durability,
    vault::{NewIdentity, Vault, seal::Under, signer::SignerKeys},
};
use commune_crdt::{
    genesis::{Genesis, NetworkSecret},
    hash::StateHash,
    keys::MemberKey,
    payload::{AccountFact, Comment, MemberFact, OpenShared, Receiver, Residence, Transfer},
    state::Tip,
    sync::{
        message::LinkClass,
        session::{Event, Role, Session, Setup},
    },
    time::{ClaimedMinutes, Millis, Seconds},
};

const FOUNDED: u64 = 29_400_000 * 60;

pub(crate) struct Village {
    pub(crate) room: tempfile::TempDir,
    pub(crate) genesis: Genesis,
    pub(crate) now: u64,
}

/// The member key of a person, made of their number.
pub(crate) fn seed(person: u8) -> [u8; 32] {
    [person + 1; 32]
}

/// Their public key.
pub(crate) fn key(person: u8) -> MemberKey {
    commune_crdt::keys::SecretKey::from_seed(&seed(person)).member_key()
}

impl Village {
    /// Founders 0 to `founders`, of whom the first signs.
    pub(crate) fn found(founders: u8) -> Self {
        Self::with_secret(founders, [5; 32])
    }

    /// The same, with another secret of the network.
    pub(crate) fn with_secret(founders: u8, secret: [u8; 32]) -> Self {
        Self::with_params(founders, secret, &["sig_qty=3"])
    }

    /// The same, with other parameters.
    pub(crate) fn with_params(founders: u8, secret: [u8; 32], params: &[&str]) -> Self {
        let room = tempfile::tempdir().unwrap();
        let mut cards = Vec::new();
        for person in 0..founders {
            let dir = room.path().join(format!("folder-{person}"));
            let (vault, keys) = settle(&dir, person, None);
            cards.push(card(&vault, &keys).unwrap());
        }
        let proposal = Proposal {
            name: String::new(),
            signers: cards.first().cloned().into_iter().collect(),
            members: cards,
            trustees: Vec::new(),
            charter: None,
            params: params.iter().map(|it| (*it).to_owned()).collect(),
            test_network: true,
            now: ClaimedMinutes(29_400_000),
        };
        let mut draft = proposal.draft().unwrap();
        for person in 0..founders {
            let key = commune_crdt::keys::SecretKey::from_seed(&seed(person));
            draft.sign(&key).unwrap();
        }
        let genesis = draft.close(NetworkSecret::new(secret)).unwrap();
        let village = Self {
            room,
            genesis,
            now: FOUNDED,
        };
        for person in 0..founders {
            village.join(person);
        }
        village
    }

    pub(crate) fn dir(&self, person: u8) -> PathBuf {
        self.room.path().join(format!("folder-{person}"))
    }

    /// Somebody new gets a folder of the network.
    pub(crate) fn newcomer(&self, person: u8) {
        settle(&self.dir(person), person, None);
        self.join(person);
    }

    fn join(&self, person: u8) {
        let dir = self.dir(person);
        Device::join(&dir, vault(&dir), &self.genesis).unwrap();
    }

    pub(crate) fn device(&self, person: u8) -> Device {
        let dir = self.dir(person);
        Device::open(&dir, vault(&dir)).unwrap()
    }

    pub(crate) fn minutes(&self) -> ClaimedMinutes {
        ClaimedMinutes::from_unix_seconds(self.now)
    }

    /// Writes about people and money, something else at each height.
    pub(crate) fn chats(&self, device: &Device, turn: u32) {
        let commune = [u8::try_from(turn % 200).unwrap(); 16];
        let fact = MemberFact::Residence(Residence { commune });
        device.state(&fact, self.minutes()).unwrap();
        let fact = match turn % 7 {
            3 => AccountFact::OpenShared(OpenShared {
                holders: vec![device.vault().member_key],
                threshold: 1,
                name: format!("fund {turn}"),
            }),
            _ => AccountFact::Transfer(Transfer {
                to: Receiver::Member(other(device)),
                amount: 1 + u64::from(turn),
                comment: Comment::None,
            }),
        };
        let (kind, payload) = (fact.kind(), fact.payload());
        device.state_in(kind, payload, self.minutes()).unwrap();
    }

    /// A record closes `hours` later. The signer's word alone makes it final.
    pub(crate) fn closes(&mut self, signer: &Device, hours: u64) {
        self.now += hours * 3_600;
        let before = height(signer);
        let steps = signer.sign(Urge::Begin, Seconds(self.now), self.minutes());
        steps.unwrap();
        assert_eq!(height(signer), before + 1);
    }

    /// All that `from` has goes to `to` on a stick.
    pub(crate) fn carries(&self, from: &Device, to: &Device) -> Report {
        import(to, &self.bundle(from))
    }

    pub(crate) fn bundle(&self, from: &Device) -> Vec<u8> {
        self.written(from, None)
    }

    /// The newest checkpoint with its state, and what came since.
    pub(crate) fn bundle_for_newcomers(&self, from: &Device) -> Vec<u8> {
        let given = from.given().unwrap();
        self.written(from, Some(&given))
    }

    fn written(&self, from: &Device, carried: Option<&Given>) -> Vec<u8> {
        let options = Options {
            device: &from.vault().device,
            key: Some(&self.key()),
            targets: &[],
            present: None,
            room: None,
            ticket: None,
            claimed: self.minutes(),
            carried,
            max_part_len: 1 << 30,
        };
        let mut bytes = Vec::new();
        let holdings = Snapshot::of(from).unwrap();
        create(&holdings, &options, Output::Stream(&mut bytes), &mut |_| {
            true
        })
        .unwrap();
        bytes
    }

    pub(crate) fn key(&self) -> BundleKey {
        BundleKey::new(self.genesis.secret().unwrap(), 0)
    }
}

pub(crate) fn import(to: &Device, bytes: &[u8]) -> Report {
    let key = BundleKey::new(to.genesis().secret().unwrap(), 0);
    let mut import = Import::new(DeviceSink::new(to), vec![key]).unwrap();
    import.file(bytes, &mut |_| true).unwrap();
    import.finish().unwrap()
}

/// Lets two devices talk over a link until neither has anything to say. True if both are in sync.
pub(crate) fn talk(a: &Device, b: &Device) -> bool {
    let now = Millis(0);
    let setup = |own: &Device, other: &Device, role| Setup {
        role,
        network: *own.network(),
        hello_keys: vec![[1; 32]],
        device: own.vault().device.clone(),
        certificate: None,
        peer: other.vault().device.device_key(),
        binding: [3; 32],
        salt: own.vault().device.device_key().0[..8].try_into().unwrap(),
        link: LinkClass::Fast,
    };
    let mut ends = [
        Session::new(setup(a, b, Role::Dialler), now, &a.view().unwrap()),
        Session::new(setup(b, a, Role::Listener), now, &b.view().unwrap()),
    ];
    loop {
        let mut is_over = true;
        for (from, to, devices) in [(0, 1, [a, b]), (1, 0, [b, a])] {
            while let Some(frame) = ends[from].poll_send(now, &devices[0].view().unwrap()) {
                is_over = false;
                ends[to].handle(now, &frame, &devices[1].view().unwrap());
                work(&mut ends[to], devices[1]);
            }
        }
        if is_over {
            return ends.iter().all(Session::is_in_sync);
        }
    }
}

fn work(session: &mut Session, device: &Device) {
    while let Some(event) = session.poll_event() {
        let bytes = match event {
            Event::Entries { entries, bytes } => {
                let (_, receipt) = device.take(entries, Durability::Data).unwrap();
                receipt.wait().unwrap();
                bytes
            }
            Event::Blob {
                blob,
                offset,
                part,
                bytes,
            } => {
                device.take_blob(&blob, offset, &part).unwrap();
                bytes
            }
            Event::Closed(reason) => panic!("{reason}"),
            _ => continue,
        };
        session.taken(Millis(0), bytes, 0, &device.view().unwrap());
    }
}

/// Somebody else among the founders.
fn other(device: &Device) -> MemberKey {
    let founders = device.genesis().body().founders.iter();
    let mut keys = founders.map(|it| it.person().member);
    keys.find(|it| *it != device.vault().member_key).unwrap()
}

pub(crate) fn height(device: &Device) -> u32 {
    device.with_finality(|it| Ok(it.tip().height.0)).unwrap()
}

pub(crate) fn tip(device: &Device) -> Tip {
    device.with_finality(|it| Ok(Tip::clone(it.tip()))).unwrap()
}

pub(crate) fn state_hash(device: &Device) -> StateHash {
    device.state_hash().unwrap()
}

/// Makes the data folder `dir` of `person`.
fn settle(dir: &Path, person: u8, genesis: Option<&[u8]>) -> (Vault, SignerKeys) {
    let name = format!("person {person}");
    let vault = Vault::generate(&name, &seed(person).into(), ClaimedMinutes(29_400_000)).unwrap();
    let new = NewIdentity {
        vault: &vault,
        under: Under::Nothing,
        genesis,
        about_revocation: "",
    };
    new.create(dir).unwrap();
    let keys = SignerKeys::read(dir, vault.store_key.bytes()).unwrap();
    (vault, keys)
}

fn vault(dir: &Path) -> Vault {
    Vault::read(dir).unwrap().open(None).unwrap()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let to = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &to);
        } else {
            std::fs::copy(item.path(), to).unwrap();
        }
    }
}
