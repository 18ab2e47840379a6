//! Aravis' own camera simulator over real sockets, with a description and pictures that the tests make.

use aravis::GvFakeCamera;
use aravis::glib::translate::ToGlibPtr;
use std::ffi::c_void;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where all of them stand: GigE Vision has one port, so that there is one at a time.
pub const ADDRESS: &str = "127.0.0.1";

static TURN: Mutex<()> = Mutex::new(());
/// What a frame holds, as the camera sends it; empty for the simulator's own pattern.
static PICTURE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A camera in this process.
pub struct FakeDevice {
    pub camera: GvFakeCamera,
    _description: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl FakeDevice {
    /// Starts one whose features are those of `description`. Waits for the port, which another test may have.
    pub fn start(serial: &str, is_line0_real: bool) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("camera.xml");
        std::fs::write(&file, description(is_line0_real)).unwrap();
        for _ in 0..600 {
            let camera = GvFakeCamera::new_full(Some(ADDRESS), Some(serial), file.to_str());
            if camera.is_running() {
                let device = camera.fake_camera().unwrap();
                device.set_trigger_frequency(1_000.0);
                return Self {
                    camera,
                    _description: folder,
                    _turn: turn,
                };
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("port 3956 of {ADDRESS} was not free in two minutes");
    }

    /// Sends this from now on, in the layout that the camera is set to.
    pub fn show(&self, picture: Vec<u8>) {
        *PICTURE.lock().unwrap() = picture;
        let device = self.camera.fake_camera().unwrap();
        // SAFETY: the callback needs no data and lives for ever.
        unsafe {
            aravis_sys::arv_fake_camera_set_fill_pattern(
                device.to_glib_none().0,
                Some(fill),
                std::ptr::null_mut(),
            );
        }
    }

    /// One edge on the input that starts an exposure.
    pub fn pulse(&self) {
        assert!(self.camera.fake_camera().unwrap().write_register(0x30c, 1));
    }
}

unsafe extern "C" fn fill(
    buffer: *mut aravis_sys::ArvBuffer,
    _: *mut c_void,
    _: u32,
    _: u32,
    format: aravis_sys::ArvPixelFormat,
) {
    let Ok(picture) = PICTURE.lock() else { return };
    let mut unused = 0;
    // SAFETY: the simulator passes a buffer that holds a whole frame of its size and format.
    unsafe {
        let start = aravis_sys::arv_buffer_get_data(buffer, &mut unused);
        let width = aravis_sys::arv_buffer_get_image_width(buffer) as usize;
        let height = aravis_sys::arv_buffer_get_image_height(buffer) as usize;
        let bytes = width * height * (format as usize >> 16 & 0xff) / 8;
        let count = bytes.min(picture.len());
        std::ptr::copy_nonoverlapping(picture.as_ptr(), start, count);
    }
}

/// A camera in a process of its own, which can be killed and stopped.
pub struct OtherProcess {
    child: Child,
    _turn: MutexGuard<'static, ()>,
}

fn spawn(namespace: Option<&str>, address: &str) -> Child {
    let program = "arv-fake-gv-camera-0.8";
    let mut command = match namespace {
        Some(namespace) => {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", namespace, program]);
            command
        }
        None => Command::new(program),
    };
    command.args(["-i", address, "-s", "GV01"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

impl OtherProcess {
    /// `None`, and said so, where the simulator is not installed.
    pub fn start() -> Option<Self> {
        Self::start_in(None, ADDRESS)
    }

    pub fn start_in(namespace: Option<&str>, address: &str) -> Option<Self> {
        if Command::new("arv-fake-gv-camera-0.8")
            .arg("-h")
            .output()
            .is_err()
        {
            eprintln!("SKIPPED: arv-fake-gv-camera-0.8 is missing; run `make setup-test`");
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..300 {
            let mut child = spawn(namespace, address);
            // It ends at once, with 0, where the port is taken.
            std::thread::sleep(Duration::from_millis(400));
            if child.try_wait().unwrap().is_none() {
                return Some(Self { child, _turn: turn });
            }
        }
        panic!("port 3956 of {address} was not free in two minutes");
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn restart(&mut self) {
        self.kill();
        for _ in 0..50 {
            self.child = spawn(None, ADDRESS);
            std::thread::sleep(Duration::from_millis(200));
            if self.child.try_wait().unwrap().is_none() {
                return;
            }
        }
        panic!("the simulator did not start again");
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether this may make interfaces and namespaces.
pub fn is_root() -> bool {
    Path::new("/proc/self/status").exists()
        && std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .any(|line| line.starts_with("Uid:\t0\t"))
}

fn register(name: &str, address: u32, index: &str, more: &str) -> String {
    format!(
        "<IntReg Name=\"{name}Register\"><Address>{address:#x}</Address>{index}<Length>4</Length>\
         <AccessMode>RW</AccessMode><pPort>Device</pPort><Sign>Unsigned</Sign><Endianess>BigEndian</Endianess></IntReg>{more}"
    )
}

fn integer(name: &str, address: u32, [least, most, step]: [u32; 3]) -> String {
    let node = format!(
        "<Integer Name=\"{name}\"><pValue>{name}Register</pValue><Min>{least}</Min><Max>{most}</Max><Inc>{step}</Inc></Integer>"
    );
    register(name, address, "", &node)
}

fn enumeration(name: &str, address: u32, index: &str, entries: &[(&str, u32)]) -> String {
    let entry = |(entry, value): &(&str, u32)| {
        format!("<EnumEntry Name=\"{entry}\"><Value>{value}</Value></EnumEntry>")
    };
    let entries: String = entries.iter().map(entry).collect();
    let node = format!(
        "<Enumeration Name=\"{name}\">{entries}<pValue>{name}Register</pValue></Enumeration>"
    );
    register(name, address, index, &node)
}

fn selector(name: &str, entries: &[&str]) -> String {
    let entry = |(value, entry): (usize, &&str)| {
        format!("<EnumEntry Name=\"{entry}\"><Value>{value}</Value></EnumEntry>")
    };
    let entries: String = entries.iter().enumerate().map(entry).collect();
    format!(
        "<Enumeration Name=\"{name}\">{entries}<pValue>{name}Value</pValue></Enumeration>\
         <Integer Name=\"{name}Value\"><Value>0</Value></Integer>"
    )
}

fn command(name: &str, address: u32, value: u32) -> String {
    let node = format!(
        "<Command Name=\"{name}\"><pValue>{name}Register</pValue><CommandValue>{value}</CommandValue></Command>"
    );
    register(name, address, "", &node)
}

/// Pixel formats of the described camera, by PFNC.
pub const FORMATS: [(&str, u32); 12] = [
    ("Mono8", 0x0108_0001),
    ("Mono10", 0x0110_0003),
    ("Mono10p", 0x010a_0046),
    ("Mono12Packed", 0x010c_0006),
    ("Mono12p", 0x010c_0047),
    ("BayerRG8", 0x0108_0009),
    ("BayerGB10p", 0x010a_0054),
    ("BayerBG12", 0x0110_0013),
    ("BayerRG12p", 0x010c_0059),
    ("BayerGR12Packed", 0x010c_002a),
    ("RGB8", 0x0218_0014),
    ("Coord3D_C16", 0x0110_00b8),
];

/// The registers are the simulator's. With `is_line0_real`, the register's value for its software trigger is called
/// `Line0`, so that a pulse is an edge of that line.
fn description(is_line0_real: bool) -> String {
    let by_trigger = "<pIndex Offset=\"0x20\">TriggerSelectorValue</pIndex>";
    let by_line = "<pIndex Offset=\"0x4\">LineSelectorValue</pIndex>";
    let sources: &[(&str, u32)] = match is_line0_real {
        true => &[("Line0", 1), ("Line1", 0)],
        false => &[("Line0", 0), ("Software", 1)],
    };
    let nodes = [
        integer("SensorWidth", 0x11c, [1, 4096, 1]),
        integer("SensorHeight", 0x118, [1, 4096, 1]),
        integer("OffsetX", 0x130, [0, 2000, 4]),
        integer("OffsetY", 0x134, [0, 2000, 1]),
        integer("Width", 0x100, [4, 2048, 4]),
        integer("Height", 0x104, [2, 2048, 1]),
        enumeration("PixelFormat", 0x128, "", &FORMATS),
        enumeration("AcquisitionMode", 0x12c, "", &[("Continuous", 1), ("SingleFrame", 2)]),
        command("AcquisitionStart", 0x124, 1),
        command("AcquisitionStop", 0x124, 0),
        integer("AcquisitionFramePeriod", 0x138, [1_000, 10_000_000, 1]),
        "<Float Name=\"AcquisitionFrameRate\"><pValue>RateConverter</pValue></Float>\
         <Converter Name=\"RateConverter\"><FormulaTo>(1000000 / FROM)</FormulaTo><FormulaFrom>(1000000 / TO)</FormulaFrom>\
         <pValue>AcquisitionFramePeriod</pValue></Converter>"
            .to_owned(),
        selector("TriggerSelector", &["FrameStart", "AcquisitionStart"]),
        enumeration("TriggerMode", 0x300, by_trigger, &[("Off", 0), ("On", 1)]),
        enumeration("TriggerSource", 0x304, by_trigger, sources),
        enumeration("TriggerActivation", 0x308, by_trigger, &[("RisingEdge", 0), ("FallingEdge", 1)]),
        command("TriggerSoftware", 0x30c, 1),
        integer("Exposure", 0x120, [10, 100_000, 1]),
        "<Float Name=\"ExposureTimeAbs\"><pValue>ExposureConverter</pValue><Min>10</Min><Max>100000</Max></Float>\
         <Converter Name=\"ExposureConverter\"><FormulaTo>FROM</FormulaTo><FormulaFrom>TO</FormulaFrom>\
         <pValue>Exposure</pValue></Converter>"
            .to_owned(),
        integer("GainRaw", 0x110, [0, 10, 1]),
        enumeration("GainAuto", 0x114, "", &[("Off", 1), ("Continuous", 2)]),
        integer("BlackLevelRaw", 0x1e0, [0, 100, 5]),
        "<Float Name=\"Gamma\"><pValue>GammaConverter</pValue><Min>0.1</Min><Max>4</Max></Float>\
         <Converter Name=\"GammaConverter\"><FormulaTo>(FROM * 1000)</FormulaTo><FormulaFrom>(TO / 1000)</FormulaFrom>\
         <pValue>GammaRaw</pValue></Converter>"
            .to_owned(),
        integer("GammaRaw", 0x1e4, [0, 4_000, 1]),
        register(
            "ReverseX",
            0x1e8,
            "",
            "<Boolean Name=\"ReverseX\"><pValue>ReverseXRegister</pValue><OnValue>1</OnValue><OffValue>0</OffValue></Boolean>",
        ),
        "<StringReg Name=\"DeviceUserID\"><Address>0xe8</Address><Length>16</Length><AccessMode>RW</AccessMode>\
         <pPort>Device</pPort></StringReg>"
            .to_owned(),
        selector("LineSelector", &["Line0", "Line1"]),
        enumeration("LineMode", 0x2a0, by_line, &[("Input", 0), ("Output", 1)]),
    ];
    let features = [
        "Width",
        "Height",
        "OffsetX",
        "OffsetY",
        "PixelFormat",
        "AcquisitionFrameRate",
        "TriggerMode",
        "TriggerSource",
        "TriggerActivation",
        "ExposureTimeAbs",
        "GainRaw",
        "GainAuto",
        "BlackLevelRaw",
        "Gamma",
        "ReverseX",
        "DeviceUserID",
        "LineSelector",
        "LineMode",
    ];
    let listed: String = features
        .map(|name| format!("<pFeature>{name}</pFeature>"))
        .concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><RegisterDescription ModelName=\"Bench\" VendorName=\"Test\" \
         StandardNameSpace=\"None\" SchemaMajorVersion=\"1\" SchemaMinorVersion=\"0\" SchemaSubMinorVersion=\"1\" \
         MajorVersion=\"1\" MinorVersion=\"0\" SubMinorVersion=\"0\" ToolTip=\"\" ProductGuid=\"0\" VersionGuid=\"0\" \
         xmlns=\"http://www.genicam.org/GenApi/Version_1_0\">\
         <Category Name=\"Root\"><pFeature>All</pFeature></Category><Category Name=\"All\">{listed}</Category>\
         {}<IntSwissKnife Name=\"PayloadSize\"><pVariable Name=\"W\">Width</pVariable><pVariable Name=\"H\">Height</pVariable>\
         <pVariable Name=\"F\">PixelFormat</pVariable><Formula>W * H * ((F&gt;&gt;16)&amp;0xFF) / 8</Formula></IntSwissKnife>\
         <Port Name=\"Device\"></Port></RegisterDescription>",
        nodes.concat()
    )
}
