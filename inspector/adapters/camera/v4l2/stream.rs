//! Buffers mapped from the driver: queue, wait, dequeue. `v4l`'s own stream is not used, as it
//! queues a buffer twice after a time-out and is then refused for ever.

use std::io;
use std::os::raw::c_void;
use std::sync::Arc;
use v4l::device::Handle;
use v4l::v4l_sys::*;
use v4l::v4l2::{self, vidioc};

const CAPTURE: u32 = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
const MMAP: u32 = v4l2_memory_V4L2_MEMORY_MMAP;

/// One ioctl on the handle, repeated when a signal interrupts it.
pub fn ioctl<T>(handle: &Handle, request: vidioc::_IOC_TYPE, argument: &mut T) -> io::Result<()> {
    loop {
        // SAFETY: every caller passes the structure that `request` encodes; the kernel writes
        // within it, and the borrow outlives the call.
        match unsafe { v4l2::ioctl(handle.fd(), request, (argument as *mut T).cast::<c_void>()) } {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A zeroed kernel structure.
pub fn zeroed<T: Copy>() -> T {
    // SAFETY: used with V4L2 structures only, plain C data for which zero is a value.
    unsafe { std::mem::zeroed() }
}

struct Buffer {
    start: *mut c_void,
    length: usize,
    queued: bool,
}

/// A running capture.
pub struct Stream {
    handle: Arc<Handle>,
    buffers: Vec<Buffer>,
}

// SAFETY: the mappings belong to this value alone and may be read from any one thread.
unsafe impl Send for Stream {}

/// What a wait brought.
pub enum Wait {
    /// A frame can be taken.
    Ready,
    /// The device says that the stream is broken; the dequeue may say why.
    Broken,
    /// Nothing in time.
    TimedOut,
}

impl Stream {
    /// Maps and queues `count` buffers and starts the device.
    pub fn start(handle: Arc<Handle>, count: u32) -> io::Result<Self> {
        let mut request: v4l2_requestbuffers = zeroed();
        request.count = count;
        request.type_ = CAPTURE;
        request.memory = MMAP;
        ioctl(&handle, vidioc::VIDIOC_REQBUFS, &mut request)?;
        let mut stream = Self {
            handle,
            buffers: Vec::with_capacity(request.count as usize),
        };
        for index in 0..request.count {
            stream.map(index)?;
        }
        stream.queue_all()?;
        let mut kind = CAPTURE;
        ioctl(&stream.handle, vidioc::VIDIOC_STREAMON, &mut kind)?;
        Ok(stream)
    }

    fn map(&mut self, index: u32) -> io::Result<()> {
        let mut buffer = blank(index);
        ioctl(&self.handle, vidioc::VIDIOC_QUERYBUF, &mut buffer)?;
        let length = buffer.length as usize;
        // SAFETY: `m.offset` is the member in use for MMAP memory; the kernel chose offset and
        // length, and the mapping is removed in `drop` only.
        let start = unsafe {
            v4l2::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                self.handle.fd(),
                buffer.m.offset as libc::off_t,
            )?
        };
        self.buffers.push(Buffer {
            start,
            length,
            queued: false,
        });
        Ok(())
    }

    /// Queues every buffer that is ours. A buffer that is refused stays ours and is tried again
    /// the next time; an error only when the driver is left with none.
    pub fn queue_all(&mut self) -> io::Result<()> {
        let mut refused = None;
        for (index, buffer) in self.buffers.iter_mut().enumerate() {
            if !buffer.queued {
                match ioctl(&self.handle, vidioc::VIDIOC_QBUF, &mut blank(index as u32)) {
                    Ok(()) => buffer.queued = true,
                    Err(error) => refused = Some(error),
                }
            }
        }
        match refused {
            Some(error)
                if error.raw_os_error() != Some(libc::EINVAL)
                    || !self.buffers.iter().any(|b| b.queued) =>
            {
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Waits until something can be dequeued.
    pub fn wait(&self, milliseconds: i32) -> io::Result<Wait> {
        let mut poll = libc::pollfd {
            fd: self.handle.fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one initialised `pollfd`, borrowed for the call.
        match unsafe { libc::poll(&mut poll, 1, milliseconds) } {
            0 => Ok(Wait::TimedOut),
            n if n > 0 && poll.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0 => {
                Ok(Wait::Broken)
            }
            n if n > 0 => Ok(Wait::Ready),
            _ => match io::Error::last_os_error() {
                e if e.kind() == io::ErrorKind::Interrupted => Ok(Wait::TimedOut),
                e => Err(e),
            },
        }
    }

    /// Takes the oldest filled buffer; `None` when there is none yet.
    pub fn dequeue(&mut self) -> io::Result<Option<v4l2_buffer>> {
        let mut buffer = blank(0);
        match ioctl(&self.handle, vidioc::VIDIOC_DQBUF, &mut buffer) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        match self.buffers.get_mut(buffer.index as usize) {
            Some(ours) => ours.queued = false,
            None => {
                return Err(io::Error::other(
                    "the driver returned a buffer we never had",
                ));
            }
        }
        Ok(Some(buffer))
    }

    /// What a dequeued buffer holds.
    pub fn bytes(&self, buffer: &v4l2_buffer) -> &[u8] {
        let ours = &self.buffers[buffer.index as usize];
        let used = (buffer.bytesused as usize).min(ours.length);
        // SAFETY: the mapping is `length` bytes and lives as long as `self`; the buffer is
        // dequeued, so the driver does not write to it until `queue_all`, which takes `&mut self`.
        unsafe { std::slice::from_raw_parts(ours.start.cast::<u8>(), used) }
    }
}

fn blank(index: u32) -> v4l2_buffer {
    let mut buffer: v4l2_buffer = zeroed();
    buffer.index = index;
    buffer.type_ = CAPTURE;
    buffer.memory = MMAP;
    buffer
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut kind = CAPTURE;
        // The device may be gone; there is nobody left to tell.
        let _ = ioctl(&self.handle, vidioc::VIDIOC_STREAMOFF, &mut kind);
        for buffer in &self.buffers {
            // SAFETY: mapped in `map` with this length; no slice of it outlives `self`.
            let _ = unsafe { v4l2::munmap(buffer.start, buffer.length) };
        }
        let mut request: v4l2_requestbuffers = zeroed();
        request.type_ = CAPTURE;
        request.memory = MMAP;
        let _ = ioctl(&self.handle, vidioc::VIDIOC_REQBUFS, &mut request);
    }
}
