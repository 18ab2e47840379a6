//! Names that become paths, from the line and the page to the next start, and files among the recipes that are none.

use crate::served::{SIM, Station, begin, home};
use image::{Rgb, RgbImage};
use inspector::results::reader::{Filter, Reader};
use std::path::Path;
use std::process::Command;

const RECIPE: &str = "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
    [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = \"demo\"\nreject_above = 0.45\n";

/// Exit code, and everything that was said.
fn inspector(command: &[&str], home: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(command)
        .arg("--settings")
        .arg(home.join("station.toml"))
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// A station that plays one picture of a part of this style, with recipes for M6/10.
fn playing(style: &str) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().expect("a folder");
    let images = home.path().join("images");
    std::fs::create_dir(&images).expect("a folder");
    let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, 90]));
    picture.save(images.join("0.png")).expect("written");
    std::fs::write(
        images.join("list.csv"),
        format!("file,part_id,style\n0.png,A1,{style}\n"),
    )
    .expect("written");
    let recipes = home.path().join("recipes/M6%2F10");
    std::fs::create_dir_all(&recipes).expect("a folder");
    std::fs::write(recipes.join("1.toml"), RECIPE).expect("written");
    let models = Path::new("models/assets").canonicalize().expect("models");
    let settings = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 2000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"images\"\nmanifest = \"list.csv\"\n"
    );
    std::fs::write(home.path().join("station.toml"), settings).expect("written");
    home
}

#[test]
fn a_style_with_a_slash_is_judged_by_the_recipe_in_its_folder() {
    let home = playing("M6/10");
    let (code, said) = inspector(&["run", "--listen", "127.0.0.1:0"], home.path());
    assert_eq!(code, Some(0), "{said}");
    let reader = Reader::open(&home.path().join("data")).expect("a log");
    let items = reader
        .list(&Filter {
            limit: Some(9),
            ..Filter::default()
        })
        .expect("results")
        .items;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].style.as_deref(), Some("M6/10"));
    assert!(items[0].score.is_some());
}

#[test]
fn a_style_that_is_a_path_is_refused_with_what_is_allowed() {
    for style in ["../../x", "/tmp/x", "a/../b", "./a", "a/"] {
        let (code, said) = inspector(&["check"], playing(style).path());
        assert_eq!(code, Some(4), "{style}: {said}");
        assert!(
            said.contains("list.csv:2: style is a path; names may contain '/'"),
            "{said}"
        );
    }
    let home = playing("M6/10");
    let file = home.path().join("station.toml");
    let settings = std::fs::read_to_string(&file).expect("read");
    for (from, to, expected) in [
        (
            "source = \"camera\"",
            "source = \"camera\"\nstyle = \"../x\"",
            "trigger.style is a path",
        ),
        (
            "name = \"top\"",
            "name = \"../top\"",
            "camera \"../top\": the name contains '/'",
        ),
        (
            "name = \"top\"",
            "name = \"t\\u202Eop\"",
            "the name contains U+202E",
        ),
    ] {
        std::fs::write(&file, settings.replace(from, to)).expect("written");
        let (code, said) = inspector(&["check"], home.path());
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(expected), "{said}");
        // What turns text around is not printed as it is.
        assert!(!said.contains('\u{202e}'), "{said}");
    }
    std::fs::write(&file, &settings).expect("written");
    let recipe = home.path().join("recipes/M6%2F10/1.toml");
    std::fs::write(&recipe, RECIPE.replace("\"demo\"", "\"../assets/demo\"")).expect("written");
    let (code, said) = inspector(&["check"], home.path());
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("the model's name \"../assets/demo\" contains '/'"),
        "{said}"
    );
}

#[test]
fn files_among_the_recipes_that_are_none_are_told_and_stop_nothing() {
    let home = playing("M6/10");
    let recipes = home.path().join("recipes");
    let strays = [
        ".DS_Store",
        "notes.txt",
        "M6%2F10/1.toml~",
        "M6%2F10/1.toml.bak",
        "M6%2F10/.1.toml.swp",
        "M6%2F10/1 (copy).toml",
        "M6%2F10/01.toml",
    ];
    for stray in strays {
        std::fs::write(recipes.join(stray), "this is no recipe").expect("written");
    }
    std::fs::create_dir(recipes.join(".git")).expect("a folder");
    let (code, said) = inspector(&["check"], home.path());
    assert_eq!(code, Some(0), "{said}");
    for stray in strays.iter().chain(&[".git"]) {
        let line = said
            .lines()
            .find(|line| line.contains(&format!("{stray}: expected")));
        assert!(
            line.is_some_and(|line| line.starts_with("warning")),
            "{stray}: {said}"
        );
    }
    let (code, said) = inspector(&["run", "--listen", "127.0.0.1:0"], home.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("stray_file") && said.contains("1.toml~"),
        "{said}"
    );
}

