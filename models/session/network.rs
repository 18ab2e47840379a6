//! A graph run as it is: named tensors in, tensors out. For teaching and import, where speed is no matter;
//! a station runs a [`Session`](crate::Session).

use crate::runtime::Runtime;
use ort::ep;
use ort::session::{Session, SessionInputValue};
use ort::value::{Tensor, ValueType};

/// Numbers and their shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each side.
    pub shape: Vec<usize>,
    /// The last side runs fastest.
    pub values: Vec<f32>,
}

/// A loaded graph.
pub(crate) struct Network {
    session: Session,
}

impl Network {
    pub(crate) fn new(runtime: &Runtime, model: &[u8], threads: usize) -> Result<Self, ort::Error> {
        Self::built(runtime, model, threads, true)
    }

    /// Gives memory back after each tensor, which is slower: for a graph that runs a few times and whose tensors are
    /// large.
    pub(crate) fn sparing(
        runtime: &Runtime,
        model: &[u8],
        threads: usize,
    ) -> Result<Self, ort::Error> {
        Self::built(runtime, model, threads, false)
    }

    fn built(
        runtime: &Runtime,
        model: &[u8],
        threads: usize,
        has_arena: bool,
    ) -> Result<Self, ort::Error> {
        let cpu = ep::CPU::default().with_arena_allocator(has_arena);
        let session = Session::builder(&runtime.environment)?
            .with_execution_providers([cpu.build()])?
            .with_memory_pattern(has_arena)?
            .with_intra_threads(threads.max(1))?
            .with_inter_threads(1)?
            .with_log_level(ort::logging::LogLevel::Fatal)?
            .commit_from_memory(model)?;
        Ok(Self { session })
    }

    /// The outputs in the order of the graph, those that are no `f32` left out.
    pub(crate) fn run(&mut self, inputs: &[(&str, &Array)]) -> Result<Vec<Array>, ort::Error> {
        let named = self.run_named(inputs)?;
        Ok(named.into_iter().map(|(_, array)| array).collect())
    }

    /// The same with the name of each.
    pub(crate) fn run_named(
        &mut self,
        inputs: &[(&str, &Array)],
    ) -> Result<Vec<(String, Array)>, ort::Error> {
        let mut values: Vec<(String, SessionInputValue)> = Vec::new();
        for (name, array) in inputs {
            let tensor = Tensor::from_array((array.shape.clone(), array.values.clone()))?;
            values.push(((*name).to_owned(), tensor.into()));
        }
        let outputs = self.session.run(values)?;
        let mut arrays = Vec::new();
        for (name, value) in &outputs {
            if let ValueType::Tensor { .. } = value.dtype()
                && let Ok((shape, values)) = value.try_extract_tensor::<f32>()
            {
                let array = Array {
                    shape: shape.iter().map(|side| *side as usize).collect(),
                    values: values.to_vec(),
                };
                arrays.push((name.to_owned(), array));
            }
        }
        Ok(arrays)
    }
}
