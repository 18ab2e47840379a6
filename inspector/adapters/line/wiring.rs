//! How a line is wired: its devices, and what their inputs and outputs mean. Checked by the station settings.

use super::kinds::DeviceKind;
pub use crate::ports::signal::Width;
use crate::station::gates::{Behind, Gates};
use crate::station::lane::{LaneNo, Lanes};
use crate::telemetry::signals::{DeviceName, SignalBoard, SignalName};
use std::time::Duration;

/// The most devices of a line.
pub const DEVICES_MAX: usize = 16;
/// The most inputs, and the most outputs, of a line.
pub const SIGNALS_MAX: usize = 64;

/// Everything of a line, checked: each part fits the others.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// Where parts can go.
    pub lanes: Lanes,
    /// Where the gates of the lanes stand.
    pub gates: Gates,
    /// In the order of the settings: feedback names them by their index.
    pub devices: Vec<Device>,
    /// In the order of the settings.
    pub inputs: Vec<Input>,
    /// In the order of the settings.
    pub outputs: Vec<Output>,
}

/// One table `[[device]]`, checked.
#[derive(Clone, Debug)]
pub struct Device {
    /// No other device has it.
    pub name: String,
    /// Which adapter talks to it, with its own settings.
    pub kind: DeviceKind,
    /// How often it is asked.
    pub period: Duration,
    /// Why its outputs need no proof that they are safe when the station dies.
    pub because: Option<String>,
}

/// One table `[[input]]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Index of its device.
    pub device: u8,
    /// In the device's own notation.
    pub address: String,
    /// What the address holds.
    pub width: Width,
    /// What it is to the station.
    pub meaning: InputMeaning,
    /// Whether off means on.
    pub is_inverted: bool,
    /// A change counts when it has lasted so long; its time is when it began.
    pub filter: Duration,
    /// Of a trigger: it is on for each part, and off between two, at least so long.
    pub pulse_min: Duration,
    /// Whether nobody told that, so that a longer look proves nothing.
    pub is_pulse_guessed: bool,
}

/// What an input is to the station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputMeaning {
    /// A part is at the camera when it turns on.
    Trigger,
    /// Where the belt is.
    Encoder,
    /// A part is in this lane.
    LaneConfirm(LaneNo),
    /// A part is right before the ejector.
    Gate,
    /// The bin of rejected parts is full.
    BinFull,
    /// The bin of rejected parts is open.
    BinOpen,
    /// The air pressure is too low.
    LowAir,
    /// The belt runs.
    BeltRuns,
    /// A person restarts the line.
    Restart,
    /// Changes while the PLC is alive, at least once in this time.
    PlcHeartbeat(Duration),
    /// The ID of the part at the camera.
    PartId,
    /// The style of the part at the camera.
    Style,
}

/// One table `[[output]]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Index of its device.
    pub device: u8,
    /// In the device's own notation.
    pub address: String,
    /// What it is to the line.
    pub meaning: OutputMeaning,
    /// Whether it is switched off to mean on.
    pub is_inverted: bool,
}

/// What an output is to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputMeaning {
    /// Sends a part to a lane.
    Lane {
        /// Parts go there.
        lane: LaneNo,
        /// How long for one part.
        hold: Duration,
        /// What a second part does that comes meanwhile.
        pulses: Pulses,
    },
    /// The line is to stand still.
    LineStop,
    /// Changes so often while the station decides.
    Heartbeat(Duration),
    /// Parts are judged.
    Ready,
    /// Lamp: a fault, or the line stands still.
    Red,
    /// Lamp: a warning.
    Amber,
    /// Lamp: parts are judged and nothing is wrong.
    Green,
    /// A person is needed to go on.
    Buzzer,
    /// Any alarm is active.
    Alarm,
}

/// What happens to an output that is still on for one part when the next one comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pulses {
    /// It stays on, and the time begins anew.
    #[default]
    Merge,
    /// It goes off and on again.
    Separate,
}

