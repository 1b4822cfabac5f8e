//! Who gets a deleted user's things: an address, or what a template makes of the leaver.

use crate::connectors::http_api::template::{Values, named};
use crate::model::Leaver;

/// A template that has been tried out.
pub(super) struct Recipient(String);

impl Recipient {
    /// Or what is wrong with the template.
    pub(super) fn new(template: String) -> Result<Self, String> {
        let recipient = Self(template);
        recipient.among(&Values::sample_leaver()).map(|_| recipient)
    }

    /// Whether it is the manager who gets it.
    pub(super) fn needs_manager(&self) -> bool {
        self.0.contains("leaver.manager")
    }

    /// The address for this leaver, or why there is none. Nobody need be known where it names none.
    pub(super) fn of(&self, leaver: Option<&Leaver>) -> Result<String, String> {
        self.among(&leaver.map_or_else(Values::bare, Values::leaver))
    }

    fn among(&self, values: &Values) -> Result<String, String> {
        let address =
            named(&self.0, values).map_err(|why| format!("transfer.to names nobody for this leaver: {why}"))?;
        let address = address.trim();
        // The vendor sees it as one value; a list or a name would be taken for something else.
        if address.matches('@').count() != 1 || address.contains(|letter: char| letter.is_whitespace() || letter == ',')
        {
            return Err(format!("transfer.to: `{}` gives `{address}`, which is no address", self.0));
        }
        Ok(address.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_one_address() {
        let leaver =
            Leaver { manager: Some("bravo.doe@corp.example".into()), ..Leaver::from_email("alfa.doe@corp.example") };
        let of = |template: &str| Recipient::new(template.into()).and_then(|it| it.of(Some(&leaver)));
        assert_eq!(of("{{ leaver.manager }}").unwrap(), "bravo.doe@corp.example");
        assert_eq!(of("archive@corp.example").unwrap(), "archive@corp.example");
        for (bad, why) in [
            ("{{ leaver.boss }}", "names nobody"),
            ("{{ leaver.department }}", "no address"),
            ("a@corp.example, b@corp.example", "no address"),
            ("", "gives nothing"),
        ] {
            assert!(of(bad).unwrap_err().contains(why), "{bad}");
        }
        let orphan = Leaver { manager: None, ..leaver.clone() };
        let manager = Recipient::new("{{ leaver.manager }}".into()).unwrap();
        assert!(manager.of(Some(&orphan)).unwrap_err().contains("names nobody") && manager.needs_manager());
        assert!(manager.of(None).unwrap_err().contains("names nobody"));
        assert_eq!(Recipient("archive@corp.example".into()).of(None).unwrap(), "archive@corp.example");
    }
}
