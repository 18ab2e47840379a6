//! From what the device sends to Mono8 or RGB8, in one pass, rows of the source padded or not.

mod sample;

use super::jpeg;
use crate::station::frame::PixelFormat;
pub use sample::Sample;

/// A layout that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Grey, one sample a pixel.
    Grey(Sample),
    /// Y U Y V.
    Yuyv,
    /// U Y V Y.
    Uyvy,
    /// A plane of Y, then one of UV at half size.
    Nv12,
    /// R G B.
    Rgb24,
    /// B G R.
    Bgr24,
    /// R G B and a byte that means nothing.
    Rgb32,
    /// B G R and a byte that means nothing.
    Bgr32,
    /// Bayer; column and row of the first red pixel.
    Bayer(usize, usize, Sample),
    /// One JPEG a frame.
    Mjpg,
}

/// YUV to RGB in 16.16 fixed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    y0: i32,
    y: i32,
    rv: i32,
    gu: i32,
    gv: i32,
    bu: i32,
}

impl Matrix {
    /// ITU-R BT.709 or BT.601, of full (0–255) or limited (16–235) range.
    pub const fn new(bt709: bool, full: bool) -> Self {
        match (bt709, full) {
            (false, true) => Self {
                y0: 0,
                y: 65536,
                rv: 91881,
                gu: 22553,
                gv: 46802,
                bu: 116130,
            },
            (false, false) => Self {
                y0: 16,
                y: 76309,
                rv: 104597,
                gu: 25675,
                gv: 53279,
                bu: 132201,
            },
            (true, true) => Self {
                y0: 0,
                y: 65536,
                rv: 103206,
                gu: 12276,
                gv: 30679,
                bu: 121609,
            },
            (true, false) => Self {
                y0: 16,
                y: 76309,
                rv: 117489,
                gu: 13975,
                gv: 34925,
                bu: 138438,
            },
        }
    }

    #[inline(always)]
    fn grey(&self, y: u8) -> u8 {
        clamp(((i32::from(y) - self.y0) * self.y + 32768) >> 16)
    }

    #[inline(always)]
    fn rgb(&self, y: u8, u: u8, v: u8) -> [u8; 3] {
        let y = (i32::from(y) - self.y0) * self.y + 32768;
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        [
            clamp((y + self.rv * v) >> 16),
            clamp((y - self.gu * u - self.gv * v) >> 16),
            clamp((y + self.bu * u) >> 16),
        ]
    }
}

#[inline(always)]
fn clamp(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// ITU-R BT.601 luma.
#[inline(always)]
fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) + 128) >> 8) as u8
}

/// One frame as the device lays it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// How the driver lays the pixels out.
    pub layout: Layout,
    /// Pixels a row.
    pub width: usize,
    /// Rows of the frame.
    pub height: usize,
    /// Bytes from one row to the next, padding included.
    pub stride: usize,
    /// How its YUV is meant.
    pub matrix: Matrix,
}

impl Source {
    /// The layout of the station's nearest to this one.
    pub fn natural(&self) -> PixelFormat {
        match self.layout {
            Layout::Grey(_) => PixelFormat::Mono8,
            _ => PixelFormat::Rgb8,
        }
    }

    /// Bytes of one row without padding.
    pub fn row_bytes(&self) -> usize {
        match self.layout {
            Layout::Grey(sample) | Layout::Bayer(_, _, sample) => sample.row_bytes(self.width),
            Layout::Nv12 => self.width,
            Layout::Yuyv | Layout::Uyvy => self.width.div_ceil(2) * 4,
            Layout::Rgb24 | Layout::Bgr24 => self.width * 3,
            Layout::Rgb32 | Layout::Bgr32 => self.width * 4,
            Layout::Mjpg => 0,
        }
    }

