//! Looks at a bundle without taking it in, for people who ask what a stick holds.

use std::io::Read;

use commune_crdt::{
    codec::to_u64,
    entry::SignedEntry,
    hash::NetworkId,
    keys::DeviceKey,
    sync::oneway::{
        CarriedPart, Description, FORK_CLASS, PRIORITIES, Section, Ticket, read_blob_parts,
    },
    time::Height,
};
use commune_transports::bundle::FileHeader;

use super::{
    BundleError, BundleKey, Step,
    import::{Lost, Why},
    read::{BundleReader, Finding},
};
use crate::intake::verify_all;

/// Places with damage that are reported one by one.
const MAX_LOST: usize = 1_000;

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// What the bundle says that it is, if that can be read.
    pub description: Option<Description>,
    /// The generation of the key that it is sealed with; `None` if it is clear.
    pub generation: Option<u32>,
    /// Entries found, by priority.
    pub entries: [u64; PRIORITIES],
    /// Detached payloads found whole or in part.
    pub blobs: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Entries with false signatures, if they were checked.
    pub false_signatures: u64,
    /// The device that signed for the part, and whether the signature is right.
    pub closing: Option<(DeviceKey, bool)>,
    /// Height of the checkpoint whose state it carries, if it does.
    pub carried: Option<Height>,
    /// What the writer has.
    pub ticket: Option<Ticket>,
    /// The file's place in the bundle.
    pub header: Option<FileHeader>,
    /// Whether it is the last part.
    pub is_last: bool,
    /// What is damaged, at most 1,000 places.
    pub lost: Vec<Lost>,
    /// How many places are damaged.
    pub places: u64,
}

impl Examined {
    /// Entries found in all.
    pub fn entry_count(&self) -> u64 {
        self.entries.iter().copied().fold(0, u64::saturating_add)
    }

    /// Whether nothing is wrong with it, as far as was checked.
    pub fn is_good(&self) -> bool {
        self.places == 0 && self.false_signatures == 0
    }

    fn lost(&mut self, offset: u64, why: Why, entries: u64) {
        self.places = self.places.saturating_add(1);
        if self.lost.len() < MAX_LOST {
            self.lost.push(Lost {
                file: 0,
                offset,
                why,
                entries,
            });
        }
    }
}

/// Looks at a file that is clear, or sealed with one of `keys`; with `verify`, also checks all
/// signatures. `network` is that of the device, if it has one: what is damaged is read as of it.
/// `step` counts its bytes.
///
/// # Errors
///
/// [`BundleError`].
pub fn examine(
    source: impl Read,
    keys: Vec<BundleKey>,
    network: Option<NetworkId>,
    verify: bool,
    step: Step<'_>,
) -> Result<Examined, BundleError> {
    let mut reader = BundleReader::of_any(source, keys, network);
    let mut examined = Examined::default();
    let mut last_blob = None;
    let mut done = 0;
    while let Some(finding) = reader.next_finding()? {
        let network = reader.network().filter(|_| verify).copied();
        match finding {
            Finding::Described {
                description,
                generation,
            } => {
                examined.description = Some(*description);
                examined.generation = generation;
            }
            Finding::Entries {
                offset,
                class,
                section,
            } => {
                if !section.is_whole {
                    examined.lost(offset, Why::Unreadable, 0);
                }
                examined.count(class, offset, section, network.as_ref(), false);
            }
            Finding::Blobs(body) => {
                for part in read_blob_parts(&body).map_while(Result::ok) {
                    if last_blob != Some(part.blob) {
                        examined.blobs = examined.blobs.saturating_add(1);
                        last_blob = Some(part.blob);
                    }
                }
            }
            Finding::Carried { offset, body } => match CarriedPart::read(&body) {
                Ok(part) => examined.carried = Some(part.height),
                Err(_) => examined.lost(offset, Why::Unreadable, 0),
            },
            Finding::Ticket(ticket) => examined.ticket = Some(*ticket),
            Finding::Closed {
                offset,
                closing,
                is_valid,
            } => {
                if !is_valid && examined.places == 0 {
                    examined.lost(offset, Why::Closing, 0);
                }
                examined.closing = Some((closing.device, is_valid));
            }
            Finding::Unreadable { offset } => examined.lost(offset, Why::Unreadable, 0),
            Finding::Damaged {
                offset,
                why,
                salvaged,
                ..
            } => {
                let found = to_u64(salvaged.section.entries.len());
                let lost = to_u64(salvaged.section.count).saturating_sub(found);
                examined.lost(offset, Why::Damaged(why), lost);
                examined.count(FORK_CLASS, offset, salvaged.section, network.as_ref(), true);
            }
        }
        let bytes = reader.summary().bytes;
        if !step(bytes.saturating_sub(done)) {
            return Err(BundleError::Stopped);
        }
        done = bytes;
    }
    let summary = reader.summary();
    examined.bytes = summary.bytes;
    examined.header = summary.header;
    examined.is_last = summary.trailer.is_some_and(|it| it.last);
    Ok(examined)
}

impl Examined {
    /// Counts the entries of a chunk; of a damaged one each by its own stream.
    fn count(
        &mut self,
        class: u8,
        offset: u64,
        section: Section,
        network: Option<&NetworkId>,
        is_damaged: bool,
    ) {
        for entry in &section.entries {
            let class = if is_damaged { class_of(entry) } else { class };
            if let Some(count) = self.entries.get_mut(usize::from(class)) {
                *count = count.saturating_add(1);
            }
        }
        let Some(network) = network else { return };
        let results = verify_all(network, section.entries);
        let false_here = to_u64(results.iter().filter(|it| it.is_err()).count());
        if is_damaged {
            if let Some(lost) = self.lost.last_mut() {
                lost.entries = lost.entries.saturating_add(false_here);
            }
        } else if false_here > 0 {
            self.false_signatures = self.false_signatures.saturating_add(false_here);
            self.lost(offset, Why::FalseSignatures, false_here);
        }
    }
}

fn class_of(entry: &SignedEntry) -> u8 {
    commune_crdt::history::class_of(entry.log().stream)
}
