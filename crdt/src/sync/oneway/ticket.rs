//! The ticket: what a device holds, short enough to be shown as a picture.
//!
//! | field | bytes |
//! |---|--:|
//! | [`VERSION`] | 1 |
//! | network, first bytes | 8 |
//! | device | 32 |
//! | height and hash prefix of the checkpoint on which the rest builds | 12 |
//! | claimed time, minutes since 1970 | 4 |
//! | salt | 8 |
//! | number of logs, n | var |
//! | Rice parameter of the gaps, of the counts | 1 + 1 |
//! | length of the bits | var |
//! | for each log in ascending order: gap to the short name before, entries held less 1 | bits |
//! | for each 64 logs: start of a keyed hash of the ids of their newest entries | 4 each |
//! | number of forks known, start of the salted hash of each [marker](crate::history::Fork::marker) | var + 4 each |
//! | number of detached payloads wanted, start of the salted hash of each | var + 8 each |
//! | signature | 64 |
//!
//! A log's short name is its hash, keyed by the salt, scaled to 0 … 256 n. So a gap costs some 9.5
//! bits, and a log that the holder of the ticket has never seen gets a name in use once in 256
//! times. The tags sort that out: see [`Ticket::held`]. Nobody who writes a log can choose its
//! short name, since the salt is drawn after it.

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::{Anchor, LogId},
    hash::{BlobHash, EntryId, NetworkId, blake3, derive_key, keyed_blake3},
    keys::{DeviceKey, Domain, SecretKey, Signature, SignatureError, verify},
    time::{ClaimedMinutes, Height},
};

use super::bits::{BitReader, BitWriter, MAX_PARAMETER, best_parameter};

/// The one format of tickets that this build reads and writes.
const VERSION: u8 = 1;

/// Most logs in a ticket; those left out are sent again.
pub const MAX_TICKET_LOGS: usize = 262_144;

/// Most detached payloads that a ticket asks for.
pub const MAX_TICKET_WANTS: usize = 1_024;

/// Most forks that a ticket names; proofs of the others are sent again.
const MAX_FORKS: usize = 4_096;

/// Longest ticket, in bytes.
pub const MAX_TICKET_LEN: usize = 2 * 1_024 * 1_024;

/// Short names for each log, as a power of two.
const SPREAD: u32 = 8;

/// Logs whose newest entries one tag covers.
const GROUP: usize = 64;

/// Ways to read a group that are tried before it is taken as unknown.
const MAX_READINGS: usize = 4_096;

/// Ways to read all groups that are tried, so that a crafted ticket costs its reader 0.1 s at most.
const MAX_READINGS_IN_ALL: usize = 65_536;

/// A log as one device knows it.
#[derive(Clone, Copy, Debug)]
pub struct LogView<'a> {
    /// Which log.
    pub id: &'a LogId,
    /// How many places stand below those, and the entry at the last of them.
    pub below: Option<(u32, &'a EntryId)>,
    /// Ids of its placed entries, from there on.
    pub ids: &'a [EntryId],
    /// The marker of its fork, if one is known.
    pub fork: Option<[u8; 32]>,
}

impl<'a> LogView<'a> {
    fn base(&self) -> usize {
        self.below.map_or(0, |(next, _)| wide(next))
    }

    fn len(&self) -> usize {
        self.base().saturating_add(self.ids.len())
    }

    fn at(&self, place: usize) -> Option<&'a EntryId> {
        match place.checked_sub(self.base()) {
            Some(place) => self.ids.get(place),
            None => {
                let (next, head) = self.below?;
                (place.saturating_add(1) == wide(next)).then_some(head)
            }
        }
    }
}

