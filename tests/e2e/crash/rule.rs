//! What has to come of a step whose engine dies: the written rule that the matrix is held against.
//!
//! A crash leaves two things: what is on disk, and what the vendor has done. The rule asks only for these.

/// Where the engine dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeIntent,
    AfterIntent,
    BeforeCall,
    AfterCall,
    BeforeOutcome,
    AfterOutcome,
}

/// What may be done after a lost answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Pure,
    Idempotent,
    Keyed,
    Reconcile,
    Operator,
}

/// What the vendor makes of a step's first request. From the second on it does what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done.
    Ok,
    /// It was so already.
    Already,
    /// 429, and nothing was done.
    Throttled,
    /// 500, and it was done all the same.
    FailsAfterActing,
    /// Done, and the answer never arrives.
    Lost,
    /// 403, the second time as well.
    Refused,
}

/// How a step ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Failed,
    NeedsHuman,
}

/// What became of a step: how often the vendor was asked, how often it acted, and how the step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) asked: usize,
    pub(crate) acted: usize,
    pub(crate) end: End,
}

impl Point {
    pub(crate) const ALL: [Self; 6] = [
        Self::BeforeIntent,
        Self::AfterIntent,
        Self::BeforeCall,
        Self::AfterCall,
        Self::BeforeOutcome,
        Self::AfterOutcome,
    ];

    /// For the doomed engine's environment. Of the outcomes the last of all classes has to be on disk.
    pub(crate) fn failpoints(self) -> &'static str {
        match self {
            Self::BeforeIntent => "before-intent=return",
            Self::AfterIntent => "after-intent=return",
            Self::BeforeCall => "before-call=return",
            Self::AfterCall => "after-call=return",
            Self::BeforeOutcome => "before-outcome=return",
            Self::AfterOutcome => "after-outcome=4*off->return",
        }
    }
}

impl Class {
    pub(crate) const ALL: [Self; 5] = [Self::Pure, Self::Idempotent, Self::Keyed, Self::Reconcile, Self::Operator];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Idempotent => "idempotent",
            Self::Keyed => "keyed",
            Self::Reconcile => "reconcile",
            Self::Operator => "operator",
        }
    }
}

impl Answer {
    pub(crate) const ALL: [Self; 6] =
        [Self::Ok, Self::Already, Self::Throttled, Self::FailsAfterActing, Self::Lost, Self::Refused];

    /// The vendor acts on a first request that it answers so.
    pub(crate) fn acts(self) -> bool {
        matches!(self, Self::Ok | Self::FailsAfterActing | Self::Lost)
    }
}

const fn fate(asked: usize, acted: usize, end: End) -> Fate {
    Fate { asked, acted, end }
}

/// What has to come of it.
pub(crate) fn due(point: Point, class: Class, answer: Answer) -> Fate {
    match point {
        // Nothing is on disk, or all of it: the crash changes nothing.
        Point::BeforeIntent | Point::AfterOutcome => undisturbed(class, answer),
        // An intent is on disk, and the vendor has not been asked; but who takes over cannot know that.
        Point::AfterIntent | Point::BeforeCall => match (class, answer) {
            (Class::Operator, _) => fate(0, 0, End::NeedsHuman),
            (Class::Reconcile, Answer::Already) => fate(0, 0, End::Done),
            _ => undisturbed(class, answer),
        },
        // An intent is on disk, and the vendor has been asked.
        Point::AfterCall | Point::BeforeOutcome => asked_already(class, answer),
    }
}

/// The life of a step whose engine lives.
fn undisturbed(class: Class, answer: Answer) -> Fate {
    match (answer, class) {
        (Answer::Ok, _) => fate(1, 1, End::Done),
        (Answer::Already, _) => fate(1, 0, End::Done),
        (Answer::Throttled, _) => fate(2, 1, End::Done),
        (Answer::Refused, _) => fate(1, 0, End::Failed),
        (Answer::FailsAfterActing | Answer::Lost, _) => asked_already(class, answer),
    }
}

/// The vendor has been asked once, and nobody knows what it made of it.
fn asked_already(class: Class, answer: Answer) -> Fate {
    let acted = usize::from(answer.acts());
    let dead = answer.acts() || answer == Answer::Already;
    let second = match answer {
        Answer::Refused => fate(2, 0, End::Failed),
        Answer::Already => fate(2, 0, End::Done),
        _ => fate(2, acted + 1, End::Done),
    };
    match class {
        // Read first: what is dead is not asked for again.
        Class::Reconcile if dead => fate(1, acted, End::Done),
        // A second act does no harm, or has been read to be the first.
        Class::Pure | Class::Idempotent | Class::Reconcile => second,
        // The vendor knows the key, and does not act again.
        Class::Keyed => Fate { acted: second.acted.min(1), ..second },
        Class::Operator => fate(1, acted, End::NeedsHuman),
    }
}
