//! A folder with rules and a log, and watches over it that can be killed.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;

pub(crate) const RULES: &str = r#"agreement pact "A fictional pact" {
  in force from 2024-01-01 for 10 years
  time zone "Europe/Kyiv"
  party US
  party UA
}
event attack { id: text, note: optional text }
event consultation { about: text, level: text }
event notice identified by id corrected by correction retracted by withdrawal { id: text }
event troops {}
clause answer "Consult after an attack" {
  when attack a
  US must ensure consultation c where c.about == a.id within 2 hours
}
clause repaired "Consult, or else explain" {
  when attack a
  US must ensure consultation c where c.level == "senior" and c.about == a.id within 1 hour
  otherwise US must ensure notice n within 1 day
}
clause nobody "No troops" {
  US must avoid troops
}
"#;

/// No wait of these tests may take longer, on a machine that others use too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct House {
    pub(crate) folder: TempDir,
}

impl House {
    pub(crate) fn new(rules: &str) -> House {
        let house = House {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(house.path("r.clause"), rules).unwrap();
        fs::write(house.path("log.jsonl"), "").unwrap();
        house
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn append(&self, text: &str) {
        self.append_to("log.jsonl", text);
    }

    pub(crate) fn append_to(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_servanda"));
        command
            .current_dir(self.folder.path())
            .arg("watch")
            .arg("r.clause")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Runs a watch to its end.
    pub(crate) fn watch(&self, arguments: &[&str]) -> Came {
        let output = self.command(arguments).output().unwrap();
        Came {
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
            exit: output.status.code(),
        }
    }

    /// Runs a watch over the log as it is.
    pub(crate) fn judge(&self, arguments: &[&str]) -> Came {
        self.watch(&[&["--log", "log.jsonl", "--no-follow"], arguments].concat())
    }

    /// Waits until a file holds so many lines for which something is so.
    pub(crate) fn wait_for(&self, name: &str, count: usize, is_so: impl Fn(&Json) -> bool) -> Vec<Json> {
        let end = Instant::now() + PATIENCE;
        loop {
            let found: Vec<Json> = self.lines(name).into_iter().filter(&is_so).collect();
            if found.len() >= count {
                return found;
            }
            assert!(
                Instant::now() < end,
                "{count} lines did not come: {:?}",
                self.lines(name)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Json> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        lines(&text)
    }
}

/// What a watch wrote, and how it exited.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) out: String,
    pub(crate) errors: String,
    pub(crate) exit: Option<i32>,
}

/// The JSON lines of a text; not a last one that is torn.
pub(crate) fn lines(text: &str) -> Vec<Json> {
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn is(line: &Json, record: &str) -> bool {
    line["record"] == record
}

/// Ends a watch as a person does, with the key for it.
pub(crate) fn interrupt(mut child: Child) -> Came {
    let number = child.id().to_string();
    let signal = Command::new("kill").args(["-INT", &number]).status().unwrap();
    assert!(signal.success());
    let (mut out, mut errors) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let exit = child.wait().unwrap().code();
    Came { out, errors, exit }
}

/// An event at so many minutes after the beginning of the log.
pub(crate) fn event(minute: u32, kind: &str, rest: &str) -> String {
    let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
    let comma = if rest.is_empty() { "" } else { ", " };
    format!("{{\"time\": \"2024-07-{day:02}T{hour:02}:{minute:02}:00Z\", \"type\": \"{kind}\"{comma}{rest}}}\n")
}
