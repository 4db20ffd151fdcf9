//! An adapter for rolloutspec: one JSON message a line on stdin, one reply a line on stdout.
//! Print nothing else to stdout; stderr is free for what you want to say to yourself.

use std::io::{BufRead, Write};
use std::path::Path;

#[allow(dead_code)] // a variant goes live with your first use of it
enum Fault {
    /// The bundle breaks a rule; the code says which, such as `trace.duplicate_thread_start`.
    Rejected { code: String, message: String },
    /// Something that this adapter does not do.
    Unsupported,
}

/// Who you are. A profile is a promise: add "trace-reader" once all of it is done.
const HELLO: &str = r#""rcp":1,"implementation":{"name":"my-reader","version":"0.1.0","language":"rust"},"profiles":[],"capabilities":[]"#;

/// Turn the bundle in the folder `given` into the text of its state.
fn trace_reduce(_given: &Path) -> Result<String, Fault> {
    // GO ON HERE: read manifest.json and trace.jsonl of the folder, call your reader, return the JSON
    // of the state; return Fault::Rejected for a bundle that breaks a rule and Fault::Unsupported for
    // one that uses what you do not do yet. The rules are in spec/trace/.
    Err(Fault::Unsupported)
}

/// The members of the reply to one message, without its id.
fn answer(line: &str, op: &str) -> String {
    if op == "hello" {
        return HELLO.to_string();
    }
    if op != "trace.reduce" {
        return format!(r#""outcome":"unsupported","capability":{}"#, quoted(op));
    }
    let (given, out) = (
        member(line, "in").unwrap_or_default(),
        member(line, "out").unwrap_or_default(),
    );
    let Ok(result) = std::panic::catch_unwind(|| trace_reduce(Path::new(&given))) else {
        return r#""outcome":"error","message":"it panicked, see its stderr""#.to_string();
    };
    match result {
        Ok(state) => match std::fs::write(Path::new(&out).join("state.json"), state) {
            Ok(()) => r#""outcome":"ok","outputs":["state.json"]"#.to_string(),
            Err(error) => format!(
                r#""outcome":"error","message":{}"#,
                quoted(&error.to_string())
            ),
        },
        Err(Fault::Rejected { code, message }) => {
            format!(
                r#""outcome":"rejected","code":{},"message":{}"#,
                quoted(&code),
                quoted(&message)
            )
        }
        Err(Fault::Unsupported) => {
            r#""outcome":"unsupported","capability":"trace.reduce""#.to_string()
        }
    }
}

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (id, op) = (
            member(&line, "id").unwrap_or_default(),
            member(&line, "op").unwrap_or_default(),
        );
        if op == "bye" {
            break;
        }
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, r#"{{"id":{},{}}}"#, quoted(&id), answer(&line, &op))?;
        stdout.flush()?;
    }
    Ok(())
}

// std has no JSON. These two are enough for messages; take a library for bundles (see Cargo.toml).

/// A string member of a JSON object. Only members of the object itself count, not those of inner ones.
fn member(json: &str, name: &str) -> Option<String> {
    let (mut depth, mut last, mut is_value) = (0, None, false);
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ':' => is_value = true,
            ',' => is_value = false,
            '"' => {
                let text = unquoted(&mut chars)?;
                if depth == 1 && is_value && last.as_deref() == Some(name) {
                    return Some(text);
                }
                last = (depth == 1 && !is_value).then_some(text);
            }
            _ => {}
        }
    }
    None
}

/// The rest of a JSON string, up to its closing quote.
fn unquoted(chars: &mut std::str::Chars) -> Option<String> {
    let mut units: Vec<u16> = Vec::new();
    loop {
        let c = match chars.next()? {
            '"' => return String::from_utf16(&units).ok(),
            '\\' => match chars.next()? {
                'u' => {
                    let hex: String = chars.take(4).collect();
                    units.push(u16::from_str_radix(&hex, 16).ok()?);
                    continue;
                }
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            },
            other => other,
        };
        units.extend(c.encode_utf16(&mut [0; 2]).iter());
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c < ' ' => json.push_str(&format!("\\u{:04x}", c as u32)),
            c => json.push(c),
        }
    }
    json + "\""
}
