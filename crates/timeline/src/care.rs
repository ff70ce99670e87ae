//! Episodes and placements: how removals, exits and placements are read (rulings "Episodes" and
//! "Placements").

use events::Date;
use events::v1::child::{ExitReason, Location, Setting};
use smallvec::{SmallVec, smallvec};

use crate::{Pos, Sym};

/// An exit from care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// First day no longer in care.
    pub day: Date,
    /// How the child left.
    pub reason: ExitReason,
    /// Date of the order behind it.
    pub order_date: Option<Date>,
    /// The event.
    pub event: Pos,
}

/// Why an episode's dates cannot be trusted; several may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Doubts {
    /// (a) The exit is not after the removal; the episode has no day in care.
    pub exit_not_after_removal: bool,
    /// (b) No exit, and a later removal follows; in care until that removal.
    pub missing_end: bool,
    /// (c) Two different exits, or an exit after the next removal.
    pub conflicting_episodes: bool,
}

impl Doubts {
    /// Whether any of them holds.
    #[must_use]
    pub const fn any(self) -> bool {
        self.exit_not_after_removal || self.missing_end || self.conflicting_episodes
    }
}

/// A stay in care, from a removal: `[removal, end)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// First day in care.
    pub removal: Date,
    /// The removal's event.
    pub event: Pos,
    /// Names of the removal: (stream, removal_id).
    pub ids: SmallVec<[(Sym, Sym); 1]>,
    /// Every different exit that was claimed, in history order; the first is used.
    pub exits: SmallVec<[Exit; 1]>,
    /// First day no longer in care: the exit, or the next removal where the exit is missing.
    pub end: Option<Date>,
    /// What is doubtful.
    pub doubts: Doubts,
    /// Placements that started in it and have a day, by (start, position).
    pub placements: SmallVec<[Placement; 4]>,
}

impl Episode {
    /// The exit that counts.
    #[must_use]
    pub fn exit(&self) -> Option<&Exit> {
        self.exits.first()
    }

    /// Whether the child was in care in it on a day.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.removal <= day && self.end.is_none_or(|end| day < end)
    }

    /// The placement of a day.
    #[must_use]
    pub fn placement_on(&self, day: Date) -> Option<&Placement> {
        self.placements.iter().find(|p| p.contains(day))
    }
}

/// What is inferred or contradictory about a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlacementFlags {
    /// It ended, but nobody recorded its end.
    pub end_inferred: bool,
    /// Its own end lies after the next placement's start.
    pub overlap: bool,
}

/// A placement: `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Its name: (stream, placement_id).
    pub id: (Sym, Sym),
    /// First day.
    pub start: Date,
    /// First day no longer in it; `None` while it lasts.
    pub end: Option<Date>,
    /// Kind of setting.
    pub setting: Setting,
    /// The facility or home.
    pub facility: Option<Sym>,
    /// Where it lies.
    pub location: Option<Location>,
    /// Whether the caregiver is a relative.
    pub relative: Option<bool>,
    /// Whether it was an emergency.
    pub emergency: Option<bool>,
    /// The event that started it.
    pub event: Pos,
    /// The event that ended it, if it has an end of its own.
    pub end_event: Option<Pos>,
    /// What is inferred.
    pub flags: PlacementFlags,
}

impl Placement {
    /// Whether a day is one of the placement's.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }
}

/// A removal as recorded, before episodes are told apart.
#[derive(Debug)]
pub(crate) struct Removal {
    pub(crate) day: Date,
    pub(crate) stream: Sym,
    pub(crate) id: Sym,
    pub(crate) event: Pos,
}

/// An exit as recorded, with the removal that it names.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) stream: Sym,
    pub(crate) removal: Option<Sym>,
    pub(crate) exit: Exit,
}

/// A recorded end of a placement.
#[derive(Debug)]
pub(crate) struct RecordedEnd {
    pub(crate) id: (Sym, Sym),
    pub(crate) day: Date,
    pub(crate) event: Pos,
}

/// Episodes from removals and exits, both in history order; put into an empty list.
pub(crate) fn episodes(episodes: &mut Vec<Episode>, removals: &[Removal], claims: &[Claim]) {
    open_episodes(episodes, removals);
    for claim in claims {
        let episode = match claim.removal {
            Some(id) => named(episodes, claim.stream, id),
            None => episodes.iter_mut().rfind(|e| e.removal < claim.exit.day),
        };
        if let Some(episode) = episode {
            episode.claim(claim.exit);
        }
    }
    join_same_exits(episodes);
    judge(episodes);
}

