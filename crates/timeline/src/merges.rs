//! Merged identities: which streams are one child.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Moment, Names, Stream, Sym, What, uncut};

/// Which children are one, as known at a position; identity is not dated.
#[derive(Debug, Clone, Default)]
pub struct Merges {
    /// Members of every merged group, canonical name first, the others by text.
    groups: Vec<Vec<Sym>>,
    group_of: FxHashMap<Sym, usize>,
}

impl Merges {
    /// Reads the merges of all child streams that hold any.
    pub fn read<'a>(streams: impl Iterator<Item = Stream<'a>>, at: &Moment, names: &Names) -> Self {
        let mut links: Vec<(Sym, Sym)> = Vec::new();
        for stream in streams {
            links.extend(uncut(stream, at).filter_map(|fact| match fact.what {
                What::Merged { into } if into != stream.name => Some((stream.name, into)),
                _ => None,
            }));
        }
        Self::of(&links, names)
    }

    fn of(links: &[(Sym, Sym)], names: &Names) -> Self {
        let mut merges = Self::default();
        for (child, into) in links {
            merges.join(*child, *into);
        }
        let merged: FxHashSet<Sym> = links.iter().map(|(child, _)| *child).collect();
        // A group that was joined to another is left empty.
        for group in merges.groups.iter_mut().filter(|group| !group.is_empty()) {
            group.sort_by(|a, b| names.by_text(*a, *b));
            // Merged into nothing further; in a circle every name is, and the smallest stands.
            let root = group.iter().position(|name| !merged.contains(name));
            let canonical = group.remove(root.unwrap_or(0));
            group.insert(0, canonical);
        }
        merges
    }

    fn join(&mut self, a: Sym, b: Sym) {
        let (a, b) = (self.group(a), self.group(b));
        if a == b {
            return;
        }
        for name in std::mem::take(&mut self.groups[b]) {
            self.group_of.insert(name, a);
            self.groups[a].push(name);
        }
    }

    fn group(&mut self, name: Sym) -> usize {
        let next = self.groups.len();
        let group = *self.group_of.entry(name).or_insert(next);
        if group == next {
            self.groups.push(vec![name]);
        }
        group
    }

    /// All names of each merged child, canonical first.
    pub fn groups(&self) -> impl Iterator<Item = &[Sym]> {
        self.groups.iter().map(Vec::as_slice).filter(|group| !group.is_empty())
    }

    /// The name that stands for the child.
    #[must_use]
    pub fn canonical(&self, name: Sym) -> Sym {
        self.members(name).and_then(|group| group.first().copied()).unwrap_or(name)
    }

    /// All names of a merged child, canonical first; `None` if it was never merged.
    #[must_use]
    pub fn members(&self, name: Sym) -> Option<&[Sym]> {
        self.group_of.get(&name).map(|group| self.groups[*group].as_slice())
    }
}
