//! Writes pairs of `QuantizeLinear` and `DequantizeLinear` into a graph.

use super::plan::{Grid, Names, Plan};
use super::ranges::{Ranges, Steps};
use crate::onnx::{Graph, Model, Node, Tensor};
use std::collections::HashSet;

/// Largest whole number of a weight: 255 times twice this fits 16 bits.
const WEIGHT_MAX: f32 = 64.0;

impl Plan {
    /// The graph in whole numbers.
    pub(crate) fn rewrite(&self, model: &Model, ranges: &Ranges) -> Result<Model, String> {
        let mut model = model.clone();
        let Some(graph) = &mut model.graph else {
            return Err("it has no graph".to_owned());
        };
        let original = graph.clone();
        let names = Names::of(&original);
        graph.value_info.clear();
        let mut made = Made {
            plan: self,
            ranges,
            nodes: Vec::new(),
            tensors: Vec::new(),
            known: HashSet::new(),
        };
        for (index, node) in original.node.iter().enumerate() {
            if self.absorbed.contains(&index) {
                continue;
            }
            let node = if self.weighted.contains(&index) {
                made.weighted(node, &names)?
            } else {
                node.clone()
            };
            made.given(node, &original, &names)?;
        }
        graph.node = made.nodes;
        graph.initializer.extend(made.tensors);
        graph.prune();
        Ok(model)
    }

    /// What the steps of a tensor are called after: itself, or the one whose values it moves.
    fn origin<'a>(&'a self, mut name: &'a str) -> &'a str {
        while let Some(Grid::Of(other)) = self.grids.get(name) {
            name = other;
        }
        name
    }
}

/// The new graph as it grows.
struct Made<'a> {
    plan: &'a Plan,
    ranges: &'a Ranges,
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
    known: HashSet<String>,
}

