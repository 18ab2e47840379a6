//! `inspector agreement`: whether people and the station agree on what is good, by a study in a CSV file.

use super::terminal;
use crate::error::{Error, ErrorKind};
use crate::lists::table::{Columns, ListError, Row, Table};
use crate::statistics::Counted;
use crate::statistics::agreement::{Agreement, Appraised, Kappa, Rated, Rating, Study, share};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Arguments of `inspector agreement`.
#[derive(clap::Args)]
pub struct AgreementArgs {
    /// A CSV file with a line for each rating and the columns part, appraiser, trial, rating, reference.
    study: PathBuf,
    /// What a rating says that lets the part go on; without it one of good, ok, pass, accept, 1, 合格, 良品.
    #[arg(long)]
    good: Option<String>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

const COLUMNS: Columns = Columns {
    required: &["part", "appraiser", "trial", "rating", "reference"],
    optional: &[],
};
/// Words for a good part that need not be told.
const GOOD: [&str; 7] = ["good", "ok", "pass", "accept", "1", "合格", "良品"];

/// Prints all figures of the study and what AIAG says of them.
pub fn agreement(args: &AgreementArgs) -> Result<(), Error> {
    let table = Table::read(&args.study, COLUMNS).map_err(wrong)?;
    let study = study(&table, args.good.as_deref()).map_err(wrong)?;
    let agreement = study.agreement();
    match args.json {
        true => terminal::answer_json(&told(&study, &agreement).to_string()),
        false => terminal::answer(&described(&study, &agreement)),
    }
    Ok(())
}

fn wrong(error: ListError) -> Error {
    Error::new(ErrorKind::Settings, error)
}

/// What is known of one part while rows are read.
struct Part {
    reference: String,
    /// By appraiser and trial.
    ratings: BTreeMap<(String, String), String>,
}

fn study(table: &Table, good: Option<&str>) -> Result<Study, ListError> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    let (mut appraisers, mut trials) = (Vec::<String>::new(), BTreeSet::new());
    let mut words = BTreeSet::new();
    for row in table.rows() {
        let cell = |column: &str| row.required(column).map(str::to_owned);
        let (appraiser, trial) = (cell("appraiser")?, cell("trial")?);
        let (rating, reference) = (
            cell("rating")?.to_lowercase(),
            cell("reference")?.to_lowercase(),
        );
        words.extend([rating.clone(), reference.clone()]);
        if !appraisers.contains(&appraiser) {
            appraisers.push(appraiser.clone());
        }
        trials.insert(trial.clone());
        take(&mut parts, &row, (appraiser, trial), rating, reference)?;
    }
    if parts.is_empty() {
        return Err(table.wrong("expected ratings below the header, found none"));
    }
    let categories: Vec<String> = words.into_iter().collect();
    let good = good_of(table, &categories, good)?;
    let of = |word: &String| categories.binary_search(word).unwrap_or(0);
    let mut rated = Vec::new();
    for (name, part) in &parts {
        let mut ratings = Vec::new();
        for appraiser in &appraisers {
            let mut own = Vec::new();
            for trial in &trials {
                let rating = part.ratings.get(&(appraiser.clone(), trial.clone()));
                own.push(of(rating.ok_or_else(|| {
                    table.wrong(format!(
                        "expected a rating of each part by each appraiser in each trial, found none of part {name:?} by \
                         {appraiser:?} in trial {trial:?}"
                    ))
                })?));
            }
            ratings.push(own);
        }
        rated.push(Rated {
            reference: of(&part.reference),
            ratings,
        });
    }
    Ok(Study {
        appraisers,
        categories,
        good,
        parts: rated,
    })
}

