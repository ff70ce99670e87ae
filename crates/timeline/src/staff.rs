//! Staff: roles held and training completed.

use events::Date;
use events::v1::staff::Role;
use smallvec::{SmallVec, smallvec};

use crate::history::last_on;
use crate::{Moment, Pos, Stream, Sym, What, history};

/// A role held without a break: `[start, end)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHeld {
    /// The role.
    pub role: Role,
    /// The provider named, not its prime.
    pub provider: Sym,
    /// First day in the role.
    pub start: Date,
    /// First day no longer in it; `None` while it lasts.
    pub end: Option<Date>,
    /// Full-time equivalent in hundredths, from each day on; never empty.
    pub fte: SmallVec<[(Date, u32); 1]>,
    /// The events that say so.
    pub events: SmallVec<[Pos; 2]>,
}

impl RoleHeld {
    /// Whether it is held on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }

    /// Full-time equivalent on a day on which it is held, in hundredths.
    #[must_use]
    pub fn fte_on(&self, day: Date) -> u32 {
        last_on(&self.fte, day, |(d, _)| *d).map_or(0, |(_, fte)| *fte)
    }
}

/// A completion or revocation of a course, in history order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Training {
    /// The day.
    pub day: Date,
    /// The course.
    pub course: Sym,
    /// Completed, or revoked.
    pub completed: bool,
    /// The event.
    pub event: Pos,
}

/// The rows of one member of staff at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The `staff/…` subject.
    pub subject: Sym,
    /// Roles, by start.
    pub roles: SmallVec<[RoleHeld; 1]>,
    /// Training, in history order.
    pub training: SmallVec<[Training; 2]>,
}

impl Staff {
    /// Reads a staff stream.
    #[must_use]
    pub fn read(stream: Stream<'_>, at: &Moment) -> Self {
        let mut staff =
            Self { subject: stream.name, roles: SmallVec::new(), training: SmallVec::new() };
        for fact in history(stream, at) {
            match fact.what {
                What::RoleStarted { role, provider, fte } => {
                    staff.start(role, provider, fact.day, fte, fact.event);
                }
                What::RoleEnded { role, provider } => {
                    if let Some(held) = staff.open(role, provider) {
                        held.end = Some(fact.day);
                        held.events.push(fact.event);
                    }
                }
                What::Trained { course } | What::TrainingRevoked { course } => {
                    let completed = matches!(fact.what, What::Trained { .. });
                    let (day, event) = (fact.day, fact.event);
                    staff.training.push(Training { day, course, completed, event });
                }
                _ => {}
            }
        }
        // A role that ended on the day it began was held on no day.
        staff.roles.retain(|r| r.end != Some(r.start));
        staff
    }

    fn open(&mut self, role: Role, provider: Sym) -> Option<&mut RoleHeld> {
        self.roles.iter_mut().find(|r| r.role == role && r.provider == provider && r.end.is_none())
    }

    /// A role that is held already only changes its full-time equivalent from that day.
    fn start(&mut self, role: Role, provider: Sym, day: Date, fte: u32, event: Pos) {
        if let Some(held) = self.open(role, provider) {
            held.fte.push((day, fte));
            held.events.push(event);
        } else {
            let (fte, events) = (smallvec![(day, fte)], smallvec![event]);
            self.roles.push(RoleHeld { role, provider, start: day, end: None, fte, events });
        }
    }

    /// The last completion of a course that no revocation follows.
    #[must_use]
    pub fn completion(&self, course: Sym) -> Option<&Training> {
        self.training.iter().rfind(|t| t.course == course).filter(|t| t.completed)
    }
}
