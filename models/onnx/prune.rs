//! What of a graph no output needs.

use super::format::{Graph, Node};
use std::collections::HashSet;

impl Graph {
    /// Takes out what no output needs: nodes and constants.
    pub(crate) fn prune(&mut self) {
        let outputs = self.output.iter().map(|value| value.name().to_owned());
        let mut needed: HashSet<String> = outputs.collect();
        let mut kept = Vec::new();
        for node in std::mem::take(&mut self.node).into_iter().rev() {
            if node.output.iter().any(|name| needed.contains(name)) {
                need(&node, &mut needed);
                kept.push(node);
            }
        }
        kept.reverse();
        self.node = kept;
        let mut gone = HashSet::new();
        self.initializer.retain(|tensor| {
            let is_needed = needed.contains(tensor.name());
            if !is_needed {
                gone.insert(tensor.name().to_owned());
            }
            is_needed
        });
        // Old files list their constants among the inputs as well.
        self.input.retain(|value| !gone.contains(value.name()));
    }
}

/// All that a node takes, and the graphs in it.
fn need(node: &Node, needed: &mut HashSet<String>) {
    needed.extend(node.input.iter().cloned());
    for attribute in &node.attribute {
        for inner in attribute.g.iter().chain(&attribute.graphs) {
            needed.extend(inner.output.iter().map(|value| value.name().to_owned()));
            inner.node.iter().for_each(|node| need(node, needed));
        }
    }
}
