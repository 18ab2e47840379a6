//! What of a graph becomes whole numbers.

use crate::onnx::{Attribute, FLOAT, Graph, Model, Node, Tensor, Value};
use std::collections::{HashMap, HashSet};

/// Fewest output channels of a convolution that gains: blurs have one.
const CHANNELS_MIN: i64 = 4;
/// Fewest numbers that a product sums up, and that it gives a row.
const PRODUCT_MIN: i64 = 16;

/// How a tensor in whole numbers came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Grid {
    /// Its own least and most.
    Own,
    /// Those of another, whose values it merely moves.
    Of(String),
}

/// Which nodes, and which tensors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Convolutions, and products with constants, by index.
    pub(super) weighted: Vec<usize>,
    /// What nodes in whole numbers give.
    pub(super) grids: HashMap<String, Grid>,
    /// `Relu` or `Clip` that its producer does as well, by rounding to a range that ends where it ends.
    pub(super) absorbed: HashSet<usize>,
    watched: Vec<String>,
    takes_input: bool,
    total: usize,
}

/// A graph's tensors by name.
pub(super) struct Names<'a> {
    constants: HashMap<&'a str, &'a Tensor>,
    consumers: HashMap<&'a str, Vec<usize>>,
    outputs: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn of(graph: &'a Graph) -> Self {
        let mut names = Self {
            constants: HashMap::new(),
            consumers: HashMap::new(),
            outputs: graph.output.iter().map(Value::name).collect(),
        };
        let initializers = graph.initializer.iter();
        names
            .constants
            .extend(initializers.filter_map(|t| Some((t.name.as_deref()?, t))));
        for (index, node) in graph.node.iter().enumerate() {
            let tensor = node
                .attribute
                .iter()
                .find_map(|attribute| attribute.t.as_ref());
            for output in &node.output {
                if let ("Constant", Some(tensor)) = (node.op_type(), tensor) {
                    names.constants.insert(output, tensor);
                }
            }
            for input in &node.input {
                names.consumers.entry(input).or_default().push(index);
            }
        }
        names
    }

    pub(super) fn constant(&self, name: &str) -> Option<&'a Tensor> {
        self.constants.get(name).copied()
    }

    pub(super) fn consumers(&self, name: &str) -> &[usize] {
        self.consumers.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Plan {
    /// Of a graph.
    pub(crate) fn of(model: &Model) -> Self {
        let Some(graph) = &model.graph else {
            return Self::default();
        };
        let names = Names::of(graph);
        let leads = leads(graph, &names);
        let mut plan = Self::default();
        for (index, node) in graph.node.iter().enumerate() {
            let Some(output) = node.output.first() else {
                continue;
            };
            if is_convolution(node, &names) {
                plan.total += 1;
                if leads_on(output, &names, &leads) {
                    plan.take(node, Grid::Own, graph, &names);
                    plan.weighted.push(index);
                }
            } else if is_product(node, &names) {
                plan.total += 1;
                plan.weighted.push(index);
            } else if !plan.absorbed.contains(&index)
                && leads[index]
                && let Some(grid) = plan.passed(node, &names)
            {
                plan.take(node, grid, graph, &names);
            }
        }
        plan.watch(graph);
        plan
    }

    /// Nodes that become whole numbers.
    pub(crate) fn count(&self) -> usize {
        self.weighted.len()
    }

    /// Nodes that might.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Whether the least and most of the image itself must be known.
    pub(crate) fn takes_input(&self) -> bool {
        self.takes_input
    }

    /// Tensors in between whose least and most must be known.
    pub(crate) fn watched(&self) -> &[String] {
        &self.watched
    }

    /// The same graph, which gives the least and the most of each watched tensor, one after the other, and nothing else.
    pub(crate) fn watching(&self, model: &Model) -> Model {
        let mut model = model.clone();
        if let Some(graph) = &mut model.graph {
            graph.output.clear();
            for name in &self.watched {
                for (operator, what) in [("ReduceMin", "least"), ("ReduceMax", "most")] {
                    let to = format!("{name}/{what}");
                    let node = Node::new(operator, &[name], &to).int("keepdims", 0);
                    graph.node.push(node);
                    graph.output.push(Value::floats(&to, &[]));
                }
            }
        }
        model
    }

    /// Whether a node that only moves or combines values can have whole numbers: when all it takes are.
    fn passed(&self, node: &Node, names: &Names) -> Option<Grid> {
        if !is_passing(node, names) {
            return None;
        }
        let taken: Vec<&String> = node
            .input
            .iter()
            .filter(|name| !name.is_empty() && names.constant(name).is_none())
            .collect();
        let [first, ..] = taken[..] else {
            return None;
        };
        taken
            .iter()
            .all(|name| self.grids.contains_key(*name))
            .then(|| match node.op_type() {
                "MaxPool" | "Resize" | "Split" => Grid::Of(first.clone()),
                _ => Grid::Own,
            })
    }

    /// Takes a node, with the `Relu` or `Clip` behind it.
    fn take(&mut self, node: &Node, grid: Grid, graph: &Graph, names: &Names) {
        let output = &node.output[0];
        let clip = match names.consumers(output) {
            [next] if grid == Grid::Own && !names.outputs.contains(&output[..]) => {
                is_clipping(&graph.node[*next], names).then_some(*next)
            }
            _ => None,
        };
        let name = match clip {
            Some(next) => {
                self.absorbed.insert(next);
                &graph.node[next].output[0]
            }
            None => output,
        };
        let others = node.output[1..]
            .iter()
            .map(|name| (name.clone(), grid.clone()));
        self.grids.extend(others.collect::<Vec<_>>());
        self.grids.insert(name.clone(), grid);
    }

    fn watch(&mut self, graph: &Graph) {
        let own = self.grids.iter().filter(|(_, grid)| **grid == Grid::Own);
        let mut watched: HashSet<&str> = own.map(|(name, _)| &name[..]).collect();
        let taken = self
            .weighted
            .iter()
            .map(|index| &graph.node[*index].input[0]);
        let from_outside = taken.filter(|name| !self.grids.contains_key(*name));
        watched.extend(from_outside.map(String::as_str));
        // An input that is an output as well would lie in memory that is gone after the run.
        self.takes_input = graph.input.iter().any(|value| watched.remove(value.name()));
        let mut watched: Vec<String> = watched.into_iter().map(str::to_owned).collect();
        watched.sort_unstable();
        self.watched = watched;
    }
}

/// Of every node, whether a convolution in whole numbers is behind it with nothing but passing nodes in between.
fn leads(graph: &Graph, names: &Names) -> Vec<bool> {
    let mut leads = vec![false; graph.node.len()];
    for (index, node) in graph.node.iter().enumerate().rev() {
        leads[index] = is_convolution(node, names)
            || is_passing(node, names)
                && node
                    .output
                    .iter()
                    .any(|output| leads_on(output, names, &leads));
    }
    leads
}

fn leads_on(output: &str, names: &Names, leads: &[bool]) -> bool {
    names.consumers(output).iter().any(|next| leads[*next])
}

fn is_standard(node: &Node) -> bool {
    matches!(node.domain(), "" | "ai.onnx")
}

fn is_convolution(node: &Node, names: &Names) -> bool {
    let constant = |at: usize| node.input.get(at).and_then(|name| names.constant(name));
    let is_bias_known = node.input.len() < 3 || constant(2).is_some();
    is_standard(node)
        && node.op_type() == "Conv"
        && is_bias_known
        && constant(1).is_some_and(|kernel| {
            kernel.data_type == Some(FLOAT)
                && matches!(kernel.dims[..], [out, _, _, _] if out >= CHANNELS_MIN)
        })
}

/// A product of rows that are computed with columns that are known.
fn is_product(node: &Node, names: &Names) -> bool {
    let [rows, columns] = &node.input[..] else {
        return false;
    };
    is_standard(node)
        && node.op_type() == "MatMul"
        && names.constant(rows).is_none()
        && names.constant(columns).is_some_and(|columns| {
            columns.data_type == Some(FLOAT)
                && matches!(columns.dims[..], [sum, out] if sum >= PRODUCT_MIN && out >= PRODUCT_MIN)
        })
}

/// Nodes that providers have in whole numbers.
fn is_passing(node: &Node, names: &Names) -> bool {
    let mode = node.attribute("mode").map_or(&b""[..], Attribute::s);
    let is_constant = |name: &String| names.constant(name).is_some();
    let kind = match node.op_type() {
        "Add" | "Mul" => node.input.len() == 2 && !node.input.iter().any(is_constant),
        "Concat" => !node.input.iter().any(is_constant),
        "Sigmoid" | "Relu" | "LeakyRelu" => true,
        "Clip" => is_clipping(node, names),
        "MaxPool" => node.output.len() == 1,
        "Split" => true,
        "Resize" => matches!(mode, b"" | b"nearest"),
        _ => false,
    };
    is_standard(node) && kind
}

/// `Relu`, or `Clip` from something up to 0.
fn is_clipping(node: &Node, names: &Names) -> bool {
    let bound = |at: usize| {
        let name = node.input.get(at).filter(|name| !name.is_empty())?;
        Some(names.constant(name).and_then(Tensor::numbers))
    };
    match node.op_type() {
        "Relu" => is_standard(node),
        // A bound that is computed says nothing.
        "Clip" if is_standard(node) => {
            let (least, most) = (bound(1), bound(2));
            let number = |bound: &Option<Vec<f32>>| bound.as_ref().and_then(|n| n.first().copied());
            let is_low = least
                .as_ref()
                .is_none_or(|least| number(least).is_some_and(|n| n <= 0.0));
            let is_high = most
                .as_ref()
                .is_none_or(|most| number(most).is_some_and(|n| n >= 0.0));
            is_low && is_high
        }
        _ => false,
    }
}
