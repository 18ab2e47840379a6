//! ONNX Runtime, found and loaded at run time, once per process. The same binary takes the CPU,
//! OpenVINO, CUDA or TensorRT build of the library.
//!
//! Where it is looked for, first found first taken: the path given by the caller; `ORT_DYLIB_PATH`;
//! `lib/` beside the executable; `.cache/onnxruntime/current/`, then `.cache/onnxruntime/1.32.0/`, in a
//! folder above the executable or above the current folder (`make onnxruntime` puts it there and lets
//! `current` point to the build that was asked for). A path that was given, by
//! the caller or by the variable, is the only one tried: there is no silent fall-back to another.
//!
//! `ort` panics on a library that it cannot use, so ours looks before it does.

use super::behind::Behind;
use super::elf;
use super::error::RuntimeError;
use super::options::{Provider, SessionOptions};
use super::version::{FILE_NAME, MINOR_VERSION_MIN, PINNED_VERSION};
use ort::environment::Environment;
use ort::logging::LogLevel;
use std::ffi::CStr;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The loaded library. There is one a process, and it stays loaded.
#[derive(Debug)]
pub struct Runtime {
    path: PathBuf,
    version: String,
    commit: String,
    providers: Vec<String>,
    pub(crate) behind: Behind,
    pub(crate) environment: Environment,
}

impl Runtime {
    /// The file that was loaded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The library's own version, e.g. `1.32.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its version and the source it was built from: Intel's 1.24.1 is not Microsoft's.
    pub fn build(&self) -> String {
        format!("ONNX Runtime {} ({})", self.version, self.commit)
    }

    /// The execution providers that the library was built with, in its own words and order of
    /// preference, e.g. `CPUExecutionProvider`.
    pub fn providers(&self) -> &[String] {
        &self.providers
    }

    /// What computes behind a provider: versions and the device's name; empty for the processor.
    ///
    /// # Errors
    /// What is missing here and where to get it: a driver, a device, a library.
    pub fn behind(&self, provider: Provider) -> Result<String, String> {
        self.behind.of(provider)
    }

    /// Whether a session can be made with these options here.
    ///
    /// # Errors
    /// Why not, in words for the person who chose them.
    pub fn check(&self, options: &SessionOptions) -> Result<(), String> {
        let wanted = options.provider.name();
        if !self.providers.iter().any(|name| name == wanted) {
            let build = match options.provider {
                Provider::Cpu => "cpu",
                Provider::OpenVino(_) => "openvino",
                Provider::Cuda | Provider::TensorRt => "gpu",
            };
            return Err(format!(
                "expected an ONNX Runtime with {wanted}, found one with {}; run `make ORT={build} \
                 onnxruntime`, or set ORT_DYLIB_PATH to a build that has it",
                self.providers.join(", ")
            ));
        }
        self.behind.check(options)
    }
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

/// Finds and loads the library, or gives the one already loaded.
///
/// # Errors
/// When none is found (with every place that was looked at), when the file found is no ONNX Runtime
/// of this machine or too old, and when another file than `explicit` is already loaded. After an
/// error, a further call may succeed with another path.
pub fn init(explicit: Option<&Path>) -> Result<&'static Runtime, RuntimeError> {
    let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = RUNTIME.get() {
        return match explicit {
            Some(asked) if !is_same_file(asked, &loaded.path) => Err(RuntimeError::OtherLoaded {
                asked: asked.to_owned(),
                loaded: loaded.path.clone(),
            }),
            _ => Ok(loaded),
        };
    }
    let path = find(
        explicit,
        std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
    )?;
    let runtime = load(path)?;
    Ok(RUNTIME.get_or_init(|| runtime))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let one = file_of(one);
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// A folder stands for the library in it.
fn file_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(FILE_NAME)
    } else {
        path.to_owned()
    }
}

