//! What LDAP's result codes mean (RFC 4511 appendix A), and the Win32 codes that Active Directory puts into its words.

use ldap3::LdapResult;

use crate::connectors::call::Kind;
use crate::connectors::http::mask;
use crate::connectors::http::{Failure, What};
use crate::vault::Secret;

pub(super) const NO_SUCH_ATTRIBUTE: u32 = 16;
pub(super) const VALUE_EXISTS: u32 = 20;
pub(super) const NO_SUCH_OBJECT: u32 = 32;
pub(super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
pub(super) const INVALID_CREDENTIALS: u32 = 49;
pub(super) const UNWILLING_TO_PERFORM: u32 = 53;
pub(super) const ENTRY_EXISTS: u32 = 68;

/// `ERROR_MEMBER_NOT_IN_ALIAS`.
pub(super) const NOT_A_MEMBER: u32 = 0x561;
/// `ERROR_MEMBER_IN_ALIAS`.
pub(super) const A_MEMBER: u32 = 0x562;
/// `ERROR_PASSWORD_RESTRICTION`.
const PASSWORD_RULES: u32 = 0x52d;

/// The code's name in the standard, what it means for the request, and what a person can do.
fn meaning(code: u32) -> (&'static str, What, &'static str) {
    let busy = What::Busy { after_ms: None };
    match code {
        1 => ("operationsError", What::Unknown, ""),
        3 => ("timeLimitExceeded", What::Unknown, ""),
        SIZE_LIMIT_EXCEEDED => ("sizeLimitExceeded", What::Rejected, ""),
        8 => ("strongerAuthRequired", What::Denied, "let the controller take simple binds over TLS"),
        10 => (
            "referral",
            What::Rejected,
            "name a controller of the account's own domain in `urls`: referrals are never followed",
        ),
        11 => ("adminLimitExceeded", What::Rejected, ""),
        13 => ("confidentialityRequired", What::Denied, "let the controller take simple binds over TLS"),
        // The old value was to be removed and was not there: somebody else has changed it meanwhile.
        NO_SUCH_ATTRIBUTE => ("noSuchAttribute", busy, ""),
        19 => ("constraintViolation", What::Rejected, ""),
        VALUE_EXISTS => ("attributeOrValueExists", busy, ""),
        21 => ("invalidAttributeSyntax", What::Rejected, ""),
        NO_SUCH_OBJECT => ("noSuchObject", What::Gone, ""),
        34 => {
            ("invalidDNSyntax", What::Rejected, "correct the distinguished name in the id map or in the configuration")
        }
        INVALID_CREDENTIALS => ("invalidCredentials", What::Locked, ""),
        50 => (
            "insufficientAccessRights",
            What::Denied,
            "delegate the right to the account that binds; for protected accounts (adminCount = 1) it must stand on \
             AdminSDHolder; an object protected from accidental deletion cannot be moved",
        ),
        51 => ("busy", What::Throttled { after_ms: None }, ""),
        52 => ("unavailable", What::NotSent, ""),
        UNWILLING_TO_PERFORM => ("unwillingToPerform", What::Rejected, ""),
        64 => ("namingViolation", What::Rejected, ""),
        65 => ("objectClassViolation", What::Rejected, ""),
        ENTRY_EXISTS => ("entryAlreadyExists", What::Rejected, ""),
        71 => ("affectsMultipleDSAs", What::Rejected, "choose a place in the account's own domain"),
        80 => ("other", What::Unknown, ""),
        _ => ("", What::Unknown, ""),
    }
}

/// The Win32 code at the begin of a diagnostic message, as in `00000561: SysErr: DSID-031A1202, problem 22`.
pub(super) fn win32(words: &str) -> Option<u32> {
    let (code, _) = words.split_once(':')?;
    (code.len() == 8).then(|| u32::from_str_radix(code, 16).ok())?
}

/// Why a bind was refused, from `data 52e` and its like.
fn of_bind(words: &str) -> &'static str {
    let data = words.split_once("data ").and_then(|(_, rest)| rest.split([',', ' ']).next()).unwrap_or_default();
    match data {
        "525" => "bind_as names no account of this domain: correct it",
        "530" | "531" => "the account that binds may not sign on now, or from here: lift its restriction",
        "532" | "773" => "set a new password for the account that binds, and store it",
        "533" | "701" => "enable the account that binds, or bind as another",
        "775" => "unlock the account that binds, and find out who locked it",
        _ => "check bind_as and its password: they are tried within a minute",
    }
}