/// What a device says that it holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ticket {
    network: [u8; 8],
    /// The device.
    pub device: DeviceKey,
    /// The checkpoint on which the rest builds: logs count from the genesis on at height 0.
    pub base: Anchor,
    /// When the device says it was written.
    pub claimed: ClaimedMinutes,
    salt: [u8; 8],
    logs: Vec<TicketLog>,
    tags: Vec<[u8; 4]>,
    forks: Vec<[u8; 4]>,
    wants: Vec<[u8; 8]>,
    signature: Signature,
}

/// A log in a ticket.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct TicketLog {
    name: u64,
    /// Entries held, at least 1.
    count: u32,
}

/// What the holder of a ticket has of one log of the reader.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Held {
    /// Entries from the first on.
    pub count: usize,
    /// Whether it knows the fork that the reader knows.
    pub knows_fork: bool,
}

impl Ticket {
    /// Says for the owner of `key` what it holds: `logs`, and that it lacks `wants`.
    ///
    /// `salt` MUST be drawn at random. What is beyond the limits is left out, so that more is sent.
    pub fn sign<'a>(
        network: &NetworkId,
        key: &SecretKey,
        claimed: ClaimedMinutes,
        salt: [u8; 8],
        logs: impl Iterator<Item = LogView<'a>>,
        wants: impl Iterator<Item = BlobHash>,
    ) -> Self {
        let names = Names::new(&salt);
        let mut held = Vec::new();
        let mut forks = Vec::new();
        for log in logs {
            let last = log.len().checked_sub(1).and_then(|it| log.at(it));
            if let (Some(head), true) = (last, held.len() < MAX_TICKET_LOGS) {
                let count = u32::try_from(log.len()).unwrap_or(u32::MAX);
                held.push((names.hash(log.id), count, *head));
            }
            forks.extend(log.fork.map(|it| names.start(&it)));
        }
        held.sort_unstable();
        forks.sort_unstable();
        forks.dedup();
        forks.truncate(MAX_FORKS);
        let mut wants: Vec<_> = wants
            .take(MAX_TICKET_WANTS)
            .map(|it| names.start(it.as_bytes()))
            .collect();
        wants.sort_unstable();
        wants.dedup();

        let scale = scale(held.len());
        let mut ticket = Self {
            network: network.short(),
            device: key.device_key(),
            base: Anchor::genesis(network),
            claimed,
            salt,
            logs: held
                .iter()
                .map(|(hash, count, _)| TicketLog {
                    name: scaled(*hash, scale),
                    count: *count,
                })
                .collect(),
            tags: held
                .chunks(GROUP)
                .map(|group| names.tag(group.iter().map(|it| &it.2)))
                .collect(),
            forks,
            wants,
            signature: Signature([0; 64]),
        };
        let parts: [&[u8]; 2] = [network.as_bytes(), &ticket.unsigned()];
        ticket.signature = key.sign(Domain::Ticket, &parts);
        ticket
    }

    /// Number of logs in it.
    pub fn len(&self) -> usize {
        self.logs.len()
    }

    /// Whether its device holds nothing.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Entries that its device holds.
    pub fn entries(&self) -> u64 {
        let counts = self.logs.iter().map(|it| u64::from(it.count));
        counts.fold(0, u64::saturating_add)
    }

    /// Whether it was written after `other` of the same device, as far as that can be told: by its
    /// clock. Where that was set back, an older ticket is believed and more is sent.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.claimed, self.entries()) > (other.claimed, other.entries())
    }

    /// Whether whoever goes by `other` of the same device sends the same as by this one.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let sizes = |it: &Self| {
            let (logs, forks, wants) = (it.logs.len(), it.forks.len(), it.wants.len());
            (it.device, it.entries(), logs, forks, wants, it.base)
        };
        sizes(self) == sizes(other)
    }

    /// What names this ticket.
    pub fn hash(&self) -> [u8; 32] {
        blake3(&[&self.encode()])
    }

    /// Checks that the device named signed it, in `network`.
    ///
    /// # Errors
    ///
    /// [`TicketError`].
    pub fn verify(&self, network: &NetworkId) -> Result<(), TicketError> {
        if self.network != network.short() {
            return Err(TicketError::Network);
        }
        let parts: [&[u8]; 2] = [network.as_bytes(), &self.unsigned()];
        verify(
            self.device.as_bytes(),
            Domain::Ticket,
            &parts,
            &self.signature,
        )?;
        Ok(())
    }

    /// Whether it asks for any detached bytes.
    pub fn wants_any(&self) -> bool {
        !self.wants.is_empty()
    }

    /// Whether it asks for these detached bytes.
    pub fn wants(&self, blob: &BlobHash) -> bool {
        let start: [u8; 8] = Names::new(&self.salt).start(blob.as_bytes());
        self.wants.binary_search(&start).is_ok()
    }

    /// What its device has of each of `logs`, in their order.
    ///
    /// Where the tag of a group of logs shows which they are, the answer is exact. Where the tag
    /// contradicts what the reader knows (a fork, a backup that was restored), nothing of the group
    /// is held: more is sent, never less. Where the reader cannot compute the tag, since the device
    /// is ahead in some log of the group, short names and counts are believed; a log that the
    /// device has never seen is then left out once in 256 times, until its next ticket has another
    /// salt.
    pub fn held(&self, logs: &[LogView<'_>]) -> Vec<Held> {
        let names = Names::new(&self.salt);
        let scale = scale(self.logs.len());
        let mut own: Vec<_> = (0..)
            .zip(logs)
            .map(|(at, log)| (scaled(names.hash(log.id), scale), at))
            .collect();
        own.sort_unstable();

        let knows_fork = |marker: &[u8; 32]| self.forks.contains(&names.start(marker));
        let mut held: Vec<_> = logs
            .iter()
            .map(|log| Held {
                count: 0,
                knows_fork: log.fork.as_ref().is_some_and(knows_fork),
            })
            .collect();
        let mut budget = MAX_READINGS_IN_ALL;
        for (group, tag) in self.logs.chunks(GROUP).zip(&self.tags) {
            let candidates = group.iter().map(|log| candidates(log, &own, logs));
            let readings = Readings {
                group,
                logs,
                candidates: candidates.collect(),
            };
            for (at, count) in readings.resolve(&names, tag, &mut budget) {
                if let Some(held) = held.get_mut(at) {
                    held.count = count;
                }
            }
        }
        held
    }

    fn unsigned(&self) -> Vec<u8> {
        let (mut gaps, mut before) = (Vec::with_capacity(self.logs.len()), 0);
        for log in &self.logs {
            // Names are below 2³² ([`scale`]), and ascend.
            gaps.push(u32::try_from(log.name.saturating_sub(before)).unwrap_or(u32::MAX));
            before = log.name;
        }
        let counts = self.logs.iter().map(|it| it.count.saturating_sub(1));
        let gap_parameter = best_parameter(gaps.iter().copied());
        let count_parameter = best_parameter(counts.clone());
        let mut bits = BitWriter::default();
        for (gap, count) in gaps.iter().zip(counts) {
            bits.rice(*gap, gap_parameter);
            bits.rice(count, count_parameter);
        }
        let bits = bits.finish();

        let mut out = Writer::new();
        out.u8(VERSION)
            .raw(&self.network)
            .raw(self.device.as_bytes())
            .u32(self.base.height.0)
            .raw(&self.base.prefix)
            .u32(self.claimed.0)
            .raw(&self.salt)
            .var_len(self.logs.len())
            .u8(gap_parameter)
            .u8(count_parameter)
            .var_len(bits.len())
            .raw(&bits);
        for tag in &self.tags {
            out.raw(tag);
        }
        out.var_len(self.forks.len());
        for fork in &self.forks {
            out.raw(fork);
        }
        out.var_len(self.wants.len());
        for want in &self.wants {
            out.raw(want);
        }
        out.finish()
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.unsigned();
        bytes.extend(self.signature.0);
        bytes
    }

    /// Reads its bytes. The signature is not checked yet.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if they are of another form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(CodecError::Unknown {
                what: "ticket format",
                value: version.into(),
            });
        }
        let network = reader.array()?;
        let device = DeviceKey(reader.array()?);
        let base = Anchor {
            height: Height(reader.u32()?),
            prefix: reader.array()?,
        };
        let claimed = ClaimedMinutes(reader.u32()?);
        let salt = reader.array()?;
        let logs = read_logs(&mut reader)?;
        let tags = (0..logs.len().div_ceil(GROUP))
            .map(|_| reader.array())
            .collect::<Result<_, _>>()?;
        let forks = read_ascending(&mut reader, "number of forks", MAX_FORKS)?;
        let wants = read_ascending(&mut reader, "number of wants", MAX_TICKET_WANTS)?;
        let signature = Signature(reader.array()?);
        reader.finish()?;
        let ticket = Self {
            network,
            device,
            base,
            claimed,
            salt,
            logs,
            tags,
            forks,
            wants,
            signature,
        };
        if ticket.encode() != bytes {
            return Err(CodecError::NotCanonical("ticket"));
        }
        Ok(ticket)
    }
}

