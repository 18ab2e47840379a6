//! What PFNC calls the layouts that are read, and its numbers for them.

use crate::decode::layout::{Layout, Sample};

/// Name, number and layout of everything read here.
pub const LAYOUTS: [(&str, u32, Layout); 43] = [
    ("Mono8", 0x0108_0001, Layout::Grey(Sample::Byte)),
    ("Mono10", 0x0110_0003, Layout::Grey(Sample::Word(2))),
    ("Mono10Packed", 0x010c_0004, Layout::Grey(Sample::Outer)),
    ("Mono10p", 0x010a_0046, Layout::Grey(Sample::Packed10)),
    ("Mono12", 0x0110_0005, Layout::Grey(Sample::Word(4))),
    ("Mono12Packed", 0x010c_0006, Layout::Grey(Sample::Outer)),
    ("Mono12p", 0x010c_0047, Layout::Grey(Sample::Packed12)),
    ("Mono14", 0x0110_0025, Layout::Grey(Sample::Word(6))),
    ("Mono16", 0x0110_0007, Layout::Grey(Sample::Word(8))),
    ("BayerGR8", 0x0108_0008, Layout::Bayer(1, 0, Sample::Byte)),
    ("BayerRG8", 0x0108_0009, Layout::Bayer(0, 0, Sample::Byte)),
    ("BayerGB8", 0x0108_000a, Layout::Bayer(0, 1, Sample::Byte)),
    ("BayerBG8", 0x0108_000b, Layout::Bayer(1, 1, Sample::Byte)),
    (
        "BayerGR10",
        0x0110_000c,
        Layout::Bayer(1, 0, Sample::Word(2)),
    ),
    (
        "BayerRG10",
        0x0110_000d,
        Layout::Bayer(0, 0, Sample::Word(2)),
    ),
    (
        "BayerGB10",
        0x0110_000e,
        Layout::Bayer(0, 1, Sample::Word(2)),
    ),
    (
        "BayerBG10",
        0x0110_000f,
        Layout::Bayer(1, 1, Sample::Word(2)),
    ),
    (
        "BayerGR12",
        0x0110_0010,
        Layout::Bayer(1, 0, Sample::Word(4)),
    ),
    (
        "BayerRG12",
        0x0110_0011,
        Layout::Bayer(0, 0, Sample::Word(4)),
    ),
    (
        "BayerGB12",
        0x0110_0012,
        Layout::Bayer(0, 1, Sample::Word(4)),
    ),
    (
        "BayerBG12",
        0x0110_0013,
        Layout::Bayer(1, 1, Sample::Word(4)),
    ),
    (
        "BayerGR10Packed",
        0x010c_0026,
        Layout::Bayer(1, 0, Sample::Outer),
    ),
    (
        "BayerRG10Packed",
        0x010c_0027,
        Layout::Bayer(0, 0, Sample::Outer),
    ),
    (
        "BayerGB10Packed",
        0x010c_0028,
        Layout::Bayer(0, 1, Sample::Outer),
    ),
    (
        "BayerBG10Packed",
        0x010c_0029,
        Layout::Bayer(1, 1, Sample::Outer),
    ),
    (
        "BayerGR12Packed",
        0x010c_002a,
        Layout::Bayer(1, 0, Sample::Outer),
    ),
    (
        "BayerRG12Packed",
        0x010c_002b,
        Layout::Bayer(0, 0, Sample::Outer),
    ),
    (
        "BayerGB12Packed",
        0x010c_002c,
        Layout::Bayer(0, 1, Sample::Outer),
    ),
    (
        "BayerBG12Packed",
        0x010c_002d,
        Layout::Bayer(1, 1, Sample::Outer),
    ),
    (
        "BayerGR10p",
        0x010a_0056,
        Layout::Bayer(1, 0, Sample::Packed10),
    ),
    (
        "BayerRG10p",
        0x010a_0058,
        Layout::Bayer(0, 0, Sample::Packed10),
    ),
    (
        "BayerGB10p",
        0x010a_0054,
        Layout::Bayer(0, 1, Sample::Packed10),
    ),
    (
        "BayerBG10p",
        0x010a_0052,
        Layout::Bayer(1, 1, Sample::Packed10),
    ),
    (
        "BayerGR12p",
        0x010c_0057,
        Layout::Bayer(1, 0, Sample::Packed12),
    ),
    (
        "BayerRG12p",
        0x010c_0059,
        Layout::Bayer(0, 0, Sample::Packed12),
    ),
    (
        "BayerGB12p",
        0x010c_0055,
        Layout::Bayer(0, 1, Sample::Packed12),
    ),
    (
        "BayerBG12p",
        0x010c_0053,
        Layout::Bayer(1, 1, Sample::Packed12),
    ),
    ("RGB8", 0x0218_0014, Layout::Rgb24),
    ("BGR8", 0x0218_0015, Layout::Bgr24),
    ("RGBa8", 0x0220_0016, Layout::Rgb32),
    ("BGRa8", 0x0220_0017, Layout::Bgr32),
    ("YUV422_8_UYVY", 0x0210_001f, Layout::Uyvy),
    ("YUV422_8", 0x0210_0032, Layout::Yuyv),
];

