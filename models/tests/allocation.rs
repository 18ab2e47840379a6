//! The hot path allocates nothing in Rust, counted by the allocator itself.

mod bundles;

use bundles::{Folder, MANIFEST, fixture, runtime};
use models::{Bundle, Channels, ImageView, Session, SessionOptions};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of all threads: some help.
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

#[test]
fn preprocessing_and_running_allocate_nothing_after_the_warm_up() {
    assert_eq!(
        allocations_of(|| drop(std::hint::black_box(Box::new(7)))),
        1,
        "the count counts"
    );
    let manifest = MANIFEST.replace("activation = \"none\"", "activation = \"sigmoid\"");
    let cases = [
        ("segment", MANIFEST, 1),
        ("logits", &manifest, 1),
        ("segment", MANIFEST, 3),
    ];
    for (name, manifest, threads) in cases {
        let folder = Folder::with(manifest, &fixture(name));
        let bundle = Bundle::load(&folder.0).unwrap();
        let options = SessionOptions {
            threads,
            ..SessionOptions::default()
        };
        let mut session = Session::new(runtime(), &bundle, &options).unwrap();
        session.warm_up().unwrap();
        let pixels = vec![200; 640 * 480 * 3];
        let (width, height, channels) = (640, 480, Channels::Rgb);
        let image = ImageView {
            pixels: &pixels,
            width,
            height,
            channels,
        };
        let first = allocations_of(|| session.preprocess(&image).unwrap());
        assert!(first > 0, "a new size needs new tables");
        let resized = vec![200; 16 * 12 * 3];
        let mut cells = [0.0; 48];
        let count = allocations_of(|| {
            for _ in 0..100 {
                session.preprocess(&image).unwrap();
                session.run().unwrap().map.unwrap().fold_max(&mut cells);
            }
        });
        assert_eq!(count, 0, "{name}");
        session.load_resized(&resized).unwrap();
        let count = allocations_of(|| {
            for _ in 0..100 {
                session.load_resized(&resized).unwrap();
                assert!(session.run().unwrap().score > 0.5);
            }
        });
        assert_eq!(count, 0, "{name}");
    }
}