#[test]
fn the_page_takes_no_path_for_a_style_and_writes_nothing_elsewhere() {
    let home = home(SIM);
    let station = Station::start(home.path());
    for style in [
        "../../x",
        "/tmp/x",
        "..",
        "a/../../b",
        "tri\u{202e}ck",
        "zero\u{200b}",
    ] {
        let (status, refused) = station.ask("POST", "/api/teaching", &begin(style, 10, "line"));
        assert_eq!(status, 400, "{style:?}: {refused}");
        let message = refused["error"]["message"].as_str().expect("a message");
        assert!(message.contains("style"), "{message}");
    }
    let (status, begun) = station.ask("POST", "/api/teaching", &begin("M6/10", 10, "line"));
    assert_eq!(status, 200, "{begun}");
    station.stop();
    assert!(!home.path().join("recipes/M6").exists());
}

/// Moves the cursor, clears the terminal, turns text around, cannot be seen.
const EVIL: &str = "x\u{1b}[2J\u{9b}3m\u{202e}y\u{200b}";

/// Nothing that a terminal would act on, or that nobody sees.
fn is_plain(said: &str) -> bool {
    said.chars()
        .all(|c| c == '\n' || !inspector::station::name::is_invisible(c))
}

#[test]
fn no_command_prints_what_a_terminal_would_act_on() {
    let home = playing("M6/10");
    let folder = home.path().join(EVIL);
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(home.path().join("recipes").join(EVIL), "").expect("written");
    for n in 0..3_u8 {
        let grey = image::GrayImage::from_pixel(64, 48, image::Luma([90 + n]));
        let name = format!("{n}{EVIL}.png");
        grey.save(folder.join(&name)).expect("written");
    }
    std::fs::copy("models/assets/demo/model.onnx", folder.join("m.onnx")).expect("copied");
    let evil = folder.to_str().expect("text");
    let (settings, out) = (
        home.path().join("station.toml"),
        home.path().join(format!("o{EVIL}")),
    );
    let (settings, out) = (
        settings.to_str().expect("text"),
        out.to_str().expect("text"),
    );
    let elsewhere = format!("{evil}/station.toml");
    std::fs::copy(settings, &elsewhere).expect("copied");
    let image = format!("{evil}/0{EVIL}.png");
    let commands: [(&[&str], &str); 12] = [
        // A file among the recipes, and the settings themselves.
        (&["check", "--settings", settings], "warning    "),
        (&["check", "--settings", &elsewhere], "settings   "),
        (
            &[
                "calibrate",
                "--settings",
                settings,
                "--camera",
                "top",
                "--board",
                "9x6",
                "--square-mm",
                "5",
                evil,
            ],
            "0x\\u{1b}[2J\\u{9b}3m\\u{202e}y\\u{200b}.png",
        ),
        (
            &[
                "calibrate",
                "--settings",
                settings,
                "--camera",
                EVIL,
                "--board",
                "9x6",
                "--square-mm",
                "5",
                evil,
            ],
            "",
        ),
        (&["teach", evil, "--out", out], ""),
        (&["model", "compare", evil, "--images", evil], ""),
        (&["model", "accept", evil], ""),
        (&["model", "references", evil, &image], ""),
        (&["model", "import", &image, "--out", out], ""),
        (&["export", "--data", evil], ""),
        (&["bench", "report", &image, "--html", out], ""),
        // What the arguments are wrong in.
        (&["verify", EVIL], "unexpected argument 'x\\u{9b}"),
    ];
    for (command, expected) in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args(command)
            .output()
            .expect("it runs");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert!(said.contains(expected), "{command:?}: {said:?}");
        assert!(said.contains("\\u{202e}"), "{command:?}: {said:?}");
        assert!(is_plain(&said), "{command:?}: {said:?}");
    }
}
