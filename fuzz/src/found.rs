//! What libFuzzer has found: inputs that reach all that any did, few of them, in a file for each target.
//!
//! A file is zstd over the inputs, each after its length in bytes (four bytes, little-endian).

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// No input is longer, and all of a target's together are not.
const LIMIT: u64 = 16 << 20;

/// The file of a target.
#[must_use]
pub fn path(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/found").join(target).with_extension("zst")
}

/// What was found for a target.
///
/// # Errors
/// Where its file cannot be read, or is none of [`pack`].
pub fn inputs(target: &str) -> io::Result<Vec<Vec<u8>>> {
    unpack(&fs::read(path(target))?)
}

/// The bytes of such a file.
///
/// # Errors
/// Where an input is longer than four bytes can tell, or memory fails.
pub fn pack(inputs: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    for input in inputs {
        let length = u32::try_from(input.len()).map_err(io::Error::other)?;
        all.extend(length.to_le_bytes());
        all.extend(input);
    }
    zstd::encode_all(&all[..], 19)
}

/// The inputs in such a file.
///
/// # Errors
/// Where it is no such file.
pub fn unpack(file: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    zstd::Decoder::new(file)?.take(LIMIT).read_to_end(&mut all)?;
    let (mut rest, mut out) = (&all[..], Vec::new());
    while let Some((length, more)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let (input, more) = more.split_at_checked(length).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.push(input.to_vec());
        rest = more;
    }
    if rest.is_empty() { Ok(out) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
