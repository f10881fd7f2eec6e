//! What people see of each other: names.

use super::world::*;
use crate::payload::{Join, MemberFact};

fn joins_as(world: &mut World, person: u16, name: &str) {
    let join = Join {
        name: name.to_owned(),
        ..join(person, device(person), None)
    };
    let join = join.sign(&NETWORK, &device(person), &secret(person));
    world.says(person, MemberFact::Join(join));
}

fn hex(person: u16, digits: usize) -> String {
    let bytes = key(person).0;
    let hex: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
    hex[..digits].to_owned()
}

fn by_key(mut people: Vec<u16>) -> Vec<u16> {
    people.sort_by_key(|it| key(*it));
    people
}

#[test]
fn of_two_with_one_name_the_lower_key_keeps_it() {
    let people = by_key(vec![10, 11, 12]);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut world = World::new(6);
        for (day, at) in (1..).zip(order) {
            joins_as(&mut world, people[at], "Zoé");
            world.close(day);
        }
        let shown = |at: usize| world.state.shown_name(world.id(people[at])).unwrap();
        assert_eq!(shown(0), "Zoé");
        assert_eq!(shown(1), format!("Zoé-{}", hex(people[1], 6)));
        assert_eq!(shown(2), format!("Zoé-{}", hex(people[2], 6)));
        assert_eq!(world.state.shown_name(world.id(1)).unwrap(), "founder 1");
    }
}

#[test]
fn who_is_gone_yields_the_name() {
    let people = by_key(vec![10, 11]);
    let mut world = World::new(6);
    for person in &people {
        joins_as(&mut world, *person, "Zoé");
    }
    world.close(1);
    world.says(people[0], MemberFact::Leave);
    world.close(2);
    let shown = |at: usize| world.state.shown_name(world.id(people[at])).unwrap();
    assert_eq!(shown(1), "Zoé");
    assert_eq!(shown(0), format!("Zoé-{}", hex(people[0], 6)));
}

#[test]
fn nobody_is_shown_under_a_name_made_to_look_like_another() {
    let people = by_key(vec![10, 11]);
    // Whether the imitator has a lower or a higher key than both.
    for imitator in 20..40 {
        let mut world = World::new(6);
        for person in &people {
            joins_as(&mut world, *person, "Zoé");
        }
        joins_as(&mut world, imitator, &format!("Zoé-{}", hex(people[1], 6)));
        world.close(1);
        let mut names = world.state.shown_names();
        assert_eq!(names[usize::try_from(world.id(people[0])).unwrap()], "Zoé");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 9);
    }
}
