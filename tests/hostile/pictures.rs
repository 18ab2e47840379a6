//! Pictures that are asked for faster than they can be made.

use crate::line::Line;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

const CLIENTS: usize = 16;

/// Ends the attack, also where what must hold meanwhile does not.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks for these paths in turn, from many clients at once, while the line goes on. How often each status came.
fn hammered(line: &Line, paths: &[String]) -> BTreeMap<u16, usize> {
    let is_over = AtomicBool::new(false);
    let statuses = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (is_over, statuses) = (&is_over, &statuses);
            scope.spawn(move || {
                for path in paths.iter().cycle().skip(client) {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let answer = line.ask(&format!("GET {path}"), "", b"");
                    if answer.status == 503 {
                        assert!(answer.head.contains("retry-after: "), "{answer:?}");
                    }
                    let mut statuses = statuses.lock().unwrap_or_else(PoisonError::into_inner);
                    *statuses.entry(answer.status).or_default() += 1;
                }
            });
        }
        let _over = Over(&is_over);
        line.goes_on();
    });
    statuses
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn any_number_of_clients_asking_for_pictures_costs_the_line_nothing() {
    let line = Line::start();
    let live = ["image.jpg", "overlay.png"].map(|file| format!("/api/live/0/{file}"));
    let answered = hammered(&line, &live);
    assert!(
        answered
            .keys()
            .all(|status| [200, 204, 503].contains(status)),
        "{answered:?}"
    );
    let stored = line.station.until("/api/results?limit=20", |page| {
        let items = page["items"].as_array().expect("a list");
        items.len() >= 20 && items[4]["views"][0]["has_image"] == true
    });
    let ids: Vec<i64> = stored["items"]
        .as_array()
        .expect("a list")
        .iter()
        .skip(4)
        .filter(|part| part["views"][0]["has_image"] == true)
        .filter_map(|part| part["id"].as_i64())
        .collect();
    assert!(!ids.is_empty(), "{stored}");
    // Every width is another picture.
    let widths = (32..232).flat_map(|width| ids.iter().map(move |id| (id, width)));
    let mut paths: Vec<String> = widths
        .map(|(id, width)| format!("/api/results/{id}/views/0/image?width={width}"))
        .collect();
    paths.extend(
        ids.iter()
            .map(|id| format!("/api/results/{id}/views/0/image")),
    );
    paths.extend(
        ids.iter()
            .map(|id| format!("/api/results/{id}/views/0/overlay.png")),
    );
    let answered = hammered(&line, &paths);
    assert!(
        answered
            .keys()
            .all(|status| [200, 404, 503].contains(status)),
        "{answered:?}"
    );
    assert!(answered[&200] > CLIENTS, "{answered:?}");
    line.ends_with_every_row();
}

#[test]
fn a_picture_is_whole_however_it_is_asked_for() {
    let line = Line::start();
    let page = line.station.until("/api/results?limit=5", |page| {
        page["items"][2]["views"][0]["has_image"] == true
    });
    let id = &page["items"][2]["id"];
    let whole = line.ask(&format!("GET /api/results/{id}/views/0/image"), "", b"");
    assert_eq!(whole.status, 200);
    let length = format!("content-length: {}", whole.body.len());
    assert!(whole.head.contains(&length), "{}", whole.head);
    let (width, height) = {
        let decoded = image::load_from_memory(&whole.body).expect("a whole picture");
        (decoded.width(), decoded.height())
    };
    assert_eq!((width, height), (320, 240));
    let small = line.ask(
        &format!("GET /api/results/{id}/views/0/image?width=80"),
        "",
        b"",
    );
    let decoded = image::load_from_memory(&small.body).expect("a whole picture");
    assert_eq!((decoded.width(), decoded.height()), (80, 60));
    let head = line.ask(&format!("HEAD /api/results/{id}/views/0/image"), "", b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}
