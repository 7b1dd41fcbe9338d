//! `tabella-lock`: the lock of a rented device, on the command line. It reads and writes JSON, and opens by its exit code: 0 for
//! open, 1 for shut.

use std::{
    env, fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use rand_core::OsRng;
use serde::Serialize;
use tabella_access_lock::{Config, Device, Opening, checkpoint::MAX_NOTE_BYTES, message::MAX_MESSAGE_BYTES};

const HELP: &str = "\
The lock of a rented door, socket or charging point. It decides offline.

Usage: tabella-lock COMMAND FOLDER [OPTION]...

  init FOLDER --ledger KEY --owner KEY [--checkpoint FILE] [--max-age SECONDS] [--reopens]
                    sets the device up in a new folder, and prints its key
  challenge FOLDER  prints what the user of a right has to answer
  open FOLDER [FILE]
                    decides on the answer in FILE, or from standard input: exits with 0 to open, with 1 to stay shut
  status FOLDER     prints what the device is and knows

Options
  --ledger KEY      the key that signs the ledger's checkpoints: <name>+<key id>+<base64>
  --checkpoint FILE the ledger's newest checkpoint, as `tabella notary checkpoint` writes it: the device takes no other history from
                    the start. Without it, it believes the first one that it is shown, if the ledger's key has signed it
  --owner KEY       the owner's key, 64 hexadecimal digits: only rights that this owner let count
  --max-age SECONDS how old a checkpoint may be [default: 600]
  --reopens         a right opens again while its time lasts, by a fresh nonce each time: a door, not a socket
  --clock SECONDS   the time of the device's own clock, in seconds after 1970 [default: the system's]
";

/// How old a checkpoint may be, unless the owner says otherwise: 10 minutes.
const DEFAULT_MAX_AGE: u64 = 600;

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // The answer is the exit code; that the reason cannot be printed must not open anything.
            let _ = writeln!(io::stderr(), "tabella-lock: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line says.
#[derive(Default)]
struct Arguments {
    words: Vec<String>,
    ledger: Option<String>,
    owner: Option<String>,
    checkpoint: Option<String>,
    max_age: Option<u64>,
    clock: Option<u64>,
    reopens: bool,
    help: bool,
}

impl Arguments {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--help" | "-h" => read.help = true,
                "--reopens" => read.reopens = true,
                "--ledger" => read.ledger = Some(value()?),
                "--owner" => read.owner = Some(value()?),
                "--checkpoint" => read.checkpoint = Some(value()?),
                "--max-age" => read.max_age = Some(seconds(&value()?)?),
                "--clock" => read.clock = Some(seconds(&value()?)?),
                option if option.starts_with('-') => return Err(format!("there is no option {option}: see --help")),
                _ => read.words.push(argument),
            }
        }
        Ok(read)
    }

    fn now(&self) -> Result<u64, String> {
        match self.clock {
            Some(time) => Ok(time),
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                since.map(|since| since.as_secs()).map_err(|_| "the system's clock is before 1970".to_owned())
            }
        }
    }

    fn config(&self) -> Result<Config, String> {
        let ledger = self.ledger.clone().ok_or("init needs --ledger")?;
        let mut owner = [0; 32];
        let text = self.owner.as_ref().ok_or("init needs --owner")?;
        hex::decode_to_slice(text, &mut owner).map_err(|_| "--owner takes 64 hexadecimal digits")?;
        Ok(Config { ledger, owner, max_age: self.max_age.unwrap_or(DEFAULT_MAX_AGE), reopens: self.reopens })
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no number of seconds"))
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let arguments = Arguments::read(arguments)?;
    if arguments.help {
        return write(HELP.as_bytes());
    }
    let words: Vec<_> = arguments.words.iter().map(String::as_str).collect();
    if arguments.checkpoint.is_some() && words.first() != Some(&"init") {
        return Err(
            "--checkpoint is for init alone: later on the device knows the newest one that it was shown".to_owned()
        );
    }
    let load = |folder: &str| Device::load(Path::new(folder)).map_err(|error| error.to_string());
    match words.as_slice() {
        ["init", folder] => {
            let (folder, config) = (Path::new(folder), arguments.config()?);
            let device = match &arguments.checkpoint {
                Some(file) => Device::create_pinned(folder, config, &checkpoint(Path::new(file))?, &mut OsRng),
                None => Device::create(folder, config, &mut OsRng),
            };
            show(&device.map_err(|error| error.to_string())?.status())
        }
        ["challenge", folder] => {
            let challenge = load(folder)?.ask(arguments.now()?, &mut OsRng);
            show(&challenge.map_err(|error| error.to_string())?)
        }
        ["open", folder, file @ ..] if file.len() < 2 => {
            let text = answer(file.first().map(PathBuf::from).as_deref())?;
            let opening = Opening::from_json(&text).map_err(|error| error.to_string())?;
            let opened = load(folder)?.open(&opening, arguments.now()?);
            show(&opened.map_err(|error| error.to_string())?)
        }
        ["status", folder] => show(&load(folder)?.status()),
        _ => Err("it takes one of init, challenge, open, status, and a folder: see --help".to_owned()),
    }
}

/// Reads an answer, no longer than one can be.
fn answer(path: Option<&Path>) -> Result<Vec<u8>, String> {
    match path {
        Some(path) => read_file(path, MAX_MESSAGE_BYTES),
        None => read_all(io::stdin().lock(), MAX_MESSAGE_BYTES).map_err(|error| error.to_string()),
    }
}

/// Reads a checkpoint, no longer than one can be.
fn checkpoint(path: &Path) -> Result<String, String> {
    let text = read_file(path, MAX_NOTE_BYTES)?;
    String::from_utf8(text).map_err(|_| format!("{}: it is no signed checkpoint", path.display()))
}

fn read_file(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let text = fs::File::open(path).and_then(|file| read_all(file, most));
    text.map_err(|error| format!("{}: {error}", path.display()))
}

/// Reads a byte more than is allowed, and no more: whoever parses it refuses what is too long.
fn read_all(source: impl io::Read, most: usize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

fn show(content: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(content).map_err(|error| error.to_string())?;
    write(format!("{text}\n").as_bytes())
}

fn write(bytes: &[u8]) -> Result<(), String> {
    io::stdout().lock().write_all(bytes).map_err(|error| error.to_string())
}
