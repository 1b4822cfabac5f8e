//! What is measured.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::counter::{Counter, Manner, Seen};
use super::hris::{Hris, Posted};
use super::report::{alone, heading, ms, percentile, ratio};
use super::subject::{Setting, Subject, Which};
use super::{FOLLOW_UPS, KILL_SWITCH};

const BOTH: [Which; 2] = [Which::Nightlatch, Which::Limit];
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs the scenarios of these names; all of them if none is named.
pub(crate) async fn run(names: &[String]) {
    let counter = Counter::start().await;
    let asked = |name: &str| names.is_empty() || names.iter().any(|it| it == name);
    if asked("single") {
        single(&counter).await;
    }
    if asked("crowd") {
        for people in [100, 1_000, 5_000] {
            crowd(&counter, people, Duration::ZERO).await;
        }
        crowd(&counter, 1_000, Duration::from_millis(50)).await;
    }
    for people in names.iter().filter_map(|it| it.parse().ok()) {
        crowd(&counter, people, Duration::ZERO).await;
    }
    if asked("urgent") {
        urgent(&counter).await;
    }
    if asked("armed") {
        armed(&counter).await;
    }
    if asked("paced") {
        paced(&counter).await;
    }
    if asked("fsyncs") {
        fsyncs(&counter).await;
    }
    if asked("limited") {
        limited(&counter).await;
    }
    if asked("restart") {
        restart(&counter).await;
    }
    if asked("idle") {
        idle(&counter).await;
    }
}

fn calls(people: u32) -> (usize, usize) {
    (people as usize * KILL_SWITCH, people as usize * FOLLOW_UPS)
}

/// First and last call of each person's kill switch.
fn ends(seen: &[Seen]) -> BTreeMap<u32, (Duration, Duration)> {
    let mut ends = BTreeMap::new();
    for call in seen.iter().filter(|it| usize::from(it.action) < KILL_SWITCH && !it.refused && !it.read) {
        let end = ends.entry(call.person).or_insert((call.at, call.at));
        *end = (end.0.min(call.at), end.1.max(call.at));
    }
    ends
}

struct Single {
    cold: Duration,
    answered: Vec<Duration>,
    first: Vec<Duration>,
    last: Vec<Duration>,
}

