//! A graph with its input and outputs bound to memory of its own, which every run reuses.

use super::graph;
use crate::bundle::manifest::Input;
use ort::AsPointer as _;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, Session};
use ort::value::Tensor;
use std::ffi::{CStr, CString};

/// Where input and outputs lie, for us to write and to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Ordinary memory of the process.
    Plain,
    /// Where NVIDIA's copies to and from a GPU need no detour.
    Pinned,
}

impl Memory {
    /// For the input and for the outputs. Plain ones where a session has no others: that costs time and no more.
    fn allocators(self, session: &Session) -> [Allocator; 2] {
        [MemoryType::CPUInput, MemoryType::CPUOutput].map(|what| {
            let pinned = || {
                let device = AllocationDevice::CUDA_PINNED;
                let info = MemoryInfo::new(device, 0, AllocatorType::Device, what)?;
                Allocator::new(session, info)
            };
            match self {
                Memory::Plain => Allocator::default(),
                Memory::Pinned => pinned().unwrap_or_default(),
            }
        })
    }
}

/// A graph ready to run.
pub(crate) struct Bound {
    // Fields drop in this order: the binding refers to the tensors and to the session.
    binding: IoBinding,
    input_name: CString,
    input: Tensor<f32>,
    outputs: Vec<Tensor<f32>>,
    /// Of one image's part of each output.
    shapes: Vec<Vec<i64>>,
    /// How many images each run takes.
    images: usize,
    session: Session,
}

impl Bound {
    /// Runs once on zeros to learn the shapes of the outputs, which a graph with free sides does not tell before.
    pub(crate) fn new(
        mut session: Session,
        input: &Input,
        names: &[&str],
        images: usize,
        memory: Memory,
    ) -> Result<Self, ort::Error> {
        let (channels, height) = (input.channels.count(), input.height as usize);
        let shape = [images, channels, height, input.width as usize];
        let [for_input, for_outputs] = memory.allocators(&session);
        let mut tensor = Tensor::new(&for_input, shape)?;
        tensor.extract_tensor_mut().1.fill(0.0);
        let shapes = {
            let outputs = session.run(ort::inputs![input.name.as_str() => &tensor])?;
            let shape_of = |name: &&str| {
                let output = outputs.get(*name);
                let output =
                    output.ok_or_else(|| ort::Error::new(format!("no output \"{name}\"")))?;
                Ok(output.try_extract_tensor::<f32>()?.0.to_vec())
            };
            names
                .iter()
                .map(shape_of)
                .collect::<Result<Vec<Vec<i64>>, ort::Error>>()?
        };
        let mut outputs = Vec::new();
        for shape in &shapes {
            outputs.push(Tensor::new(&for_outputs, shape.clone())?);
        }
        let binding = session.create_binding()?;
        for (name, output) in names.iter().zip(&outputs) {
            bind(&binding, &CString::new(*name)?, output, false)?;
        }
        Ok(Self {
            binding,
            input_name: CString::new(input.name.as_str())?,
            input: tensor,
            outputs,
            shapes: shapes
                .iter()
                .map(|shape| graph::of_one(shape, images))
                .collect(),
            images,
            session,
        })
    }

    /// Of the outputs for one image, in the order of the names given.
    pub(crate) fn shapes(&self) -> &[Vec<i64>] {
        &self.shapes
    }

    /// How many images each run takes.
    pub(crate) fn images(&self) -> usize {
        self.images
    }

    /// Of the first image.
    pub(crate) fn input(&self) -> &[f32] {
        let all = self.input.extract_tensor().1;
        &all[..all.len() / self.images]
    }

    pub(crate) fn input_mut(&mut self, image: usize) -> &mut [f32] {
        of_image(&mut self.input, image, self.images)
    }

    /// An image's part of the first output and of the second, which is empty where there is none.
    pub(crate) fn outputs_mut(&mut self, image: usize) -> (&mut [f32], &mut [f32]) {
        let images = self.images;
        match &mut self.outputs[..] {
            [] => (&mut [], &mut []),
            [only] => (of_image(only, image, images), &mut []),
            [first, second, ..] => (
                of_image(first, image, images),
                of_image(second, image, images),
            ),
        }
    }

    /// `ort`'s own call collects the outputs into new memory each time; this one leaves them where
    /// they were bound.
    pub(crate) fn run(&mut self) -> Result<(), ort::Error> {
        for output in &mut self.outputs {
            // Whatever the run leaves unwritten is then no score, instead of the last part's.
            output.extract_tensor_mut().1.fill(f32::NAN);
        }
        // A device with memory of its own is given a copy of the input as it is when it is bound.
        bind(&self.binding, &self.input_name, &self.input, true)?;
        let session = self.session.ptr().cast_mut();
        // SAFETY: session, binding and the tensors bound to it are alive and borrowed by nobody
        // else, null stands for the default run options, and the call returns after the run.
        let status =
            unsafe { (ort::api().RunWithBinding)(session, std::ptr::null(), self.binding.ptr()) };
        // SAFETY: the status comes from the call above and is not used again.
        unsafe { ort::Error::result_from_status(status) }
    }
}

fn of_image(tensor: &mut Tensor<f32>, image: usize, images: usize) -> &mut [f32] {
    let all = tensor.extract_tensor_mut().1;
    let length = all.len() / images;
    &mut all[image * length..][..length]
}

/// `IoBinding`'s own methods would clone the value and allocate its name at each binding.
fn bind(
    binding: &IoBinding,
    name: &CStr,
    tensor: &Tensor<f32>,
    is_input: bool,
) -> Result<(), ort::Error> {
    let at = binding.ptr().cast_mut();
    let bind = if is_input {
        ort::api().BindInput
    } else {
        ort::api().BindOutput
    };
    // SAFETY: all three pointers are to live objects; the binding shares ownership of the value and
    // copies the name.
    let status = unsafe { bind(at, name.as_ptr(), tensor.ptr()) };
    // SAFETY: the status comes from the call above and is not used again.
    unsafe { ort::Error::result_from_status(status) }
}