/// The code, its name and the controller's words, as they are shown.
pub(super) fn told(result: &LdapResult, hidden: &[Secret]) -> String {
    let (name, ..) = meaning(result.rc);
    let words = result.text.trim_end_matches('\0').trim();
    mask::masked(&format!("{} {name}: {words}", result.rc), hidden).trim_end_matches([' ', ':']).to_owned()
}

/// The failure behind a result that is not a success. Its code is the number; for Win32 codes see [`win32`].
pub(super) fn failure(kind: Kind, result: &LdapResult, hidden: &[Secret]) -> Failure {
    let (_, what, cure) = meaning(result.rc);
    let cure = match (result.rc, win32(&result.text)) {
        (INVALID_CREDENTIALS, _) => of_bind(&result.text),
        (19 | UNWILLING_TO_PERFORM, Some(PASSWORD_RULES)) => "look at the domain's password rules",
        (1, Some(0x4dc)) => return bound_no_more(kind, result, hidden),
        _ => cure,
    };
    Failure::new(kind, what, told(result, hidden)).code(result.rc.to_string()).cure(cure)
}

/// `ERROR_NOT_AUTHENTICATED`: nothing was done for a stranger.
fn bound_no_more(kind: Kind, result: &LdapResult, hidden: &[Secret]) -> Failure {
    Failure::new(kind, What::NotSent, told(result, hidden)).code(result.rc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult { rc, matched: String::new(), text: text.to_owned(), refs: Vec::new(), ctrls: Vec::new() }
    }

    #[test]
    fn each_code_means_what_the_standard_says() {
        for (rc, wanted) in [
            (10, What::Rejected),
            (16, What::Busy { after_ms: None }),
            (19, What::Rejected),
            (20, What::Busy { after_ms: None }),
            (32, What::Gone),
            (34, What::Rejected),
            (49, What::Locked),
            (50, What::Denied),
            (51, What::Throttled { after_ms: None }),
            (52, What::NotSent),
            (53, What::Rejected),
            (68, What::Rejected),
            (80, What::Unknown),
            (4711, What::Unknown),
        ] {
            assert_eq!(failure(Kind::Act, &result(rc, ""), &[]).what, wanted, "{rc}");
        }
    }

    #[test]
    fn the_win32_code_is_in_the_words() {
        let words = "00000561: SysErr: DSID-031A1202, problem 22 (Invalid argument), data 0\0";
        assert_eq!(win32(words), Some(NOT_A_MEMBER));
        assert_eq!((win32("no code"), win32("comment: x"), win32("")), (None, None, None));
        let failed = failure(Kind::Act, &result(53, words), &[]);
        assert_eq!((failed.what, failed.code.as_str()), (What::Rejected, "53"));
        assert!(failed.reason.starts_with("53 unwillingToPerform: 00000561: SysErr"), "{}", failed.reason);
        let stranger = "000004DC: LdapErr: DSID-0C090CF4, comment: a successful bind must be completed";
        assert_eq!(failure(Kind::Act, &result(1, stranger), &[]).what, What::NotSent);
    }

    #[test]
    fn a_refused_bind_says_why() {
        let refused = |data: &str| {
            let words =
                format!("80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {data}, v2580");
            failure(Kind::Read, &result(49, &words), &[]).cure
        };
        assert!(refused("52e").contains("password") && refused("775").contains("unlock"));
        assert!(refused("533").contains("enable") && refused("532").contains("new password"));
    }

    #[test]
    fn a_password_in_the_controllers_words_is_masked() {
        let secret = Secret::new("canary-0123");
        let shown = failure(Kind::Act, &result(19, "0000052D: canary-0123 is too short"), &[secret]);
        assert!(!shown.reason.contains("canary") && shown.cure.contains("rules"), "{shown:?}");
    }
}
