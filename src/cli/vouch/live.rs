//! `vouch request --live` and `vouch give --live`: the six words over the link between two nodes.
//!
//! ```text
//! who asks                       nodes                        sponsor
//! request --live ─────────────► ASK ────────────────────────► listed
//!                                   ◄────────────── ANSWER ◄─ give --live [WHO]
//! the six words ◄─────────────── REVEAL ────────────────────► the same six words
//!                                                             compares, answers, signs
//! done ◄──────────────── the certification, as any entry ◄───
//! ```
//!
//! The words stay with both nodes until they served, so that a script can compare them in a second
//! call (`give --live WHO --words WORDS`), and who asked can vouch back with them (`--both`).

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use commune_crdt::{
    codec::to_u64,
    entry::{LogId, SignedEntry, Stream},
    keys::MemberKey,
    payload::MemberFact,
    sync::live::{End, Met, REVEAL_MS},
    trust::State,
};
use serde_json::json;

use super::{
    super::{
        Context,
        member::{find, short},
    },
    code, give, request,
};
use crate::{
    device::{Device, DeviceError, News, read_genesis},
    failure::{Exit, Failure},
    identity,
    live::Live,
    node::Node,
    vault::words,
};

/// How long each side waits for the other: two people type meanwhile.
pub(super) const WAIT: Duration = Duration::from_secs(300);

const TICK: Duration = Duration::from_millis(50);

/// Asks whoever is linked, or one member, and shows the words with each who answers, until one of
/// them vouched.
pub(super) fn request(
    ctx: &mut Context,
    who: Option<&str>,
    both: bool,
    wait: Duration,
) -> Result<(), Failure> {
    let node = node(ctx)?;
    let device = ctx.device()?;
    ctx.check_clock(device.genesis().body().test_network)?;
    // Only who holds the member key can be vouched for by it.
    identity::member(device.vault())?;
    let own = device.vault().member_key;
    let trust = ctx.trust(&device)?;
    let of = who.map(|who| find(&trust, who).map(|(_, it)| it.key));
    let of = of.transpose()?;
    if of == Some(own) {
        return Err(Failure::new(Exit::Refused, "rule.certify_self"));
    }
    let is_member = |key: &MemberKey| state_of(&trust, key) == Some(State::Member);
    if both && !is_member(&own) {
        return Err(Failure::new(Exit::Refused, "rule.not_member"));
    }
    let join = request::join(ctx, &device)?.map(|it| it.id().to_string());

    let live = node.live();
    let news = certifications(&device);
    let _open = Open::ask(live, of);
    let text = ctx.text("vouch-live-asked", &[("count", linked(live).into())]);
    ctx.note(&text);
    let mut shown: BTreeMap<MemberKey, Met> = BTreeMap::new();
    let found = until(ctx, wait, |ctx| {
        for met in live.met() {
            let known = shown.get(&met.end.member);
            // Only a member's word counts, so nobody else gets to say anything here.
            if !met.asked || known == Some(&met) || !is_member(&met.end.member) {
                continue;
            }
            let args = [
                ("words", code::words_of(ctx, &met.words).into()),
                ("sponsor", name_of(ctx, &device, &met.end, "")?.into()),
            ];
            let text = ctx.text("vouch-live-words", &args);
            ctx.tell(&text);
            shown.insert(met.end.member, met);
        }
        let given = news.try_iter().flatten();
        let mut given = given.filter_map(|(log, seq)| certified(&device, &own, &log, seq));
        Ok(given.find_map(|(by, id)| Some((shown.get(&by)?.clone(), id))))
    })?;
    let (met, certification) = match found {
        Some((met, id)) => (met, Some(id)),
        None => {
            let met = shown.into_values().next();
            (
                met.ok_or_else(|| {
                    let failure = Failure::new(Exit::Unreachable, "vouch.live_unanswered");
                    unreached(live, wait, failure)
                })?,
                None,
            )
        }
    };
    let name = name_of(ctx, &device, &met.end, "")?;
    let key = match certification {
        Some(_) => "vouch-live-certified",
        None => "vouch-live-not-yet",
    };
    let mut lines = vec![ctx.text(key, &[("name", (&name).into())])];
    let mut back = None;
    if both {
        let subject = give::allowed(ctx, &device, met.end.member, Some(&name), false)?;
        let (entry, text) = compare(ctx, &device, live, &met, &subject, &name, None)?;
        back = entry;
        lines.push(text);
    }
    ctx.emit(
        json!({
            "words": code::words_of(ctx, &met.words),
            "sponsor": met.end.member.to_string(),
            "name": name,
            "network": device.network().to_string(),
            "entry": join,
            "certification": certification,
            "back": back,
            "status": "pending",
        }),
        &lines.join("\n"),
    )
}

