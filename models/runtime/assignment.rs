//! Which provider runs each node of a graph, as ONNX Runtime assigned them.

use ort::AsPointer as _;
use ort::session::Session;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::fmt;
use std::ptr;

/// The session option that makes ONNX Runtime (1.24 or newer) note what [`of`] reads.
pub(crate) const RECORD: &str = "session.record_ep_graph_assignment_info";

/// How many nodes run where. Nodes are those of the graph after ONNX Runtime's first simplifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// On the provider that was asked for.
    pub nodes_on_provider: usize,
    /// On another, which is the processor.
    pub nodes_elsewhere: usize,
    /// Kinds of those, with how many there are of each, most first: `NonZero` 2, `TopK` 1.
    pub operators_elsewhere: Vec<(String, usize)>,
}

impl Assignment {
    /// Of the whole graph.
    pub fn nodes(&self) -> usize {
        self.nodes_on_provider + self.nodes_elsewhere
    }

    /// Whether nothing fell back.
    pub fn is_whole(&self) -> bool {
        self.nodes_elsewhere == 0
    }
}

impl fmt::Display for Assignment {
    /// `all 33 nodes`, or `31 of 33 nodes, 2 on the CPU (NonZero 2)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole() {
            return write!(f, "all {} nodes", self.nodes());
        }
        let kinds = self
            .operators_elsewhere
            .iter()
            .map(|(operator, count)| format!("{operator} {count}"));
        write!(
            f,
            "{} of {} nodes, {} on the CPU ({})",
            self.nodes_on_provider,
            self.nodes(),
            self.nodes_elsewhere,
            kinds.collect::<Vec<_>>().join(", ")
        )
    }
}

/// Reads what a session that was made with [`RECORD`] noted.
pub(crate) fn of(session: &Session, provider: &str) -> Result<Assignment, ort::Error> {
    let mut graphs = ptr::null();
    let mut count = 0;
    // SAFETY: the session lives; the call fills both variables with a list that lives as long as the session.
    unsafe {
        let call = ort::api().Session_GetEpGraphAssignmentInfo;
        result(call(session.ptr(), &mut graphs, &mut count))?;
    }
    let mut assignment = Assignment::default();
    let mut elsewhere: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..count {
        // SAFETY: the list has `count` pointers to live objects, and so has the list of nodes; each text that a
        // call gives belongs to its object and ends in 0.
        unsafe {
            let graph = *graphs.add(index);
            let mut name: *const c_char = ptr::null();
            result((ort::api().EpAssignedSubgraph_GetEpName)(graph, &mut name))?;
            let is_wanted = CStr::from_ptr(name).to_bytes() == provider.as_bytes();
            let (mut nodes, mut nodes_count) = (ptr::null(), 0);
            let call = ort::api().EpAssignedSubgraph_GetNodes;
            result(call(graph, &mut nodes, &mut nodes_count))?;
            if is_wanted {
                assignment.nodes_on_provider += nodes_count;
                continue;
            }
            assignment.nodes_elsewhere += nodes_count;
            for index in 0..nodes_count {
                let mut operator: *const c_char = ptr::null();
                let call = ort::api().EpAssignedNode_GetOperatorType;
                result(call(*nodes.add(index), &mut operator))?;
                let operator = CStr::from_ptr(operator).to_string_lossy().into_owned();
                *elsewhere.entry(operator).or_default() += 1;
            }
        }
    }
    assignment.operators_elsewhere = elsewhere.into_iter().collect();
    assignment
        .operators_elsewhere
        .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(assignment)
}

/// # Safety
/// The status must come from a call just made.
unsafe fn result(status: ort::sys::OrtStatusPtr) -> Result<(), ort::Error> {
    // SAFETY: by the caller.
    unsafe { ort::Error::result_from_status(status) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_elsewhere_is_told_by_kind() {
        let whole = Assignment {
            nodes_on_provider: 33,
            ..Assignment::default()
        };
        assert_eq!(whole.to_string(), "all 33 nodes");
        let part = Assignment {
            nodes_on_provider: 30,
            nodes_elsewhere: 3,
            operators_elsewhere: vec![("NonZero".to_owned(), 2), ("TopK".to_owned(), 1)],
        };
        assert_eq!(
            part.to_string(),
            "30 of 33 nodes, 3 on the CPU (NonZero 2, TopK 1)"
        );
    }
}
