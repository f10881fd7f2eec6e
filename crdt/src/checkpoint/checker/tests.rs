use super::super::{
    note::Note,
    world::{Net, cosign, sign_as_log, time_of},
};
use super::*;
use crate::{codec::from_base64, time::Height};

fn places(examined: &Examined) -> Vec<usize> {
    examined.signed.iter().map(|it| it.signer).collect()
}

#[test]
fn who_signed_is_said_with_their_times() {
    let net = Net::new(7);
    let examined = net.checker().examine(&net.note(12)).unwrap();
    assert_eq!(places(&examined), [0, 1, 2, 3, 4]);
    assert_eq!(examined.signed[3].time, time_of(3));
    assert_eq!((examined.quorum, examined.of), (5, 7));
    assert_eq!((examined.unknown, examined.log_line), (0, Some(0)));
    assert!(examined.is_final() && examined.false_lines.is_empty());
}

#[test]
fn one_signer_signing_twice_counts_once() {
    let net = Net::new(4);
    let (set, checker) = (net.signers(3), net.checker());
    let mut note = net.log.note(Height(3)).unwrap();
    cosign(&mut note, set, 0);
    cosign(&mut note, set, 1);
    // The very line, and the same signer at another time.
    let text = note.text();
    let last = text.lines().last().unwrap();
    let doubled = Note::parse(format!("{text}{last}\n{last}\n").as_bytes()).unwrap();
    let mut later = doubled;
    let name = set.name(1).unwrap();
    let key = (0..4).map(|it| super::super::world::cosignature(it, 0));
    let key = key
        .into_iter()
        .find(|it| it.public() == set.signers()[1].cosignature.0);
    later.cosign(&name, &key.unwrap(), Seconds(5));
    let examined = checker.examine(&later).unwrap();
    assert_eq!(places(&examined), [0, 1]);
    assert_eq!(examined.signed[1].time, Seconds(5));
    assert!(!examined.is_final() && checker.certify(&later, &[]).is_err());
    assert_eq!(checker.strip(&later).unwrap().lines().len(), 2);
}

/// The format binds no name, so a signer could show their own signature under the name of another.
#[test]
fn a_signature_under_the_name_of_another_is_false_or_unknown() {
    let net = Net::new(4);
    let (set, checker) = (net.signers(3), net.checker());
    let mut note = net.log.note(Height(3)).unwrap();
    for index in 0..2 {
        cosign(&mut note, set, index);
    }
    // With the name but their own key id: a key that nobody knows there.
    let text = note.text();
    let renamed = text.replace(&set.name(1).unwrap(), &set.name(2).unwrap());
    let examined = checker
        .examine(&Note::parse(renamed.as_bytes()).unwrap())
        .unwrap();
    assert_eq!((places(&examined), examined.unknown), (vec![0], 1));
    // With the key id too: false.
    let mut stolen = note.lines()[1].clone();
    stolen.name = set.name(2).unwrap();
    stolen.key = cosignature_id(&stolen.name, &set.signers()[2].cosignature);
    let lines = [note.lines(), &[stolen]].concat();
    let examined = checker.examine(&note.with_lines(lines)).unwrap();
    assert_eq!(places(&examined), [0, 1]);
    assert_eq!(examined.false_lines, [set.name(2).unwrap()]);
}

#[test]
fn lines_of_a_courier_cost_no_quorum() {
    let net = Net::new(4);
    let (set, checker) = (net.signers(3), net.checker());
    let good = net.note(3);
    let mut false_line = good.lines()[1].clone();
    false_line.name = set.name(3).unwrap();
    false_line.key = cosignature_id(&false_line.name, &set.signers()[3].cosignature);
    let mut false_log = good.lines()[0].clone();
    false_log.signature[7] ^= 1;
    let mut short = false_line.clone();
    short.signature.truncate(9);
    let mut stranger = false_line.clone();
    stranger.name = "witness.example/w1".to_owned();
    let lines = [&[false_line, stranger, false_log, short], good.lines()].concat();
    let disturbed = good.with_lines(lines);
    let examined = checker.examine(&disturbed).unwrap();
    assert!(examined.is_final() && checker.certify(&disturbed, &[]).is_ok());
    assert_eq!(examined.unknown, 1);
    assert_eq!(examined.false_lines, [set.origin(), set.name(3).unwrap()]);
    // What is passed on has none of it, in one order.
    let stripped = checker.strip(&disturbed).unwrap();
    assert_eq!(checker.strip(&good), Ok(stripped.clone()));
    assert_eq!(stripped.lines()[0].name(), set.origin());
    assert!(stripped.lines()[1..].is_sorted());
    assert_eq!(stripped.lines().len(), 1 + set.quorum());
}

