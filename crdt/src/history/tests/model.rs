//! What is placed, said again without haste: from a whole set of entries, by the rules alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    entry::{LogId, Payload, Stream, VerifiedEntry},
    hash::EntryId,
    history::{
        FULL_SPONSORS, MAX_BYTES_PER_ANCHOR, MAX_CANDIDATE_LOG_LEN, MAX_CANDIDATES,
        MAX_ENTRIES_PER_ANCHOR, MAX_TEXT_ENTRIES_PER_ANCHOR, Roots,
    },
    keys::{DeviceKey, MemberKey},
    payload::MemberFact,
    time::Height,
};

/// What the rules say of a set of entries.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Model {
    pub(super) placed: BTreeSet<EntryId>,
    pub(super) forks: BTreeSet<(LogId, u32)>,
}

struct Chain<'a> {
    id: LogId,
    entries: Vec<&'a VerifiedEntry>,
    point: Option<u32>,
    /// All entries known at place 0.
    firsts: Vec<&'a VerifiedEntry>,
}

#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Known {
    Candidate,
    Fully,
}

impl Model {
    pub(super) fn of(roots: &Roots, height: Height, entries: &[VerifiedEntry]) -> Self {
        let mut logs: BTreeMap<LogId, BTreeMap<u32, BTreeMap<EntryId, &VerifiedEntry>>> =
            BTreeMap::new();
        let exists = |it: &VerifiedEntry| it.entry().anchor.height <= height;
        for entry in entries
            .iter()
            .filter(|it| exists(it) && is_valid(roots, it))
        {
            let log = logs.entry(entry.log()).or_default();
            let place = log.entry(entry.entry().seq).or_default();
            place.insert(entry.id(), entry);
        }
        let chains: Vec<_> = logs
            .into_iter()
            .map(|(id, places)| chain(id, &places))
            .collect();

        // The smallest fixed point: start from nobody vouched for.
        let mut sponsors = Sponsors::default();
        loop {
            let found = vouched(roots, &chains, &sponsors);
            if found == sponsors {
                break;
            }
            sponsors = found;
        }
        let mut model = Self::default();
        for chain in &chains {
            let owner = owner(roots, &chains, &chain.id.author);
            let standing = owner.and_then(|it| standing(roots, &chains, &sponsors, &it));
            model
                .placed
                .extend(counted(chain, standing).iter().map(|it| it.id()));
            let firsts = chains
                .iter()
                .find(|it| is_member_log(&it.id, &chain.id.author))
                .map(|it| it.firsts.clone())
                .unwrap_or_default();
            let is_known = is_founders(roots, &chain.id.author)
                || firsts.iter().any(|it| {
                    claim(it).is_some_and(|(member, is_imported)| {
                        is_imported || standing_any(roots, &chains, &sponsors, &member)
                    })
                });
            if let Some(point) = chain.point.filter(|_| is_known) {
                model.forks.insert((chain.id, point));
            }
        }
        model
    }
}

fn is_valid(roots: &Roots, entry: &VerifiedEntry) -> bool {
    let author = entry.author();
    if entry.log().stream != Stream::MEMBER || entry.entry().seq > 0 || is_founders(roots, &author)
    {
        return true;
    }
    match MemberFact::of(entry.entry()) {
        Ok(Some(fact @ MemberFact::Device(_))) => fact.verify(&roots.network, &author).is_ok(),
        Ok(Some(fact @ MemberFact::Join(_))) => {
            let MemberFact::Join(join) = &fact else {
                return false;
            };
            let is_listed = roots
                .import
                .is_some_and(|it| join.is_imported(&it.root, it.size, &author));
            fact.verify(&roots.network, &author).is_ok() && (join.imported.is_none() || is_listed)
        }
        _ => false,
    }
}

fn chain<'a>(id: LogId, places: &BTreeMap<u32, BTreeMap<EntryId, &'a VerifiedEntry>>) -> Chain<'a> {
    let forked = places.iter().find(|(_, entries)| entries.len() > 1);
    let point = forked.map(|(seq, _)| *seq);
    let mut entries: Vec<&VerifiedEntry> = Vec::new();
    for seq in 0..point.unwrap_or(u32::MAX) {
        let Some(next) = places.get(&seq).and_then(|it| it.values().next()) else {
            break;
        };
        if next.entry().previous != entries.last().map(|it| it.id()) {
            break;
        }
        let anchor = next.entry().anchor.height;
        let before = entries
            .last()
            .map_or(Height(0), |it| it.entry().anchor.height);
        let same = entries
            .iter()
            .filter(|it| it.entry().anchor.height == anchor);
        let bytes: u64 = same.clone().map(|it| len(it)).sum::<u64>() + len(next);
        let limit = if id.stream == Stream::TEXT {
            MAX_TEXT_ENTRIES_PER_ANCHOR
        } else {
            MAX_ENTRIES_PER_ANCHOR
        };
        let is_bounded = id.stream != Stream::TEXT && id.stream != Stream::VOTE;
        if anchor < before
            || same.count() >= usize::try_from(limit).unwrap()
            || (is_bounded && bytes > MAX_BYTES_PER_ANCHOR)
        {
            break;
        }
        entries.push(next);
    }
    Chain {
        id,
        entries,
        point,
        firsts: places
            .get(&0)
            .map(|it| it.values().copied().collect())
            .unwrap_or_default(),
    }
}

