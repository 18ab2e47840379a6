//! COCO object detection (cocodataset.org/#format-data): numbers from 1, boxes as left, top, width, height in pixels.

use super::{Placed, classes, json};
use crate::export::ExportError;
use serde_json::{Value, json as value};
use std::path::Path;

/// Writes `annotations.json`. A picture without a box is of a good part.
pub fn write(folder: &Path, placed: &[Placed]) -> Result<(), ExportError> {
    let classes = classes(placed);
    let mut annotations: Vec<Value> = Vec::new();
    let mut images: Vec<Value> = Vec::new();
    for (id, (name, picture)) in (1_u64..).zip(placed) {
        let [width, height] = picture.size;
        images.push(value!({
            "id": id,
            "file_name": name.strip_prefix("images/").unwrap_or(name),
            "width": width,
            "height": height,
            "part_id": picture.part_id,
            "style": picture.style,
            "view": picture.view_name,
            "result_id": picture.id,
            "was_accepted": picture.was_accepted,
        }));
        for drawn in &picture.boxes {
            let [left, top, width, height] = drawn.area;
            let class = classes.iter().position(|class| *class == drawn.class);
            annotations.push(value!({
                "id": annotations.len() + 1,
                "image_id": id,
                "category_id": class.unwrap_or_default() + 1,
                "bbox": [left, top, width, height],
                "area": u64::from(width) * u64::from(height),
                "iscrowd": 0,
                "segmentation": [[left, top, left + width, top, left + width, top + height, left, top + height]],
            }));
        }
    }
    let categories = (1..).zip(&classes);
    let categories = categories.map(|(id, name): (u64, _)| value!({"id": id, "name": name}));
    let all = value!({
        "info": {"description": "parts that people reviewed", "version": env!("CARGO_PKG_VERSION")},
        "licenses": [],
        "categories": categories.collect::<Vec<_>>(),
        "images": images,
        "annotations": annotations,
    });
    Ok(json(&folder.join("annotations.json"), &all)?)
}
