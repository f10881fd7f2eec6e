use super::{
    card::tests::{card_of, device, member},
    *,
};
use crate::{
    hash::to_hex,
    params::{Param, Params},
    time::ClaimedMinutes,
};

const NAMES: [&str; 6] = ["Zoé", "Karim", "Ana", "Jo", "Lou", "Noor"];

#[test]
fn copies_signed_apart_merge_into_one_genesis() {
    let draft = Draft::new(body(4)).unwrap();
    let mut copies = [draft.clone(), draft.clone(), draft.clone()];
    copies[0].sign(&member(0)).unwrap();
    copies[1].sign(&member(1)).unwrap();
    copies[1].sign(&member(2)).unwrap();
    copies[2].sign(&member(3)).unwrap();
    copies[2].sign(&member(1)).unwrap();

    let mut there = draft.clone();
    let mut back = draft.clone();
    for copy in &copies {
        let heard = Draft::decode(&copy.encode()).unwrap();
        assert_eq!(&heard, copy);
        there.merge(&heard).unwrap();
    }
    for copy in copies.iter().rev() {
        back.merge(copy).unwrap();
        back.merge(copy).unwrap();
    }
    assert_eq!(there, back);
    assert_eq!(there.missing(), Vec::<&Card>::new());

    let genesis = there.close(secret()).unwrap();
    assert_eq!(genesis.network(), draft.network());
    assert_eq!(Genesis::decode(&genesis.encode()), Ok(genesis));
}

#[test]
fn a_founder_who_has_not_signed_is_named() {
    let mut draft = Draft::new(body(4)).unwrap();
    for founder in [0, 1, 3] {
        draft.sign(&member(founder)).unwrap();
    }
    let error = draft.close(secret()).unwrap_err();
    assert_eq!(error.to_string(), "not signed yet by Ana");
}

#[test]
fn only_founders_sign_and_only_the_same_text_merges() {
    let mut draft = Draft::new(body(4)).unwrap();
    assert_eq!(draft.sign(&member(9)), Err(DraftError::NotAFounder));
    // The device's key is not the member's.
    assert_eq!(draft.sign(&device(0)), Err(DraftError::NotAFounder));
    let other = Draft::new(Body {
        charter: "Another.".to_owned(),
        ..body(4)
    });
    let merged = draft.merge(&other.unwrap());
    assert!(matches!(merged, Err(DraftError::OtherBody { .. })));
}

#[test]
fn a_public_export_has_the_same_name_and_no_secret() {
    let genesis = founded();
    let public = Genesis::decode(&genesis.public().encode()).unwrap();
    assert_eq!(public.network(), genesis.network());
    assert_eq!(public.secret(), None);
    let bytes = public.encode();
    assert!(!bytes.windows(32).any(|it| it == secret().as_bytes()));
}

/// A changed name here means a changed format: raise [`VERSION`] rather than this constant.
#[test]
fn the_name_of_a_network_is_the_same_on_every_device_and_release() {
    assert_eq!(
        founded().network().to_string(),
        include_str!("../../vectors/genesis-id.txt").trim(),
    );
    let body = import_body();
    let genesis = Genesis::of_import(body, secret()).unwrap();
    assert_eq!(
        to_hex(&genesis.encode()),
        include_str!("../../vectors/genesis-import.hex").trim(),
    );
}

#[test]
fn a_file_that_anybody_changed_or_cut_is_refused() {
    let bytes = founded().encode();
    for len in 0..bytes.len() {
        assert!(Genesis::decode(&bytes[..len]).is_err(), "cut at {len}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(Genesis::decode(&changed).is_err(), "bit {bit}");
    }
}

/// As above, for somebody who also repairs the check sum: the network has another name then.
#[test]
fn a_forger_founds_another_network_at_best() {
    let genesis = founded();
    let bytes = genesis.encode();
    // One byte in three: each try checks up to a dozen signatures.
    for at in (0..bytes.len() - 32).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let forged = with_sum(&changed[..bytes.len() - 32]);
        if let Ok(forged) = Genesis::decode(&forged) {
            let same_body = forged.body() == genesis.body();
            assert!(same_body && forged.secret() != genesis.secret(), "at {at}");
        }
    }
    for len in (0..bytes.len() - 32).step_by(3) {
        assert!(Genesis::decode(&with_sum(&bytes[..len])).is_err());
    }
}