/// Who vouches for whom, and from which keys somebody goes on as another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Sponsors {
    of: BTreeMap<MemberKey, BTreeSet<MemberKey>>,
    /// (old, new), each by a log that counts fully.
    changes: BTreeSet<(MemberKey, MemberKey)>,
}

/// Who is vouched for by whom, if those in `sponsors` are.
fn vouched(roots: &Roots, chains: &[Chain<'_>], sponsors: &Sponsors) -> Sponsors {
    let mut found = Sponsors::default();
    for chain in chains.iter().filter(|it| it.id.stream == Stream::MEMBER) {
        let Some(owner) = owner(roots, chains, &chain.id.author) else {
            continue;
        };
        let standing = standing(roots, chains, sponsors, &owner);
        if standing != Some(Known::Fully) {
            continue;
        }
        let mut subjects = Vec::new();
        for entry in counted(chain, standing) {
            let Some(vouch) = vouch(roots, entry) else {
                continue;
            };
            let is_founder = roots.founders.iter().any(|(it, _)| *it == vouch.0);
            if !is_founder && !subjects.contains(&vouch) && subjects.len() < MAX_CANDIDATES {
                subjects.push(vouch);
            }
        }
        for (subject, old) in subjects {
            found.of.entry(subject).or_default().insert(owner);
            found.changes.extend(old.map(|old| (old, subject)));
        }
    }
    found
}

/// Whom an entry vouches for, and whose key becomes that.
fn vouch(roots: &Roots, entry: &VerifiedEntry) -> Option<(MemberKey, Option<MemberKey>)> {
    let fact = MemberFact::of(entry.entry()).ok()??;
    match &fact {
        MemberFact::Certification(it) => Some((it.subject, None)),
        MemberFact::Recovery(it) => Some((it.new, None)),
        MemberFact::KeyChange(it) => {
            let is_true = fact.verify(&roots.network, &entry.author()).is_ok();
            is_true.then_some((it.new, Some(it.old)))
        }
        _ => None,
    }
}

fn counted<'a, 'b>(chain: &'b Chain<'a>, standing: Option<Known>) -> &'b [&'a VerifiedEntry] {
    let mut total = 0;
    let short = chain.entries.iter().take_while(|it| {
        total += len(it);
        total <= MAX_CANDIDATE_LOG_LEN
    });
    match standing {
        None => &[],
        Some(Known::Candidate) => &chain.entries[..short.count()],
        Some(Known::Fully) => &chain.entries,
    }
}

fn standing(
    roots: &Roots,
    chains: &[Chain<'_>],
    sponsors: &Sponsors,
    member: &MemberKey,
) -> Option<Known> {
    // Everybody from whom the key was handed on, by whatever way.
    let mut line = BTreeSet::from([*member]);
    loop {
        let olds = sponsors
            .changes
            .iter()
            .filter(|(_, new)| line.contains(new));
        let olds: Vec<_> = olds.map(|(old, _)| *old).collect();
        let len = line.len();
        line.extend(olds);
        if line.len() == len {
            break;
        }
    }
    line.remove(member);
    if line
        .iter()
        .any(|it| own_standing(roots, chains, sponsors, it) == Some(Known::Fully))
    {
        return Some(Known::Fully);
    }
    own_standing(roots, chains, sponsors, member)
}

fn own_standing(
    roots: &Roots,
    chains: &[Chain<'_>],
    sponsors: &Sponsors,
    member: &MemberKey,
) -> Option<Known> {
    let is_root = roots.founders.iter().any(|(it, _)| it == member)
        || chains.iter().any(|chain| {
            chain.id.stream == Stream::MEMBER
                && !is_founders(roots, &chain.id.author)
                && chain.entries.first().and_then(|it| claim(it)) == Some((*member, true))
        });
    match sponsors.of.get(member).map_or(0, BTreeSet::len) {
        _ if is_root => Some(Known::Fully),
        0 => None,
        n if n < FULL_SPONSORS => Some(Known::Candidate),
        _ => Some(Known::Fully),
    }
}

fn standing_any(
    roots: &Roots,
    chains: &[Chain<'_>],
    sponsors: &Sponsors,
    member: &MemberKey,
) -> bool {
    standing(roots, chains, sponsors, member).is_some()
}

fn owner(roots: &Roots, chains: &[Chain<'_>], device: &DeviceKey) -> Option<MemberKey> {
    if let Some((member, _)) = roots.founders.iter().find(|(_, it)| it == device) {
        return Some(*member);
    }
    let log = chains.iter().find(|it| is_member_log(&it.id, device))?;
    claim(log.entries.first()?).map(|(member, _)| member)
}

fn claim(entry: &VerifiedEntry) -> Option<(MemberKey, bool)> {
    match MemberFact::of(entry.entry()) {
        Ok(Some(MemberFact::Join(it))) => Some((it.member, it.imported.is_some())),
        Ok(Some(MemberFact::Device(it))) => Some((it.member, false)),
        _ => None,
    }
}

fn is_member_log(log: &LogId, device: &DeviceKey) -> bool {
    log.author == *device && log.stream == Stream::MEMBER
}

fn is_founders(roots: &Roots, device: &DeviceKey) -> bool {
    roots.founders.iter().any(|(_, it)| it == device)
}

fn len(entry: &VerifiedEntry) -> u64 {
    let detached = match &entry.entry().payload {
        Payload::Inline(_) => 0,
        Payload::Detached(blob) => blob.len,
    };
    u64::try_from(entry.as_bytes().len()).unwrap() + u64::from(detached)
}
