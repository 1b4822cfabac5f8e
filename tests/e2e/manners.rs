//! The console as the binary opens it: its colours and keys by the configuration, and a terminal that it cannot use.

use std::time::Duration;

use nightlatch::sandbox::Fault;

use crate::harness::{Ran, Scene, Setup};
use crate::terminal::{Pty, Terminal, command};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_cannot_be_drawn_on_is_told_so_and_no_engine_is_started() {
    let scene = Scene::set(Setup::default()).await;
    let piped: [&str; 0] = [];
    scene.run(&piped).said(2, &["the console needs a terminal", "nightlatch --help"]);
    let mut dumb = command(&scene);
    dumb.env("TERM", "dumb");
    let mut dumb = Pty::run(dumb, 80, 24);
    assert_eq!(dumb.ends(), 2);
    assert!(dumb.screen().contains("TERM says that this one is `dumb`"), "{}", dumb.screen());
    assert!(nightlatch::ipc::Client::connect(scene.paths.socket(), true).await.is_err(), "an engine was started");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_is_taken_from_the_configuration_or_the_command_line_and_rgb_only_where_it_is_offered() {
    let scene = Scene::running(Setup::default()).await;
    std::fs::write(scene.dir().join("mine.toml"), "base = \"light\"\nbackground = \"#fdf6e3\"\n").unwrap();
    scene.edit_config(|text| format!("{text}\n[console]\ntheme = \"mine.toml\"\n"));
    let painted = |change: &dyn Fn(&mut portable_pty::CommandBuilder)| {
        let mut command = command(&scene);
        change(&mut command);
        let mut console = Pty::run(command, 100, 30);
        console.sees(&["nightlatch", "live"]);
        console.hear_for(Duration::from_millis(300));
        console.press("q");
        assert_eq!(console.ends(), 0);
        String::from_utf8_lossy(&console.output).into_owned()
    };
    let rgb = "\x1b[48;2;253;246;227m";
    let offered = painted(&|it| it.env("COLORTERM", "truecolor"));
    assert!(offered.contains("48;2;253;246;227"), "{rgb:?} was not painted: {offered:?}");
    assert!(!painted(&|_| {}).contains("8;2;"), "RGB where it is not offered");
    let plain = painted(&|it| {
        it.env("COLORTERM", "truecolor");
        it.env("NO_COLOR", "1");
    });
    for escape in plain.split("\x1b[").filter_map(|it| it.split_once('m')).map(|(codes, _)| codes) {
        let coloured = escape.split(';').any(|code| matches!(code.parse(), Ok(30..=38 | 40..=48 | 90..=107)));
        assert!(!coloured, "NO_COLOR, and yet {escape:?}");
    }
    let asked = painted(&|it| {
        it.env("COLORTERM", "truecolor");
        it.args(["--theme", "colour-blind"]);
    });
    assert!(asked.contains("2;86;180;233"), "the command line wins");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_that_makes_no_sense_is_refused_with_its_place_and_the_cure() {
    let scene = Scene::set(Setup::default()).await;
    let told = |arguments: &[&str]| {
        let mut command = command(&scene);
        command.args(arguments);
        let mut console = Pty::run(command, 200, 30);
        (console.ends(), console.screen().replace('\n', " "))
    };
    let (code, words) = told(&["--theme", "ligth"]);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("there is no theme `ligth`") && words.contains("high-contrast, colour-blind"), "{words}");

    let file = scene.dir().join("mine.toml");
    std::fs::write(&file, "base = \"dark\"\ngood = \"red\"\n").unwrap();
    let named = file.to_str().unwrap();
    let (code, words) = told(&["--theme", named]);
    assert_eq!(code, 1, "{words}");
    for word in ["mine.toml:2:8", "good", "red is kept for `bad`", "choose another"] {
        assert!(words.contains(word), "`{word}`: {words}");
    }
    let (_, words) = told(&["--theme", "./nowhere.toml"]);
    assert!(words.contains("nowhere.toml: cannot be read") && words.contains("name one of default"), "{words}");

    scene.edit_config(|text| format!("{text}\n[console]\ntheme = \"drak\"\n"));
    let (code, words) = told(&[]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("config.toml:") && words.contains("console.theme: there is no theme `drak`"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_in_force_are_listed_and_what_cannot_be_bound_is_told_with_its_line() {
    let scene = Scene::set(Setup::default()).await;
    let listed = scene.run(&["keys", "--json"]).json();
    let keys = |listed: &serde_json::Value, id: &str| {
        let row = listed.as_array().unwrap().iter().find(|row| row["id"] == id).cloned();
        row.unwrap_or_else(|| panic!("no {id}"))["keys"].clone()
    };
    assert_eq!(keys(&listed, "retry"), serde_json::json!(["r"]));
    scene.edit_config(|text| format!("{text}\n[console.keys]\nretry = [\"f5\"]\nsort = []\n"));
    let listed = scene.run(&["keys", "--json"]).json();
    assert_eq!(keys(&listed, "retry"), serde_json::json!(["F5"]));
    assert_eq!(keys(&listed, "sort"), serde_json::json!([]));
    scene.run(&["keys"]).said(0, &["F5", "retry", "WHAT IT DOES"]);

    scene.edit_config(|text| text.replace("sort = []", "sort = [\"p\"]"));
    let refused: Ran = scene.run(&["keys"]);
    refused.said(1, &["config.toml:", "p is bound to both `pause` and `sort`", "dashboard"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typed_confirmation_outlives_a_restart_of_the_engine_and_is_judged_by_the_new_one() {
    let scene = Scene::running(Setup::default()).await;
    let executive = scene.executive();
    scene.send(&scene.leaves(&executive.email)).await;
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&[&executive.name, "2 approvals"]);
    console.press("5a");
    console.sees(&["type the leaver's login", &executive.login]);
    // The systems are out, so that nothing but the engine changes meanwhile.
    scene.sandbox.set_fault(Fault { vendor: "*".into(), down: true, ..Fault::default() });
    scene.kill_engine();
    console.sees(&["reconnecting", "type the leaver's login"]);
    console.sees_no_more("reconnecting");
    scene.sandbox.clear_faults();
    console.answer(&format!("{}\r", executive.login));
    console.sees_no_more("type the leaver's login");
    // Either the consent holds, or the row has moved on and the console says so: never anything in between.
    console.hear_for(Duration::from_secs(1));
    let screen = console.screen();
    let refused = screen.contains("Refused: approve") || screen.contains("Not sent: approve");
    assert!(refused || screen.contains("1 approval "), "{screen}");
    console.press("\x03");
    assert_eq!(console.ends(), 0);
}