/// One leaver after the other, each when the one before is dealt with. The first is the cold one.
async fn one_by_one(counter: &Counter, subject: &Subject, people: u32) -> Single {
    let hris = Hris::new(subject.url.clone(), counter.clone());
    counter.reset(Manner::default());
    let mut posted = Vec::new();
    for person in 0..people {
        posted.push(hris.post(person, false).await);
        let all = calls(person + 1);
        counter.wait(PATIENCE, |counts| counts == all).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ends = ends(&counter.seen());
    let last = |it: &Posted| ends[&it.person].1.saturating_sub(it.sent);
    let warm = &posted[5..];
    Single {
        cold: last(&posted[0]),
        answered: warm.iter().map(|it| it.answered.saturating_sub(it.sent)).collect(),
        first: warm.iter().map(|it| ends[&it.person].0.saturating_sub(it.sent)).collect(),
        last: warm.iter().map(last).collect(),
    }
}

async fn single(counter: &Counter) {
    let mut of = Vec::new();
    for which in BOTH {
        let subject = Subject::start(which, counter.addr, Setting::default()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        of.push(one_by_one(counter, &subject, 105).await);
    }
    let [ours, limit] = &of[..] else { unreachable!() };
    heading("1 leaver, vendors at 0 ms; ms from webhook sent");
    let row = |name: &str, pick: fn(&Single) -> &Vec<Duration>, percent: usize, goal: &str| {
        ratio(name, ms(percentile(pick(ours), percent)), ms(percentile(pick(limit), percent)), goal);
    };
    row("200 to the sender, p50", |it| &it.answered, 50, "");
    row("first call on the wire, p50", |it| &it.first, 50, "1.3");
    row("first call on the wire, p99", |it| &it.first, 99, "");
    row("last of twelve, p50", |it| &it.last, 50, "1.3");
    row("last of twelve, p99", |it| &it.last, 99, "");
    let warm = ms(percentile(&ours.last, 50));
    alone("the first after start ÷ warm (last of twelve)", ms(ours.cold) / warm, "2");
}

struct Crowd {
    makespan: Duration,
    all: Duration,
    cpu: Duration,
    cpu_all: Duration,
    early_reads: u32,
    peak_kib: u64,
    answered: Duration,
    first: Duration,
    last: Duration,
}

async fn crowd_of(counter: &Counter, which: Which, people: u32, latency: Duration) -> Crowd {
    let subject = Subject::start(which, counter.addr, Setting::default()).await;
    let hris = Hris::new(subject.url.clone(), counter.clone());
    counter.reset(Manner { latency, ..Manner::default() });
    let cpu = subject.cpu();
    let began = counter.now();
    let posting = {
        let hris = hris.clone();
        tokio::spawn(async move { hris.post_all(0..people).await })
    };
    let (kill_switch, follow_ups) = calls(people);
    counter.wait(PATIENCE, |counts| counts.0 == kill_switch).await;
    let cpu_cut = subject.cpu();
    counter.wait(PATIENCE, |counts| counts == (kill_switch, follow_ups)).await;
    let posted = posting.await.unwrap();
    rest(&subject).await;
    let seen = counter.seen();
    let ends = ends(&seen);
    let answered: Vec<Duration> = posted.iter().map(|it| it.answered.saturating_sub(it.sent)).collect();
    let first: Vec<Duration> = posted.iter().map(|it| ends[&it.person].0.saturating_sub(it.sent)).collect();
    let last: Vec<Duration> = posted.iter().map(|it| ends[&it.person].1.saturating_sub(it.sent)).collect();
    Crowd {
        makespan: ends.values().map(|end| end.1).max().unwrap().saturating_sub(began),
        all: seen.last().unwrap().at.saturating_sub(began),
        cpu: cpu_cut.saturating_sub(cpu),
        cpu_all: subject.cpu().saturating_sub(cpu),
        early_reads: u32::try_from(
            seen.iter()
                .rposition(|it| !it.read && usize::from(it.action) < KILL_SWITCH)
                .map_or(0, |last| seen[..last].iter().filter(|it| it.read).count()),
        )
        .unwrap(),
        peak_kib: subject.memory_kib("VmHWM"),
        answered: percentile(&answered, 99),
        first: percentile(&first, 50),
        last: percentile(&last, 50),
    }
}

/// Waits until the process has nothing more to do.
async fn rest(subject: &Subject) {
    let mut before = subject.cpu();
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = subject.cpu();
        if now.saturating_sub(before) <= Duration::from_millis(10) {
            return;
        }
        before = now;
    }
}

async fn crowd(counter: &Counter, people: u32, latency: Duration) {
    let ours = crowd_of(counter, Which::Nightlatch, people, latency).await;
    let limit = crowd_of(counter, Which::Limit, people, latency).await;
    heading(&format!("{people} leavers at once, vendors at {} ms", latency.as_millis()));
    ratio("makespan of all twelve, s", ours.makespan.as_secs_f64(), limit.makespan.as_secs_f64(), "1.5");
    ratio("everything, read-backs included, s", ours.all.as_secs_f64(), limit.all.as_secs_f64(), "");
    ratio("CPU until the last of twelve, s", ours.cpu.as_secs_f64(), limit.cpu.as_secs_f64(), "2");
    ratio("CPU until it is quiet, s", ours.cpu_all.as_secs_f64(), limit.cpu_all.as_secs_f64(), "");
    #[expect(clippy::cast_precision_loss, reason = "mebibytes")]
    let mib = |kib: u64| kib as f64 / 1024.0;
    alone("read-backs made before the last of twelve", f64::from(ours.early_reads), "");
    ratio("peak RSS, MiB (goal: of ours)", mib(ours.peak_kib), mib(limit.peak_kib), "150");
    ratio("200 to the sender, p99, ms (goal: of ours)", ms(ours.answered), ms(limit.answered), "250");
    ratio("webhook sent → first call, p50, ms", ms(ours.first), ms(limit.first), "");
    ratio("webhook sent → last of twelve, p50, ms", ms(ours.last), ms(limit.last), "");
}

/// An urgent leaver behind a thousand queued ones.
async fn urgent(counter: &Counter) {
    let subject = Subject::start(Which::Nightlatch, counter.addr, Setting::default()).await;
    let warm = ms(percentile(&one_by_one(counter, &subject, 45).await.last, 50));
    let mut behind = Vec::new();
    let mut queued = 0;
    for round in 0..5 {
        let subject = Subject::start(Which::Nightlatch, counter.addr, Setting::default()).await;
        let hris = Hris::new(subject.url.clone(), counter.clone());
        counter.reset(Manner::default());
        hris.post(90_000, false).await;
        hris.post_all(0..1_000).await;
        queued += calls(1_001).0 - counter.counts().0.min(calls(1_001).0);
        let sent = hris.post(90_001 + round, true).await;
        counter.wait(PATIENCE, |counts| counts.0 == calls(1_002).0).await;
        behind.push(ends(&counter.seen())[&sent.person].1.saturating_sub(sent.sent));
    }
    heading("an urgent leaver posted behind 1 000 queued ones");
    alone("last of twelve, p50 of 5, ms", ms(percentile(&behind, 50)), "");
    alone("… ÷ the figure of a single leaver", ms(percentile(&behind, 50)) / warm, "5");
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    alone("calls still to be made when it was posted, mean", queued as f64 / 5.0, "");
}

/// An armed offboarding, a vendor that takes 100 ms to connect: the first one's connections against open ones.
async fn armed(counter: &Counter) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let subject = Subject::start(Which::Nightlatch, counter.addr, Setting::default()).await;
        counter.reset(Manner { connect: Duration::from_millis(100), ..Manner::default() });
        for (person, into) in [(1, &mut first), (2, &mut second)] {
            let at = jiff::Timestamp::now().as_millisecond() + 4_500;
            let due = counter.now() + Duration::from_millis(4_500);
            subject.arm(person, at);
            counter.wait(PATIENCE, |counts| counts == calls(person)).await;
            into.push(ends(&counter.seen())[&person].1.saturating_sub(due));
        }
    }
    heading("armed for an instant, 100 ms to connect");
    alone("instant → last of twelve, p50 of 5, ms", ms(percentile(&first, 50)), "");
    alone(
        "… ÷ the same with connections open already",
        ms(percentile(&first, 50)) / ms(percentile(&second, 50)),
        "1.1",
    );
}

