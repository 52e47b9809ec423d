//! `servanda fmt`: nothing but white space changes, and formatting twice is formatting once.
//!
//! `SERVANDA_CASES` says how many random files are tried. `SERVANDA_UPDATE=1` formats the blocks of docs/language.md, where this test
//! asks for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use servanda::format;
use servanda::source::SourceMap;
use servanda::syntax::{Parsed, WIDTH, parse, print};

use naive::generate::{cases, parsed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lexeme<'t> {
    Word(&'t str),
    Comment(&'t str),
}

/// The words and comments of a text, read without the grammar: what stands in quotes, single signs, and what white space or a sign ends.
fn lexemes(text: &str) -> Vec<Lexeme<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{FEFF}']);
        let Some(first) = rest.chars().next() else {
            return found;
        };
        let length = match first {
            '#' => {
                let length = rest.find('\n').unwrap_or(rest.len());
                found.push(Lexeme::Comment(rest[..length].trim_end()));
                rest = &rest[length..];
                continue;
            }
            '"' => {
                let mut escaped = false;
                let closing = rest.char_indices().skip(1).find(|(_, char)| {
                    let closes = *char == '"' && !escaped;
                    escaped = *char == '\\' && !escaped;
                    closes
                });
                closing.unwrap().0 + 1
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ',' | '%' | '|' | ':' => 1,
            '<' | '>' | '=' | '!' => {
                if rest[1..].starts_with('=') {
                    2
                } else {
                    1
                }
            }
            _ => {
                let is_instant =
                    first.is_ascii_digit() && (rest.get(10..11) == Some("T") || rest.get(2..3) == Some(":"));
                let ends = |char: char| {
                    char.is_whitespace() || "{}()[],%|<>=!#\"\u{FEFF}".contains(char) || (char == ':' && !is_instant)
                };
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        found.push(Lexeme::Word(&rest[..length]));
        rest = &rest[length..];
    }
}

fn comments<'t>(lexemes: &[Lexeme<'t>]) -> Vec<&'t str> {
    let comments = lexemes.iter().filter_map(|lexeme| match lexeme {
        Lexeme::Comment(text) => Some(*text),
        Lexeme::Word(_) => None,
    });
    comments.collect()
}

/// The words, without commas before closing brackets.
fn words<'t>(lexemes: &[Lexeme<'t>]) -> Vec<&'t str> {
    let mut words: Vec<&str> = Vec::new();
    for lexeme in lexemes {
        let Lexeme::Word(word) = *lexeme else { continue };
        if [")", "]", "}"].contains(&word) && words.last() == Some(&",") {
            words.pop();
        }
        words.push(word);
    }
    words
}

/// What must hold of the formatted text of any text that parses.
fn check(text: &str) -> Result<String, String> {
    let tidy = format(text).map_err(|mistakes| format!("does not parse: {mistakes:?}\n{text}"))?;
    let fail = |what: &str| Err(format!("{what}\n---- text\n{text}\n---- formatted\n{tidy}"));
    let (before, after) = (lexemes(text), lexemes(&tidy));
    if words(&before) != words(&after) {
        return fail("the words are not the same");
    }
    if comments(&before) != comments(&after) {
        return fail("the comments are not the same");
    }
    match format(&tidy) {
        Ok(again) if again == tidy => {}
        Ok(again) => return fail(&format!("formatted again it is\n{again}")),
        Err(mistakes) => return fail(&format!("the formatted text does not parse: {mistakes:?}")),
    }
    let quoted_end = |line: &str| {
        lexemes(line)
            .last()
            .is_some_and(|last| matches!(last, Lexeme::Word(word) if word.starts_with('"')))
    };
    if tidy
        .lines()
        .any(|line| line.ends_with([' ', '\t']) && !quoted_end(line))
        || tidy.contains('\r')
    {
        return fail("a line ends with white space");
    }
    if !tidy.is_empty() && (!tidy.ends_with('\n') || tidy.ends_with("\n\n") || tidy.starts_with('\n')) {
        return fail("blank lines at an end");
    }
    if tidy.contains("\n\n\n") {
        return fail("two blank lines");
    }
    Ok(tidy)
}

