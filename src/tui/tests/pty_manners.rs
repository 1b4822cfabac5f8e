//! Stops, signals, faults and new sizes: each leaves the terminal whole.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::fleet::World;
use super::pty::{PANICS, SIZE, Session, count, holds, is_whole, surrounded, words};
use super::pty_engine::{Engine, Script};
use super::window::Pty;

#[test]
fn ctrl_z_gives_the_shell_its_terminal_and_fg_paints_everything_again() {
    let engine = Engine::start(Script::of(&World::busy()));
    let mut command = surrounded(&engine, &["bash", "--norc", "--noprofile", "-i"].map(ToOwned::to_owned));
    command.env("PS1", "shell> ");
    let mut shell = Pty::run(command, SIZE.0, SIZE.1);
    shell.sees(&["shell> "]);
    let words: Vec<String> = words().iter().map(|word| format!("'{word}'")).collect();
    shell.press(&format!("{}\r", words.join(" ")));
    shell.sees(&["Alfa Doe", "live"]);
    assert!(shell.is_in_the_alternate_screen() && !shell.cooks());

    shell.press("\x1a");
    shell.sees(&["Stopped", "shell> "]);
    shell.press("echo who$((40+2)) is here\r");
    shell.sees(&["who42 is here"]);
    // Its next prompt is there whole.
    shell.rests(Duration::from_millis(300));
    assert!(!shell.is_in_the_alternate_screen() && !shell.hides_the_cursor());
    assert!(!shell.parser.screen().bracketed_paste() || shell.output.ends_with(b"shell> "), "only the shell's own");
    // It is stopped: it paints nothing meanwhile.
    let before = shell.output.len();
    shell.hear_for(Duration::from_secs(2));
    assert!(!holds(&shell.output[before..], b"\x1b[?2026h"));

    // The window was made larger while the shell had it.
    shell.resize(120, 40);
    shell.press("fg\r");
    shell.sees(&["Alfa Doe", "live", "worst step"]);
    assert!(shell.is_in_the_alternate_screen() && shell.hides_the_cursor() && !shell.cooks());
    shell.hear_for(Duration::from_secs(1));
    assert!(shell.screen().lines().next().unwrap().contains("approval"), "the new width is used:\n{}", shell.screen());
    shell.press("q");
    shell.sees(&["detached: the engine keeps running", "shell> "]);
    assert!(!shell.is_in_the_alternate_screen());
}

#[test]
fn ctrl_z_without_a_shell_stops_nothing_that_nobody_could_continue() {
    let mut session = Session::open();
    session.sees(&["Alfa Doe"]);
    session.hear_for(Duration::from_millis(600));
    let before = session.output.len();
    // The console leads its session, so the kernel drops the stop: it comes back at once, as after `fg`.
    session.press("\x1a");
    let until = Instant::now() + Duration::from_secs(20);
    while !holds(&session.output[before..], b"\x1b[?1049h") || !holds(&session.output[before..], b"Alfa Doe") {
        assert!(Instant::now() < until, "{}", session.output[before..].escape_ascii());
        session.hear(Duration::from_millis(50));
    }
    assert!(holds(&session.output[before..], b"\x1b[?1049l"));
    session.press("q");
    assert_eq!(session.ends(), 0);
    is_whole(&session);
}

#[test]
fn somebody_elses_stop_is_noticed_when_it_ends() {
    let mut session = Session::open();
    session.sees(&["Alfa Doe"]);
    session.signal(Signal::STOP);
    session.hear_for(Duration::from_millis(500));
    let before = session.output.len();
    session.signal(Signal::CONT);
    let until = Instant::now() + Duration::from_secs(20);
    while !holds(&session.output[before..], b"Alfa Doe") {
        assert!(Instant::now() < until, "it was not painted again:\n{}", session.screen());
        session.hear(Duration::from_millis(50));
    }
    assert!(holds(&session.output[before..], b"\x1b[?1049h"), "whoever had the terminal may have left its screen");
    session.press("q");
    assert_eq!(session.ends(), 0);
    is_whole(&session);
}

