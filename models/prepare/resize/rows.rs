//! Weighted sums of source rows, value by value. Compiled once for any processor and once to AVX2's wider vectors.

/// How many sums are kept in registers while the rows are gone through.
const STRIPE: usize = 64;

twice! {
    /// Sums rows in 16 bits. `rows` are as many as `weights`, each as long as `sums`. The weights sum to 256 or are
    /// all 1 for at most 64 rows, so no sum exceeds 65,535.
    pub(super) fn sum(rows: &[u8], weights: &[u16], sums: &mut [f32]) {
        let length = sums.len();
        let is_plain = weights.iter().all(|weight| *weight == 1);
        let (stripes, rest) = sums.as_chunks_mut::<STRIPE>();
        let rest_at = stripes.len() * STRIPE;
        for (index, stripe) in stripes.iter_mut().enumerate() {
            let mut totals = [0u16; STRIPE];
            for (row, &weight) in rows.chunks_exact(length).zip(weights) {
                let Some(bytes) = row[index * STRIPE..].first_chunk::<STRIPE>() else {
                    continue;
                };
                for (total, byte) in totals.iter_mut().zip(bytes) {
                    let byte = u16::from(*byte);
                    let share = if is_plain { byte } else { byte.wrapping_mul(weight) };
                    *total = total.wrapping_add(share);
                }
            }
            *stripe = totals.map(f32::from);
        }
        for (index, sum) in rest.iter_mut().enumerate() {
            let column = rows.chunks_exact(length).map(|row| u16::from(row[rest_at + index]));
            *sum = f32::from(column.zip(weights).fold(0, |sum, (byte, weight)| sum + byte * weight));
        }
    }
}

twice! {
    /// Sums rows times their weights. `rows` are as many as `weights`, each as long as `sums`.
    pub(super) fn weigh(rows: &[u8], weights: &[f32], sums: &mut [f32]) {
        let length = sums.len();
        let (stripes, rest) = sums.as_chunks_mut::<STRIPE>();
        let rest_at = stripes.len() * STRIPE;
        for (index, stripe) in stripes.iter_mut().enumerate() {
            let mut totals = [0.0; STRIPE];
            for (row, weight) in rows.chunks_exact(length).zip(weights) {
                let Some(bytes) = row[index * STRIPE..].first_chunk::<STRIPE>() else {
                    continue;
                };
                for (total, byte) in totals.iter_mut().zip(bytes) {
                    *total += f32::from(*byte) * weight;
                }
            }
            *stripe = totals;
        }
        for (index, sum) in rest.iter_mut().enumerate() {
            let column = rows.chunks_exact(length).map(|row| f32::from(row[rest_at + index]));
            *sum = column.zip(weights).fold(0.0, |sum, (byte, weight)| sum + byte * weight);
        }
    }
}