impl Made<'_> {
    /// A convolution or product with its weights in whole numbers, and what it takes.
    fn weighted(&mut self, node: &Node, names: &Names) -> Result<Node, String> {
        let mut node = node.clone();
        let taken = node.input[0].clone();
        if !self.plan.grids.contains_key(&taken) {
            node.input[0] = self.taken(&taken)?;
        }
        let origin = self.plan.origin(&taken);
        let step = self.ranges.steps(origin)?.step;
        // Outputs run along the first side of a kernel, and are the columns of a product.
        let axis = if node.op_type() == "Conv" { 0 } else { 1 };
        let (name, steps) = self.weights(&node.input[1], axis, names)?;
        node.input[1] = name;
        if let Some(bias) = node.input.get_mut(2).filter(|name| !name.is_empty()) {
            let sums = names.constant(bias).and_then(Tensor::numbers);
            let sums = sums.filter(|sums| sums.len() == steps.len());
            let sums = sums.ok_or_else(|| format!("{bias}: expected a number per channel"))?;
            let name = format!("{}/bias", node.output[0]);
            let steps: Vec<f32> = steps.iter().map(|weight| weight * step).collect();
            let whole = sums
                .iter()
                .zip(&steps)
                .map(|(sum, step)| (sum / step).round() as i32);
            self.tensors.extend([
                Tensor::integers_32(&format!("{name}/int32"), &whole.collect::<Vec<_>>()),
                Tensor::floats(&format!("{name}/step"), &[steps.len()], &steps),
                Tensor::integers_32(&format!("{name}/zero"), &vec![0; steps.len()]),
            ]);
            self.nodes.push(dequantise(&name, "int32").int("axis", 0));
            *bias = name;
        }
        Ok(node)
    }

    /// Weights with a step for each output, along `axis`. Gives their name and the steps.
    fn weights(
        &mut self,
        weights: &str,
        axis: usize,
        names: &Names,
    ) -> Result<(String, Vec<f32>), String> {
        let tensor = names.constant(weights);
        let numbers = tensor.and_then(Tensor::numbers);
        let (Some(tensor), Some(numbers)) = (tensor, numbers) else {
            return Err(format!("{weights}: expected constant numbers"));
        };
        let count = tensor.dims[axis] as usize;
        // Numbers of one output lie together along the first axis, and one behind the other along the second.
        let of = |index: usize| {
            if axis == 0 {
                index / (numbers.len() / count)
            } else {
                index % count
            }
        };
        let mut steps = vec![0.0f32; count];
        for (index, number) in numbers.iter().enumerate() {
            let step = &mut steps[of(index)];
            *step = step.max(number.abs() / WEIGHT_MAX);
        }
        // A channel of zeros has any step.
        steps
            .iter_mut()
            .filter(|step| !step.is_normal())
            .for_each(|step| *step = 1.0);
        let name = format!("{weights}/whole");
        if self.known.insert(name.clone()) {
            let whole = numbers.iter().enumerate();
            let whole: Vec<i8> = whole
                .map(|(index, number)| (number / steps[of(index)]).round() as i8)
                .collect();
            self.tensors.extend([
                Tensor::integers_8(&format!("{name}/int8"), &tensor.dims, &whole),
                Tensor::floats(&format!("{name}/step"), &[count], &steps),
                Tensor::integers_8(&format!("{name}/zero"), &[count as i64], &vec![0; count]),
            ]);
            self.nodes
                .push(dequantise(&name, "int8").int("axis", axis as i64));
        }
        Ok((name, steps))
    }

    /// What comes in `f32` and is taken in whole numbers. Gives its name.
    fn taken(&mut self, from: &str) -> Result<String, String> {
        let name = format!("{from}/taken");
        if self.known.insert(name.clone()) {
            let steps = self.ranges.steps(from)?;
            self.pair(from, &name, &name, steps);
        }
        Ok(name)
    }

    /// Puts a node in, with what makes whole numbers of what it gives.
    fn given(&mut self, mut node: Node, original: &Graph, names: &Names) -> Result<(), String> {
        let mut pairs = Vec::new();
        for output in &mut node.output {
            let name = match names.consumers(output) {
                // What the node behind it gave is given by it now.
                [next]
                    if self.plan.absorbed.contains(next)
                        && original.node[*next].input[0] == *output =>
                {
                    &original.node[*next].output[0]
                }
                _ => &*output,
            };
            let name = name.clone();
            if self.plan.grids.contains_key(&name) {
                *output = format!("{name}/f32");
                pairs.push(name);
            }
        }
        self.nodes.push(node);
        for name in pairs {
            let origin = self.plan.origin(&name).to_owned();
            let steps = self.ranges.steps(&origin)?;
            self.pair(
                &format!("{name}/f32"),
                &name,
                &format!("{origin}/grid"),
                steps,
            );
        }
        Ok(())
    }

    /// `from` in `f32`, rounded to whole numbers and back: `to`.
    fn pair(&mut self, from: &str, to: &str, grid: &str, steps: Steps) {
        let [step, zero, whole] = [
            format!("{grid}/step"),
            format!("{grid}/zero"),
            format!("{to}/uint8"),
        ];
        if self.known.insert(step.clone()) {
            self.tensors.extend([
                Tensor::floats(&step, &[], &[steps.step]),
                Tensor::byte(&zero, steps.zero),
            ]);
        }
        let back = Node {
            // The node that gave the tensor before may be called after it.
            name: Some(format!("{to}/f32-again")),
            ..Node::new("DequantizeLinear", &[&whole, &step, &zero], to)
        };
        self.nodes.extend([
            Node::new("QuantizeLinear", &[from, &step, &zero], &whole),
            back,
        ]);
    }
}

fn dequantise(name: &str, kind: &str) -> Node {
    let [whole, step, zero] = [kind, "step", "zero"].map(|what| format!("{name}/{what}"));
    Node::new("DequantizeLinear", &[&whole, &step, &zero], name)
}
