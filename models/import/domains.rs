//! Which sets of operators a graph needs: those that its nodes are of, whatever else the file lists. ONNX Runtime,
//! for one, lists every set that it knows in each file that it saves.

use super::error::{ImportError, unusable};
use crate::onnx::{Function, Graph, Model, Node};
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};

/// Sets of operators that ONNX Runtime has.
const KNOWN: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// What nodes of a graph need.
#[derive(Default)]
struct Needs<'a> {
    functions: &'a [Function],
    /// Sets that a node is of.
    domains: BTreeSet<String>,
    /// Operators that ONNX Runtime does not have, by their set.
    strange: BTreeMap<String, BTreeSet<String>>,
    /// Indices of functions that are called.
    called: BTreeSet<usize>,
}

/// Takes what no node needs out of the list of operator sets, and says which these were.
///
/// # Errors
/// When a node is of a set that ONNX Runtime does not have: which nodes, and how they may have come there.
pub(crate) fn settle(model: &mut Model) -> Result<Vec<String>, ImportError> {
    let functions: Option<Vec<Function>> = model
        .functions
        .iter()
        .map(|bytes| Function::decode(&bytes[..]).ok())
        .collect();
    let Some(functions) = functions else {
        return unusable("a function in it cannot be read; export it anew".to_owned());
    };
    let mut needs = Needs {
        functions: &functions,
        ..Needs::default()
    };
    if let Some(graph) = &model.graph {
        needs.graph(graph);
    }
    if !needs.strange.is_empty() {
        return unusable(refusal(&needs.strange));
    }
    let Needs {
        domains, called, ..
    } = needs;
    let mut index = 0..;
    model
        .functions
        .retain(|_| index.next().is_some_and(|index| called.contains(&index)));
    let mut unused = Vec::new();
    model.opset_import.retain(|opset| {
        let domain = opset.domain.as_deref().unwrap_or_default();
        let is_kept = is_standard(domain) || domains.contains(domain);
        if !is_kept {
            unused.push(domain.to_owned());
        }
        is_kept
    });
    Ok(unused)
}

fn is_standard(domain: &str) -> bool {
    ["", "ai.onnx"].contains(&domain)
}

impl Needs<'_> {
    fn graph(&mut self, graph: &Graph) {
        graph.node.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &Node) {
        let domain = node.domain.as_deref().unwrap_or_default();
        let operator = node.op_type.as_deref().unwrap_or_default();
        self.domains.insert(domain.to_owned());
        let is_it = |function: &Function| {
            function.domain.as_deref().unwrap_or_default() == domain
                && function.name.as_deref() == Some(operator)
        };
        // There may be several of one name, which differ by their overload.
        let own = self.functions.iter().enumerate();
        let own: Vec<(usize, &Function)> = own.filter(|(_, function)| is_it(function)).collect();
        if own.is_empty() && !KNOWN.contains(&domain) {
            let operators = self.strange.entry(domain.to_owned()).or_default();
            operators.insert(operator.to_owned());
        }
        for (index, function) in own {
            if self.called.insert(index) {
                function.node.iter().for_each(|node| self.node(node));
            }
        }
        for attribute in &node.attribute {
            let inner = attribute.g.iter().chain(&attribute.graphs);
            inner.for_each(|graph| self.graph(graph));
        }
    }
}

/// Most operators of a set that are named.
const NAMED_MAX: usize = 6;

fn refusal(strange: &BTreeMap<String, BTreeSet<String>>) -> String {
    let told = strange.iter().map(|(domain, operators)| {
        let mut named: Vec<&str> = operators.iter().map(String::as_str).collect();
        if named.len() > NAMED_MAX {
            named.truncate(NAMED_MAX);
            named.push("…");
        }
        format!("{} of {domain:?}", named.join(", "))
    });
    let told: Vec<String> = told.collect();
    let mut causes: Vec<&str> = strange.keys().map(|domain| cause(domain)).collect();
    causes.dedup();
    format!(
        "it needs operators that ONNX Runtime does not have: {}. {}",
        told.join("; "),
        causes.join(" ")
    )
}

/// How nodes of a set come into a file, and what to do.
fn cause(domain: &str) -> &'static str {
    match domain {
        "com.microsoft.nchwc" | "com.ms.internal.nhwc" => {
            "ONNX Runtime saved it at its highest optimisation level (ORT_ENABLE_ALL), which writes nodes that fit \
             one kind of processor: import the file from before that, or save it again with \
             graph_optimization_level = ORT_ENABLE_BASIC or ORT_ENABLE_EXTENDED."
        }
        "ai.onnx.training" | "ai.onnx.preview.training" => {
            "It is a graph for training: export the trained model for inference."
        }
        "org.pytorch.aten" => {
            "PyTorch wrote operators of its own into it: export it with standard operators only (torch.onnx.export \
             with dynamo=True, or with operator_export_type=OperatorExportTypes.ONNX)."
        }
        "ai.onnx.contrib" => {
            "These are onnxruntime-extensions: export the model without what reads or decodes images in the graph."
        }
        _ => {
            "Export it with standard operators only, and without what a tool adds for its own runtime (TensorRT, \
             mmdeploy)."
        }
    }
}
