//! Which requests read all inputs: neighbours together, and nothing that the settings do not name, because a device may refuse
//! what lies between.

/// Where an input lies: so many bits, words or bytes of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<S> {
    /// Spaces are read in their order.
    pub space: S,
    /// The first of them.
    pub from: u32,
    /// How many; at least one.
    pub count: u32,
}

/// What is read at once, and which inputs are in it.
#[derive(Clone, Debug)]
pub struct Block<S, A> {
    /// In this space.
    pub space: S,
    /// From this one on.
    pub from: u32,
    /// How many it reads.
    pub count: u32,
    /// The number of each input, and its address.
    pub items: Vec<(u8, A)>,
}

/// Blocks that hold all of these inputs, numbered from 0, none longer than its space allows at once.
pub fn blocks<S: Copy + Ord, A: Copy>(
    inputs: &[A],
    span: impl Fn(&A) -> Span<S>,
    count_max: impl Fn(S) -> u32,
) -> Vec<Block<S, A>> {
    let mut sorted: Vec<(u8, A)> = (0..).zip(inputs.iter().copied()).collect();
    sorted.sort_by_key(|(_, address)| (span(address).space, span(address).from));
    let mut blocks: Vec<Block<S, A>> = Vec::new();
    for (number, address) in sorted {
        let Span { space, from, count } = span(&address);
        let joins = |block: &&mut Block<S, A>| {
            block.space == space
                && from <= block.from + block.count
                && from + count - block.from <= count_max(space)
        };
        match blocks.last_mut().filter(joins) {
            Some(block) => {
                block.count = block.count.max(from + count - block.from);
                block.items.push((number, address));
            }
            None => blocks.push(Block {
                space,
                from,
                count,
                items: vec![(number, address)],
            }),
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_read_together_up_to_what_a_request_holds() {
        let inputs = [(1, 9, 1), (0, 10, 2), (1, 10, 1), (0, 12, 1), (0, 20, 1)];
        let span = |&(space, from, count): &(u8, u32, u32)| Span { space, from, count };
        let found = |count_max: u32| -> Vec<(u8, u32, u32, usize)> {
            let blocks = blocks(&inputs, span, |_| count_max);
            let of = |it: &Block<u8, _>| (it.space, it.from, it.count, it.items.len());
            blocks.iter().map(of).collect()
        };
        assert_eq!(
            found(8),
            [(0, 10, 3, 2), (0, 20, 1, 1), (1, 9, 2, 2)],
            "what lies between is not read"
        );
        assert_eq!(
            found(2),
            [(0, 10, 2, 1), (0, 12, 1, 1), (0, 20, 1, 1), (1, 9, 2, 2)]
        );
    }
}
