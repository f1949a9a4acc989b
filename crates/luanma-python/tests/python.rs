//! Runs the tests of `tests/core` on the extension that cargo has just built, in a virtual environment under `target/`.
//!
//! `LUANMA_PYTHON` names another interpreter than `python3`. Where there is none of 3.11 or newer, or no package registry
//! to install the tests' packages from, the test fails if `CI` is set; else it says so on standard error and passes.
#![allow(clippy::print_stderr)]

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// What `scripts/run_tests.py` ends with where it could not begin.
const NOT_TO_BE_HAD: i32 = 77;

#[test]
fn tests_in_python_pass() {
    let here = std::env::current_exe().expect("the test has a path");
    let extension =
        here.parent().expect("it is in a directory").join(format!("{DLL_PREFIX}_luanma{DLL_SUFFIX}"));
    assert!(extension.is_file(), "cargo builds the extension before its tests: {}", extension.display());
    let python = std::env::var("LUANMA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/run_tests.py");
    let ended = Command::new(&python).arg(script).arg("core").arg("--extension").arg(&extension).status();
    let why = match ended {
        Ok(status) if status.success() => return,
        Ok(status) if status.code() == Some(NOT_TO_BE_HAD) => {
            "its packages could not be installed".to_owned()
        }
        Ok(status) => panic!("tests in Python failed: {status}"),
        Err(e) => format!("{python} does not start: {e}"),
    };
    assert!(std::env::var_os("CI").is_none(), "the tests in Python did not run: {why}");
    // Past the harness, which shows nothing of a test that passes.
    let _ = writeln!(std::io::stderr(), "\nwarning: SKIPPED: the tests in Python did not run: {why}\n");
}