/// Each removal opens an episode, unless its date or its name is that of one before.
fn open_episodes(episodes: &mut Vec<Episode>, removals: &[Removal]) {
    for removal in removals {
        let id = (removal.stream, removal.id);
        let same_day = episodes.iter().position(|e| e.removal == removal.day);
        let same = same_day.or_else(|| episodes.iter().position(|e| e.ids.contains(&id)));
        match same {
            Some(index) => episodes[index].ids.push(id),
            None => episodes.push(Episode {
                removal: removal.day,
                event: removal.event,
                ids: smallvec![id],
                exits: SmallVec::new(),
                end: None,
                doubts: Doubts::default(),
                placements: SmallVec::new(),
            }),
        }
    }
}

/// The episode of a named removal: on the exit's own stream first, then on the merged ones.
fn named(episodes: &mut [Episode], stream: Sym, id: Sym) -> Option<&mut Episode> {
    let own = episodes.iter().position(|e| e.ids.contains(&(stream, id)));
    let any = || episodes.iter().position(|e| e.ids.iter().any(|(_, other)| *other == id));
    own.or_else(any).map(|index| &mut episodes[index])
}

impl Episode {
    /// Several exits with the same date and reason are one.
    fn claim(&mut self, exit: Exit) {
        if !self.exits.iter().any(|e| e.day == exit.day && e.reason == exit.reason) {
            self.exits.push(exit);
        }
    }

    fn no_day(&self) -> bool {
        self.exit().is_some_and(|exit| exit.day <= self.removal)
    }
}

/// The next episode with a day in care behind `index`.
fn next_with_day(episodes: &[Episode], index: usize) -> Option<usize> {
    (index + 1..episodes.len()).find(|next| !episodes[*next].no_day())
}

/// Two overlapping episodes with the same exit date and reason are one, from the earlier removal.
fn join_same_exits(episodes: &mut Vec<Episode>) {
    let mut index = 0;
    while index < episodes.len() {
        let same = (index + 1..episodes.len()).find(|n| overlap(&episodes[index], &episodes[*n]));
        match same {
            Some(next) => {
                let joined = episodes.remove(next);
                episodes[index].ids.extend(joined.ids);
                joined.exits.into_iter().for_each(|exit| episodes[index].claim(exit));
            }
            None => index += 1,
        }
    }
}

/// Whether two episodes, both with days, overlap and have the same exit.
fn overlap(earlier: &Episode, later: &Episode) -> bool {
    let (Some(a), Some(b)) = (earlier.exit(), later.exit()) else { return false };
    !earlier.no_day()
        && !later.no_day()
        && a.day > later.removal
        && (a.day, a.reason) == (b.day, b.reason)
}

/// Marks what is doubtful and sets the ends.
fn judge(episodes: &mut [Episode]) {
    for index in 0..episodes.len() {
        let following = episodes.get(index + 1).map(|e| e.removal);
        let next = next_with_day(episodes, index);
        let next_removal = next.map(|n| episodes[n].removal);
        let episode = &mut episodes[index];
        let exit = episode.exit().map(|e| e.day);
        episode.doubts.exit_not_after_removal = episode.no_day();
        episode.doubts.missing_end = exit.is_none() && following.is_some();
        episode.doubts.conflicting_episodes |= episode.exits.len() > 1;
        episode.end = match exit {
            Some(_) if episode.no_day() => Some(episode.removal),
            Some(day) => Some(day),
            None => following,
        };
        let beyond_next = !episode.no_day() && exit.zip(next_removal).is_some_and(|(e, n)| e > n);
        if let (true, Some(next)) = (beyond_next, next) {
            episodes[index].doubts.conflicting_episodes = true;
            episodes[next].doubts.conflicting_episodes = true;
        }
    }
}

/// Puts placements, in order of (start, position), into the episodes in which they start.
pub(crate) fn place(episodes: &mut [Episode], started: &[Placement], ends: &[RecordedEnd]) {
    for (index, placement) in started.iter().enumerate() {
        if started[..index].iter().any(|before| before.id == placement.id) {
            continue;
        }
        // Of overlapping episodes, the one that began last.
        if let Some(episode) = episodes.iter_mut().rfind(|e| e.contains(placement.start)) {
            episode.placements.push(*placement);
        }
    }
    for episode in episodes {
        end_placements(episode, ends);
    }
}

/// A placement ends with its own end, the next placement or the episode, whichever is first.
fn end_placements(episode: &mut Episode, ends: &[RecordedEnd]) {
    for index in 0..episode.placements.len() {
        let next = episode.placements.get(index + 1).map(|p| p.start);
        let placement = &mut episode.placements[index];
        let own = ends.iter().find(|e| e.id == placement.id && e.day >= placement.start);
        let end = [own.map(|e| e.day), next, episode.end].into_iter().flatten().min();
        placement.end = end;
        placement.end_event = own.map(|e| e.event);
        placement.flags = PlacementFlags {
            end_inferred: own.is_none() && end.is_some(),
            overlap: own.zip(next).is_some_and(|(own, next)| own.day > next),
        };
    }
    episode.placements.retain(|p| p.end.is_none_or(|end| p.start < end));
}