fn take(
    parts: &mut BTreeMap<String, Part>,
    row: &Row<'_>,
    who: (String, String),
    rating: String,
    reference: String,
) -> Result<(), ListError> {
    let name = row.required("part")?;
    let part = parts.entry(name.to_owned()).or_insert_with(|| Part {
        reference: reference.clone(),
        ratings: BTreeMap::new(),
    });
    if part.reference != reference {
        let known = &part.reference;
        return Err(row.wrong(format!(
            "expected the reference {known:?} that part {name:?} had above, found {reference:?}"
        )));
    }
    let (appraiser, trial) = who.clone();
    match part.ratings.insert(who, rating) {
        None => Ok(()),
        Some(_) => Err(row.wrong(format!(
            "expected one rating of part {name:?} by {appraiser:?} in trial {trial:?}, found a second one"
        ))),
    }
}

fn good_of(table: &Table, categories: &[String], told: Option<&str>) -> Result<usize, ListError> {
    let told = told.map(str::to_lowercase);
    let is_good = |word: &String| match &told {
        Some(told) => word == told,
        None => GOOD.contains(&word.as_str()),
    };
    let mut found = categories
        .iter()
        .enumerate()
        .filter(|(_, word)| is_good(word));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        _ => Err(table.wrong(format!(
            "expected one rating that means a good part, found {}; say which with --good",
            categories.join(", ")
        ))),
    }
}

fn percent(counted: Counted) -> String {
    let of = format!("{} of {}", counted.count, counted.of);
    match share(counted) {
        Some(share) => format!("{:.2} % ({of})", share * 100.0),
        None => format!("not known ({of})"),
    }
}

fn with_interval(counted: Counted) -> String {
    let (low, high) = counted.interval();
    format!(
        "{}, 95 % interval {:.2} to {:.2} %",
        percent(counted),
        low * 100.0,
        high * 100.0
    )
}

fn kappa(kappa: Option<Kappa>) -> String {
    match kappa {
        Some(Kappa { value, low, high }) => {
            format!("{value:.4}, 95 % interval {low:.4} to {high:.4}")
        }
        None => "not known: only one category was used".to_owned(),
    }
}

fn word(rating: Rating) -> &'static str {
    match rating {
        Rating::Acceptable => "acceptable",
        Rating::Marginal => "marginal",
        Rating::Unacceptable => "unacceptable",
    }
}

fn described(study: &Study, agreement: &Agreement) -> String {
    let trials = study.parts[0].ratings[0].len();
    let mut lines = vec![format!(
        "{} parts, {} appraisers, {trials} trials; good is {:?}",
        study.parts.len(),
        study.appraisers.len(),
        study.categories[study.good]
    )];
    for one in &agreement.appraisers {
        lines.push(format!("\n{}: {}", one.name, word(one.rating)));
        lines.push(format!(
            "  effectiveness       {}",
            with_interval(one.effective)
        ));
        lines.push(format!(
            "  same in all trials  {}",
            with_interval(one.within)
        ));
        lines.push(format!("  miss                {}", percent(one.missed)));
        lines.push(format!(
            "  false alarm         {}",
            percent(one.false_alarms)
        ));
        lines.push(format!("  kappa, reference    {}", kappa(one.kappa)));
    }
    lines.push("\nall together".to_owned());
    lines.push(format!(
        "  all agree           {}",
        with_interval(agreement.between)
    ));
    lines.push(format!(
        "  all with reference  {}",
        with_interval(agreement.system)
    ));
    for pair in &agreement.pairs {
        let names = format!(
            "{} x {}",
            study.appraisers[pair.first], study.appraisers[pair.second]
        );
        lines.push(format!("  kappa {names:<13} {}", kappa(pair.kappa)));
    }
    let fleiss = agreement
        .fleiss
        .map_or("not known".to_owned(), |value| format!("{value:.4}"));
    lines.push(format!(
        "  kappa of Fleiss     {fleiss}, each trial of each appraiser a rater of its own"
    ));
    lines.push(format!("\nverdict: {}", word(agreement.rating)));
    lines.push(
        "AIAG MSA 4: acceptable from 90 % effectiveness, to 2 % miss, to 5 % false alarm and from 0.75 kappa; marginal to\n\
         80 %, 5 %, 10 % and 0.40. The worst of them counts. Kappa's intervals take trials of one part as independent."
            .to_owned(),
    );
    lines.join("\n") + "\n"
}