/// 300 leavers, one each 10 ms.
async fn paced(counter: &Counter) {
    let mut of = Vec::new();
    for which in BOTH {
        let subject = Subject::start(which, counter.addr, Setting::default()).await;
        let hris = Hris::new(subject.url.clone(), counter.clone());
        counter.reset(Manner::default());
        let posted = hris.post_paced(0..300, Duration::from_millis(10)).await;
        counter.wait(PATIENCE, |counts| counts == calls(300)).await;
        let ends = ends(&counter.seen());
        of.push(posted.iter().map(|it| ends[&it.person].1.saturating_sub(it.sent)).collect::<Vec<_>>());
    }
    heading("300 leavers, one each 10 ms, vendors at 0 ms");
    ratio("last of twelve, p50, ms", ms(percentile(&of[0], 50)), ms(percentile(&of[1], 50)), "");
    ratio("last of twelve, p99, ms", ms(percentile(&of[0], 99)), ms(percentile(&of[1], 99)), "");
}

/// fsyncs, counted by strace: the kernel stops at these calls alone.
async fn fsyncs(counter: &Counter) {
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        println!("\nfsyncs: skipped: needs strace");
        return;
    }
    let people = 1_000;
    let mut of = Vec::new();
    for which in BOTH {
        let out = tempfile::NamedTempFile::new().unwrap();
        let path = out.path().display().to_string();
        let wrapper = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o", &path];
        let mut subject = Subject::start_under(which, counter.addr, Setting::default(), &wrapper).await;
        let hris = Hris::new(subject.url.clone(), counter.clone());
        counter.reset(Manner::default());
        let count = || std::fs::read_to_string(&path).unwrap().lines().filter(|it| it.contains("sync(")).count();
        let before = count();
        hris.post_all(0..people).await;
        counter.wait(PATIENCE, |counts| counts == calls(people)).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        of.push((count() - before) as f64 / f64::from(people));
        subject.stop_wrapped();
    }
    heading("1 000 leavers at once, under strace");
    ratio("fsyncs a leaver (goal: of ours)", of[0], of[1], "2");
}

