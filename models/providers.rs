//! The execution providers that the loaded library was built with.

use std::ffi::CStr;
use std::ptr;

/// Their names in ONNX Runtime's words, e.g. `CPUExecutionProvider`. The library must be loaded.
pub(crate) fn available() -> Result<Vec<String>, ort::Error> {
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
