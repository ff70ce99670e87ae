//! A disk behind a page cache, fed from a tape: what may be on it after a power cut.
//!
//! What is promised is what POSIX promises and no file system takes back: a sync that returned
//! covers the writes to that file, and the changes of names in that folder, that had returned when
//! it began. Of the rest, each write is there, is not, or is torn at 512 bytes; a file's length is
//! any that it had since; the changes of names in a folder are there up to any one of them,
//! whatever became of another folder's or of the content of what is named. A failed sync promises
//! nothing, and leaves pages that no later sync writes unless they are written to again. A
//! `sync_file_range` promises nothing.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};

use crate::dice::Dice;
use crate::tape::Call;
use crate::tree::{Node, Tree};

mod file;

use file::FileState;

#[cfg(test)]
mod tests;

/// How much of what no sync covers survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Nothing.
    Lost,
    /// Everything, as after a kill.
    Kept,
    /// Each write is decided for itself; what was never written to new space reads as zeros.
    Mixed,
    /// The same, but new space reads as what a file before it may have left there.
    Stale,
}

impl Mood {
    /// Mostly mixed.
    pub fn roll(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0 | 1 => Self::Lost,
            2 => Self::Kept,
            3 => Self::Stale,
            _ => Self::Mixed,
        }
    }
}

/// Syncs that are taken for nothing, to see that somebody notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deaf {
    /// None: the honest disk.
    No,
    /// Those of files.
    ToFiles,
    /// Those of folders.
    ToFolders,
}

#[derive(Debug, Clone)]
enum Object {
    File(FileState),
    Folder(FolderState),
}

#[derive(Debug, Clone, Default)]
struct FolderState {
    durable: BTreeMap<String, usize>,
    now: BTreeMap<String, usize>,
    /// Changes that no sync covers, with the call that made them.
    pending: Vec<(usize, Edits)>,
}

/// Changes of names that happen together: a name gets an object or loses its own.
type Edits = Vec<(String, Option<usize>)>;

/// The disk and the page cache at one moment.
#[derive(Debug, Clone)]
pub struct Disk {
    objects: Vec<Object>,
    by_inode: BTreeMap<u64, usize>,
    /// Syncs under way: what they sync, and the call at which they began.
    syncs: BTreeMap<u64, (u64, usize)>,
    deaf: Deaf,
    calls: usize,
}

const ROOT: usize = 0;

impl Disk {
    /// A disk that holds this and nothing else, all of it durable.
    #[must_use]
    pub fn new(tree: &Tree, deaf: Deaf) -> Self {
        let mut disk = Self {
            objects: Vec::new(),
            by_inode: BTreeMap::new(),
            syncs: BTreeMap::new(),
            deaf,
            calls: 0,
        };
        disk.add_folder(tree);
        disk
    }

    fn add(&mut self, object: Object) -> usize {
        self.objects.push(object);
        self.objects.len() - 1
    }

    fn add_folder(&mut self, tree: &Tree) -> usize {
        let folder = self.add(Object::Folder(FolderState::default()));
        let mut names = BTreeMap::new();
        for (name, node) in tree {
            let object = match node {
                Node::File(bytes) => self.add(Object::File(FileState::durable(bytes.clone()))),
                Node::Folder(tree) => self.add_folder(tree),
            };
            names.insert(name.clone(), object);
        }
        let state = FolderState { durable: names.clone(), now: names, pending: Vec::new() };
        self.objects[folder] = Object::Folder(state);
        folder
    }

    /// Lets the next call of the tape happen.
    ///
    /// # Errors
    /// Where the call cannot have succeeded on this disk: the tape belongs to another one, or
    /// something happened that it does not tell.
    pub fn play(&mut self, call: &Call) -> Result<()> {
        self.calls += 1;
        self.happen(call).with_context(|| format!("call {} of the tape", self.calls))
    }

    fn happen(&mut self, call: &Call) -> Result<()> {
        match call {
            Call::Opened { inode, created, emptied, path } => {
                self.open(*inode, *created, *emptied, path)
            }
            Call::Written { inode, offset, bytes } => {
                let at = self.calls;
                self.file(*inode)?.write(at, *offset, bytes)
            }
            Call::Resized { inode, size } => {
                let at = self.calls;
                self.file(*inode)?.resize(at, *size)
            }
            Call::SyncBegun { inode, sync } => {
                self.syncs.insert(*sync, (*inode, self.calls));
                Ok(())
            }
            Call::SyncEnded { sync, ok } => self.end_sync(*sync, *ok),
            Call::Renamed { from, to } => self.rename(from, to),
            Call::Linked { from, to } => {
                let object = self.find(from)?;
                self.edit(to, Some(object))
            }
            Call::DirMade(path) => {
                let object = self.add(Object::Folder(FolderState::default()));
                self.edit(path, Some(object))
            }
            Call::Unlinked(path) | Call::DirRemoved(path) => self.edit(path, None),
            Call::Said(_) | Call::Hinted(_) => Ok(()),
        }
    }