/// A text with other white space, comments, and commas before closing brackets, as the numbers say.
fn sprinkled(text: &str, numbers: &[u8], comment_chance: u8) -> String {
    let mut numbers = numbers.iter().copied().cycle();
    let mut next = move || numbers.next().unwrap_or(0);
    let lexemes = lexemes(text);
    let mut out = String::new();
    for (position, lexeme) in lexemes.iter().enumerate() {
        if next() < comment_chance {
            for _ in 0..=next() % 2 {
                let start = ["", " ", "\n", "\n\n", "\r\n"][usize::from(next()) % 5];
                let text = ["#", "# a", "#b # b ", "#\t\"c", "# {,}\r"][usize::from(next()) % 5];
                out.push_str(start);
                out.push_str(text);
                out.push_str(["\n", "\n\n", "\n \n\n"][usize::from(next()) % 3]);
            }
        }
        let space = [" ", " ", "\n", "\t", "\r\n", "\n\n", "\u{FEFF}", "  "][usize::from(next()) % 8];
        match lexeme {
            Lexeme::Word(word) => {
                let before = position.checked_sub(1).and_then(|before| lexemes.get(before));
                let after_item = !matches!(
                    before,
                    Some(Lexeme::Word("(" | "[" | "{" | ",") | Lexeme::Comment(_)) | None
                );
                if *word == "]" && after_item && next() < 60 {
                    out.push(',');
                }
                out.push_str(word);
            }
            Lexeme::Comment(text) => {
                out.push_str(text);
                out.push('\n');
            }
        }
        out.push_str(space);
    }
    out
}

fn case_count() -> u32 {
    std::env::var("SERVANDA_CASES").map_or(2_000, |count| count.parse().expect("SERVANDA_CASES is a number"))
}

fn on_random<V: std::fmt::Debug>(strategy: &impl Strategy<Value = V>, property: impl Fn(V) -> Result<(), String>) {
    let mut runner = TestRunner::new(Config {
        cases: case_count(),
        failure_persistence: None,
        ..Config::default()
    });
    match runner.run(strategy, |value| property(value).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{}", reason.message()),
    }
}

#[test]
fn random_files_with_comments_keep_their_words_and_meaning() {
    let strategy = (cases(), vec(any::<u8>(), 1..400), any::<u8>());
    on_random(&strategy, |(case, numbers, chance)| {
        let wild = sprinkled(&case.text, &numbers, chance);
        let tidy = check(&wild)?;
        let printed = print(&parsed(&tidy).file);
        if printed == case.text {
            Ok(())
        } else {
            Err(format!("means\n{printed}\ninstead of\n{}", case.text))
        }
    });
}

