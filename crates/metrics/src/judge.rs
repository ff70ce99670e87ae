//! The metrics by name, and what each judge does.

use events::{Family, Json};
use timeline::{Person, PolicyKey, Staff, Sym, What, World};

use crate::amount::lowest;
use crate::answer::Reason;
use crate::cfsr_p1::CfsrP1;
use crate::cfsr_p2_p3::CfsrP2P3;
use crate::cfsr_p4::CfsrP4;
use crate::cfsr_p5::CfsrP5;
use crate::concurrent_planning::ConcurrentPlanning;
use crate::data_timeliness::DataTimeliness;
use crate::hearing_timeliness::HearingTimeliness;
use crate::long_stayers::LongStayers;
use crate::residential_compliance::ResidentialCompliance;
use crate::returned_cases::ReturnedCases;
use crate::supervisor_ratio::SupervisorRatio;
use crate::timely_permanency::TimelyPermanency;
use crate::trauma_training::TraumaTraining;
use crate::worker_visits::WorkerVisits;
use crate::{
    Amount, Cells, Concern, Dimension, Exact, Question, QuestionError, Sink, display_percent,
    display_places,
};
use crate::{
    baseline, cfsr_p1, cfsr_p2_p3, cfsr_p4, cfsr_p5, concurrent_planning, data_timeliness,
    hearing_timeliness, incentive, long_stayers, residential_compliance, returned_cases, scorecard,
    supervisor_ratio, timely_permanency, trauma_training, worker_visits,
};

/// The rows of one subject that is judged by itself.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// Of a child.
    Child(&'a Person),
    /// Of a member of staff.
    Staff(&'a Staff),
}

impl Rows<'_> {
    /// The name that stands for the subject.
    #[must_use]
    pub const fn name(self) -> Sym {
        match self {
            Self::Child(person) => person.subject,
            Self::Staff(staff) => staff.subject,
        }
    }
}

/// One metric's rule, made for one question and one world.
pub trait Judge: Sync {
    /// The question.
    fn question(&self) -> &Question;

    /// Whom it may find members among; all others need not be judged.
    fn concerns(&self) -> Vec<Concern> {
        vec![Concern::Everyone]
    }

    /// Whether the judgement of a child rests on evidence; what this is told has none.
    fn reads_evidence(&self, _person: &Person) -> bool {
        false
    }

    /// Whether the judgement of children rests on when events were entered; what it is told of a
    /// child has no entries without this.
    fn reads_entries(&self) -> bool {
        false
    }

    /// Judges one child.
    fn person(&self, _person: &Person, _sink: &mut dyn Sink) {}

    /// Judges one member of staff.
    fn staff(&self, _staff: &Staff, _sink: &mut dyn Sink) {}

    /// Judges one subject.
    fn subject(&self, rows: Rows<'_>, sink: &mut dyn Sink) {
        match rows {
            Rows::Child(person) => self.person(person, sink),
            Rows::Staff(staff) => self.staff(staff, sink),
        }
    }

    /// Judges what the world holds whole: cases, contractors.
    fn others(&self, _sink: &mut dyn Sink) {}

    /// The `detail` of a row.
    fn detail(&self, cells: &Cells) -> Json;

    /// Whether members are divided, so that counts are fractions.
    fn divided(&self) -> bool {
        false
    }

    /// A count as the answer writes it.
    fn number(&self, amount: &Amount) -> Json {
        if self.divided() { lowest(&amount.exact()).into() } else { Json::Int(amount.count()) }
    }

    /// Why the row has no value, beside a zero denominator.
    fn no_value(&self, cells: &Cells) -> Option<Reason> {
        cells.denominator.is_zero().then_some(Reason::ZeroDenominator)
    }

    /// The value as it is displayed.
    fn display(&self, value: &Exact) -> String {
        display_percent(value)
    }
}

