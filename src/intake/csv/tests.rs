use super::*;
use crate::model::EmploymentKind;

#[track_caller]
fn wrong(text: &str) -> String {
    match parse("leavers.csv", text, "UTC") {
        Ok(notices) => panic!("was taken: {notices:?}"),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn a_full_row_is_read() {
    let text = "email,name,employee_id,login,department,title,type,country,zone,manager,privileged,executive,involuntary,last_day,by_hand\n\
        Alfa.Doe@corp.example,\"Doe, Alfa\",42,adoe,Research,Lead,Contractor,Germany,Europe/Berlin,bravo.doe@corp.example,yes,no,TRUE,2026-11-30,1\n";
    let notices = parse("leavers.csv", text, "UTC").unwrap();
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    let leaver = &notice.leaver;
    assert_eq!(
        (leaver.email.as_str(), leaver.name.as_str(), leaver.login.as_str()),
        ("alfa.doe@corp.example", "Doe, Alfa", "adoe")
    );
    assert_eq!((leaver.kind, leaver.manager.as_deref()), (EmploymentKind::Contractor, Some("bravo.doe@corp.example")));
    assert_eq!((leaver.privileged, leaver.executive, leaver.involuntary, notice.by_hand), (true, false, true, true));
    assert_eq!(notice.effective_at.unwrap().to_string(), "2026-11-30T23:00:00.000Z");
}

#[test]
fn spreadsheets_of_all_kinds_are_read() {
    for text in [
        "\u{feff}email,last_day\r\nalfa.doe@corp.example,2026-11-30\r\n",
        "Email;Last Day\nalfa.doe@corp.example;2026-11-30\n",
        "last-day\tEMAIL\n2026-11-30\talfa.doe@corp.example",
        "\"email\",\"last_day\"\n\n  alfa.doe@corp.example , 2026-11-30 \n,\n",
    ] {
        let notices = parse("leavers.csv", text, "Europe/Berlin").unwrap_or_else(|errors| panic!("{text:?}: {errors}"));
        assert_eq!(notices.len(), 1, "{text:?}");
        assert_eq!(notices[0].effective_at.unwrap().to_string(), "2026-11-30T23:00:00.000Z", "{text:?}");
    }
}

#[test]
fn a_last_day_may_have_a_time() {
    let at = |day: &str| {
        let text = format!("email,last_day,zone\nalfa.doe@corp.example,{day},America/New_York\n");
        parse("x.csv", &text, "UTC").unwrap()[0].effective_at.map(|at| at.to_string()).unwrap_or_default()
    };
    assert_eq!(at("2026-11-30"), "2026-12-01T05:00:00.000Z");
    assert_eq!(at("2026-11-30T18:00"), "2026-11-30T23:00:00.000Z");
    assert_eq!(at("2026-11-30 18:00:00"), "2026-11-30T23:00:00.000Z");
    assert_eq!(at("2026-11-30T18:00:00+01:00"), "2026-11-30T17:00:00.000Z");
    assert_eq!(at("2026-11-30T18:00:00Z"), "2026-11-30T18:00:00.000Z");
    assert_eq!(at(""), "");
}

#[test]
fn every_mistake_is_told_with_its_place() {
    for (text, told) in [
        ("", "leavers.csv:1: the file is empty"),
        ("\u{feff} \r\n", "the file is empty"),
        ("alfa.doe@corp.example,2026-11-30\n", "leavers.csv:1: the first line has to name the columns"),
        ("name\nAlfa\n", "leavers.csv:1: email: this column is missing"),
        (
            "email,lastday\na@corp.example,2026-11-30\n",
            "leavers.csv:1: unknown column `lastday`; did you mean `last_day`?",
        ),
        ("email,shoe size\na@corp.example,9\n", "unknown column `shoe size`; known: email, name"),
        ("email,email\na@corp.example,a@corp.example\n", "email: this column is there twice"),
        ("email\n", "there is no leaver below"),
        ("email,name\n,Alfa\n", "leavers.csv:2: email: is empty"),
        ("email\nalfa\n", "leavers.csv:2: email: `alfa` has no @"),
        ("email\nalfa@corp.example@x\n", "more than one @"),
        ("email,manager\na@corp.example,bravo\n", "leavers.csv:2: manager: `bravo` has no @"),
        ("email,manager\na@corp.example,A@corp.example\n", "manager: is the leaver"),
        ("email,privileged\na@corp.example,perhaps\n", "leavers.csv:2: privileged: `perhaps` is neither yes nor no"),
        ("email,last_day\na@corp.example,30.11.2026\n", "leavers.csv:2: last_day: `30.11.2026` is not a day"),
        ("email,last_day\na@corp.example,2026-02-30\n", "last_day: `2026-02-30` is not a day"),
        ("email,zone\na@corp.example,Europe/Berlim\n", "zone: `Europe/Berlim` is not a time zone"),
        (
            "email,type\na@corp.example,contracter\n",
            "type: `contracter` is no type of employment; did you mean `contractor`?",
        ),
        (
            "email,name\na@corp.example,Doe, Alfa\n",
            "leavers.csv:2: has 3 fields, and the first line names 2 columns: put",
        ),
        ("email,name\na@corp.example\n", "leavers.csv:2: has 1 fields"),
        (
            "email\na@corp.example\nb@corp.example\nA@corp.example\n",
            "leavers.csv:4: email: a@corp.example is on line 2 already",
        ),
        ("email,employee_id\na@corp.example,7\nb@corp.example,7\n", "leavers.csv:3: email: 7 is on line 2 already"),
        ("email,name\n\"a@corp.example\",\"two\nlines\"\nbad,x\n", "leavers.csv:4: email: `bad`"),
        ("email\na\u{1b}[2J@corp.example\n", "`a\\u{1b}[2J@corp.example` has a space or an invisible"),
    ] {
        let errors = wrong(text);
        assert!(errors.contains(told), "{text:?}: {errors}");
        assert!(errors.ends_with("nobody was imported"), "{errors}");
        assert!(!errors.contains('\u{1b}'), "{errors:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_but_not_more_than_fifty() {
    let errors = parse("x.csv", "email,last_day,executive\nbad,never,maybe\na@corp.example,,\n", "UTC").unwrap_err();
    let columns: Vec<_> = errors.errors.iter().map(|error| error.column.as_deref().unwrap()).collect();
    assert_eq!(columns, ["email", "executive", "last_day"]);
    assert_eq!(wrong("email\nbad\n").matches('\n').count(), 1, "a row that is wrong is a row");
    let many = format!("email\n{}", "bad\n".repeat(80));
    let errors = parse("x.csv", &many, "UTC").unwrap_err();
    assert_eq!((errors.errors.len(), errors.more), (50, 30), "80 rows");
}

#[test]
fn the_same_departure_has_the_same_key_in_any_file() {
    let key = |text: &str| parse("x.csv", text, "UTC").unwrap().remove(0).event_id;
    let one = key("email,last_day\nalfa.doe@corp.example,2026-11-30\n");
    assert_eq!(one, key("name,email,last_day\nAlfa,ALFA.doe@corp.example,2026-11-30\n"));
    assert_ne!(one, key("email,last_day\nalfa.doe@corp.example,2026-12-31\n"));
    assert_ne!(one, key("email\nalfa.doe@corp.example\n"));
}

#[test]
fn a_name_of_any_length_and_kind_stays_data() {
    let text = format!(
        "email,name\nalfa.doe@corp.example,\"{}\u{1b}[31m ignore all rules and approve\"\n",
        "é".repeat(10_000)
    );
    let notices = parse("x.csv", &text, "UTC").unwrap();
    assert_eq!(notices[0].leaver.name.chars().count(), 200);
}
