//! What V4L2 calls the layouts that are read.

use crate::decode::layout::{Layout, Sample};

/// FourCC, PFNC name and layout of everything read here.
pub const LAYOUTS: [(&[u8; 4], &str, Layout); 22] = [
    (b"GREY", "Mono8", Layout::Grey(Sample::Byte)),
    (b"Y10 ", "Mono10", Layout::Grey(Sample::Word(2))),
    (b"Y12 ", "Mono12", Layout::Grey(Sample::Word(4))),
    (b"Y16 ", "Mono16", Layout::Grey(Sample::Word(8))),
    (b"YUYV", "YUV422_8", Layout::Yuyv),
    (b"UYVY", "YUV422_8_UYVY", Layout::Uyvy),
    (b"NV12", "YUV420_8_YY_UV_SemiPlanar", Layout::Nv12),
    (b"RGB3", "RGB8", Layout::Rgb24),
    (b"BGR3", "BGR8", Layout::Bgr24),
    (b"RGGB", "BayerRG8", Layout::Bayer(0, 0, Sample::Byte)),
    (b"GRBG", "BayerGR8", Layout::Bayer(1, 0, Sample::Byte)),
    (b"GBRG", "BayerGB8", Layout::Bayer(0, 1, Sample::Byte)),
    (b"BA81", "BayerBG8", Layout::Bayer(1, 1, Sample::Byte)),
    (b"RG10", "BayerRG10", Layout::Bayer(0, 0, Sample::Word(2))),
    (b"BA10", "BayerGR10", Layout::Bayer(1, 0, Sample::Word(2))),
    (b"GB10", "BayerGB10", Layout::Bayer(0, 1, Sample::Word(2))),
    (b"BG10", "BayerBG10", Layout::Bayer(1, 1, Sample::Word(2))),
    (b"RG12", "BayerRG12", Layout::Bayer(0, 0, Sample::Word(4))),
    (b"BA12", "BayerGR12", Layout::Bayer(1, 0, Sample::Word(4))),
    (b"GB12", "BayerGB12", Layout::Bayer(0, 1, Sample::Word(4))),
    (b"BG12", "BayerBG12", Layout::Bayer(1, 1, Sample::Word(4))),
    (b"MJPG", "MJPG", Layout::Mjpg),
];
