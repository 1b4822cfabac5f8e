//! `[licences]`: what seats cost, so that what an offboarding saves can be told.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ConfigError;
use super::section::Section;
use crate::model::ConnectorId;
use crate::model::reclaimed::Prices;

/// `[licences]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Licences {
    /// The currency's code, as in `EUR`.
    currency: String,
    /// A month's price by system, then by the vendor's name of the seat.
    #[serde(default)]
    prices: BTreeMap<ConnectorId, BTreeMap<String, f64>>,
}

pub(super) fn read(section: &Section) -> Result<Prices, ConfigError> {
    let Licences { currency, prices } = section.parse()?;
    let mut of: BTreeMap<ConnectorId, BTreeMap<String, u64>> = BTreeMap::new();
    for (connector, seats) in prices {
        for (seat, price) in seats {
            let Some(cents) = cents(price) else {
                let key = format!("prices.{connector}.{seat}");
                return Err(section.fault(&key, format!("`{price}` is no price"), "write it as in `13.50`"));
            };
            of.entry(connector.clone()).or_default().insert(seat, cents);
        }
    }
    Ok(Prices { currency, of })
}

/// In hundredths, to the nearest.
fn cents(price: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a hundred million")]
    (0.0..=1e6).contains(&price).then(|| (price * 100.0).round() as u64)
}
