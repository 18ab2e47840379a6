//! Arguments of `inspector model import`, and what they say of a model.

use crate::error::{Error, ErrorKind};
use models::import::{Asked, Colour, HighIs, Layout, Normalisation, Preset};
use models::{Activation, Fit, Resize, Task};
use std::path::PathBuf;

/// Arguments of `inspector model import`.
#[derive(clap::Args)]
pub struct ImportArgs {
    /// The model; weights in files beside it are brought in.
    pub file: PathBuf,
    /// The bundle's folder, which must not exist yet.
    #[arg(long)]
    pub out: PathBuf,
    /// 3 to 20 images, good and bad, as the camera gives them: they become the bundle's reference images.
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// What the tool that trained the model says of those images: the model is refused where it answers
    /// otherwise here.
    #[arg(long, value_name = "FILE.json", requires = "images")]
    pub answers: Option<PathBuf>,
    /// How far a score may be off.
    #[arg(long, default_value_t = models::references::TOLERANCE)]
    pub tolerance: f32,
    /// anomaly, segment, detect or classify.
    #[arg(long, value_parser = |text: &str| Task::named(text).ok_or("anomaly, segment, detect or classify"))]
    task: Option<Task>,
    /// The output that is read.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Names of the classes, in the model's order.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    classes: Option<Vec<String>>,
    /// Classes that are no defect.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    good: Option<Vec<String>>,
    /// What a high value of a model's only score means. A file does not tell; with good, scores are turned round.
    #[arg(long, value_enum)]
    high_is: Option<HighIsArg>,
    /// How boxes are written, whatever the file and its shapes look like: centre (YOLOv8, YOLO11), rows (the same
    /// transposed), corners (YOLOv10, YOLO26, nms=True), shares or shares-final (RT-DETR), objectness (YOLOv5, YOLOv7), turned or
    /// turned-final (obb).
    #[arg(long, value_name = "LAYOUT", value_parser = layout)]
    box_layout: Option<Layout>,
    /// Which channel comes first.
    #[arg(long, value_enum)]
    colour: Option<ColourArg>,
    /// Which values it learnt from: 0 to 1, ImageNet's mean and deviation, 0 to 255, -1 to 1.
    #[arg(long, value_enum, conflicts_with_all = ["mean", "std"])]
    normalisation: Option<NormalisationArg>,
    /// Of values from 0 to 1.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', requires = "std")]
    mean: Option<Vec<f32>>,
    /// Of values from 0 to 1.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', requires = "mean")]
    std: Option<Vec<f32>>,
    /// Size of the input, where the graph leaves it free.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = crate::cli::teach::size)]
    size: Option<(usize, usize)>,
    /// How images of another aspect are brought in: as a whole, with grey beside them, or their middle.
    #[arg(long, value_enum)]
    fit: Option<FitArg>,
    /// How images are resized.
    #[arg(long, value_enum)]
    resize: Option<ResizeArg>,
    /// What turns the output into scores.
    #[arg(long, value_enum)]
    activation: Option<ActivationArg>,
    /// Values that become scores 0 and 1.
    #[arg(
        long,
        value_name = "LOW,HIGH",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    range: Option<Vec<f32>>,
    /// From this overlap on the weaker of two boxes is dropped. Default: 0.7; of YOLOv5 0.45; of RT-DETR and RF-DETR 1.
    #[arg(long)]
    iou: Option<f32>,
    /// Prepare images as this tool does.
    #[arg(long, value_enum)]
    preset: Option<PresetArg>,
    /// For the audit: what the model learnt from.
    #[arg(long, default_value = "not stated")]
    pub trained_on: String,
    /// For the audit: the model's licence. Default: what the file says.
    #[arg(long)]
    pub licence: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ColourArg {
    Rgb,
    Bgr,
    Mono,
}

impl From<ColourArg> for Colour {
    fn from(said: ColourArg) -> Self {
        match said {
            ColourArg::Rgb => Colour::Rgb,
            ColourArg::Bgr => Colour::Bgr,
            ColourArg::Mono => Colour::Mono,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum NormalisationArg {
    Unit,
    Imagenet,
    Bytes,
    Symmetric,
}

impl From<NormalisationArg> for Normalisation {
    fn from(said: NormalisationArg) -> Self {
        match said {
            NormalisationArg::Unit => Normalisation::UNIT,
            NormalisationArg::Imagenet => Normalisation::IMAGENET,
            NormalisationArg::Bytes => Normalisation::BYTES,
            NormalisationArg::Symmetric => Normalisation::SYMMETRIC,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FitArg {
    Stretch,
    Letterbox,
    Crop,
}

impl From<FitArg> for Fit {
    fn from(said: FitArg) -> Self {
        match said {
            FitArg::Stretch => Fit::Stretch,
            FitArg::Letterbox => Fit::Letterbox { pad: 114.0 },
            FitArg::Crop => Fit::Crop { share: 1.0 },
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ResizeArg {
    Area,
    Linear,
    Triangle,
    Pillow,
}

impl From<ResizeArg> for Resize {
    fn from(said: ResizeArg) -> Self {
        match said {
            ResizeArg::Area => Resize::Area,
            ResizeArg::Linear => Resize::Linear,
            ResizeArg::Triangle => Resize::Triangle,
            ResizeArg::Pillow => Resize::Pillow,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ActivationArg {
    None,
    Sigmoid,
    Softmax,
}

impl From<ActivationArg> for Activation {
    fn from(said: ActivationArg) -> Self {
        match said {
            ActivationArg::None => Activation::None,
            ActivationArg::Sigmoid => Activation::Sigmoid,
            ActivationArg::Softmax => Activation::Softmax,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PresetArg {
    Ultralytics,
    Rtdetr,
    Anomalib,
    Torchvision,
    Rfdetr,
}

impl From<PresetArg> for Preset {
    fn from(said: PresetArg) -> Self {
        match said {
            PresetArg::Ultralytics => Preset::Ultralytics,
            PresetArg::Rtdetr => Preset::UltralyticsRtDetr,
            PresetArg::Rfdetr => Preset::RfDetr,
            PresetArg::Anomalib => Preset::Anomalib,
            PresetArg::Torchvision => Preset::Torchvision,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum HighIsArg {
    Good,
    Defect,
}

impl From<HighIsArg> for HighIs {
    fn from(said: HighIsArg) -> Self {
        match said {
            HighIsArg::Good => HighIs::Good,
            HighIsArg::Defect => HighIs::Defect,
        }
    }
}

fn layout(text: &str) -> Result<Layout, String> {
    Layout::named(text).ok_or_else(|| Layout::ALL.map(Layout::name).join(", "))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Settings, message)
}

fn three(values: &[f32], flag: &str) -> Result<[f32; 3], Error> {
    let found = values.len();
    let three = <[f32; 3]>::try_from(values).ok();
    let three = three.filter(|three| three.iter().all(|v| v.is_finite()));
    three.ok_or_else(|| wrong(format!("{flag}: expected three numbers, found {found}")))
}

impl ImportArgs {
    /// What was said.
    ///
    /// # Errors
    /// Which flag has a value that it cannot have.
    pub fn asked(&self) -> Result<Asked, Error> {
        if self.iou.is_some_and(|iou| !(0.0..=1.0).contains(&iou)) {
            return Err(wrong("--iou: expected a number from 0 to 1".to_owned()));
        }
        let size = self.size;
        Ok(Asked {
            task: self.task,
            output: self.output.clone(),
            classes: self.classes.clone(),
            good: self.good.clone(),
            high_is: self.high_is.map(HighIs::from),
            layout: self.box_layout,
            colour: self.colour.map(Colour::from),
            normalisation: self.normalisation()?,
            size: size.map(|(width, height)| (width as u32, height as u32)),
            fit: self.fit.map(Fit::from),
            resize: self.resize.map(Resize::from),
            activation: self.activation.map(Activation::from),
            range: self.range()?,
            iou: self.iou,
            preset: self.preset.map(Preset::from),
        })
    }

    fn normalisation(&self) -> Result<Option<Normalisation>, Error> {
        let (Some(mean), Some(std)) = (&self.mean, &self.std) else {
            return Ok(self.normalisation.map(Normalisation::from));
        };
        let (mean, std) = (three(mean, "--mean")?, three(std, "--std")?);
        if std.iter().any(|std| *std <= 0.0) {
            return Err(wrong("--std: expected numbers above 0".to_owned()));
        }
        Ok(Some(Normalisation {
            scale: 255.0,
            mean,
            std,
        }))
    }

    fn range(&self) -> Result<Option<[f32; 2]>, Error> {
        match self.range.as_deref() {
            None => Ok(None),
            Some([low, high]) if low < high => Ok(Some([*low, *high])),
            Some(_) => Err(wrong(
                "--range: expected two numbers, the smaller first; where high values stand for good parts, say \
                 --high-is good"
                    .to_owned(),
            )),
        }
    }
}
