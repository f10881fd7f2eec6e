//! What counts say, by the kind of question.
//!
//! Majority judgment: each option has its lower median grade. Of those with the same one the larger
//! share of better grades less worse ones is ahead, compared by cross multiplication (all options have
//! the same ballots, so by difference), and who is still equal shares the place after medians are taken
//! away one by one.

use std::cmp::{Ordering, Reverse};

use crate::payload::{GRADES, Question, QuestionKind};

/// What an option got.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// Its text; empty for yes or no.
    pub label: String,
    /// Ballots that set its slot; of scores and grades, ballots that gave one.
    pub count: u32,
    /// Ballots a score, 0 first, or a grade, the best first; else empty.
    pub grades: Vec<u32>,
    /// Mean score in hundredths, rounded down, of the ballots that gave one.
    pub mean_hundredths: Option<u32>,
    /// Lower median grade, 0 the best.
    pub grade: Option<u8>,
}

/// A result.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// Ballots counted.
    pub ballots: u32,
    /// A line an option; one for yes or no.
    pub lines: Vec<Line>,
    /// The options ahead: several on a tie, none without a ballot.
    pub leaders: Vec<usize>,
    /// Of yes or no: whether more said yes.
    pub accepted: Option<bool>,
}

impl Question {
    /// What the sums of the slots say.
    pub fn outcome(&self, ballots: u32, counts: &[u32]) -> Outcome {
        let width = self.width().max(1);
        let labels = match self.kind {
            QuestionKind::YesNo => vec![String::new()],
            _ => self.options.clone(),
        };
        let lines: Vec<Line> = labels
            .into_iter()
            .zip(counts.chunks(width))
            .map(|(label, counts)| self.line(label, ballots, counts))
            .collect();
        let accepted = match (self.kind, lines.first()) {
            (QuestionKind::YesNo, Some(line)) => {
                Some(line.count > ballots.saturating_sub(line.count))
            }
            _ => None,
        };
        let leaders = match ballots {
            0 => Vec::new(),
            _ => self.leaders(ballots, &lines),
        };
        Outcome {
            ballots,
            lines,
            leaders,
            accepted,
        }
    }

    fn line(&self, label: String, ballots: u32, counts: &[u32]) -> Line {
        let given: u32 = counts.iter().fold(0, |all, it| all.saturating_add(*it));
        let mut line = Line {
            label,
            count: given,
            grades: Vec::new(),
            mean_hundredths: None,
            grade: None,
        };
        match self.kind {
            QuestionKind::Score { .. } => {
                let points = (0_u64..).zip(counts);
                let points = points.fold(0_u64, |all, (score, it)| {
                    all.saturating_add(score.saturating_mul(u64::from(*it)))
                });
                let mean = points.saturating_mul(100).checked_div(given.into());
                line.mean_hundredths = mean.and_then(|it| u32::try_from(it).ok());
                line.grades = counts.to_vec();
            }
            QuestionKind::Majority => {
                let lowest = ballots.saturating_sub(given);
                line.grades = counts.iter().copied().chain([lowest]).collect();
                line.grade = median(&line.grades);
            }
            _ => {}
        }
        line
    }

    fn leaders(&self, ballots: u32, lines: &[Line]) -> Vec<usize> {
        let best = |order: &dyn Fn(&Line, &Line) -> Ordering| {
            let first = lines.iter().max_by(|a, b| order(a, b));
            let equal = |it: &Line| first.is_some_and(|first| order(it, first).is_eq());
            let places = lines.iter().enumerate().filter(|(_, it)| equal(it));
            places.map(|(at, _)| at).collect::<Vec<_>>()
        };
        match self.kind {
            QuestionKind::YesNo => Vec::new(),
            QuestionKind::Approval | QuestionKind::ChooseOne => best(&|a, b| a.count.cmp(&b.count)),
            QuestionKind::Score { .. } => best(&by_mean),
            QuestionKind::Majority => best(&|a, b| by_judgment(&a.grades, &b.grades)),
            QuestionKind::Median => {
                let half = |it: &&(usize, &Line)| it.1.count > ballots.saturating_sub(it.1.count);
                let wanted = lines.iter().enumerate().collect::<Vec<_>>();
                wanted
                    .iter()
                    .filter(half)
                    .map(|it| it.0)
                    .next_back()
                    .into_iter()
                    .collect()
            }
        }
    }
}

