//! Why a verdict is as it is, in texts that can be asked for.

use crate::verdict::Explanation;

/// Everything that an explanation says, each sentence once, the most telling first.
pub fn sentences(explanation: &Explanation) -> Vec<&str> {
    let rule = explanation.rule.iter().map(|note| note.text.as_str());
    let evidence = explanation.evidence.iter().map(|evidence| evidence.text.as_str());
    let repairs = explanation.repairs.iter().map(String::as_str);
    let mut sentences: Vec<&str> = Vec::new();
    let all = [explanation.headline.as_str()]
        .into_iter()
        .chain(repairs)
        .chain(evidence)
        .chain(rule)
        .chain(explanation.remedy.as_deref());
    for sentence in all {
        if !sentence.is_empty() && !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences
}

/// Whether one of the sentences says this, in whole words. Case, marks around names and the width of white space make no difference.
pub(super) fn says(sentences: &[&str], text: &str) -> bool {
    let wanted = plain(text);
    sentences.iter().any(|sentence| holds(&plain(sentence), &wanted))
}

fn plain(text: &str) -> String {
    let unmarked = text.replace('`', "").to_lowercase();
    let words: Vec<&str> = unmarked.split_whitespace().collect();
    words.join(" ")
}

fn holds(sentence: &str, wanted: &str) -> bool {
    let splits_word = |before: Option<char>, after: Option<char>| {
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    };
    sentence.match_indices(wanted).any(|(at, found)| {
        let (before, rest) = (&sentence[..at], &sentence[at + found.len()..]);
        !splits_word(before.chars().next_back(), found.chars().next())
            && !splits_word(found.chars().next_back(), rest.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whole_words_whatever_their_marks() {
        let sentences = ["`report` came 11 s late", "due 2024-07-09 10:00 +03:00"];
        assert!(says(&sentences, "came 11 s late"));
        assert!(says(&sentences, "Report  came"));
        assert!(says(&sentences, "`report` came 11 s late"));
        assert!(says(&sentences, "2024-07-09"));
        assert!(!says(&sentences, "1 s late"));
        assert!(!says(&sentences, "came 1"));
        assert!(!says(&sentences, "late due"));
    }
}
