//! `cargo bench --bench stages`: each stage of the hot path, the result log, and whole parts. Every bench
//! asserts its answer before it is timed. Preprocessing alone is in `cargo bench -p models`.
//!
//! Read the figures as ratios within one run. "Our own work" is `part, stub model` plus `correct` and
//! `findings`, and `preprocess` of the other bench; the model's own run is `part, demo model` less that.

mod rig;

use arrayvec::ArrayVec;
use calibration::{Configuration, Correction, Lens, Normalisation, Regions, Size};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use inspector::pipeline::queue::{WhenFull, queue};
use inspector::ports::log::ResultLog;
use inspector::ports::scorer::Scorer;
use inspector::results::reader::{Filter, Reader};
use inspector::results::writer::{JobContext, RecipeRow, ViewRow, Writer};
use inspector::station::part::{PartId, PartNo, Style, Trigger};
use inspector::station::recipe::{Recipe, RecipeView};
use inspector::station::result::{Finding, PartResult, RecipeRef, Record, ViewResult};
use inspector::station::time::{Instant, WallTime};
use inspector::station::verdict::{Cause, Disposition, Verdict, judge};
use rig::{Rig, SHAPE, StubScorer, demo_scorer, pictures, score, thresholds};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::Ordering;

const MAP: Size = Size::new(256, 192);

fn correct(criterion: &mut Criterion) {
    let mut configuration = Configuration::new("top", "now", Size::new(1280, 960));
    configuration.lens = Some(Lens {
        fx: 2_000.0,
        fy: 2_000.0,
        cx: 640.0,
        cy: 480.0,
        k1: -0.1,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
    });
    let one = Normalisation {
        gain: 1.0,
        offset: 0.0,
    };
    let frame = configuration.frame;
    let mut correction = Correction::new(&configuration, frame, MAP, &[one; 3]).expect("it fits");
    let mut planes: Vec<f32> = (0..MAP.area() * 3).map(|i| (i % 256) as f32).collect();
    let before = planes.clone();
    correction.apply(&mut planes);
    let middle = MAP.area() / 2 + MAP.width as usize / 2;
    assert!(
        (planes[middle] - before[middle]).abs() < 1.0,
        "the middle stays"
    );
    assert_ne!(planes[5], before[5], "the corner moves");
    let mut group = criterion.benchmark_group("correct");
    group.bench_function("lens, 256x192 RGB", |bencher| {
        bencher.iter(|| correction.apply(black_box(&mut planes)));
    });
    group.finish();
}

fn findings(criterion: &mut Criterion) {
    calibration::use_one_opencv_thread().expect("OpenCV");
    let mut clean = vec![0.02; MAP.area()];
    clean[77] = 0.3;
    let mut spotted = clean.clone();
    // Twelve spots of nine cells.
    for spot in 0..12 {
        for cell in 0..9 {
            spotted[(20 + cell / 3) * 256 + 10 + spot * 20 + cell % 3] = 0.8;
        }
    }
    let mut regions = Regions::new(MAP);
    let weights = vec![0.25; MAP.area()];
    let found = regions.find(&spotted, 0.45, &weights).expect("OpenCV");
    assert_eq!(
        (found.len(), found[0].cells, found[0].weight),
        (12, 9, 2.25)
    );
    assert!(
        regions
            .find(&clean, 0.45, &weights)
            .expect("OpenCV")
            .is_empty()
    );
    let mut group = criterion.benchmark_group("findings 256x192");
    for (name, map) in [("none", &clean), ("twelve", &spotted)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| regions.find(black_box(map), 0.45, &weights).map(<[_]>::len));
        });
    }
    group.finish();
}