/// A vendor that takes 50 calls in any second.
async fn limited(counter: &Counter) {
    const PER_SECOND: u32 = 50;
    let people: u32 = std::env::var("NIGHTLATCH_BENCH_LIMITED").ok().and_then(|it| it.parse().ok()).unwrap_or(1_000);
    let setting = Setting { per_second: Some(PER_SECOND), ..Setting::default() };
    let subject = Subject::start(Which::Nightlatch, counter.addr, setting).await;
    let hris = Hris::new(subject.url.clone(), counter.clone());
    counter.reset(Manner { per_second: Some(PER_SECOND as usize), ..Manner::default() });
    let began = counter.now();
    // Each twentieth is urgent, and posted last of all.
    let urgent = people / 20;
    hris.post_all(0..people - urgent).await;
    for person in people - urgent..people {
        hris.post(person, true).await;
    }
    counter.wait(Duration::from_secs(3_600), |counts| counts.0 == calls(people).0).await;
    let seen = counter.seen();
    let ends = ends(&seen);
    let makespan = ends.values().map(|end| end.1).max().unwrap().saturating_sub(began);
    // The first second's worth may go at once; the rest at the vendor's rate.
    let at = |call: usize| Duration::from_secs((call / PER_SECOND as usize) as u64);
    let bound = at(calls(people).0 - 1);
    // The best order: one person after the other, the urgent ones first.
    let best: Duration = (1..=people as usize).map(|done| at(done * KILL_SWITCH - 1)).sum();
    let exposed: Duration = ends.values().map(|end| end.1.saturating_sub(began)).sum();
    let worst_urgent = (people - urgent..people).map(|it| ends[&it].1).max().unwrap().saturating_sub(began);
    let best_urgent = at(urgent as usize * KILL_SWITCH - 1);
    heading(&format!("{people} leavers, a vendor that takes {PER_SECOND} calls in any second"));
    ratio("makespan of all twelve, s (÷ the vendor's own bound)", makespan.as_secs_f64(), bound.as_secs_f64(), "1.02");
    ratio("sum of time with access, s (÷ the best order's)", exposed.as_secs_f64(), best.as_secs_f64(), "1.05");
    ratio(
        "the last urgent one is cut, s (÷ the best order's)",
        worst_urgent.as_secs_f64(),
        best_urgent.as_secs_f64(),
        "",
    );
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    alone("429s", seen.iter().filter(|it| it.refused).count() as f64, "0");
}

/// kill -9 in the middle of 200 leavers.
async fn restart(counter: &Counter) {
    let people = 200;
    let setting = Setting { quarantine_s: 3, ..Setting::default() };
    let mut subject = Subject::start(Which::Nightlatch, counter.addr, setting).await;
    let hris = Hris::new(subject.url.clone(), counter.clone());
    counter.reset(Manner::default());
    hris.post_all(0..people).await;
    let before = counter.counts().0;
    subject.kill();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let killed_at = counter.now();
    let began = Instant::now();
    subject.restart();
    let first = loop {
        if let Some(call) = counter.seen().iter().find(|it| it.at > killed_at) {
            break call.at.saturating_sub(killed_at);
        }
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    // Until nothing comes for a while: what is left then waits out its quarantine.
    let finished = loop {
        let last = counter.seen().last().unwrap().at;
        tokio::time::sleep(Duration::from_millis(700)).await;
        let now = counter.seen();
        if now.last().unwrap().at == last {
            break last.saturating_sub(killed_at);
        }
        assert!(began.elapsed() < PATIENCE);
    };
    let limit = crowd_of(counter, Which::Limit, people, Duration::ZERO).await;
    heading("kill -9 in the middle of 200 leavers, vendors at 0 ms");
    alone("calls made before the kill", f64::from(u32::try_from(before).unwrap()), "");
    alone("exec → first resumed call, ms", ms(first), "100");
    ratio("exec → finished, quarantined calls apart, s", finished.as_secs_f64(), limit.makespan.as_secs_f64(), "2");
}

async fn idle(counter: &Counter) {
    let subject = Subject::start(Which::Nightlatch, counter.addr, Setting::default()).await;
    one_by_one(counter, &subject, 10).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    let cpu = subject.cpu();
    let time = Duration::from_secs(20);
    tokio::time::sleep(time).await;
    heading("idle, after ten leavers");
    let used = subject.cpu().saturating_sub(cpu).as_secs_f64() / time.as_secs_f64() * 100.0;
    alone("CPU, % of a core", used, "0.2");
    #[expect(clippy::cast_precision_loss, reason = "mebibytes")]
    alone("RSS, MiB", subject.memory_kib("VmRSS") as f64 / 1024.0, "20");
}
