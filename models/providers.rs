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
    let listed = (0..usize::try_from(count).unwrap_or(0))
        // SAFETY: the library has written `count` pointers to strings that end in 0.
        .map(|index| {
            unsafe { CStr::from_ptr(*names.add(index)) }
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    // SAFETY: this is the list that the library gave, which nothing points into any more.
    let status = unsafe { (ort::api().ReleaseAvailableProviders)(names, count) };
    // SAFETY: as above.
    unsafe { ort::Error::result_from_status(status) }?;
    Ok(listed)
}