/// By mean, exactly: by cross multiplication. Without a score an option is behind all.
fn by_mean(a: &Line, b: &Line) -> Ordering {
    let points = |line: &Line| {
        let points = (0_u64..).zip(&line.grades);
        points.fold(0_u64, |all, (score, it)| {
            all.saturating_add(score.saturating_mul(u64::from(*it)))
        })
    };
    match (a.count, b.count) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (left, right) => {
            let (left, right) = (u64::from(left), u64::from(right));
            let of_a = points(a).saturating_mul(right);
            of_a.cmp(&points(b).saturating_mul(left))
        }
    }
}

/// The lower median: the grade of the ballot in the middle, the worse of two.
fn median(grades: &[u32]) -> Option<u8> {
    let total = grades
        .iter()
        .fold(0_u64, |all, it| all.saturating_add(u64::from(*it)));
    if total == 0 {
        return None;
    }
    let middle = total / 2;
    let mut seen = 0_u64;
    let mut place = 0_u8;
    for count in grades {
        seen = seen.saturating_add(u64::from(*count));
        if seen > middle {
            return Some(place);
        }
        place = place.saturating_add(1);
    }
    Some(GRADES.saturating_sub(1))
}

/// Which of two lists of grades is ahead: by median, then by gauge, then by taking medians away.
fn by_judgment(a: &[u32], b: &[u32]) -> Ordering {
    let by_median = median(a).map(Reverse).cmp(&median(b).map(Reverse));
    by_median
        .then_with(|| gauge(a).cmp(&gauge(b)))
        .then_with(|| without_medians(a, b))
}

/// Better grades less worse ones.
fn gauge(grades: &[u32]) -> i64 {
    let Some(median) = median(grades).map(usize::from) else {
        return 0;
    };
    let sum = |it: &mut dyn Iterator<Item = &u32>| it.map(|it| i64::from(*it)).sum::<i64>();
    let better = sum(&mut grades.iter().take(median));
    let worse = sum(&mut grades.iter().skip(median.saturating_add(1)));
    better.saturating_sub(worse)
}

fn without_medians(a: &[u32], b: &[u32]) -> Ordering {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    loop {
        let (Some(left), Some(right)) = (median(&a), median(&b)) else {
            return Ordering::Equal;
        };
        if left != right {
            return right.cmp(&left);
        }
        // As many at once as leave the median where it is: one would take millions of steps.
        let many = spare(&a, left).min(spare(&b, right)).max(1);
        for (grades, place) in [(&mut a, left), (&mut b, right)] {
            if let Some(count) = grades.get_mut(usize::from(place)) {
                *count = count.saturating_sub(many);
            }
        }
    }
}

/// How many ballots of the median can go and it is the median still.
fn spare(grades: &[u32], median: u8) -> u32 {
    let place = usize::from(median);
    let sum = |it: &mut dyn Iterator<Item = &u32>| {
        it.fold(0_u64, |all, it| all.saturating_add(u64::from(*it)))
    };
    let better = sum(&mut grades.iter().take(place));
    let worse = sum(&mut grades.iter().skip(place.saturating_add(1)));
    let here = grades.get(place).copied().unwrap_or(0);
    // It stays the lower median while it is larger than the difference of the two sides.
    let apart = u32::try_from(better.abs_diff(worse)).unwrap_or(u32::MAX);
    here.saturating_sub(apart).saturating_sub(1)
}