/// Vouches for who asks over a link: answers them, and signs once the words are the same.
pub(super) fn give(
    ctx: &mut Context,
    who: Option<&str>,
    said: Option<&str>,
    no_queue: bool,
    wait: Duration,
) -> Result<(), Failure> {
    let node = node(ctx)?;
    let device = ctx.device()?;
    let live = node.live();
    let met = match said {
        Some(_) => waiting(ctx, &device, live, who)?,
        None => match asking(ctx, &device, live, who, wait)? {
            Some(end) => answer(ctx, &device, live, &end, no_queue)?,
            None => waiting(ctx, &device, live, who)?,
        },
    };
    let name = name_of(ctx, &device, &met.end, &met.name)?;
    let subject = give::allowed(ctx, &device, met.end.member, Some(&name), no_queue)?;
    let (entry, text) = compare(ctx, &device, live, &met, &subject, &name, said)?;
    let mut object = subject.object(entry, None);
    if let Some(fields) = object.as_object_mut() {
        let words = code::words_of(ctx, &met.words);
        fields.insert("words".to_owned(), words.into());
    }
    ctx.emit(object, &text)
}

/// Has the words compared, asks the questions and signs. Without anybody to ask, nothing is signed
/// and the words stay for a second call.
fn compare(
    ctx: &mut Context,
    device: &Device,
    live: &Live,
    met: &Met,
    subject: &give::Subject,
    name: &str,
    said: Option<&str>,
) -> Result<(Option<String>, String), Failure> {
    let args = [
        ("words", code::words_of(ctx, &met.words).into()),
        ("name", name.into()),
    ];
    match said {
        Some(said) if words::heard(said).contains(&met.words) => {}
        Some(_) => return Err(Failure::new(Exit::Damaged, "vouch.live_words")),
        None if ctx.json || ctx.no_input || ctx.caller.prompter.is_none() => {
            return Ok((None, ctx.text("vouch-live-compare", &args)));
        }
        None => {
            let text = ctx.text("vouch-live-words-of", &args);
            ctx.tell(&text);
            let question = ctx.text("vouch-live-ask-words", &args);
            if !ctx.agrees_in_person(&question, "--words")? {
                live.end(&met.end.device);
                return Err(Failure::new(Exit::Damaged, "vouch.live_words"));
            }
        }
    }
    give::ask(ctx, device, subject)?;
    // Before it is signed: the words never serve twice, whatever happens now.
    if !live.end(&met.end.device) {
        return Err(no_words(name));
    }
    let (id, text) = give::certify(ctx, device, subject)?;
    Ok((Some(id), text))
}

/// Answers who asks at `end`, and waits for the words.
fn answer(
    ctx: &mut Context,
    device: &Device,
    live: &Live,
    end: &End,
    no_queue: bool,
) -> Result<Met, Failure> {
    // The rules first: nobody is answered who cannot be vouched for.
    give::allowed(ctx, device, end.member, None, no_queue)?;
    let before: Vec<_> = live.met().into_iter().map(|it| it.words).collect();
    let gone = || Failure::new(Exit::Unreachable, "vouch.live_gone");
    live.answer(&end.device)
        .map_err(|cause| gone().because(&cause))?;
    let wait = Duration::from_millis(REVEAL_MS);
    let met = until(ctx, wait, |_| {
        let mut met = live.met().into_iter();
        Ok(met.find(|it| it.end == *end && !it.asked && !before.contains(&it.words)))
    })?;
    met.ok_or_else(gone)
}

/// Who asks now, or within `wait`. `None` if nobody does, but there are words that wait.
fn asking(
    ctx: &mut Context,
    device: &Device,
    live: &Live,
    who: Option<&str>,
    wait: Duration,
) -> Result<Option<End>, Failure> {
    let mut has_said = false;
    let found = until(ctx, wait, |ctx| {
        let mut fitting = Vec::new();
        for it in live.asking() {
            let name = name_of(ctx, device, &it.end, &it.name)?;
            if who.is_none_or(|who| is_named(who, &name, &it.end.member)) {
                fitting.push((it.end, name));
            }
        }
        match fitting.as_slice() {
            [(end, _)] => return Ok(Some(Some(*end))),
            [] => {}
            several => return Err(too_many(several)),
        }
        if !mine(ctx, device, live, who)?.is_empty() {
            return Ok(Some(None));
        }
        if !has_said {
            has_said = true;
            let text = ctx.text("vouch-live-waits", &[("count", linked(live).into())]);
            ctx.note(&text);
        }
        Ok(None)
    })?;
    found.ok_or_else(|| {
        let failure = Failure::new(Exit::Unreachable, "vouch.live_nobody_asks");
        unreached(live, wait, failure)
    })
}

/// The words that wait to be compared with `who`.
fn waiting(ctx: &Context, device: &Device, live: &Live, who: Option<&str>) -> Result<Met, Failure> {
    let fitting = mine(ctx, device, live, who)?;
    match fitting.as_slice() {
        [(met, _)] => Ok(met.clone()),
        [] => Err(no_words(who.unwrap_or_default())),
        several => {
            let several: Vec<_> = several.iter().map(|(it, n)| (it.end, n.clone())).collect();
            Err(too_many(&several))
        }
    }
}

fn mine(
    ctx: &Context,
    device: &Device,
    live: &Live,
    who: Option<&str>,
) -> Result<Vec<(Met, String)>, Failure> {
    let mut fitting = Vec::new();
    for met in live.met() {
        let name = name_of(ctx, device, &met.end, &met.name)?;
        if who.is_none_or(|who| is_named(who, &name, &met.end.member)) {
            fitting.push((met, name));
        }
    }
    Ok(fitting)
}

