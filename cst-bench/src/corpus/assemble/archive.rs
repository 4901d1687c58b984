//! The archives of the registries, read in memory: nothing is unpacked to disk that a filter has not seen.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;

/// A file in an archive that is larger than this ends the reading: no package of source has one.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// What a registry packs its packages in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// tar and gzip: crates and npm packages.
    TarGz,
    /// zip: Python wheels.
    Zip,
    /// Debian's, which `dpkg-deb` opens.
    Deb,
}

/// Shows every regular file of an archive to `visit`, by its path with `/` and in the archive's order.
///
/// # Errors
///
/// Where the archive cannot be read to its end; `visit` may have seen files of it.
pub(super) fn read(path: &Path, format: Format, visit: &mut dyn FnMut(&str, Vec<u8>)) -> io::Result<()> {
    match format {
        Format::TarGz => tar(GzDecoder::new(BufReader::new(File::open(path)?)), visit),
        Format::Zip => zip(BufReader::new(File::open(path)?), visit),
        Format::Deb => deb(path, visit),
    }
}

/// The files of a zip or jar that lies in a package.
///
/// # Errors
///
/// Where it cannot be read to its end.
pub(super) fn read_nested(content: &[u8], visit: &mut dyn FnMut(&str, Vec<u8>)) -> io::Result<()> {
    zip(Cursor::new(content), visit)
}

fn tar(reader: impl Read, visit: &mut dyn FnMut(&str, Vec<u8>)) -> io::Result<()> {
    for entry in tar::Archive::new(reader).entries()? {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        visit(path.strip_prefix("./").unwrap_or(&path), content(entry)?);
    }
    Ok(())
}

fn zip(reader: impl Read + Seek, visit: &mut dyn FnMut(&str, Vec<u8>)) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(reader)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        if entry.is_file() {
            let path = entry.name()?.into_owned();
            visit(&path, content(entry)?);
        }
    }
    Ok(())
}

fn deb(path: &Path, visit: &mut dyn FnMut(&str, Vec<u8>)) -> io::Result<()> {
    let mut command = Command::new("dpkg-deb");
    command.arg("--fsys-tarfile").arg(path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child =
        command.spawn().map_err(|error| io::Error::new(error.kind(), format!("dpkg-deb: {error}")))?;
    let read = match child.stdout.take() {
        Some(mut stdout) => tar(&mut stdout, visit).and_then(|()| io::copy(&mut stdout, &mut io::sink())),
        None => Ok(0),
    };
    let status = child.wait()?;
    read?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("dpkg-deb ended with {status}"))) }
}

fn content(entry: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    if entry.take(MOST_BYTES).read_to_end(&mut content)? as u64 == MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a file of half a GB or more"));
    }
    Ok(content)
}