#[test]
fn white_space_without_blank_lines_decides_nothing() {
    on_random(&(cases(), vec(any::<u8>(), 1..400)), |(case, numbers)| {
        let close: String = case.text.replace("\n\n", "\n");
        let wild = sprinkled(&close, &numbers, 0).replace("\n\n", "\n");
        let (plain, wild) = (check(&close)?, check(&wild)?);
        if plain == wild {
            Ok(())
        } else {
            Err(format!("one layout\n{plain}\nand another\n{wild}"))
        }
    });
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn clause_files(folder: &str) -> Vec<PathBuf> {
    let files = servanda::run::rule_files(&[root().join(folder)]).unwrap();
    assert!(!files.is_empty(), "no rule files in {folder}");
    files
}

/// The blocks of the reference that hold rules, with the offsets of their texts.
fn blocks(page: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = page[at..].find("```clause") {
        let start = at + start + page[at + start..].find('\n').unwrap() + 1;
        let end = start + page[start..].find("```").unwrap();
        found.push(start..end);
        at = end + 3;
    }
    found
}

/// Every form of the language, with a comment at every place, one at a time.
#[test]
fn a_comment_can_stand_anywhere_in_every_form() {
    let page = fs::read_to_string(root().join("docs/language.md")).unwrap();
    let mut places = 0;
    for block in blocks(&page) {
        let text = &page[block];
        if format(text).is_err() {
            continue;
        }
        let lexemes = lexemes(text);
        for position in 0..=lexemes.len() {
            for comment in [" # here\n", "\n# here\n", "\n\n# here\n\n"] {
                let mut out = String::new();
                for (at, lexeme) in lexemes.iter().enumerate() {
                    if at == position {
                        out.push_str(comment);
                    }
                    match lexeme {
                        Lexeme::Word(word) => out.push_str(word),
                        Lexeme::Comment(text) => {
                            out.push_str(text);
                            out.push('\n');
                        }
                    }
                    out.push(' ');
                }
                if position == lexemes.len() {
                    out.push_str(comment);
                }
                check(&out).unwrap_or_else(|why| panic!("{why}"));
                places += 1;
            }
        }
    }
    assert!(places > 4_000, "{places} places: the page lost its blocks");
}

#[test]
fn real_files_keep_their_words_under_any_comments() {
    let files = clause_files("rules");
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for (text, seed) in texts.iter().zip(1_u8..) {
        for chance in [0, 20, 120, 255] {
            let numbers: Vec<u8> = (0..997_u32)
                .map(|at| (at * at * 31 + at * u32::from(seed)).to_le_bytes()[0])
                .collect();
            check(&sprinkled(text, &numbers, chance)).unwrap_or_else(|why| panic!("{why}"));
        }
    }
}

#[test]
fn rule_files_are_formatted() {
    let mut wrong = Vec::new();
    for file in clause_files("rules").into_iter().chain(clause_files("tests/data")) {
        let text = fs::read_to_string(&file).unwrap();
        // Some files of the tests are there for their mistakes.
        let Ok(tidy) = format(&text) else { continue };
        if tidy != text {
            wrong.push(file);
        }
        let long = tidy
            .lines()
            .find(|line| line.chars().count() > WIDTH && !line.contains('"') && !line.contains('#'));
        assert_eq!(long, None, "a line is longer than {WIDTH} columns");
    }
    assert!(wrong.is_empty(), "run `servanda fmt rules tests/data`: {wrong:?}");
}

#[test]
fn the_blocks_of_the_reference_are_formatted() {
    let path = root().join("docs/language.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut tidy = String::new();
    let mut at = 0;
    for block in blocks(&page) {
        tidy.push_str(&page[at..block.start]);
        let text = &page[block.clone()];
        tidy.push_str(&format(text).unwrap_or_else(|_| text.to_owned()));
        at = block.end;
    }
    tidy.push_str(&page[at..]);
    if std::env::var_os("SERVANDA_UPDATE").is_some() {
        fs::write(&path, &tidy).unwrap();
        return;
    }
    assert!(tidy == page, "run `SERVANDA_UPDATE=1 cargo test --test format`");
}

fn formatted(text: &str, wanted: &str) {
    let tidy = check(text).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(tidy, wanted);
}

#[test]
fn a_duty_that_is_too_long_has_one_part_a_line() {
    formatted(
        "clause c { when attack a where a.against==UA if some attack b where b.id==a.id within 1 day before US must ensure consultation \
         c where c.incident==a.id and (c.level>=senior or c.between includes [US,UA,] and not c.remark == \"none at all, or later\") within 24 hours \
         and by 2024-07-01 excused if c.late otherwise US should avoid more than 2 strike s if s.night within 1 day }",
        "clause c {
  when attack a where a.against == UA
  if some attack b where b.id == a.id within 1 day before
  US must ensure consultation c
    where c.incident == a.id
      and (c.level >= senior
        or c.between includes [US, UA] and not c.remark == \"none at all, or later\")
    within 24 hours and by 2024-07-01
    excused if c.late
  otherwise US should avoid more than 2 strike s if s.night within 1 day
}
",
    );
}

#[test]
fn comments_keep_their_places() {
    formatted(
        "

# the file


event a{x:text # first
,y:bool}# after
clause c{# heading
# own

when a # when
# between
x US must# must
avoid a
# last

}
# end


# really
",
        "# the file

event a {
  x: text, # first
  y: bool
} # after

clause c { # heading
  # own

  when a # when
    # between
    x
  US must # must
    avoid a
  # last
}
# end

# really
",
    );
}

#[test]
fn neighbouring_events_are_aligned() {
    formatted(
        "event a {x:text}\nevent longer {y:bool} # c\nevent b {}\n\nevent much_longer_still { z: text }\nevent c \"Title\" { z: text }",
        "event a      { x: text }
event longer { y: bool } # c
event b      {}

event much_longer_still { z: text }
event c \"Title\" {
  z: text
}
",
    );
}

#[test]
fn an_empty_file_stays_empty() {
    formatted("", "");
    formatted(" \r\n\u{FEFF}\n", "");
    formatted("\u{FEFF}# only\r\n", "# only\n");
}

#[test]
fn a_text_that_does_not_parse_has_its_mistakes() {
    let mistakes = format("event a {\nclause b { when }").unwrap_err();
    let mut sources = SourceMap::new();
    let id = sources.add("", "event a {\nclause b { when }");
    let Parsed { diagnostics, .. } = parse(&sources, id);
    assert_eq!(mistakes, diagnostics);
    assert!(!mistakes.is_empty());
    // Other mistakes are no matter of the layout.
    assert!(format("clause c { cites \"\\q\" when nothing US must ensure b within 1 day }").is_ok());
}

fn fmt(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let output = assert_cmd::Command::cargo_bin("servanda")
        .unwrap()
        .current_dir(folder)
        .arg("fmt")
        .args(arguments)
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_formats_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("deep/er");
    fs::create_dir_all(&inside).unwrap();
    fs::create_dir(folder.path().join(".hidden")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let wild = "event a{x:text}\r\n";
    let tidy = "event a { x: text }\n";
    for name in ["one.clause", "deep/er/two.clause", ".hidden/three.clause", "four.txt"] {
        write(name, wild);
    }
    write("tidy.clause", tidy);

    let (code, out, err) = fmt(folder.path(), &["--check"], "");
    assert_eq!(code, 1, "{err}");
    assert!(
        out.contains("-event a{x:text}") && out.contains("+event a { x: text }"),
        "{out}"
    );
    assert!(err.contains("2 files are not"), "{err}");
    assert_eq!(read("one.clause"), wild);

    assert_eq!(fmt(folder.path(), &[], ""), (0, String::new(), String::new()));
    assert_eq!(read("one.clause"), tidy);
    assert_eq!(read("deep/er/two.clause"), tidy);
    assert_eq!(read(".hidden/three.clause"), wild);
    assert_eq!(read("four.txt"), wild);
    assert_eq!(
        fmt(folder.path(), &["--check", "."], ""),
        (0, String::new(), String::new())
    );

    assert_eq!(fmt(folder.path(), &["four.txt"], "").0, 0);
    assert_eq!(read("four.txt"), tidy);
}

#[test]
fn the_command_leaves_alone_what_does_not_parse() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.clause");
    let wild = folder.path().join("wild.clause");
    fs::write(&broken, "event a{x text}").unwrap();
    fs::write(&wild, "event a{x:text}").unwrap();
    let (code, _, err) = fmt(folder.path(), &[], "");
    assert_eq!(code, 2);
    assert!(err.contains("broken.clause:1:9") && err.contains("syntax"), "{err}");
    assert_eq!(fs::read_to_string(&broken).unwrap(), "event a{x text}");
    assert_eq!(fs::read_to_string(&wild).unwrap(), "event a { x: text }\n");
    assert_eq!(fmt(folder.path(), &["nowhere.clause"], "").0, 2);
}

#[test]
fn the_command_reads_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let tidy = "event a { x: text }\n".to_owned();
    assert_eq!(
        fmt(folder.path(), &["-"], "event a{x:text}"),
        (0, tidy.clone(), String::new())
    );
    let (code, out, _) = fmt(folder.path(), &["-", "--check"], "event a{x:text}");
    assert_eq!(code, 1);
    assert!(out.contains("standard input, formatted"), "{out}");
    assert_eq!(fmt(folder.path(), &["-", "--check"], &tidy).0, 0);
    let (code, out, _) = fmt(folder.path(), &["-"], "event");
    assert_eq!((code, out.as_str()), (2, ""));
}

#[cfg(unix)]
#[test]
fn a_link_still_leads_where_it_did_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target.txt");
    let link = folder.path().join("link.clause");
    fs::write(&target, "event a{x:text}").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    assert_eq!(fmt(folder.path(), &["."], "").0, 0);
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&target).unwrap(), "event a { x: text }\n");
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}