/// `{numerator, denominator}` of a detail.
pub(crate) fn fractions(part: impl Fn(&'static str) -> Json) -> Json {
    Json::object([("numerator", part("numerator")), ("denominator", part("denominator"))])
}

/// Two decimals, half up.
pub(crate) fn display_ratio(value: &Exact) -> String {
    display_places(value, 2)
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each has a file of its name")]
pub enum MetricId {
    TimelyPermanency,
    ConcurrentPlanning,
    ResidentialCompliance,
    TraumaTraining,
    SupervisorRatio,
    ReturnedCases,
    WorkerVisits,
    CfsrP1,
    CfsrP2,
    CfsrP3,
    CfsrP4,
    CfsrP5,
    DataTimeliness,
    HearingTimeliness,
    LongStayers,
    Incentive,
    Scorecard,
    Baseline,
}

impl MetricId {
    /// Every metric.
    pub const ALL: &'static [Self] = &[
        Self::TimelyPermanency,
        Self::ConcurrentPlanning,
        Self::ResidentialCompliance,
        Self::TraumaTraining,
        Self::SupervisorRatio,
        Self::ReturnedCases,
        Self::WorkerVisits,
        Self::CfsrP1,
        Self::CfsrP2,
        Self::CfsrP3,
        Self::CfsrP4,
        Self::CfsrP5,
        Self::DataTimeliness,
        Self::HearingTimeliness,
        Self::LongStayers,
        Self::Incentive,
        Self::Scorecard,
        Self::Baseline,
    ];

    /// The metrics that the scorecard puts together, in its order.
    pub const SCORED: &'static [Self] = &[
        Self::TimelyPermanency,
        Self::ResidentialCompliance,
        Self::TraumaTraining,
        Self::SupervisorRatio,
        Self::ReturnedCases,
    ];

    /// Its name in questions, answers and policy streams.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimelyPermanency => "timely-permanency",
            Self::ConcurrentPlanning => "concurrent-planning",
            Self::ResidentialCompliance => "residential-compliance",
            Self::TraumaTraining => "trauma-training",
            Self::SupervisorRatio => "supervisor-ratio",
            Self::ReturnedCases => "returned-cases",
            Self::WorkerVisits => "worker-visits",
            Self::CfsrP1 => "cfsr-p1",
            Self::CfsrP2 => "cfsr-p2",
            Self::CfsrP3 => "cfsr-p3",
            Self::CfsrP4 => "cfsr-p4",
            Self::CfsrP5 => "cfsr-p5",
            Self::DataTimeliness => "data-timeliness",
            Self::HearingTimeliness => "hearing-timeliness",
            Self::LongStayers => "long-stayers",
            Self::Incentive => "incentive",
            Self::Scorecard => "scorecard",
            Self::Baseline => "baseline",
        }
    }

    /// The version of its rule in code, which stands in every answer; a change of meaning is a new
    /// one.
    #[must_use]
    pub const fn version(self) -> u32 {
        match self {
            Self::TimelyPermanency => timely_permanency::VERSION,
            Self::ConcurrentPlanning => concurrent_planning::VERSION,
            Self::ResidentialCompliance => residential_compliance::VERSION,
            Self::TraumaTraining => trauma_training::VERSION,
            Self::SupervisorRatio => supervisor_ratio::VERSION,
            Self::ReturnedCases => returned_cases::VERSION,
            Self::CfsrP1 => cfsr_p1::VERSION,
            Self::CfsrP2 | Self::CfsrP3 => cfsr_p2_p3::VERSION,
            Self::CfsrP4 => cfsr_p4::VERSION,
            Self::CfsrP5 => cfsr_p5::VERSION,
            Self::WorkerVisits => worker_visits::VERSION,
            Self::DataTimeliness => data_timeliness::VERSION,
            Self::HearingTimeliness => hearing_timeliness::VERSION,
            Self::LongStayers => long_stayers::VERSION,
            Self::Incentive => incentive::VERSION,
            Self::Scorecard => scorecard::VERSION,
            Self::Baseline => baseline::VERSION,
        }
    }

    /// The metric of that name.
    ///
    /// # Errors
    /// [`QuestionError::Metric`].
    pub fn from_name(name: &str) -> Result<Self, QuestionError> {
        Self::ALL.iter().copied().find(|m| m.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|m| m.name()).collect();
            QuestionError::Metric(name.to_owned(), known.join(", "))
        })
    }

    /// How it may be grouped and filtered.
    #[must_use]
    pub const fn dimensions(self) -> &'static [Dimension] {
        use Dimension::{County, Goal, Month, Provider, Region, Worker};
        match self {
            Self::TimelyPermanency => &[Provider, County, Region, Worker, Goal, Month],
            Self::ConcurrentPlanning
            | Self::WorkerVisits
            | Self::DataTimeliness
            | Self::HearingTimeliness => &[Provider, County, Region, Worker, Month],
            Self::ResidentialCompliance
            | Self::CfsrP1
            | Self::CfsrP2
            | Self::CfsrP3
            | Self::CfsrP4
            | Self::CfsrP5
            | Self::LongStayers => &[Provider, County, Region, Worker],
            Self::TraumaTraining
            | Self::SupervisorRatio
            | Self::ReturnedCases
            | Self::Incentive
            | Self::Scorecard => &[Provider],
            // Those of the metric that is measured, in each month.
            Self::Baseline => &[Provider, County, Region, Worker, Goal],
        }
    }

    /// Whether a question needs a period.
    #[must_use]
    pub const fn needs_period(self) -> bool {
        !matches!(self, Self::TraumaTraining | Self::SupervisorRatio | Self::LongStayers)
    }

    /// Whether a lower value is the better one.
    #[must_use]
    pub const fn lower_is_better(self) -> bool {
        matches!(
            self,
            Self::SupervisorRatio
                | Self::ReturnedCases
                | Self::CfsrP4
                | Self::CfsrP5
                | Self::LongStayers
        )
    }

    /// The families of shared streams whose rows its judges look at; policy, and where a day
    /// belongs, by all of them.
    #[must_use]
    pub const fn reads_families(self) -> &'static [Family] {
        use Family::{Case, Facility, Place, Policy, Provider};
        match self {
            Self::TimelyPermanency
            | Self::ConcurrentPlanning
            | Self::TraumaTraining
            | Self::SupervisorRatio
            | Self::WorkerVisits
            | Self::CfsrP1
            | Self::CfsrP2
            | Self::CfsrP3
            | Self::CfsrP4
            | Self::CfsrP5
            | Self::DataTimeliness
            | Self::HearingTimeliness
            | Self::LongStayers => &[Provider, Place, Policy],
            Self::ResidentialCompliance => &[Provider, Place, Policy, Facility],
            Self::ReturnedCases => &[Provider, Place, Policy, Case],
            Self::Incentive | Self::Scorecard | Self::Baseline => {
                &[Provider, Place, Policy, Facility, Case]
            }
        }
    }

    /// Whether a fact of this kind may change what the metric counts. Visits are a third of all
    /// facts, and most metrics know nothing of them.
    #[must_use]
    pub const fn may_read(self, what: &What) -> bool {
        use MetricId::{Baseline, DataTimeliness, Incentive, Scorecard, WorkerVisits};
        match what {
            What::Visit { .. } => {
                matches!(self, WorkerVisits | DataTimeliness | Scorecard | Incentive | Baseline)
            }
            _ => true,
        }
    }

    /// Whether the metric reads the policy event under a key.
    #[must_use]
    pub fn reads(self, key: &PolicyKey) -> bool {
        let own = match key {
            PolicyKey::Parameters(metric) | PolicyKey::Exclusion(metric, _) => {
                metric == self.name()
            }
            PolicyKey::GoalBenchmark(_) => self == Self::TimelyPermanency,
            PolicyKey::RegionalGoal(_) => self == Self::Incentive,
            PolicyKey::Calendar(_) => {
                matches!(self, Self::DataTimeliness | Self::HearingTimeliness)
            }
            PolicyKey::Benchmark(_) | PolicyKey::Weight(_) => false,
        };
        let of_scored = |metric: &str| Self::SCORED.iter().any(|scored| scored.name() == metric);
        let composed = match (self, key) {
            (Self::Scorecard, PolicyKey::Weight(metric))
            | (Self::Scorecard | Self::Incentive, PolicyKey::Benchmark(metric)) => {
                of_scored(metric)
            }
            (Self::Scorecard | Self::Incentive, _) => Self::SCORED.iter().any(|m| m.reads(key)),
            _ => false,
        };
        own || composed
    }

    /// Whether a baseline can be of it: whether its value is that of a population.
    #[must_use]
    pub const fn is_measured(self) -> bool {
        !matches!(self, Self::Incentive | Self::Scorecard | Self::Baseline)
    }

    /// The judge of a question; `None` for metrics that are composed of others.
    pub(crate) fn judge<'w>(
        self,
        world: &'w World<'w>,
        question: Question,
    ) -> Option<Box<dyn Judge + 'w>> {
        Some(match self {
            Self::TimelyPermanency => Box::new(TimelyPermanency::new(world, question)),
            Self::ConcurrentPlanning => Box::new(ConcurrentPlanning::new(world, question)),
            Self::ResidentialCompliance => Box::new(ResidentialCompliance::new(world, question)),
            Self::TraumaTraining => Box::new(TraumaTraining::new(world, question)),
            Self::SupervisorRatio => Box::new(SupervisorRatio::new(world, question)),
            Self::ReturnedCases => Box::new(ReturnedCases::new(world, question)),
            Self::WorkerVisits => Box::new(WorkerVisits::new(world, question)),
            Self::CfsrP1 => Box::new(CfsrP1::new(world, question)),
            Self::CfsrP2 => Box::new(CfsrP2P3::p2(world, question)),
            Self::CfsrP3 => Box::new(CfsrP2P3::p3(world, question)),
            Self::CfsrP4 => Box::new(CfsrP4::new(world, question)),
            Self::CfsrP5 => Box::new(CfsrP5::new(world, question)),
            Self::DataTimeliness => Box::new(DataTimeliness::new(world, question)),
            Self::HearingTimeliness => Box::new(HearingTimeliness::new(world, question)),
            Self::LongStayers => Box::new(LongStayers::new(world, question)),
            Self::Incentive | Self::Scorecard | Self::Baseline => return None,
        })
    }
}