fn read_logs(reader: &mut Reader<'_>) -> Result<Vec<TicketLog>, CodecError> {
    let len = reader.var_max("number of logs", MAX_TICKET_LOGS)?;
    let parameters: [u8; 2] = reader.array()?;
    if parameters.iter().any(|it| *it > MAX_PARAMETER) {
        return Err(CodecError::NotCanonical("parameter"));
    }
    let bits_len = reader.var_max("length of the bits", MAX_TICKET_LEN)?;
    let bits = reader.bytes(bits_len)?;
    // Each log takes two bits at least.
    if len > bits.len().saturating_mul(4) {
        return Err(CodecError::Truncated);
    }
    let [gap_parameter, count_parameter] = parameters;
    let limit = scale(len);
    let mut bits = BitReader::new(bits);
    let mut name = 0_u64;
    let mut logs = Vec::with_capacity(len);
    for _ in 0..len {
        name = name.saturating_add(bits.rice(gap_parameter)?.into());
        let count = bits.rice(count_parameter)?.checked_add(1);
        let count = count.filter(|_| name < limit);
        logs.push(TicketLog {
            name,
            count: count.ok_or(CodecError::NotCanonical("log of a ticket"))?,
        });
    }
    bits.finish()?;
    Ok(logs)
}

fn read_ascending<const N: usize>(
    reader: &mut Reader<'_>,
    what: &'static str,
    limit: usize,
) -> Result<Vec<[u8; N]>, CodecError> {
    let len = reader.var_max(what, limit)?;
    let list: Vec<_> = (0..len).map(|_| reader.array()).collect::<Result<_, _>>()?;
    if !list.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical(what));
    }
    Ok(list)
}

