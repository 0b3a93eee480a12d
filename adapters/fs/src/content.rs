//! An operator's own content: a folder with a folder a language, and `world/` for names.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use decnet_domain::content::{Content, ContentError, SourceFile, Sources};
use decnet_domain::persona::Language;
use decnet_domain::story::StoryFile;

/// Why a content folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ContentFolderError {
    /// It, or something in it, can't be read.
    #[error("can't read {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds no content at all.
    #[error("{path} has no folder of a language (such as en/ or de/) and no world/ with .txt files")]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// A folder in it is called after no language.
    #[error("{path} is no language: a folder is called after an ISO 639-1 code such as de, or world")]
    NoLanguage {
        /// Which.
        path: PathBuf,
    },
    /// A file is too large to be a text.
    #[error("{path} is larger than {limit} bytes")]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// How much may be.
        limit: u64,
    },
    /// There is a mistake in it.
    #[error(transparent)]
    Mistake(#[from] ContentError),
}

/// Texts are small.
const LARGEST: u64 = 4 << 20;

/// The built-in content, with what the folder adds to it.
///
/// # Errors
/// With the file and the line of the first mistake.
pub fn load_content(folder: Option<&Path>) -> Result<Content, ContentFolderError> {
    let Some(folder) = folder else { return Ok(Content::embedded()?) };
    let files = read(folder)?;
    let mut more = Sources::default();
    let mut languages: BTreeMap<Language, Vec<SourceFile<'_>>> = BTreeMap::new();
    for file in &files {
        let source = SourceFile { name: &file.name, text: &file.text };
        match file.language {
            Some(language) if StoryFile::is_one(&file.name) => {
                let story = StoryFile { name: file.name.clone(), text: file.text.clone().into() };
                more.stories.push((language, story));
            }
            Some(language) => languages.entry(language).or_default().push(source),
            None => more.world.push(source),
        }
    }
    more.languages = languages;
    let mut sources = Sources::embedded();
    sources.add(more);
    Ok(Content::parse(&sources)?)
}

struct TextFile {
    /// None for names of the world.
    language: Option<Language>,
    name: String,
    text: String,
}

fn read(folder: &Path) -> Result<Vec<TextFile>, ContentFolderError> {
    let mut files = Vec::new();
    for sub in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let word = sub.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_code = word.len() == 2;
        let language = match word.as_str() {
            "world" => None,
            code => match Language::parse(code).filter(|_| is_code) {
                Some(language) => Some(language),
                None => return Err(ContentFolderError::NoLanguage { path: sub }),
            },
        };
        for path in entries(&sub)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "txt")) {
            files.push(TextFile { language, name: path.display().to_string(), text: text(&path)? });
        }
    }
    if files.is_empty() { Err(ContentFolderError::Empty { path: folder.to_owned() }) } else { Ok(files) }
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ContentFolderError> {
    let failed = |source| ContentFolderError::Unreadable { path: folder.to_owned(), source };
    let list = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths: Vec<PathBuf> = list.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> Result<String, ContentFolderError> {
    let failed = |source| ContentFolderError::Unreadable { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(ContentFolderError::TooLarge { path: path.to_owned(), limit: LARGEST });
    }
    Ok(text)
}
