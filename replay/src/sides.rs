//! The two sides of a difference on the command line.

use std::path::Path;

use anyhow::Context as _;
use events::Json;
use projection::SideWords;

use crate::{Failure, QuestionArgs};

/// A question in quotes: the words of `report`, with the verb or without.
#[derive(Debug, clap::Parser)]
#[command(no_binary_name = true)]
struct InQuotes {
    #[command(flatten)]
    question: QuestionArgs,
}

/// Reads a side: a file with a saved answer or the `question` of one, or a question in quotes.
///
/// # Errors
/// [`Failure::WrongUse`].
pub fn read_side(text: &str) -> Result<SideWords, Failure> {
    let path = Path::new(text);
    if path.is_file() {
        let name = || format!("cannot read {text}");
        let bytes = std::fs::read(path).with_context(name).map_err(Failure::WrongUse)?;
        let json = Json::parse(&bytes).with_context(name).map_err(Failure::WrongUse)?;
        return SideWords::saved(&json).with_context(|| text.to_owned()).map_err(Failure::WrongUse);
    }
    let words = text.split_whitespace().skip_while(|word| *word == "report");
    let parsed = <InQuotes as clap::Parser>::try_parse_from(words);
    let name = || format!("`{text}` is neither a file nor a question");
    let question = parsed.with_context(name).map_err(Failure::WrongUse)?.question;
    Ok(SideWords::Words(question.into()))
}
