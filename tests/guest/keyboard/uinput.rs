//! A keyboard that a program plugs in, with a link such as udev makes.

use crate::suite::Far;
use crate::typing::typed;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Requests and kinds of events of linux/uinput.h and linux/input.h.
const UI_DEV_CREATE: libc::c_ulong = 0x5501;
const UI_DEV_DESTROY: libc::c_ulong = 0x5502;
const UI_DEV_SETUP: libc::c_ulong = 0x405c_5503;
const UI_SET_EVBIT: libc::c_ulong = 0x4004_5564;
const UI_SET_KEYBIT: libc::c_ulong = 0x4004_5565;
const UI_GET_SYSNAME_64: libc::c_ulong = 0x8040_552c;
const EVIOCGRAB: libc::c_ulong = 0x4004_4590;
const EV_KEY: libc::c_int = 1;
const EV_REP: libc::c_int = 20;
/// A USB keyboard reports no more often than this; ours is a little faster.
const REPORT_EVERY: Duration = Duration::from_micros(500);

#[repr(C)]
struct Setup {
    bus: u16,
    vendor: u16,
    product: u16,
    version: u16,
    name: [u8; 80],
    effects: u32,
}

struct Plugged {
    keys: Sender<Vec<u8>>,
    hand: JoinHandle<File>,
}

/// A keyboard on one USB socket.
pub struct Uinput {
    link: PathBuf,
    plugged: Option<Plugged>,
}

fn ioctl(file: &File, request: libc::c_ulong, argument: libc::c_ulong) {
    // SAFETY: each request takes an integer by value here.
    let done = unsafe { libc::ioctl(file.as_raw_fd(), request, argument) };
    assert!(
        done >= 0,
        "ioctl {request:#x}: {}",
        std::io::Error::last_os_error()
    );
}

impl Uinput {
    pub fn new() -> Self {
        Self::at("/dev/input/by-id/usb-wedge-event-kbd")
    }

    pub fn at(link: &str) -> Self {
        Self {
            link: link.into(),
            plugged: None,
        }
    }

    /// How another program opens what is plugged in.
    pub fn listener(&self) -> impl Fn() -> Result<Listener, String> + use<> {
        let link = self.link.clone();
        move || {
            let opened = OpenOptions::new()
                .read(true)
                .custom_flags(libc::O_NONBLOCK)
                .open(&link);
            opened.map(Listener).map_err(|error| error.to_string())
        }
    }
}

/// Another program that reads the keyboard.
pub struct Listener(File);

impl Listener {
    /// How many bytes it has.
    pub fn read(&mut self) -> usize {
        self.0.read(&mut [0; 4096]).unwrap_or(0)
    }

    pub fn grab(&self, is_grabbed: bool) {
        ioctl(&self.0, EVIOCGRAB, is_grabbed.into());
    }
}

/// Makes the device; where it is in the file system.
fn created() -> (File, PathBuf) {
    let device = OpenOptions::new().write(true).open("/dev/uinput");
    let device = device.expect("uinput is loaded");
    for kind in [EV_KEY, EV_REP] {
        ioctl(&device, UI_SET_EVBIT, kind as libc::c_ulong);
    }
    for code in 1..=248 {
        ioctl(&device, UI_SET_KEYBIT, code);
    }
    let mut setup = Setup {
        bus: 3,
        vendor: 0x05e0,
        product: 0x1200,
        version: 1,
        name: [0; 80],
        effects: 0,
    };
    setup.name[..5].copy_from_slice(b"wedge");
    // SAFETY: the structure is the kernel's, and lives until the call returns.
    let done = unsafe { libc::ioctl(device.as_raw_fd(), UI_DEV_SETUP, &raw const setup) };
    assert_eq!(done, 0, "UI_DEV_SETUP");
    ioctl(&device, UI_DEV_CREATE, 0);
    let mut name = [0_u8; 64];
    // SAFETY: the request names this length, and the kernel writes no more.
    let written = unsafe { libc::ioctl(device.as_raw_fd(), UI_GET_SYSNAME_64, name.as_mut_ptr()) };
    assert!(written > 0, "UI_GET_SYSNAME");
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let folder = format!("/sys/class/input/{}", String::from_utf8_lossy(name));
    let entries = std::fs::read_dir(&folder)
        .expect("the kernel shows it")
        .flatten();
    let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let node = names
        .find(|name| name.starts_with("event"))
        .expect("evdev is loaded");
    (device, Path::new("/dev/input").join(node))
}

/// Types what comes, report by report, until nobody wants more.
fn type_all(mut device: File, keys: &Receiver<Vec<u8>>) -> File {
    while let Ok(report) = keys.recv() {
        device.write_all(&report).expect("the kernel takes it");
        std::thread::sleep(REPORT_EVERY);
    }
    device
}

impl Far for Uinput {
    fn section(&self) -> String {
        format!(
            "kind = \"keyboard\"\ninput = {:?}\npartial_timeout_ms = 200\n",
            self.link
        )
    }

    fn plug(&mut self, _turn: &mut dyn FnMut()) {
        let (device, node) = created();
        let folder = self.link.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        let _ = std::fs::remove_file(&self.link);
        std::os::unix::fs::symlink(node, &self.link).expect("a link");
        let (keys, taken) = channel();
        let hand = std::thread::spawn(move || type_all(device, &taken));
        self.plugged = Some(Plugged { keys, hand });
    }

    fn unplug(&mut self) {
        let Some(Plugged { keys, hand }) = self.plugged.take() else {
            return;
        };
        drop(keys);
        let device = hand.join().expect("it types");
        ioctl(&device, UI_DEV_DESTROY, 0);
        let _ = std::fs::remove_file(&self.link);
    }

    /// A byte 2 before a character presses its key only, a byte 3 lets it go.
    fn send(&mut self, bytes: &[u8]) {
        let plugged = self.plugged.as_ref().expect("plugged");
        let reports = match bytes {
            [2, key] => typed(&[*key])[..1].to_vec(),
            [3, key] => typed(&[*key])[1..].to_vec(),
            _ => typed(bytes),
        };
        for report in reports {
            plugged.keys.send(report).expect("it types");
        }
    }

    fn is_of_bytes(&self) -> bool {
        false
    }
}

impl Drop for Uinput {
    fn drop(&mut self) {
        self.unplug();
    }
}
