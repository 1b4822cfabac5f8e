//! A device as the actions need it, made of what either inventory says.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::Account;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Computer,
    Mobile,
}

/// Whose property it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Company,
    Personal,
    /// The inventory does not tell.
    Unknown,
}

#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) kind: Kind,
    pub(super) id: String,
    name: String,
    serial: String,
    /// What commands name it by.
    pub(super) management_id: Option<String>,
    pub(super) managed: bool,
    pub(super) supervised: bool,
    pub(super) owner: Owner,
    email: String,
    username: String,
    shared: bool,
    /// A lock would deactivate it.
    pub(super) lock_bricks: bool,
    /// When it last spoke to Jamf, RFC 3339.
    pub(super) last_contact: Option<String>,
    pub(super) lost_mode: bool,
    pub(super) activation_lock: bool,
    /// What Jamf holds to open the disk with: `VALID`, `INVALID`, `UNKNOWN` or `NOT_APPLICABLE`.
    pub(super) recovery_key: Option<String>,
}

impl Device {
    /// Why it is not certainly this person's, if so.
    pub(super) fn doubt(&self, account: &Account) -> Option<String> {
        if self.shared {
            return Some(format!("{} is shared by several people", self.shown()));
        }
        let local = |name: &str| name.split('@').next().unwrap_or_default().to_lowercase();
        let theirs = |name: &str| {
            name.is_empty()
                || [&account.id, &account.label].iter().any(|own| own.eq_ignore_ascii_case(name))
                || !name.contains('@') && local(&account.label) == name.to_lowercase()
        };
        let other = [&self.email, &self.username].into_iter().find(|name| !theirs(name))?;
        Some(format!("{} is assigned to {other} as well: correct the assignment in Jamf Pro", self.shown()))
    }

    pub(super) fn shown(&self) -> String {
        let kind = match self.kind {
            Kind::Computer => "Mac",
            Kind::Mobile => "mobile device",
        };
        format!("{kind} {} ({})", self.name, if self.serial.is_empty() { &self.id } else { &self.serial })
    }

    /// As a before-image lists it.
    pub(super) fn image(&self) -> Value {
        json!({
            "kind": match self.kind { Kind::Computer => "computer", Kind::Mobile => "mobile" },
            "id": self.id, "name": self.name, "serialNumber": self.serial, "managementId": self.management_id,
            "supervised": self.supervised,
        })
    }
}