/// End of the short names of `len` logs.
fn scale(len: usize) -> u64 {
    to_u64(len) << SPREAD
}

/// `hash` scaled from 64 bits to below `scale`, in the same order.
fn scaled(hash: u64, scale: u64) -> u64 {
    let wide = u128::from(hash).saturating_mul(scale.into()) >> 64;
    u64::try_from(wide).unwrap_or(u64::MAX)
}

/// Hashes under the salt of a ticket.
struct Names([u8; 32]);

impl Names {
    fn new(salt: &[u8; 8]) -> Self {
        Self(derive_key("commune ticket names v1", &[salt]))
    }

    fn hash(&self, log: &LogId) -> u64 {
        let parts: [&[u8]; 3] = [log.author.as_bytes(), &[log.stream.number()], &log.tag.0];
        u64::from_be_bytes(first(&keyed_blake3(&self.0, &parts)))
    }

    fn start<const N: usize>(&self, name: &[u8; 32]) -> [u8; N] {
        first(&keyed_blake3(&self.0, &[name]))
    }

    fn tag<'a>(&self, heads: impl Iterator<Item = &'a EntryId>) -> [u8; 4] {
        let parts: Vec<&[u8]> = std::iter::once(&b"heads"[..])
            .chain(heads.map(|it| &it.as_bytes()[..]))
            .collect();
        first(&keyed_blake3(&self.0, &parts))
    }
}