fn told(study: &Study, agreement: &Agreement) -> Value {
    let counted = |counted: Counted| {
        let (low, high) = counted.interval();
        json!({"count": counted.count, "of": counted.of, "low": low, "high": high})
    };
    let kappa = |kappa: Option<Kappa>| {
        kappa.map(|k| json!({"value": k.value, "low": k.low, "high": k.high}))
    };
    let one = |one: &Appraised| {
        json!({
            "name": one.name, "rating": word(one.rating), "effective": counted(one.effective),
            "within": counted(one.within), "missed": counted(one.missed), "false_alarms": counted(one.false_alarms),
            "kappa": kappa(one.kappa),
        })
    };
    let pairs = agreement.pairs.iter().map(|pair| {
        json!({
            "first": study.appraisers[pair.first], "second": study.appraisers[pair.second], "table": pair.table,
            "kappa": kappa(pair.kappa),
        })
    });
    json!({
        "parts": study.parts.len(), "trials": study.parts[0].ratings[0].len(), "categories": study.categories,
        "good": study.categories[study.good], "appraisers": agreement.appraisers.iter().map(one).collect::<Vec<_>>(),
        "pairs": pairs.collect::<Vec<_>>(), "between": counted(agreement.between), "system": counted(agreement.system),
        "fleiss": agreement.fleiss, "rating": word(agreement.rating),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(text: &str, good: Option<&str>) -> Result<Study, String> {
        let table =
            Table::parse(Path::new("study.csv"), text, COLUMNS).map_err(|it| it.to_string())?;
        study(&table, good).map_err(|error| error.to_string())
    }

    const HEADER: &str = "part,appraiser,trial,rating,reference\n";

    #[test]
    fn a_study_is_read_whatever_the_order_of_its_lines() {
        let text =
            format!("{HEADER}2,B,1,Bad,bad\n1,A,1,good,GOOD\n2,A,1,good,bad\n1,B,1,good,good\n");
        let study = read(&text, None).expect("a study");
        assert_eq!(study.appraisers, ["B", "A"]);
        assert_eq!(
            (study.categories.join(" ").as_str(), study.good),
            ("bad good", 1)
        );
        assert_eq!(study.parts[1].ratings, [[0], [1]]);
        let agreement = study.agreement();
        assert_eq!(agreement.appraisers[1].missed, Counted { count: 1, of: 1 });
        assert!(described(&study, &agreement).contains("verdict: unacceptable"));
        assert_eq!(told(&study, &agreement)["system"]["count"], 1);
    }

    #[test]
    fn what_is_wrong_in_a_study_is_named() {
        for (lines, words) in [
            ("", "expected ratings below the header"),
            (
                "1,A,1,good,good\n1,A,1,good,good\n",
                "study.csv:3: expected one rating of part \"1\"",
            ),
            (
                "1,A,1,good,good\n1,A,2,good,bad\n",
                "study.csv:3: expected the reference \"good\"",
            ),
            (
                "1,A,1,good,good\n2,A,2,good,good\n",
                "found none of part \"1\" by \"A\" in trial \"2\"",
            ),
            (
                "1,A,1,good,x\n1,B,1,,x\n",
                "expected a rating, found an empty cell",
            ),
            ("1,A,1,x,y\n", "found x, y; say which with --good"),
            (
                "1,A,1,ok,good\n",
                "expected one rating that means a good part",
            ),
        ] {
            let error = read(&format!("{HEADER}{lines}"), None).expect_err(lines);
            assert!(error.contains(words), "{error}");
        }
        assert!(read(&format!("{HEADER}1,A,1,x,y\n"), Some("Y")).is_ok());
    }
}