#[test]
fn notes_of_one_checkpoint_merge_in_any_order() {
    let net = Net::new(7);
    let (set, checker) = (net.signers(9), net.checker());
    let with = |signers: &[usize], log_line: usize| {
        let mut note = net.log.note(Height(9)).unwrap();
        sign_as_log(&mut note, set, log_line);
        signers.iter().for_each(|it| cosign(&mut note, set, *it));
        note
    };
    let notes = [with(&[4, 0], 4), with(&[1, 4, 6], 1), with(&[2, 3], 6)];
    let merged = |order: [usize; 3]| {
        let first = checker.merge(&notes[order[0]], &notes[order[1]]).unwrap();
        checker.merge(&first, &notes[order[2]]).unwrap()
    };
    let whole = merged([0, 1, 2]);
    assert_eq!(whole.lines().len(), 7);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(merged(order), whole);
    }
    assert_eq!(checker.merge(&whole, &whole), Ok(whole.clone()));
    assert_eq!(checker.examine(&whole).unwrap().log_line, Some(1));
    assert_eq!(Note::parse(whole.text().as_bytes()), Ok(whole.clone()));
    assert_eq!(checker.shorten(&whole).unwrap().lines().len(), 6);
    let other = net.note(8);
    assert_eq!(checker.merge(&whole, &other), Err(MergeError::OtherBody));
}

#[test]
fn of_22_signers_16_lines_suffice() {
    let net = Net::new(22);
    let (set, checker) = (net.signers(2), net.checker());
    let mut note = net.note(2);
    (0..22).for_each(|it| cosign(&mut note, set, it));
    assert_eq!(note.lines().len(), 23);
    let short = checker.shorten(&note).unwrap();
    assert_eq!(short.lines().len(), 16);
    assert!(checker.examine(&short).unwrap().is_final());
    // One fewer is too few.
    let fewer = short.with_lines(short.lines()[..15].to_vec());
    assert!(!checker.examine(&fewer).unwrap().is_final());
}

#[test]
fn a_note_of_another_network_says_nothing() {
    let (net, other) = (Net::new(4), Net::new(7));
    let note = other.note(3);
    let error = net.checker().examine(&note).unwrap_err();
    assert_eq!(error.found, other.sets[0].origin());
    assert!(net.checker().certify(&note, &[]).is_err());
    assert!(net.checker().strip(&note).is_err());
}

#[test]
fn a_time_that_is_none_is_false() {
    let net = Net::new(4);
    let (set, checker) = (net.signers(3), net.checker());
    let mut note = net.log.note(Height(3)).unwrap();
    let key = (0..4).map(|it| super::super::world::cosignature(it, 0));
    let key = key
        .into_iter()
        .find(|it| it.public() == set.signers()[0].cosignature.0);
    note.cosign(&set.name(0).unwrap(), &key.unwrap(), Seconds(1 << 63));
    let examined = checker.examine(&note).unwrap();
    assert_eq!((examined.signed.len(), examined.false_lines.len()), (0, 1));
}

/// A quorum and not one line more: every bit counts.
#[test]
fn no_flipped_bit_makes_more_of_a_note() {
    let net = Net::new(4);
    let (set, checker) = (net.signers(3), net.checker());
    let mut note = net.log.note(Height(3)).unwrap();
    (0..3).for_each(|it| cosign(&mut note, set, it));
    let bytes = note.text().into_bytes();
    assert!(checker.certify(&Note::parse(&bytes).unwrap(), &[]).is_ok());
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(note) = Note::parse(&changed) else {
            continue;
        };
        assert!(checker.certify(&note, &[]).is_err(), "bit {bit}");
        assert!(
            checker.examine(&note).is_ok_and(|it| !it.is_final()) || note.origin() != set.origin()
        );
    }
}

/// The note that our code wrote once, verified here and by the tools of others in `tests/`.
#[test]
fn a_signature_line_has_the_bytes_of_the_format() {
    let net = Net::new(4);
    let note = net.note(3);
    let text = note.text();
    for (number, line) in text.lines().skip(4).enumerate() {
        let content = from_base64(line.rsplit(' ').next().unwrap()).unwrap();
        assert_eq!(content.len(), if number == 0 { 68 } else { 76 });
    }
}
