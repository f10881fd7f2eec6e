//! Answers as people write them: `yes`, numbers or texts of options, `2=5` for scores and grades.

use commune_crdt::payload::{Choice, Question, QuestionKind};

use crate::{
    cli::Context,
    failure::{Exit, Failure},
};

/// Grades of a majority judgment.
const GRADES: u8 = 7;

/// What `words` say to `question`.
pub(super) fn read(
    ctx: &Context,
    question: &Question,
    words: &[String],
) -> Result<Choice, Failure> {
    let option = |word: &String| option(question, word);
    let one = || -> Result<Option<usize>, Failure> {
        match words {
            [word] if is(ctx, word, "vote-word-none") => Ok(None),
            [word] => option(word).map(Some),
            _ => Err(many(words)),
        }
    };
    Ok(match question.kind {
        QuestionKind::YesNo => match words {
            [word] if is(ctx, word, "vote-word-yes") => Choice::Yes,
            [word] if is(ctx, word, "vote-word-no") => Choice::No,
            [word] => return Err(unknown(word)),
            _ => return Err(many(words)),
        },
        QuestionKind::Approval => match words {
            [word] if is(ctx, word, "vote-word-none") => Choice::Options(Vec::new()),
            _ => Choice::Options(words.iter().map(option).collect::<Result<_, _>>()?),
        },
        QuestionKind::ChooseOne => Choice::One(one()?),
        QuestionKind::Median => Choice::Value(one()?),
        QuestionKind::Score { .. } => {
            let score = |text: &str| text.parse().ok();
            Choice::Scores(marks(question, words, score)?)
        }
        QuestionKind::Majority => Choice::Grades(marks(question, words, |text| grade(ctx, text))?),
    })
}

/// The option with a number, from 1, or with a text.
fn option(question: &Question, word: &str) -> Result<usize, Failure> {
    let lower = word.to_lowercase();
    let named = || {
        question
            .options
            .iter()
            .position(|it| it.to_lowercase() == lower)
    };
    let numbered = word.trim_start_matches('#').parse::<usize>().ok();
    let numbered = numbered.and_then(|it| it.checked_sub(1));
    let numbered = numbered.filter(|it| *it < question.options.len());
    named().or(numbered).ok_or_else(|| unknown(word))
}

/// `option=mark` for some options, the others none.
fn marks(
    question: &Question,
    words: &[String],
    read: impl Fn(&str) -> Option<u8>,
) -> Result<Vec<Option<u8>>, Failure> {
    let mut marks = vec![None; question.options.len()];
    for word in words {
        let (name, mark) = word.rsplit_once('=').ok_or_else(|| unknown(word))?;
        let mark = read(mark).ok_or_else(|| unknown(word))?;
        if let Some(it) = marks.get_mut(option(question, name)?) {
            *it = Some(mark);
        }
    }
    Ok(marks)
}

/// A grade by its number, 1 for the best, or by its word.
fn grade(ctx: &Context, text: &str) -> Option<u8> {
    let numbered = text.parse::<u8>().ok().and_then(|it| it.checked_sub(1));
    let lower = text.to_lowercase();
    let named = || (0..GRADES).find(|it| grade_word(ctx, *it).to_lowercase() == lower);
    numbered.filter(|it| *it < GRADES).or_else(named)
}

/// The word of a grade, 0 for the best.
pub(super) fn grade_word(ctx: &Context, grade: u8) -> String {
    ctx.text("vote-grade", &[("grade", u64::from(grade).into())])
}

/// Whether `word` is the one of the person's language, or the English one.
fn is(ctx: &Context, word: &str, key: &'static str) -> bool {
    let english = match key {
        "vote-word-yes" => "yes",
        "vote-word-no" => "no",
        _ => "none",
    };
    let word = word.to_lowercase();
    word == english || word == ctx.text(key, &[]).to_lowercase()
}

/// What a ballot says, in words.
pub(super) fn said(ctx: &Context, question: &Question, slots: &[bool]) -> Vec<String> {
    let none = || ctx.text("vote-word-none", &[]);
    let options = &question.options;
    let set = || {
        slots
            .iter()
            .enumerate()
            .filter(|(_, it)| **it)
            .map(|(at, _)| at)
    };
    let label = |at: usize| options.get(at).cloned().unwrap_or_default();
    let each = |width: usize, mark: &dyn Fn(usize) -> String| {
        let marked = set().map(|at| {
            let (option, place) = (at.checked_div(width), at.checked_rem(width));
            format!(
                "{} = {}",
                label(option.unwrap_or(0)),
                mark(place.unwrap_or(0))
            )
        });
        marked.collect::<Vec<_>>()
    };
    let said = match question.kind {
        QuestionKind::YesNo => {
            let word = if set().next().is_some() {
                "vote-word-yes"
            } else {
                "vote-word-no"
            };
            return vec![ctx.text(word, &[])];
        }
        QuestionKind::Approval | QuestionKind::ChooseOne => set().map(label).collect(),
        QuestionKind::Median => set().next_back().map(label).into_iter().collect(),
        QuestionKind::Score { max } => each(usize::from(max).saturating_add(1), &|place| {
            place.to_string()
        }),
        QuestionKind::Majority => each(usize::from(GRADES).saturating_sub(1), &|place| {
            grade_word(ctx, u8::try_from(place).unwrap_or(GRADES))
        }),
    };
    if said.is_empty() { vec![none()] } else { said }
}

fn unknown(word: &str) -> Failure {
    Failure::new(Exit::Usage, "vote.answer").with("answer", word)
}

fn many(words: &[String]) -> Failure {
    Failure::new(Exit::Usage, "vote.answer").with("answer", words.join(" "))
}