fn find(explicit: Option<&Path>, variable: Option<PathBuf>) -> Result<PathBuf, RuntimeError> {
    let named = explicit
        .map(|path| (path.to_owned(), "as given"))
        .or_else(|| {
            let variable = variable.filter(|path| !path.as_os_str().is_empty());
            variable.map(|path| (path, "ORT_DYLIB_PATH"))
        });
    if let Some((path, by)) = named {
        let path = file_of(&path);
        return match path.canonicalize() {
            Ok(path) => Ok(path),
            Err(error) => Err(RuntimeError::NotFound {
                looked: vec![format!("{} ({by}): {error}", path.display())],
            }),
        };
    }
    let executable = std::env::current_exe().ok();
    let working_folder = std::env::current_dir().ok();
    let candidates = candidates(executable.as_deref(), working_folder.as_deref());
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(RuntimeError::NotFound {
            looked: candidates
                .iter()
                .map(|path| path.display().to_string())
                .collect(),
        }),
    }
}

/// Where the library may lie when nobody has named it, in order and each place once.
fn candidates(executable: Option<&Path>, working_folder: Option<&Path>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let beside = executable.and_then(Path::parent);
    folders.extend(beside.map(|folder| folder.join("lib")));
    for start in [beside, working_folder].into_iter().flatten() {
        for folder in start.ancestors() {
            for name in ["current", PINNED_VERSION] {
                folders.push(folder.join(".cache/onnxruntime").join(name));
            }
        }
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let file = folder.join(FILE_NAME);
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn load(path: PathBuf) -> Result<Runtime, RuntimeError> {
    let version = check(&path)?;
    // `check` leaves no known reason for `ort` to panic; one that we do not know stays an error.
    let started = panic::catch_unwind(AssertUnwindSafe(|| start(&path)))
        .unwrap_or_else(|_| Err("it panicked while starting".to_owned()));
    let (environment, providers, commit) = started.map_err(|message| RuntimeError::Start {
        path: path.clone(),
        message,
    })?;
    Ok(Runtime {
        behind: Behind::new(path.parent().unwrap_or(Path::new("/"))),
        path,
        version,
        commit,
        providers,
        environment,
    })
}

fn start(path: &Path) -> Result<(Environment, Vec<String>, String), String> {
    let environment = ort::init_from(path)
        .map_err(|error| error.to_string())?
        .with_name("models")
        .with_telemetry(false)
        .build()
        .map_err(|error| error.to_string())?;
    // Errors reach the caller as values; the library's own lines on stderr would only repeat them.
    environment.set_log_level(LogLevel::Fatal);
    let providers = available().map_err(|error| error.to_string())?;
    let mut said = ort::info().split([',', ' ']);
    let commit = said.find_map(|word| word.strip_prefix("git-commit-id="));
    Ok((
        environment,
        providers,
        commit.unwrap_or("no commit").to_owned(),
    ))
}

/// Their names in ONNX Runtime's words, e.g. `CPUExecutionProvider`. The library must be loaded.
fn available() -> Result<Vec<String>, ort::Error> {
    let mut names = ptr::null_mut();
    let mut count = 0;
    // SAFETY: both pointers are to live variables, which the call fills.
    let status = unsafe { (ort::api().GetAvailableProviders)(&mut names, &mut count) };
    // SAFETY: the status comes from the call above and is not used again.
    unsafe { ort::Error::result_from_status(status) }?;
    let count_listed = usize::try_from(count).unwrap_or(0);
    let mut listed = Vec::with_capacity(count_listed);
    for index in 0..count_listed {
        // SAFETY: the library has written `count` pointers to strings that end in 0.
        let name = unsafe { CStr::from_ptr(*names.add(index)) };
        listed.push(name.to_string_lossy().into_owned());
    }
    // SAFETY: this is the list that the library gave, which nothing points into any more.
    let status = unsafe { (ort::api().ReleaseAvailableProviders)(names, count) };
    // SAFETY: as above.
    unsafe { ort::Error::result_from_status(status) }?;
    Ok(listed)
}

/// The version of the library at `path`, when it is one that `ort` can use.
fn check(path: &Path) -> Result<String, RuntimeError> {
    let unusable = |reason| RuntimeError::NoLibrary {
        path: path.to_owned(),
        reason,
    };
    elf::check(path).map_err(unusable)?;
    // SAFETY: loading runs the library's initialisers. It is the file that the person in charge of
    // the machine named or installed, and running its code is the purpose.
    let library = unsafe { libloading::Library::new(path) }
        .map_err(|error| unusable(elf::refusal(&error)))?;
    type Base = unsafe extern "C" fn() -> *const ort::sys::OrtApiBase;
    // SAFETY: the type is that of the function in onnxruntime_c_api.h.
    let base = unsafe { library.get::<Base>(b"OrtGetApiBase\0") }
        .map_err(|_| unusable("it is a library, but not ONNX Runtime".to_owned()))?;
    // SAFETY: the function takes nothing and gives null or a table that lives as long as the library.
    let base = unsafe { base().as_ref() }
        .ok_or_else(|| unusable("its OrtGetApiBase gives nothing".to_owned()))?;
    // SAFETY: the call gives null or a string ended by 0 that lives as long as the library.
    let version = unsafe {
        let text = (base.GetVersionString)();
        if text.is_null() {
            String::new()
        } else {
            CStr::from_ptr(text).to_string_lossy().into_owned()
        }
    };
    // SAFETY: the call gives a table of the version asked for, or null where it is not known.
    let is_known = !unsafe { (base.GetApi)(ort::sys::ORT_API_VERSION) }.is_null();
    let minor = version
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse::<u32>().ok());
    if !is_known || minor.is_none_or(|minor| minor < MINOR_VERSION_MIN) {
        return Err(RuntimeError::TooOld {
            path: path.to_owned(),
            found: version,
        });
    }
    // Loaded for good: ONNX Runtime has threads and thread-local state that outlive any session.
    std::mem::forget(library);
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::super::version::{PINNED_GPU_BUILD, PINNED_OPENVINO_BUILD};
    use super::*;

    #[test]
    fn the_library_is_looked_for_beside_the_executable_then_above_it_then_above_the_folder() {
        let found = candidates(
            Some(Path::new("/opt/bin/inspector")),
            Some(Path::new("/srv")),
        );
        let mut expected = vec![PathBuf::from("/opt/bin/lib/libonnxruntime.so")];
        for folder in ["/opt/bin/", "/opt/", "/", "/srv/"] {
            for name in ["current", PINNED_VERSION] {
                let path = format!("{folder}.cache/onnxruntime/{name}/{FILE_NAME}");
                expected.push(PathBuf::from(path));
            }
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn a_named_library_that_is_missing_is_an_error_and_nothing_else_is_tried() {
        let missing = Some(PathBuf::from("/nowhere/libonnxruntime.so"));
        let error = find(None, missing).unwrap_err();
        let RuntimeError::NotFound { looked } = &error else {
            panic!("{error}")
        };
        assert_eq!(looked.len(), 1);
        assert!(
            looked[0].starts_with("/nowhere/libonnxruntime.so (ORT_DYLIB_PATH): "),
            "{looked:?}"
        );
        assert!(error.to_string().contains("make onnxruntime"));
    }

    #[test]
    fn the_fetch_script_fetches_the_pinned_versions() {
        let script = include_str!("../assets/onnxruntime/fetch.sh");
        for (build, version) in [
            ("cpu", PINNED_VERSION),
            ("openvino", PINNED_OPENVINO_BUILD),
            ("gpu", PINNED_GPU_BUILD),
        ] {
            assert!(
                script.contains(&format!("\n{build}_version={version}\n")),
                "{build}"
            );
        }
    }
}
