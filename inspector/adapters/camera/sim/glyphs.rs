//! A 5 × 7 dot face, as inkjet and laser coders print it.

const FACE: &[(char, [u8; 7])] = &[
    ('0', [14, 17, 19, 21, 25, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 2, 4, 8, 31]),
    ('3', [31, 2, 4, 2, 1, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('B', [30, 17, 17, 30, 17, 17, 30]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('G', [14, 17, 16, 23, 17, 17, 15]),
    ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 17, 25, 21, 19, 17, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('P', [30, 17, 17, 30, 16, 16, 16]),
    ('Q', [14, 17, 17, 17, 21, 18, 13]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('U', [17, 17, 17, 17, 17, 17, 14]),
    ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('Z', [31, 1, 2, 4, 8, 16, 31]),
    ('-', [0, 0, 0, 31, 0, 0, 0]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),
    (':', [0, 12, 12, 0, 12, 12, 0]),
    ('/', [0, 1, 2, 4, 8, 16, 0]),
];

fn has_dot(letter: char, column: i32, row: i32) -> bool {
    (0..5).contains(&column)
        && (0..7).contains(&row)
        && FACE
            .iter()
            .find(|(known, _)| *known == letter)
            .is_some_and(|(_, rows)| rows[row as usize] >> (4 - column) & 1 == 1)
}

/// Half the width and half the height of `text` with dots `pitch` apart.
pub fn half_size(text: &str, pitch: f32) -> (f32, f32) {
    (text.chars().count() as f32 * 3.0 * pitch, 3.5 * pitch)
}

/// Distance from the nearest dot or stroke of `text`, centred on the origin; dots `pitch` apart
/// are joined where they touch. Far outside it only says that it is far.
pub fn distance(text: &str, pitch: f32, is_dotted: bool, x: f32, y: f32) -> f32 {
    let (half_x, half_y) = half_size(text, pitch);
    if x.abs() > half_x + pitch || y.abs() > half_y + pitch {
        return pitch;
    }
    let column = (x + half_x) / pitch - 0.5;
    let row = (y + half_y) / pitch - 0.5;
    let mut nearest = pitch;
    for dy in -1..=1 {
        for dx in -1..=1 {
            let (cell_x, cell_y) = (column.round() as i32 + dx, row.round() as i32 + dy);
            if cell_x < 0 {
                continue;
            }
            let letter = text.chars().nth(cell_x as usize / 6);
            if letter.is_some_and(|letter| has_dot(letter, cell_x % 6, cell_y)) {
                let (ox, oy) = (column - cell_x as f32, row - cell_y as f32);
                let dot = if is_dotted {
                    ox.hypot(oy) - 0.43
                } else {
                    ox.abs().max(oy.abs()) - 0.52
                };
                nearest = nearest.min(dot * pitch);
            }
        }
    }
    nearest
}
