//! A station that reads its parts' IDs in their pictures and looks their styles up: by rules, in a table that somebody
//! edits, and in a system on the network.

use super::Scene;
use super::served::{self, accept_demo};
use inspector::results::reader::{Filter, Reader};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use zxingcpp::BarcodeFormat;

fn picture(folder: &Path, name: &str, codes: &[&str]) {
    let mut scene = Scene::empty(480, 240);
    for (at, text) in codes.iter().enumerate() {
        scene = scene.with(BarcodeFormat::QRCode, text, [20 + 220 * at, 40]);
    }
    let image = image::GrayImage::from_raw(480, 240, scene.pixels).unwrap();
    image.save(folder.join(name)).unwrap();
}

/// Knows one part.
fn mes() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
                let reply = match request.starts_with("GET /C%2D3 ") {
                    true => "HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"style\":\"gear\"}",
                    false => "HTTP/1.1 404 None\r\ncontent-length: 0\r\n\r\n",
                };
                if stream.write_all(reply.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    port
}

fn settings(home: &Path, more: &str) {
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 400\ndecide_by_ms = 3000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n{more}\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"pictures\"\ninterval_ms = 500\n"
    );
    std::fs::write(home.join("station.toml"), settings).unwrap();
}

fn run(home: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(home.join("station.toml"))
        .output()
        .unwrap()
}

/// ID, style and cause of each part, in order.
type Told = (String, Option<String>, Option<String>);

fn results(home: &Path) -> Vec<Told> {
    let reader = Reader::open(&home.join("data")).unwrap();
    let page = reader.list(&Filter::default()).unwrap();
    let parts: BTreeMap<i64, Told> = page
        .items
        .iter()
        .map(|item| {
            let cause = item.cause.map(|cause| cause.name().to_owned());
            let style = item.style.clone();
            (item.part_no, (item.part_id.clone(), style, cause))
        })
        .collect();
    parts.into_values().collect()
}

#[test]
fn codes_in_the_pictures_name_parts_and_choose_their_recipes() {
    accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = home.path().join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    for (name, codes) in [
        ("1.png", &["A7-001"][..]),
        ("2.png", &["端盖 2"]),
        ("3.png", &["C-3"]),
        ("4.png", &[]),
        ("5.png", &["nobody knows"]),
        ("6.png", &["A7-002", "A7-003"]),
        ("7.png", &["A7-001"]),
    ] {
        picture(&pictures, name, codes);
    }
    for style in ["bracket", "cap", "gear"] {
        served::recipe(home.path(), style, "demo", 0.99);
    }
    std::fs::write(
        home.path().join("styles.csv"),
        "part_id;style\n端盖 2;cap\n",
    )
    .unwrap();
    let port = mes();
    settings(
        home.path(),
        &format!(
            "[identity]\nwithin_ms = 1200\n[identity.code]\nformats = [\"QRCode\"]\ncount = 2\n\
             [[identity.rule]]\nprefix = \"A7-\"\nstyle = \"bracket\"\n\
             [identity.table]\nfile = \"styles.csv\"\n\
             [identity.mes]\nurl = \"http://127.0.0.1:{port}/{{part_id}}\"\ntimeout_ms = 1000\n"
        ),
    );
    let output = run(home.path());
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let of = |id: &str, style: Option<&str>, cause: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        (id.to_owned(), owned(style), owned(cause))
    };
    let results = results(home.path());
    assert_eq!(results.len(), 7, "{results:?}");
    let no_identity = Some("no_identity");
    assert_eq!(results[0], of("A7-001", Some("bracket"), None));
    assert_eq!(results[1], of("端盖 2", Some("cap"), None));
    assert_eq!(results[2], of("C-3", Some("gear"), None));
    assert_eq!(results[3], of("J1-000004", None, no_identity));
    assert_eq!(results[4], of("nobody knows", None, Some("unknown_style")));
    // Which of the two it has nobody knows: it is judged as neither.
    assert_eq!(results[5].2.as_deref(), no_identity, "{:?}", results[5]);
    assert_eq!(results[6], of("A7-001", Some("bracket"), None));
    assert!(
        told.contains("parts 1 and 7 have the same ID A7-001"),
        "{told}"
    );
}

#[test]
fn each_piece_goes_to_the_lane_that_was_looked_up() {
    accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = home.path().join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    for (name, code) in [
        ("1.png", "A-1"),
        ("2.png", "A-2"),
        ("3.png", "A-3"),
        ("4.png", "B-4"),
        ("5.png", "A-5"),
    ] {
        picture(&pictures, name, &[code]);
    }
    served::recipe(home.path(), "cap", "demo", 0.99);
    let rows = "part_id,style,lane\nA-1,cap,station 7\nA-2,cap,\nA-3,cap,scrap\n";
    std::fs::write(home.path().join("styles.csv"), rows).unwrap();
    let lane =
        |name: &str, takes: &str| format!("[[lane]]\nname = \"{name}\"\ntakes = \"{takes}\"\n");
    let lanes = lane("on", "accept") + &lane("station 7", "accept") + &lane("scrap", "reject");
    settings(
        home.path(),
        &format!(
            "{lanes}safe = true\n[identity]\nwithin_ms = 1200\nlook_up_lane = true\n[identity.code]\n\
             formats = [\"QRCode\"]\n[identity.table]\nfile = \"styles.csv\"\n\
             [[identity.rule]]\nprefix = \"B-\"\nstyle = \"cap\"\nlane = \"station 7\"\n"
        ),
    );
    let output = run(home.path());
    assert!(output.status.success(), "{output:?}");
    let reader = Reader::open(&home.path().join("data")).unwrap();
    let page = reader.list(&Filter::default()).unwrap();
    let mut sent: Vec<(String, String, String, String)> = page
        .items
        .iter()
        .map(|item| {
            let verdict = format!("{:?}", item.disposition).to_lowercase();
            let (lane, by) = (item.lane.clone(), item.lane_by.clone());
            (item.part_id.clone(), verdict, lane.unwrap(), by.unwrap())
        })
        .collect();
    sent.sort();
    let told: Vec<[&str; 4]> = sent
        .iter()
        .map(|(id, disposition, lane, by)| [&**id, disposition, lane, by])
        .collect();
    assert_eq!(
        told,
        [
            ["A-1", "accept", "station 7", "look_up"],
            ["A-2", "accept", "on", "usual"],
            // No accepted part goes to a lane of rejected ones.
            ["A-3", "accept", "on", "usual"],
            ["A-5", "reject", "scrap", "usual"],
            ["B-4", "accept", "station 7", "look_up"],
        ]
    );
}

#[test]
fn what_cannot_be_meant_is_told_at_once() {
    let home = tempfile::tempdir().unwrap();
    settings(
        home.path(),
        "[identity]\nwithin_ms = 3000\n[identity.reader]\nfrom_ms = -500\nuntil_ms = 100\n\
         [identity.code]\ncamera = \"side\"\nformats = []\n\
         [[identity.rule]]\npattern = \"(\"\nstyle = \"a\"\n\
         [identity.mes]\nurl = \"mes.local\"\n",
    );
    let output = run(home.path());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr);
    for expected in [
        "identity.within_ms: expected less than the 3000 ms",
        "identity.within_ms: expected at most 3 times",
        "identity.reader: expected a [[device]] that reads IDs",
        "identity.reader: expected from_ms to until_ms to be no longer than",
        "identity.code.camera: expected the name of a [[camera]]",
        "identity.code.formats: expected at least one",
        "identity.rule number 1: pattern: expected a regular expression",
        "identity.mes.url: expected an address with {part_id}",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