    /// The fewest bytes that hold a whole frame; the last row may lack its padding.
    pub fn frame_bytes(&self) -> usize {
        match self.layout {
            Layout::Mjpg => 4,
            Layout::Nv12 => {
                self.stride * (self.height + self.height.div_ceil(2) - 1)
                    + self.width.div_ceil(2) * 2
            }
            _ => self.stride * (self.height - 1) + self.row_bytes(),
        }
    }

    /// Writes the frame in `data` to `pixels`. `false` when `data` is no whole frame; `pixels` then
    /// means nothing. `pixels` has `width × height × output.bytes()` bytes. Allocates for MJPG only, in its decoder.
    pub fn convert(&self, data: &[u8], output: PixelFormat, pixels: &mut [u8]) -> bool {
        if data.len() < self.frame_bytes() {
            return false;
        }
        if self.layout == Layout::Mjpg {
            return jpeg::decode_into(data, (self.width, self.height), output, pixels).is_ok();
        }
        let row_out = self.width * output.bytes();
        for (y, out) in pixels
            .chunks_exact_mut(row_out)
            .enumerate()
            .take(self.height)
        {
            match output {
                PixelFormat::Mono8 => self.row_mono(data, y, out),
                PixelFormat::Rgb8 => self.row_rgb(data, y, out.as_chunks_mut::<3>().0),
            }
        }
        true
    }