    fn open(&mut self, inode: u64, created: bool, emptied: bool, path: &str) -> Result<()> {
        let object = if created {
            let object = self.add(Object::File(FileState::default()));
            self.edit(path, Some(object))?;
            object
        } else {
            self.find(path)?
        };
        self.by_inode.insert(inode, object);
        if emptied && !created {
            let at = self.calls;
            self.file(inode)?.resize(at, 0)?;
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<()> {
        let object = self.find(from)?;
        let (from_folder, from_name) = self.place(from)?;
        let (to_folder, to_name) = self.place(to)?;
        if from_folder == to_folder {
            self.edit_folder(from_folder, vec![(from_name, None), (to_name, Some(object))])
        } else {
            self.edit_folder(from_folder, vec![(from_name, None)])?;
            self.edit_folder(to_folder, vec![(to_name, Some(object))])
        }
    }

    fn edit(&mut self, path: &str, object: Option<usize>) -> Result<()> {
        let (folder, name) = self.place(path)?;
        self.edit_folder(folder, vec![(name, object)])
    }

    fn edit_folder(&mut self, folder: usize, edits: Edits) -> Result<()> {
        let at = self.calls;
        let Object::Folder(state) = &mut self.objects[folder] else { bail!("not a folder") };
        for (name, object) in &edits {
            let was = apply(&mut state.now, name, *object);
            ensure!(was || object.is_some(), "{name} is not there");
        }
        state.pending.push((at, edits));
        Ok(())
    }

    /// Makes durable what a sync covers.
    fn end_sync(&mut self, sync: u64, ok: bool) -> Result<()> {
        let (inode, begun) = self.syncs.remove(&sync).context("a sync ended that had not begun")?;
        let objects = match self.by_inode.get(&inode) {
            Some(object) => *object..object + 1,
            None if inode == 0 => ROOT..self.objects.len(),
            None => bail!("a sync of inode {inode}, which was never opened"),
        };
        for object in &mut self.objects[objects] {
            match object {
                Object::File(_) if self.deaf == Deaf::ToFiles => {}
                Object::Folder(_) if !ok || self.deaf == Deaf::ToFolders => {}
                Object::File(file) if ok => file.synced(begun),
                Object::File(file) => file.sync_failed(begun),
                Object::Folder(folder) => folder.synced(begun),
            }
        }
        Ok(())
    }

    fn file(&mut self, inode: u64) -> Result<&mut FileState> {
        let object = self.by_inode.get(&inode);
        let object = *object.with_context(|| format!("inode {inode} was never opened"))?;
        match &mut self.objects[object] {
            Object::File(file) => Ok(file),
            Object::Folder(_) => bail!("inode {inode} is a folder"),
        }
    }

    /// The folder that holds a path's last name, and that name.
    fn place(&self, path: &str) -> Result<(usize, String)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok((self.find(folder)?, name.to_owned()))
    }

    fn find(&self, path: &str) -> Result<usize> {
        let mut object = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Object::Folder(folder) = &self.objects[object] else { bail!("{path}: no folder") };
            let found = folder.now.get(name);
            object = *found.with_context(|| format!("{path} is not there"))?;
        }
        Ok(object)
    }

    /// What programs see: nothing is lost.
    #[must_use]
    pub fn seen(&self) -> Tree {
        self.tree(ROOT, &mut |folder| folder.now.clone(), &mut FileState::seen)
    }

    /// Cuts the power. What is found afterwards depends on the seed alone.
    #[must_use]
    pub fn cut(&self, mood: Mood, dice: &Dice) -> Tree {
        let (mut names, mut bytes) = (dice.clone(), Dice::of(dice.0, 1));
        let mut surviving = |folder: &FolderState| folder.cut(mood, &mut names);
        self.tree(ROOT, &mut surviving, &mut |file| file.cut(mood, &mut bytes))
    }

    fn tree(
        &self,
        folder: usize,
        names: &mut impl FnMut(&FolderState) -> BTreeMap<String, usize>,
        bytes: &mut impl FnMut(&FileState) -> Vec<u8>,
    ) -> Tree {
        let Object::Folder(state) = &self.objects[folder] else { return Tree::new() };
        let mut tree = Tree::new();
        for (name, object) in names(state) {
            let node = match &self.objects[object] {
                Object::File(file) => Node::File(bytes(file)),
                Object::Folder(_) => Node::Folder(self.tree(object, names, bytes)),
            };
            tree.insert(name, node);
        }
        tree
    }
}

impl FolderState {
    fn synced(&mut self, begun: usize) {
        let later = self.pending.partition_point(|(at, _)| *at < begun);
        for (_, edits) in self.pending.drain(..later) {
            for (name, object) in edits {
                apply(&mut self.durable, &name, object);
            }
        }
    }

    fn cut(&self, mood: Mood, dice: &mut Dice) -> BTreeMap<String, usize> {
        let kept = match mood {
            Mood::Lost => 0,
            Mood::Kept => self.pending.len(),
            Mood::Mixed | Mood::Stale => dice.index(self.pending.len() + 1),
        };
        let mut names = self.durable.clone();
        for (name, object) in self.pending[..kept].iter().flat_map(|(_, edits)| edits) {
            apply(&mut names, name, *object);
        }
        names
    }
}

/// Gives a name an object or takes it away; answers whether it had one.
fn apply(names: &mut BTreeMap<String, usize>, name: &str, object: Option<usize>) -> bool {
    match object {
        Some(object) => names.insert(name.to_owned(), object).is_some(),
        None => names.remove(name).is_some(),
    }
}
