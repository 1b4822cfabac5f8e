//! The enrolled devices, by person.

use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

use super::super::clock;
use super::super::lock::hold;
use super::super::people::Person;
use super::device::{Device, Reach};

/// Everybody has a Mac of the company; who is divisible by three a company's iPhone, who is one more a personal one.
///
/// These are special, by number: the Mac of 2 carries the next person's user name, that of 4 an old system on Apple
/// silicon, that of 7 may be anybody's, that of 8 has Activation Lock, that of 10 is not managed, that of 11 was unlocked
/// again; the iPhone of 54 is not supervised; 5 has no device; those of 50 are powered off, those of 51 fail; 16 is known by a
/// user name alone; 17 is a store room.
pub(in super::super) struct Tenant {
    devices: Mutex<Vec<Device>>,
    fresh: Vec<Device>,
}

impl Tenant {
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let mut fresh = Vec::new();
        for (who, person) in people.iter().enumerate() {
            let macs = match who {
                5 => 0,
                17 => 25,
                _ => 1,
            };
            for _ in 0..macs {
                fresh.push(computer(fresh.len() + 1, who, person, people));
            }
            if who % 3 != 2 && who != 5 {
                fresh.push(phone(fresh.len() + 1, who, person));
            }
        }
        Tenant { devices: Mutex::new(fresh.clone()), fresh }
    }

    pub(in super::super) fn restore(&self, who: usize) {
        for (device, fresh) in hold(&self.devices).iter_mut().zip(&self.fresh) {
            if device.who == who {
                *device = fresh.clone();
            }
        }
    }

    pub(super) fn devices(&self) -> MutexGuard<'_, Vec<Device>> {
        hold(&self.devices)
    }

    /// Whose the device is that fits.
    pub(super) fn owner(&self, fits: impl Fn(&Device) -> bool) -> Option<usize> {
        self.devices().iter().find(|device| fits(device)).map(|device| device.who)
    }

    pub(super) fn state(&self, who: usize) -> Value {
        json!(self.devices().iter().filter(|device| device.who == who).map(Device::state).collect::<Vec<_>>())
    }
}

fn computer(number: usize, who: usize, person: &Person, people: &[Person]) -> Device {
    let mut mac = plain(number, who, person, true);
    match who {
        2 => mac.username = people.get(3).map(|next| next.login.clone()).unwrap_or_default(),
        4 => (mac.silicon, mac.version) = (true, "11.4"),
        7 => mac.automated = false,
        8 => mac.activation_lock = true,
        10 => mac.managed = false,
        11 => {
            mac.take("DEVICE_LOCK", &json!({ "pin": "000000" }));
            mac.pin = None;
            mac.last_contact_ms = clock::epoch_ms() + 3_600_000;
        }
        _ => {}
    }
    mac
}

fn phone(number: usize, who: usize, person: &Person) -> Device {
    let mut phone = plain(number, who, person, false);
    if who % 3 == 1 {
        (phone.ownership, phone.supervised) = ("AccountDrivenUserEnrollment", false);
    }
    if who == 54 {
        phone.supervised = false;
    }
    phone
}

fn plain(number: usize, who: usize, person: &Person, mac: bool) -> Device {
    let by_name = who == 16;
    Device {
        id: number.to_string(),
        who,
        mac,
        email: if by_name { String::new() } else { person.email.clone() },
        username: person.login.clone(),
        managed: true,
        supervised: true,
        automated: true,
        ownership: "Institutional",
        silicon: true,
        version: "15.6.1",
        activation_lock: false,
        recovery_key: who.is_multiple_of(2).then_some("VALID"),
        reach: match who {
            50 => Reach::Offline,
            51 => Reach::Failing,
            _ => Reach::Online,
        },
        last_contact_ms: clock::epoch_ms(),
        pin: None,
        screen_locked: false,
        lost_mode: false,
        erased: 0,
        commands: Vec::new(),
    }
}
