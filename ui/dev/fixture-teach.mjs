// A made-up lesson: a model is taught that looks at another place than the recipe in use, a teaching was stopped, and the last one could
// not put two images in their place.
const START = Date.now() * 1_000;
const UNALIGNED = [
  "image 3: the part was not aligned: nothing looks like the reference: expected a likeness of at least 0.4, found 0.21; throw the image out, or widen the limits of the view",
  "image 11: the part was not aligned: the region that is looked at left the picture with the part: 14 pixels of it lie outside; throw the image out, or widen the limits of the view",
].join("\n");
const align = { reference: "bracket-place.png", sha256: "5f".repeat(32), region: [140, 90, 220, 160], shift_px_max: null, turn_deg_max: 10, zoom_max: 0.1, quality_min: 0.4 };

function taught(images) {
  return {
    name: "bracket-20261129-0900", sha256: "ab".repeat(32), acceptance: "91d0aa42be07", author: "Li", at_us: START - 60_000_000, seconds: 41.2, place: { unit: "px", region: [320, 180, 640, 480], ignore: [[400, 200, 80, 40]], align },
    bytes: 9_400_000, remembered: 2_000, sight: null, held_out: images.map(({ n }) => ({ n, score: 0.12 + (n % 7) / 40 })), odd: [], threshold: 0.46, target: 0.02, rejected: 0, at_most: 0.095, images_needed: 149, images_needed_for_5: 59,
    run_us: 8_100, rejects: [], defects: [], told: null, evidence: null, used_by: [],
  };
}

export class Teaching {
  constructor(scene) {
    const images = Array.from({ length: 30 }, (_, at) => ({ n: at + 1, part_id: `A26010${String(at + 1).padStart(2, "0")}`, result: at + 1, file: null, sha256: "cd".repeat(32), style: "bracket", at_us: START - at * 1_000_000, is_passed: true }));
    const isTaught = scene === "taught";
    this.lesson = scene !== "taught" && scene !== "stopped" ? null : {
      id: START - 600_000_000, camera: "cam0", style: "bracket", only_passes: true, author: "Li", wanted: 30, phase: isTaught ? "taught" : "collected",
      note: isTaught ? { kind: "failed", phase: "teaching", message: UNALIGNED } : { kind: "stopped", phase: "teaching", message: "" },
      images, defects: [], thrown_out: [], numbered: images.length, taught: isTaught ? taught(images) : null,
    };
  }

  /** `path` is what follows `/api/teaching`. Null where the made-up station does not know how. */
  answer(method, path) {
    if (method === "POST" && path[0] === "model" && this.lesson !== null) Object.assign(this.lesson, { phase: "teaching", note: null });
    else if (method === "POST" && path[0] === "stop" && this.lesson !== null) Object.assign(this.lesson, { phase: "collected", note: { kind: "stopped", phase: "teaching", message: "" } });
    else if (method === "DELETE" && path[1] === "images" && this.lesson !== null) this.lesson.images = this.lesson.images.filter(({ n }) => n !== Number(path[2]));
    else if (method !== "GET" || path.length > 0) return null;
    const study = this.lesson?.phase === "teaching" ? { stage: "weighing", done: 3, total: 30 } : null;
    return { lesson: this.lesson, study, images_dropped: 0, is_connected: this.lesson !== null, files: this.lesson === null ? null : { width: 1280, height: 960, pixel_format: "Mono8", bytes_max: 8e6 }, defects_min: 4, defects_max: 50, images_min: 10, images_max: 50, images_first: 30 };
  }
}