fn verdicts(criterion: &mut Criterion) {
    let limits = thresholds();
    let cases = [
        (0.1, Verdict::Pass),
        (0.42, Verdict::NotDecided),
        (0.9, Verdict::Fail),
    ];
    for (value, expected) in cases {
        assert_eq!(judge(score(value), limits), expected);
    }
    let (tx, rx) = queue("bench", 16, WhenFull::Fault, None);
    tx.push(7_u64).expect("there is room");
    assert_eq!(rx.pop(), Some(7));
    let mut group = criterion.benchmark_group("step");
    group.bench_function("judge", |bencher| {
        bencher.iter(|| judge(black_box(score(0.42)), black_box(limits)));
    });
    group.bench_function("queue hop", |bencher| {
        bencher.iter(|| {
            // What comes back is checked above.
            let _ = tx.push(black_box(7));
            rx.pop()
        });
    });
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plain = || [vec![10; SHAPE.bytes()], vec![250; SHAPE.bytes()]];
    let rigs: [(&str, Box<dyn Scorer>, _); 3] = [
        ("stub model", Box::new(StubScorer), plain()),
        ("demo model", Box::new(demo_scorer(home, false)), pictures()),
        (
            "demo model, lens",
            Box::new(demo_scorer(home, true)),
            pictures(),
        ),
    ];
    let mut group = criterion.benchmark_group("part 1280x960 RGB");
    for (name, scorer, pictures) in rigs {
        let mut rig = Rig::new(scorer, pictures, false);
        for _ in 0..20 {
            rig.part();
        }
        assert_eq!(
            rig.accepted.load(Ordering::Relaxed),
            10,
            "{name}: every second is good"
        );
        assert_eq!(rig.recorded(), 20, "{name}: each has its row");
        group.bench_function(name, |bencher| bencher.iter(|| rig.part()));
    }
    // The model alone, on what the scorers above prepare for it.
    let runtime = models::runtime::init(None).expect("ONNX Runtime: run `make onnxruntime`");
    let bundle = models::Bundle::load(&home.join("models/demo")).expect("the committed bundle");
    let options = models::SessionOptions::default();
    let mut session = models::Session::new(runtime, &bundle, &options).expect("it loads");
    let (width, height) = (
        bundle.manifest().input.width,
        bundle.manifest().input.height,
    );
    let resized = vec![90; (width * height * 3) as usize];
    group.bench_function("the model's own run", |bencher| {
        bencher.iter(|| {
            session.load_resized(&resized).expect("it fits");
            session.run().map(|map| map.cells()).expect("it runs")
        });
    });
    group.finish();
}

fn context() -> JobContext {
    let recipe = Recipe {
        style: Style::new("part").expect("a style"),
        version: 1,
        author: "a".to_owned(),
        reason: "r".to_owned(),
        created_at: WallTime(1),
        views: ArrayVec::from_iter([RecipeView {
            name: "top".to_owned(),
            camera: 0,
            model: "demo".to_owned(),
            thresholds: thresholds(),
        }]),
    };
    let uses = ViewRow {
        camera: "top".to_owned(),
        model: "demo".to_owned(),
        model_sha256: "0".repeat(64),
        task: "segment".to_owned(),
        provider: "CPUExecutionProvider".to_owned(),
        classes: vec!["scratch".to_owned()],
        configuration: None,
    };
    JobContext {
        settings_sha256: "1".repeat(64),
        is_simulated: false,
        recipes: vec![RecipeRow {
            recipe,
            sha256: "2".repeat(64),
            views: vec![uses],
        }],
    }
}

/// One view; one part in ten is defective and has a finding.
fn record(part_no: u64) -> Record {
    let part_no = PartNo(part_no);
    let trigger = Trigger {
        part_no,
        part_id: PartId::counted(1, part_no),
        style: Style::new("part").ok(),
        at: Instant::default(),
        wall: WallTime(500_000 * part_no.0 as i64),
    };
    let reference = RecipeRef {
        index: 0,
        version: 1,
    };
    let mut result = PartResult::of(&trigger, Some(reference));
    let is_defective = part_no.0.is_multiple_of(10);
    let value = score(if is_defective { 0.9 } else { 0.1 });
    (result.verdict, result.cause, result.disposition) = if is_defective {
        (Verdict::Fail, Some(Cause::Defect), Disposition::Reject)
    } else {
        (Verdict::Pass, None, Disposition::Accept)
    };
    result.score = Some(value);
    let findings = is_defective.then_some(Finding {
        class: 0,
        score: value,
        region: [1, 2, 3, 4],
        area_px: 12.0,
        measured: None,
    });
    result.views.push(ViewResult {
        verdict: result.verdict,
        cause: result.cause,
        score: result.score,
        thresholds: Some(thresholds()),
        findings: findings.into_iter().collect(),
        findings_total: u32::from(is_defective),
        ..ViewResult::not_decided(0, Cause::Deadline)
    });
    Record::Result(result)
}

fn result_log(criterion: &mut Criterion) {
    let data = tempfile::tempdir().expect("a folder");
    let start = Writer::start(data.path(), &context(), None, WallTime(5));
    let (mut log, _) = start.expect("a log");
    let mut next = 0;
    let mut batch = |size: u64| {
        let batch: Vec<Record> = (next + 1..=next + size).map(record).collect();
        next += size;
        batch
    };
    log.append(&batch(100)).expect("durable");
    let reader = Reader::open(data.path()).expect("readable");
    let all = Filter {
        limit: Some(500),
        ..Filter::default()
    };
    let page = reader.list(&all).expect("a page");
    assert_eq!(page.items.len(), 100, "what was acknowledged is there");
    let rejected = page.items.iter().filter(|part| part.defect.is_some());
    assert_eq!(rejected.count(), 10);
    let mut group = criterion.benchmark_group("result log, durable");
    group.sample_size(20);
    for size in [1, 64, 1_024] {
        group.throughput(Throughput::Elements(size));
        group.bench_function(format!("batch of {size}"), |bencher| {
            bencher.iter_batched(
                || batch(size),
                |batch| log.append(&batch).expect("durable"),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, correct, findings, verdicts, parts, result_log);
criterion_main!(benches);
