//! The two sides of a difference on the command line.

use std::path::Path;

use anyhow::Context as _;
use events::Json;
use projection::{SideWords, Words};

use crate::{Failure, QuestionArgs};

/// A question in quotes: the words of `report`, with the verb or without.
#[derive(Debug, clap::Parser)]
#[command(no_binary_name = true)]
struct InQuotes {
    #[command(flatten)]
    question: QuestionArgs,
}

/// A side, before it is understood.
#[derive(Debug, Clone)]
pub enum SideSaid {
    /// A file with a saved answer or the `question` of one.
    Saved(Json),
    /// A question in quotes.
    Words(Words),
}

impl SideSaid {
    /// Reads a side: a file, or a question in quotes.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(text: &str) -> Result<Self, Failure> {
        let path = Path::new(text);
        if path.is_file() {
            let name = || format!("cannot read {text}");
            let bytes = std::fs::read(path).with_context(name).map_err(Failure::WrongUse)?;
            let json = Json::parse(&bytes).with_context(name).map_err(Failure::WrongUse)?;
            return Ok(Self::Saved(json));
        }
        let words = text.split_whitespace().skip_while(|word| *word == "report");
        let parsed = <InQuotes as clap::Parser>::try_parse_from(words);
        let name = || format!("`{text}` is neither a file nor a question");
        let question = parsed.with_context(name).map_err(Failure::WrongUse)?.question;
        Ok(Self::Words(question.into()))
    }
}

/// Reads a side: a file with a saved answer or the `question` of one, or a question in quotes.
///
/// # Errors
/// [`Failure::WrongUse`].
pub fn read_side(text: &str) -> Result<SideWords, Failure> {
    match SideSaid::read(text)? {
        SideSaid::Words(words) => Ok(SideWords::Words(words)),
        SideSaid::Saved(json) => {
            SideWords::saved(&json).with_context(|| text.to_owned()).map_err(Failure::WrongUse)
        }
    }
}
