//! Built-in texts that are read when they are first asked for: few installations speak all languages.

use alloc::boxed::Box;

use once_cell::race::OnceBox;

use super::source::SourceFile;

/// What built-in files hold, once somebody has asked for it.
#[derive(Debug)]
pub(super) struct Deferred<T> {
    files: &'static [SourceFile<'static>],
    read: OnceBox<Option<T>>,
}

impl<T> Deferred<T> {
    pub(super) fn new(files: &'static [SourceFile<'static>]) -> Self {
        Self { files, read: OnceBox::new() }
    }

    /// What has been read.
    pub(super) fn ready(value: T) -> Self {
        Self { files: &[], read: OnceBox::with_value(Box::new(Some(value))) }
    }

    /// What the files hold; `None` where they can't be read, which a test holds never to be so. Of two that ask at once
    /// both may read.
    pub(super) fn get(&self, read: impl FnOnce(&'static [SourceFile<'static>]) -> Option<T>) -> Option<&T> {
        self.read.get_or_init(|| Box::new(read(self.files))).as_ref()
    }
}