    fn row<'a>(&self, data: &'a [u8], y: usize) -> &'a [u8] {
        &data[y * self.stride..][..self.row_bytes()]
    }

    fn chroma<'a>(&self, data: &'a [u8], y: usize) -> &'a [u8] {
        &data[(self.height + y / 2) * self.stride..][..self.width.div_ceil(2) * 2]
    }

    fn row_mono(&self, data: &[u8], y: usize, out: &mut [u8]) {
        let row = self.row(data, y);
        let m = self.matrix;
        match self.layout {
            Layout::Grey(sample) => sample.unpack(row, out),
            Layout::Yuyv => each(row.as_chunks::<2>().0, out, |w| m.grey(w[0])),
            Layout::Uyvy => each(row.as_chunks::<2>().0, out, |w| m.grey(w[1])),
            Layout::Nv12 => each(row, out, |y| m.grey(y)),
            Layout::Rgb24 => each(row.as_chunks::<3>().0, out, luma),
            Layout::Bgr24 => each(row.as_chunks::<3>().0, out, |[b, g, r]| luma([r, g, b])),
            Layout::Rgb32 => each(row.as_chunks::<4>().0, out, |[r, g, b, _]| luma([r, g, b])),
            Layout::Bgr32 => each(row.as_chunks::<4>().0, out, |[b, g, r, _]| luma([r, g, b])),
            Layout::Bayer(..) => self.bayer(data, y, out, luma),
            Layout::Mjpg => {}
        }
    }

    fn row_rgb(&self, data: &[u8], y: usize, out: &mut [[u8; 3]]) {
        let row = self.row(data, y);
        let m = self.matrix;
        match self.layout {
            Layout::Grey(Sample::Byte) => each(row, out, |v| [v; 3]),
            Layout::Grey(sample) => {
                for (x, out) in out.iter_mut().enumerate() {
                    *out = [sample.eight(row, x); 3];
                }
            }
            Layout::Yuyv => pairs(row.as_chunks::<4>().0, out, |[a, u, b, v]| {
                [m.rgb(a, u, v), m.rgb(b, u, v)]
            }),
            Layout::Uyvy => pairs(row.as_chunks::<4>().0, out, |[u, a, v, b]| {
                [m.rgb(a, u, v), m.rgb(b, u, v)]
            }),
            Layout::Nv12 => {
                let uv = self.chroma(data, y).as_chunks::<2>().0;
                for ((y, out), [u, v]) in row.chunks(2).zip(out.chunks_mut(2)).zip(uv) {
                    each(y, out, |y| m.rgb(y, *u, *v));
                }
            }
            Layout::Rgb24 => each(row.as_chunks::<3>().0, out, |rgb| rgb),
            Layout::Bgr24 => each(row.as_chunks::<3>().0, out, |[b, g, r]| [r, g, b]),
            Layout::Rgb32 => each(row.as_chunks::<4>().0, out, |[r, g, b, _]| [r, g, b]),
            Layout::Bgr32 => each(row.as_chunks::<4>().0, out, |[b, g, r, _]| [r, g, b]),
            Layout::Bayer(..) => self.bayer(data, y, out, |rgb| rgb),
            Layout::Mjpg => {}
        }
    }

    /// Bilinear; the picture is mirrored about its outermost rows and columns.
    fn bayer<T>(&self, data: &[u8], y: usize, out: &mut [T], finish: impl Fn([u8; 3]) -> T) {
        let Layout::Bayer(red_x, red_y, sample) = self.layout else {
            return;
        };
        let red = (red_x, red_y);
        // One loop for each way of storing, as the choice is too slow to be made for each pixel.
        match sample {
            Sample::Byte => self.bayer_row(data, y, red, out, finish, |row, x| row[x]),
            Sample::Word(shift) => self.bayer_row(data, y, red, out, finish, |row, x| {
                Sample::Word(shift).eight(row, x)
            }),
            Sample::Packed10 => self.bayer_row(data, y, red, out, finish, |row, x| {
                Sample::Packed10.eight(row, x)
            }),
            Sample::Packed12 => self.bayer_row(data, y, red, out, finish, |row, x| {
                Sample::Packed12.eight(row, x)
            }),
            Sample::Outer => {
                self.bayer_row(data, y, red, out, finish, |row, x| {
                    Sample::Outer.eight(row, x)
                });
            }
        }
    }

    #[inline(always)]
    fn bayer_row<T>(
        &self,
        data: &[u8],
        y: usize,
        (red_x, red_y): (usize, usize),
        out: &mut [T],
        finish: impl Fn([u8; 3]) -> T,
        sample: impl Fn(&[u8], usize) -> u8,
    ) {
        let (w, h) = (self.width, self.height);
        let up = self.row(data, if y == 0 { 1 } else { y - 1 });
        let mid = self.row(data, y);
        let down = self.row(data, if y + 1 == h { h - 2 } else { y + 1 });
        let red_row = y % 2 == red_y;
        let pixel = |x: usize, l: usize, r: usize| {
            let at = |row: &[u8], x: usize| u32::from(sample(row, x));
            let here = sample(mid, x);
            let across = (at(mid, l) + at(mid, r)).div_ceil(2) as u8;
            let along = (at(up, x) + at(down, x)).div_ceil(2) as u8;
            let cross = ((at(mid, l) + at(mid, r) + at(up, x) + at(down, x) + 2) / 4) as u8;
            let corners = ((at(up, l) + at(up, r) + at(down, l) + at(down, r) + 2) / 4) as u8;
            let red_column = x % 2 == red_x;
            finish(match (red_row, red_column) {
                (true, true) => [here, cross, corners],
                (true, false) => [across, here, along],
                (false, true) => [along, here, across],
                (false, false) => [corners, cross, here],
            })
        };
        for (x, out) in out.iter_mut().enumerate() {
            let left = if x == 0 { 1 } else { x - 1 };
            let right = if x + 1 == w { w - 2 } else { x + 1 };
            *out = pixel(x, left, right);
        }
    }
}

#[inline(always)]
fn each<A: Copy, B>(from: &[A], to: &mut [B], f: impl Fn(A) -> B) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = f(*from);
    }
}

/// Two pixels at a time; an odd row takes the first of its last pair.
#[inline(always)]
fn pairs(from: &[[u8; 4]], to: &mut [[u8; 3]], f: impl Fn([u8; 4]) -> [[u8; 3]; 2]) {
    let (whole, rest) = to.as_chunks_mut::<2>();
    each(from, whole, &f);
    if let ([last], Some(from)) = (rest, from.last()) {
        *last = f(*from)[0];
    }
}

#[cfg(test)]
mod tests;