#[test]
fn too_few_founders_are_refused_by_the_name_of_the_parameter() {
    let mut body = body(4);
    body.params = Params::default();
    let error = body.check_ready().unwrap_err();
    assert_eq!(
        error.to_string(),
        "it has 4 founders, sig_qty asks for at least 6"
    );
    let mut draft = Draft::new(body).unwrap();
    for founder in 0..4 {
        draft.sign(&member(founder)).unwrap();
    }
    assert_eq!(draft.close(secret()), Err(DraftError::Genesis(error)));
}

#[test]
fn a_network_that_is_no_test_has_four_signers_at_least() {
    let mut body = body(4);
    body.signers = vec![0, 1, 2];
    assert_eq!(body.check_ready(), Ok(()));
    body.test_network = false;
    assert_eq!(
        body.check_ready(),
        Err(GenesisError::TooFewSigners {
            signers: 3,
            least: 4
        })
    );
}

#[test]
fn what_cannot_work_is_no_draft() {
    let karim = card_of(1, "Karim");
    let wrong: [fn(&mut Body, Card); 9] = [
        |it, card| it.founders.push(card),
        |it, _| it.signers = vec![0, 4],
        |it, _| it.signers = vec![1, 0],
        |it, _| it.trustees = vec![0, 0, 1],
        |it, _| it.charter = "\n ".to_owned(),
        |it, _| it.charter = "a\tb".to_owned(),
        |it, _| it.charter = "a".repeat(MAX_CHARTER_LEN + 1),
        |it, _| it.name = "two\nlines".to_owned(),
        |it, _| it.import = import_body().import,
    ];
    for (number, change) in wrong.iter().enumerate() {
        let mut body = body(4);
        change(&mut body, karim.clone());
        assert!(Draft::new(body).is_err(), "{number}");
    }
}

#[test]
fn one_key_serves_one_person() {
    let mut body = body(4);
    body.founders.push(card_of(1, "Karima"));
    let error = Draft::new(body).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the member key of Karima is already a key of Karim"
    );
}

#[test]
fn an_import_is_a_test_network_without_founders() {
    assert!(Genesis::of_import(import_body(), secret()).is_ok());
    let mut real = import_body();
    real.test_network = false;
    assert_eq!(
        Genesis::of_import(real, secret()),
        Err(GenesisError::Import)
    );
    let mut nobody = import_body();
    nobody.import = None;
    assert_eq!(
        Genesis::of_import(nobody.clone(), secret()),
        Err(GenesisError::NothingImported)
    );
    assert!(Draft::new(nobody).unwrap().close(secret()).is_err());
}

fn with_sum(bytes: &[u8]) -> Vec<u8> {
    [bytes, &blake3(&[bytes])].concat()
}

fn founded() -> Genesis {
    let mut draft = Draft::new(body(4)).unwrap();
    for founder in 0..4 {
        draft.sign(&member(founder)).unwrap();
    }
    draft.close(secret()).unwrap()
}

fn body(founders: u8) -> Body {
    let mut params = Params::default();
    params.set(Param::SigQty, 3).unwrap();
    params.assign("trustees=3,2").unwrap();
    Body {
        test_network: true,
        name: "Lou Mas".to_owned(),
        created: ClaimedMinutes(29_400_000),
        charter: "One member, one vote.\n".to_owned(),
        params,
        founders: (0..founders)
            .map(|it| card_of(it, NAMES[usize::from(it)]))
            .collect(),
        signers: (0..founders.into()).collect(),
        trustees: vec![0, 1, 2],
        import: None,
    }
}

fn import_body() -> Body {
    Body {
        founders: vec![],
        signers: vec![],
        trustees: vec![],
        import: Some(ImportRoot {
            root: [1; 32],
            size: 59,
            members: 58,
            graph: [2; 32],
        }),
        ..body(0)
    }
}

fn secret() -> NetworkSecret {
    NetworkSecret::new([5; 32])
}