#[test]
fn every_signal_that_ends_it_leaves_the_terminal_whole() {
    for (signal, told) in [
        (Signal::TERM, "terminated: the engine keeps running, 9 in progress"),
        (Signal::INT, "interrupted: the engine keeps running"),
        (Signal::HUP, "the terminal hung up: the engine keeps running"),
    ] {
        let mut session = Session::open();
        session.sees(&["Alfa Doe"]);
        session.press("5a");
        session.sees(&["type the leaver's login"]);
        session.signal(signal);
        assert_eq!(session.ends(), 0, "{signal:?}");
        is_whole(&session);
        assert!(session.screen().contains(told), "{signal:?}:\n{}", session.screen());
        assert_eq!(session.engine.acts(), []);
    }
}

#[test]
fn a_terminal_that_goes_away_takes_the_console_with_it_with_a_hang_up_or_without() {
    for hears_of_it in [true, false] {
        // Without a terminal of its own, as after `setsid`, the kernel sends it no SIGHUP.
        let mut session = Session::with(&Script::of(&World::busy()), |it| it.set_controlling_tty(hears_of_it));
        session.sees(&["Alfa Doe"]);
        let Session { pty, engine } = session;
        let mut child = pty.hang_up();
        let until = Instant::now() + Duration::from_secs(20);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > until {
                child.kill().unwrap();
                panic!("the console lives on without a terminal");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(engine.acts(), []);
    }
}

#[test]
fn a_fault_on_any_thread_gives_the_terminal_back_before_it_is_told() {
    for thread in ["here", "elsewhere"] {
        let mut session = Session::with(&Script::of(&World::busy()), |it| it.env(PANICS, thread));
        session.sees(&["Alfa Doe"]);
        assert_ne!(session.ends(), 0, "{thread}");
        is_whole(&session);
        let output = String::from_utf8_lossy(&session.output).into_owned();
        let (painted, told) = output.split_once("a fault of the console's own").expect("the reason is told");
        for part in ["\x1b[?1049l", "\x1b[?2004l", "\x1b[?25h"] {
            assert!(painted.contains(part), "{part:?} did not come before the reason: {output:?}");
        }
        assert!(!told.contains("\x1b[?1049"), "{thread}: it took the terminal again: {told:?}");
        assert!(!told.contains("\x1b[?2026h"), "{thread}: it painted over the reason: {told:?}");
        assert!(session.screen().contains("a fault of the console's own"), "{}", session.screen());
    }
}

#[test]
fn a_storm_of_a_thousand_sizes_ends_with_the_last_one() {
    let mut session = Session::open();
    session.sees(&["Alfa Doe"]);
    session.hear_for(Duration::from_millis(600));
    let (begun, before) = (Instant::now(), session.output.len());
    for n in 0..999_u16 {
        session.resize(30 + n * 7 % 150, 8 + n * 3 % 50);
        session.hear(Duration::from_millis(1));
    }
    session.resize(SIZE.0, SIZE.1);
    session.hear_for(Duration::from_secs(2));
    let storm = session.output[before..].to_vec();
    let frames = count(&storm, b"\x1b[?2026h");
    let most = usize::try_from(begun.elapsed().as_millis() / 50).unwrap() + 10;
    assert!(frames <= most, "{frames} frames in {:?}", begun.elapsed());
    // Every frame is whole: none begins in another, and nothing is painted outside.
    let marks: Vec<u8> = (0..storm.len())
        .filter(|at| storm[*at..].starts_with(b"\x1b[?2026"))
        .filter_map(|at| storm.get(at + b"\x1b[?2026".len()).copied())
        .collect();
    assert!(marks.chunks(2).all(|pair| pair == *b"hl"), "torn frames");

    let storms = session.screen();
    session.press("?");
    session.sees(&["Keys: dashboard"]);
    session.press("\x1b");
    session.sees_no_more("Keys: dashboard");
    session.press("\x0c");
    session.hear_for(Duration::from_secs(1));
    let still = |screen: &str| screen.lines().skip(8).map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(still(&storms).len(), still(&session.screen()).len());
    let words = |screen: &str| screen.split_whitespace().filter(|it| it.len() > 4).count();
    assert!(words(&storms).abs_diff(words(&session.screen())) < 6, "{storms}\n{}", session.screen());
    assert!(storms.contains("worst step") && storms.contains("Alfa Doe"), "{storms}");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_told_so() {
    let mut session = Session::with(&Script::of(&World::busy()), |it| it.env("TERM", "dumb"));
    assert_ne!(session.ends(), 0);
    let told = String::from_utf8_lossy(&session.output).into_owned();
    assert!(told.contains("`dumb`") && told.contains("--json"), "{told}");
    assert!(!told.contains("\x1b["), "{told:?}");
}