/// The names, for messages.
pub fn known() -> String {
    LAYOUTS.map(|(name, ..)| name).join(", ")
}

/// Name and layout of what a device calls by this number.
pub fn of_number(number: u32) -> Option<(&'static str, Layout)> {
    let found = LAYOUTS.iter().find(|(_, code, _)| *code == number)?;
    Some((found.0, found.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aravis::PixelFormat as P;

    #[test]
    fn numbers_are_those_of_the_library() {
        let named = [
            ("Mono8", P::MONO_8),
            ("Mono10", P::MONO_10),
            ("Mono10Packed", P::MONO_10_PACKED),
            ("Mono12", P::MONO_12),
            ("Mono12Packed", P::MONO_12_PACKED),
            ("Mono14", P::MONO_14),
            ("Mono16", P::MONO_16),
            ("BayerGR8", P::BAYER_GR_8),
            ("BayerRG8", P::BAYER_RG_8),
            ("BayerGB8", P::BAYER_GB_8),
            ("BayerBG8", P::BAYER_BG_8),
            ("BayerGR10", P::BAYER_GR_10),
            ("BayerRG10", P::BAYER_RG_10),
            ("BayerGB10", P::BAYER_GB_10),
            ("BayerBG10", P::BAYER_BG_10),
            ("BayerGR12", P::BAYER_GR_12),
            ("BayerRG12", P::BAYER_RG_12),
            ("BayerGB12", P::BAYER_GB_12),
            ("BayerBG12", P::BAYER_BG_12),
            ("BayerGR10Packed", P::BAYER_GR_10_PACKED),
            ("BayerRG10Packed", P::BAYER_RG_10_PACKED),
            ("BayerGB10Packed", P::BAYER_GB_10_PACKED),
            ("BayerBG10Packed", P::BAYER_BG_10_PACKED),
            ("BayerGR12Packed", P::BAYER_GR_12_PACKED),
            ("BayerRG12Packed", P::BAYER_RG_12_PACKED),
            ("BayerGB12Packed", P::BAYER_GB_12_PACKED),
            ("BayerBG12Packed", P::BAYER_BG_12_PACKED),
            ("BayerGR10p", P::BAYER_GR_10P),
            ("BayerRG10p", P::BAYER_RG_10P),
            ("BayerGB10p", P::BAYER_GB_10P),
            ("BayerBG10p", P::BAYER_BG_10P),
            ("BayerGR12p", P::BAYER_GR_12P),
            ("BayerRG12p", P::BAYER_RG_12P),
            ("BayerGB12p", P::BAYER_GB_12P),
            ("BayerBG12p", P::BAYER_BG_12P),
            ("RGB8", P::RGB_8_PACKED),
            ("BGR8", P::BGR_8_PACKED),
            ("RGBa8", P::RGBA_8_PACKED),
            ("BGRa8", P::BGRA_8_PACKED),
            ("YUV422_8_UYVY", P::YUV_422_PACKED),
            ("YUV422_8", P::YUV_422_YUYV_PACKED),
        ];
        for (name, theirs) in named {
            let ours = of_number(theirs.raw()).map(|(name, _)| name);
            assert_eq!(ours, Some(name), "{:#x}", theirs.raw());
        }
        // The library has no names for these two; bits a pixel stand in the third byte.
        assert_eq!(LAYOUTS.len(), named.len() + 2);
        for (name, bits) in [("Mono10p", 10), ("Mono12p", 12)] {
            let found = LAYOUTS.iter().find(|(ours, ..)| *ours == name).unwrap();
            assert_eq!(found.1 >> 16 & 0xff, bits);
        }
    }
}