/// The node of this data folder, on which live meetings happen.
fn node(ctx: &Context) -> Result<Arc<Node>, Failure> {
    let stranger = || Failure::new(Exit::Refused, "vouch.live_stranger");
    match &ctx.caller.node {
        Some(node) if node.device().genesis().secret().is_none() => Err(stranger()),
        Some(node) => Ok(Arc::clone(node)),
        None => match read_genesis(ctx.data_dir()?) {
            Err(DeviceError::NotJoined(_)) => Err(stranger()),
            Ok(genesis) if genesis.secret().is_none() => Err(stranger()),
            _ => Err(Failure::new(Exit::Unreachable, "vouch.live_no_node")),
        },
    }
}

/// The name under which the person at `end` is known here; else the one that they give themselves,
/// with the key beside it, since nobody checked it.
fn name_of(ctx: &Context, device: &Device, end: &End, claimed: &str) -> Result<String, Failure> {
    let trust = ctx.trust(device)?;
    let people = &trust.membership;
    let known = people.find(&end.member).and_then(|it| people.person(it));
    Ok(match known {
        Some(person) if !person.name.is_empty() => trust.name(person),
        _ if claimed.is_empty() => short(&end.member),
        _ => format!("{claimed} ({})", short(&end.member)),
    })
}

fn is_named(who: &str, name: &str, key: &MemberKey) -> bool {
    let (who, name) = (who.to_lowercase(), name.to_lowercase());
    let claimed = name.rsplit_once(" (").map_or(&*name, |(it, _)| it);
    name == who || claimed == who || (who.len() >= 6 && key.to_string().starts_with(&who))
}

fn state_of(trust: &crate::trust::Trust, key: &MemberKey) -> Option<State> {
    let people = &trust.membership;
    let person = people.find(key).and_then(|it| people.person(it));
    person.map(|it| it.state)
}

/// Looks again and again until there is something, `wait` is over, or the person has had enough.
fn until<T>(
    ctx: &mut Context,
    wait: Duration,
    mut look: impl FnMut(&mut Context) -> Result<Option<T>, Failure>,
) -> Result<Option<T>, Failure> {
    let start = Instant::now();
    loop {
        ctx.check_interrupt()?;
        if let Some(found) = look(ctx)? {
            return Ok(Some(found));
        }
        if start.elapsed() >= wait {
            return Ok(None);
        }
        thread::sleep(TICK);
    }
}

/// Places of the member stream that are newly taken, as they come.
fn certifications(device: &Device) -> mpsc::Receiver<Vec<(LogId, u32)>> {
    let (tell, news) = mpsc::channel();
    device.subscribe(Box::new(move |it: &Arc<News>| {
        let ranges = it.ranges.iter();
        let ranges = ranges.filter(|(log, ..)| log.stream == Stream::MEMBER);
        let places = ranges.flat_map(|(log, from, to)| (*from..*to).map(|seq| (*log, seq)));
        tell.send(places.collect()).is_ok()
    }));
    news
}

/// Who vouches for `own` with the entry at a place, and its name.
fn certified(
    device: &Device,
    own: &MemberKey,
    log: &LogId,
    seq: u32,
) -> Option<(MemberKey, String)> {
    let id = {
        let history = device.history().ok()?;
        history.log(log)?.id_at(seq)?
    };
    let bytes = device.store().entry(&id).ok()??;
    let entry = SignedEntry::decode(&bytes).ok()?;
    match MemberFact::of(entry.claim()) {
        Ok(Some(MemberFact::Certification(it))) if it.subject == *own => {}
        _ => return None,
    }
    let trust = crate::trust::Trust::of(device, None).ok()?;
    let by = trust.membership.owner(&entry.author())?;
    let by = trust.membership.person(by)?.key;
    Some((by, id.to_string()))
}

fn linked(live: &Live) -> u64 {
    to_u64(live.linked())
}

/// `failure`, unless it has the simpler reason that nobody is linked.
fn unreached(live: &Live, wait: Duration, failure: Failure) -> Failure {
    let count = linked(live);
    let failure = match count {
        0 => Failure::new(Exit::Unreachable, "vouch.live_nobody"),
        _ => failure,
    };
    let failure = failure.with("seconds", wait.as_secs());
    failure.with("count", count)
}

fn no_words(who: &str) -> Failure {
    Failure::new(Exit::NotFound, "vouch.live_no_words").with("who", who)
}

fn too_many(several: &[(End, String)]) -> Failure {
    let names: Vec<_> = several.iter().map(|(_, name)| name.as_str()).collect();
    Failure::new(Exit::NotFound, "vouch.live_several").with("names", names.join(", "))
}

/// The own request, open for as long as this is held.
struct Open<'a>(&'a Live, u64);

impl<'a> Open<'a> {
    fn ask(live: &'a Live, of: Option<MemberKey>) -> Self {
        Self(live, live.ask(of))
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.withdraw(self.1);
    }
}