impl Wiring {
    /// Without any device: two lanes.
    pub fn none() -> Self {
        Self {
            lanes: Lanes::two(),
            gates: Gates::one(Behind::Time(Duration::ZERO)),
            devices: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Where the signals are shown: inputs, then outputs.
    pub fn board(&self) -> SignalBoard {
        let device = |device: &Device| DeviceName {
            name: device.name.clone(),
            kind: device.kind.name(),
            has_handshake: device.kind.role().has_handshake,
        };
        let inputs = self.inputs.iter().map(|input| SignalName {
            device: input.device,
            address: input.address.clone(),
            meaning: input.meaning.name(&self.lanes),
            is_output: false,
            bits: match (input.meaning, input.width) {
                // A narrower one is extended to it.
                (InputMeaning::Encoder, _) | (_, Width::Double) => 32,
                (_, Width::Bit) => 1,
                (_, Width::Byte) => 8,
                (_, Width::Word) => 16,
                (_, Width::Text) => 0,
            },
        });
        let outputs = self.outputs.iter().map(|output| SignalName {
            device: output.device,
            address: output.address.clone(),
            meaning: output.meaning.name(&self.lanes),
            is_output: true,
            bits: 1,
        });
        SignalBoard::new(
            self.devices.iter().map(device).collect(),
            inputs.chain(outputs).collect(),
        )
    }

    /// The device that announces parts, by a trigger input or by its own handshake.
    pub fn announcer(&self) -> Option<u8> {
        let mut inputs = self.inputs.iter();
        let wired = inputs.find(|input| input.meaning == InputMeaning::Trigger);
        wired
            .map(|input| input.device)
            .or_else(|| self.device_that(|kind| kind.role().announces))
    }

    /// The device that takes parts out, by outputs of lanes or by its own handshake.
    pub fn ejector(&self) -> Option<u8> {
        let mut outputs = self.outputs.iter();
        let wired = outputs.find(|output| matches!(output.meaning, OutputMeaning::Lane { .. }));
        wired
            .map(|output| output.device)
            .or_else(|| self.device_that(|kind| kind.role().acts))
    }

    /// Whether this device must be heard for parts to be judged or taken out.
    pub fn is_vital(&self, device: u8) -> bool {
        self.announcer() == Some(device) || self.ejector() == Some(device)
    }

    /// How long a change of the slowest trigger of this device has to last until it counts.
    pub fn trigger_filter(&self, device: u8) -> Duration {
        let of_it = |it: &&Input| it.device == device && it.meaning == InputMeaning::Trigger;
        let filters = self.inputs.iter().filter(of_it).map(|it| it.filter);
        filters.max().unwrap_or_default()
    }

    fn device_that(&self, is_it: impl Fn(&DeviceKind) -> bool) -> Option<u8> {
        let at = self.devices.iter().position(|device| is_it(&device.kind))?;
        u8::try_from(at).ok()
    }
}

fn of_lane(word: &str, lane: LaneNo, lanes: &Lanes) -> String {
    let name = lanes.get(lane).map_or("?", |lane| lane.name.as_str());
    format!("{word} {name}")
}

impl InputMeaning {
    /// As in the settings, with the name of its lane.
    pub fn name(self, lanes: &Lanes) -> String {
        let word = match self {
            InputMeaning::Trigger => "trigger",
            InputMeaning::Encoder => "encoder",
            InputMeaning::LaneConfirm(lane) => return of_lane("lane-confirm", lane, lanes),
            InputMeaning::Gate => "gate",
            InputMeaning::BinFull => "bin-full",
            InputMeaning::BinOpen => "bin-open",
            InputMeaning::LowAir => "low-air",
            InputMeaning::BeltRuns => "belt-runs",
            InputMeaning::Restart => "restart",
            InputMeaning::PlcHeartbeat(_) => "plc-heartbeat",
            InputMeaning::PartId => "part-id",
            InputMeaning::Style => "style",
        };
        word.to_owned()
    }
}

impl OutputMeaning {
    /// As in the settings, with the name of its lane.
    pub fn name(self, lanes: &Lanes) -> String {
        let word = match self {
            OutputMeaning::Lane { lane, .. } => return of_lane("lane", lane, lanes),
            OutputMeaning::LineStop => "line-stop",
            OutputMeaning::Heartbeat(_) => "heartbeat",
            OutputMeaning::Ready => "ready",
            OutputMeaning::Red => "red",
            OutputMeaning::Amber => "amber",
            OutputMeaning::Green => "green",
            OutputMeaning::Buzzer => "buzzer",
            OutputMeaning::Alarm => "alarm",
        };
        word.to_owned()
    }
}
