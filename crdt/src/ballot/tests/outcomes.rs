//! What sums say, by the kind of question.

use crate::payload::{Question, QuestionKind};

fn ask(kind: QuestionKind, options: usize) -> Question {
    Question {
        kind,
        text: "Which?".to_owned(),
        options: (0..options).map(|it| it.to_string()).collect(),
    }
}

#[test]
fn yes_needs_more_than_half_and_one_choice_the_most() {
    let question = ask(QuestionKind::YesNo, 0);
    assert_eq!(question.outcome(10, &[5]).accepted, Some(false));
    assert_eq!(question.outcome(11, &[6]).accepted, Some(true));
    let question = ask(QuestionKind::ChooseOne, 3);
    assert_eq!(question.outcome(10, &[4, 2, 4]).leaders, [0, 2]);
    assert_eq!(question.outcome(0, &[0, 0, 0]).leaders, [0; 0]);
}

#[test]
fn the_median_is_the_largest_value_that_more_than_half_want() {
    let question = ask(QuestionKind::Median, 4);
    assert_eq!(question.outcome(10, &[10, 6, 5, 0]).leaders, [1]);
    assert_eq!(question.outcome(10, &[5, 2, 1, 0]).leaders, [0; 0]);
}

#[test]
fn scores_are_compared_exactly_by_their_mean() {
    let question = ask(QuestionKind::Score { max: 2 }, 3);
    // 3 of 2 ballots; 4 of 3; nobody.
    let outcome = question.outcome(3, &[0, 1, 1, 1, 0, 2, 0, 0, 0]);
    let means: Vec<_> = outcome.lines.iter().map(|it| it.mean_hundredths).collect();
    assert_eq!(means, [Some(150), Some(133), None]);
    assert_eq!(outcome.leaders, [0]);
}

#[test]
fn majority_judgment_takes_the_lower_median_then_the_gauge_then_medians_away() {
    let question = ask(QuestionKind::Majority, 2);
    let judged = |ballots, a: [u32; 6], b: [u32; 6]| {
        let outcome = question.outcome(ballots, &[a, b].concat());
        let grades: Vec<_> = outcome.lines.iter().map(|it| it.grade).collect();
        (grades, outcome.leaders)
    };
    // Of four the third grade from above counts; who gives none says the lowest.
    let (grades, leaders) = judged(4, [2, 0, 2, 0, 0, 0], [2, 0, 0, 1, 0, 0]);
    assert_eq!((grades, leaders), (vec![Some(2), Some(3)], vec![0]));
    // The same median; the first has more above it than below.
    let (grades, leaders) = judged(5, [2, 2, 1, 0, 0, 0], [1, 3, 1, 0, 0, 0]);
    assert_eq!((grades, leaders), (vec![Some(1), Some(1)], vec![0]));
    // Median and gauge are the same; without three ballots of the median the second is better.
    let (_, leaders) = judged(5, [0, 1, 3, 1, 0, 0], [1, 0, 3, 1, 0, 0]);
    assert_eq!(leaders.len(), 1);
    let (_, leaders) = judged(5, [1, 0, 3, 1, 0, 0], [1, 0, 3, 1, 0, 0]);
    assert_eq!(leaders, [0, 1]);
}
