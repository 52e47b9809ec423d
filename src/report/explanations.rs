//! What the codes of findings mean, for a terminal and as a page.

use std::fmt::Write;

use super::style::Style;
use crate::diagnostic::{Code, Example, WORLD};

/// What a code means, with its examples.
pub fn explanation(code: Code, style: Style) -> String {
    let explained = code.explanation();
    let mut out = format!("{}\n\n", style.strong(code.name()));
    for line in textwrap::wrap(explained.text, style.width) {
        out.push_str(&line);
        out.push('\n');
    }
    for (heading, example) in [("wrong", explained.wrong), ("mended", explained.mended)] {
        let _ = write!(out, "\n{}\n", style.strong(heading));
        for (name, text) in pieces(example) {
            out.push('\n');
            if let Some(name) = name {
                let _ = writeln!(out, "  {name}");
            }
            for line in text.lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
    }
    if matches!(explained.wrong, Example::Beside(_)) {
        out.push_str("\nbeside these declarations\n\n");
        for line in WORLD.lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
    out
}

/// The page with what all codes mean, in Markdown.
pub fn explanations() -> String {
    let mut out = String::from(HEAD);
    let _ = write!(out, "\n```clause\n{WORLD}```\n");
    for code in Code::ALL {
        let explained = code.explanation();
        let _ = write!(out, "\n## `{}`\n\n{}\n", code.name(), explained.text);
        for (heading, example) in [("Wrong", explained.wrong), ("Mended", explained.mended)] {
            let _ = write!(out, "\n{heading}:\n");
            for (name, text) in pieces(example) {
                if let Some(name) = name {
                    let _ = write!(out, "\n`{name}`\n");
                }
                match example {
                    Example::Chain(_) => {
                        let _ = write!(out, "\n{text}");
                    }
                    Example::Beside(_) | Example::Files(_) => {
                        let _ = write!(out, "\n```clause\n{text}```\n");
                    }
                }
            }
        }
    }
    out
}

/// The texts of an example, with the names of their files where that matters.
fn pieces(example: Example) -> Vec<(Option<&'static str>, String)> {
    match example {
        Example::Beside(text) => vec![(None, text.to_owned())],
        Example::Files(files) => files
            .iter()
            .map(|(name, text)| (Some(*name), (*text).to_owned()))
            .collect(),
        Example::Chain(links) => {
            vec![(None, format!("{} files, each of which uses the next one\n", links + 1))]
        }
    }
}

const HEAD: &str = "# What `servanda lint` finds

```sh
servanda lint                     # all .clause files in this folder and the folders in it, each by itself
servanda lint events.clause my.clause  # files that belong together
servanda lint --explain unused    # what a code means
servanda lint --fix rules         # apply the fixes that are safe
servanda lint --format short      # file:line:column, one finding a line; `json` for machines
```

It shows what `servanda check` would show of the rule files, errors and warnings, and exits with 0 if there is nothing, 1 if there are only warnings, and 2 if there
are errors, so that the rules cannot be used, or a file cannot be read. Everything it reports is certain, whatever a log holds; what only looks odd is not reported.

`--fix` changes the files: a misspelt name becomes the only one that is near it, a condition that changes nothing goes, and so does a state, predicate or template that nothing
uses. `--unsafe-fixes` also applies those that a person should look at: names that are less certain, and unused events and parties, which a log
may still have. Fixes are applied until there are none left, and never where a text that parsed would no longer do so. Comments above a declaration that goes stay.

A comment allows a warning, on its line or just above it:

```clause
# lint: allow(unused)
event drill { id: text }
```

The examples on this page are run by the project's tests. They stand beside these declarations, unless they are files of their own. The page is made from
the explanations in `src/diagnostic/explanation.rs`.
";