/// A computer (`GET /api/v1/computers-inventory`). Sections that were not asked for, and much else, may be null.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Computer {
    id: String,
    general: Option<ComputerGeneral>,
    user_and_location: Option<ComputerUser>,
    hardware: Option<Hardware>,
    operating_system: Option<OperatingSystem>,
    disk_encryption: Option<DiskEncryption>,
    security: Option<Security>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ComputerGeneral {
    name: Option<String>,
    management_id: Option<String>,
    supervised: Option<bool>,
    remote_management: Option<RemoteManagement>,
    enrolled_via_automated_device_enrollment: Option<bool>,
    last_contact_time: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RemoteManagement {
    managed: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ComputerUser {
    username: Option<String>,
    email: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Hardware {
    serial_number: Option<String>,
    apple_silicon: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OperatingSystem {
    version: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DiskEncryption {
    individual_recovery_key_validity_status: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Security {
    activation_lock_enabled: Option<bool>,
    lost_mode_enabled: Option<bool>,
}

impl From<Computer> for Device {
    fn from(computer: Computer) -> Self {
        let general = computer.general.unwrap_or_default();
        let user = computer.user_and_location.unwrap_or_default();
        let hardware = computer.hardware.unwrap_or_default();
        let version = computer.operating_system.unwrap_or_default().version.unwrap_or_default();
        // Only devices that the company has bought can be enrolled so; anything else may be anybody's.
        let bought = general.enrolled_via_automated_device_enrollment == Some(true);
        Self {
            kind: Kind::Computer,
            id: computer.id,
            name: general.name.unwrap_or_default(),
            serial: hardware.serial_number.unwrap_or_default(),
            management_id: general.management_id.filter(|id| !id.is_empty()),
            managed: general.remote_management.unwrap_or_default().managed == Some(true),
            supervised: general.supervised == Some(true),
            owner: if bought { Owner::Company } else { Owner::Unknown },
            email: user.email.unwrap_or_default(),
            username: user.username.unwrap_or_default(),
            shared: false,
            lock_bricks: hardware.apple_silicon == Some(true) && before(&version, (11, 5)),
            last_contact: general.last_contact_time,
            lost_mode: false,
            activation_lock: computer.security.unwrap_or_default().activation_lock_enabled == Some(true),
            recovery_key: computer.disk_encryption.unwrap_or_default().individual_recovery_key_validity_status,
        }
    }
}

/// Whether a version is known and older than this one.
fn before(version: &str, than: (u32, u32)) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next().unwrap_or(Ok(0))) {
        (Some(Ok(major)), Ok(minor)) => (major, minor) < than,
        _ => false,
    }
}

/// A mobile device (`GET /api/v2/mobile-devices/detail`).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Mobile {
    #[serde(rename = "mobileDeviceId")]
    id: String,
    general: Option<MobileGeneral>,
    user_and_location: Option<MobileUser>,
    hardware: Option<Hardware>,
    security: Option<Security>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MobileGeneral {
    display_name: Option<String>,
    management_id: Option<String>,
    managed: Option<bool>,
    supervised: Option<bool>,
    device_ownership_type: Option<String>,
    shared_ipad: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MobileUser {
    username: Option<String>,
    email_address: Option<String>,
}

impl From<Mobile> for Device {
    fn from(mobile: Mobile) -> Self {
        let general = mobile.general.unwrap_or_default();
        let user = mobile.user_and_location.unwrap_or_default();
        let security = mobile.security.unwrap_or_default();
        Self {
            kind: Kind::Mobile,
            id: mobile.id,
            name: general.display_name.unwrap_or_default(),
            serial: mobile.hardware.unwrap_or_default().serial_number.unwrap_or_default(),
            management_id: general.management_id.filter(|id| !id.is_empty()),
            managed: general.managed == Some(true),
            supervised: general.supervised == Some(true),
            owner: match general.device_ownership_type.as_deref() {
                Some("Institutional") => Owner::Company,
                Some("PersonalDeviceProfile" | "UserEnrollment" | "AccountDrivenUserEnrollment") => Owner::Personal,
                _ => Owner::Unknown,
            },
            email: user.email_address.unwrap_or_default(),
            username: user.username.unwrap_or_default(),
            shared: general.shared_ipad == Some(true),
            lock_bricks: false,
            last_contact: None,
            lost_mode: security.lost_mode_enabled == Some(true),
            activation_lock: security.activation_lock_enabled == Some(true),
            recovery_key: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(json: Value) -> Device {
        Device::from(serde_json::from_value::<Computer>(json).unwrap_or_default())
    }

    #[test]
    fn an_inventory_full_of_nulls_is_a_device_of_which_nothing_is_assumed() {
        let device = mac(json!({ "id": "7", "general": null, "hardware": { "serialNumber": null }, "security": null }));
        assert_eq!((device.owner, device.managed, device.supervised), (Owner::Unknown, false, false));
        let mobile: Mobile =
            serde_json::from_value(json!({ "mobileDeviceId": "1", "general": null })).unwrap_or_default();
        assert_eq!(Device::from(mobile).owner, Owner::Unknown);
    }

    #[test]
    fn only_apple_silicon_before_11_5_is_deactivated_by_a_lock() {
        for (silicon, version, bricks) in [
            (true, "11.4", true),
            (true, "11.5.1", false),
            (true, "26.0", false),
            (false, "11.4", false),
            (true, "", false),
        ] {
            let device = mac(json!({
                "id": "7", "hardware": { "appleSilicon": silicon }, "operatingSystem": { "version": version },
            }));
            assert_eq!(device.lock_bricks, bricks, "{silicon} {version}");
        }
    }

    #[test]
    fn two_peoples_names_on_one_device_are_a_doubt() {
        let account = Account {
            id: "alfa.doe@corp.example".into(),
            label: "alfa.doe@corp.example".into(),
            matched_on: "m".into(),
        };
        let doubt = |email: &str, username: &str| {
            mac(json!({ "id": "7", "userAndLocation": { "email": email, "username": username } }))
                .doubt(&account)
                .is_some()
        };
        assert!(!doubt("Alfa.Doe@corp.example", "alfa.doe") && !doubt("", "alfa.doe@corp.example"));
        assert!(doubt("alfa.doe@corp.example", "bravo.doe") && doubt("bravo.doe@corp.example", "alfa.doe"));
        assert!(doubt("alfa.doe@corp.example", "alfa.doe@other.example"));
    }
}