fn first<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    hash.first_chunk().copied().unwrap_or([0; N])
}

/// Which of the reader's logs have the short name of `log`.
fn candidates(log: &TicketLog, own: &[(u64, usize)], logs: &[LogView<'_>]) -> Vec<usize> {
    let from = own.partition_point(|(name, _)| *name < log.name);
    let named = own.iter().skip(from);
    let named = named.take_while(|(name, _)| *name == log.name);
    let named = named.map(|(_, at)| *at);
    named
        .filter(|at| logs.get(*at).is_some_and(|it| it.len() > 0))
        .collect()
}

/// The ways to read a group of a ticket.
struct Readings<'a> {
    group: &'a [TicketLog],
    logs: &'a [LogView<'a>],
    /// The reader's logs that each of the group may be.
    candidates: Vec<Vec<usize>>,
}

impl<'a> Readings<'a> {
    /// Which of the reader's logs are held, and how far.
    fn resolve(&self, names: &Names, tag: &[u8; 4], budget: &mut usize) -> Vec<(usize, usize)> {
        let options: Vec<Vec<(usize, &EntryId)>> = self
            .group
            .iter()
            .zip(&self.candidates)
            .map(|(log, candidates)| self.heads(log, candidates))
            .collect();
        let readings = options
            .iter()
            .fold(1_usize, |product, it| product.saturating_mul(it.len()));
        if (1..=MAX_READINGS.min(*budget)).contains(&readings) {
            *budget = budget.saturating_sub(readings);
            for number in 0..readings {
                let reading = reading(number, &options);
                if names.tag(reading.iter().map(|it| it.1)) == *tag {
                    let counts = self.group.iter().map(|it| wide(it.count));
                    return reading.iter().map(|it| it.0).zip(counts).collect();
                }
            }
        }
        // The device is ahead, or holds a log that the reader has never seen: no tag to compare.
        let is_ahead = (options.iter().zip(&self.candidates))
            .any(|(options, candidates)| options.len() < candidates.len() || candidates.is_empty());
        if is_ahead {
            self.believed()
        } else {
            Vec::new()
        }
    }

    /// Candidates that have the entry which the device says is its newest.
    fn heads(&self, log: &TicketLog, candidates: &[usize]) -> Vec<(usize, &'a EntryId)> {
        let last = wide(log.count).saturating_sub(1);
        candidates
            .iter()
            .filter_map(|at| Some((*at, self.logs.get(*at)?.at(last)?)))
            .collect()
    }

    /// Names and counts as they stand, where only one log can be meant.
    fn believed(&self) -> Vec<(usize, usize)> {
        self.group
            .iter()
            .zip(&self.candidates)
            .filter_map(|(log, candidates)| match candidates[..] {
                [at] => Some((at, wide(log.count))),
                _ => None,
            })
            .collect()
    }
}

/// One choice among the options of each log; `number` says which.
fn reading<'a>(
    mut number: usize,
    options: &[Vec<(usize, &'a EntryId)>],
) -> Vec<(usize, &'a EntryId)> {
    let mut chosen = Vec::with_capacity(options.len());
    for options in options {
        let len = options.len().max(1);
        chosen.extend(options.get(number.checked_rem(len).unwrap_or(0)).copied());
        number = number.checked_div(len).unwrap_or(0);
    }
    chosen
}

fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Why a ticket is not to be believed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum TicketError {
    /// It is of another network.
    #[error("the ticket is of another network")]
    Network,
    /// Its device did not sign it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

#[cfg(test)]
mod tests;
