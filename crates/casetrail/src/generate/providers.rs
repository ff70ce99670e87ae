//! Providers, counties and regions: invented, but for the county codes.
//!
//! The five contract regions, the circuits and who serves where are made up; no published map of
//! them is known to us.

use events::Date;
use events::v1::place::CountyMapped;
use events::v1::provider::{ProviderKind, ProviderRegistered};
use events::{Family, Text};

use super::dice::Dice;
use super::fact::{County, ProviderNo};
use super::payload::{provider, subject};
use super::registry::{Registry, Source};

/// How many contract regions there are (RSMo 210.112.3: one representative for each of five).
pub(super) const REGIONS: u8 = 5;

/// A provider as it is registered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Provider {
    pub(super) id: &'static str,
    /// Contract region, from 0; the Division has none.
    pub(super) region: Option<u8>,
    /// The prime contractor of a subcontractor.
    pub(super) parent: Option<ProviderNo>,
}

const fn prime(id: &'static str, region: u8) -> Provider {
    Provider { id, region: Some(region), parent: None }
}

const fn sub(id: &'static str, region: u8, parent: u8) -> Provider {
    Provider { id, region: Some(region), parent: Some(ProviderNo(parent)) }
}

/// The Division's own staff.
pub(super) const DIVISION: ProviderNo = ProviderNo(0);

/// The Division, then the contractors region by region.
pub(super) const PROVIDERS: &[Provider] = &[
    Provider { id: "DIVISION", region: None, parent: None },
    prime("A", 0),
    prime("B", 0),
    prime("C", 0),
    sub("A-1", 0, 1),
    prime("D", 1),
    prime("E", 1),
    prime("F", 1),
    sub("E-1", 1, 6),
    prime("G", 2),
    prime("H", 2),
    prime("I", 2),
    prime("J", 3),
    prime("K", 3),
    sub("J-1", 3, 12),
    prime("L", 4),
    prime("M", 4),
];

/// A county as it is mapped.
#[derive(Debug, Clone, Copy)]
pub(super) struct CountyRow {
    pub(super) county: County,
    /// Contract region, from 0, before any move.
    pub(super) region: u8,
    circuit: u16,
}

/// Counties with many children: code, region, weight.
const LARGE: &[(u16, u8, u32)] = &[
    (19, 4, 25),
    (21, 1, 22),
    (47, 1, 20),
    (77, 2, 70),
    (95, 1, 110),
    (97, 2, 35),
    (MOVES.0, 3, 40),
    (183, 0, 30),
    (189, 0, 90),
    (510, 0, 80),
];

/// The county that moves to another region half way, as Jefferson County did in 2019.
const MOVES: (u16, u8) = (99, 4);

/// The 114 counties and the City of St. Louis, by weight. Codes are odd numbers, but for 186
/// (Ste. Genevieve) and the city's 510; 191 and 193 are not in use.
pub(super) fn counties() -> Vec<(u32, CountyRow)> {
    let odd = (1..=229).step_by(2).filter(|code| ![191, 193].contains(code));
    let mut codes: Vec<u16> = odd.chain([186, 510]).collect();
    codes.sort_unstable();
    let row = |(n, code): (u16, u16)| {
        let region = u8::try_from(n % u16::from(REGIONS)).unwrap_or(0);
        let (region, weight) = LARGE
            .iter()
            .find(|(large, _, _)| *large == code)
            .map_or((region, 3 + u32::from(n * 7 % 9)), |(_, region, weight)| (*region, *weight));
        (weight, CountyRow { county: County(code), region, circuit: 1 + n * 2 / 5 })
    };
    (0..).zip(codes).map(row).collect()
}

/// The region of a county on a day, where `half_way` is the day of the move.
pub(super) fn region(row: &CountyRow, on: Date, half_way: Date) -> u8 {
    if row.county.0 == MOVES.0 && on >= half_way { MOVES.1 } else { row.region }
}

pub(super) fn region_name(region: u8) -> Text {
    format!("region-{}", region + 1).into()
}

/// Tells of providers with their contracts, and of counties with their regions.
pub(super) fn tell(registry: &mut Registry<'_>, dice: &mut Dice, half_way: Date) {
    let (first, last) = registry.span();
    for (n, row) in (0u8..).zip(PROVIDERS) {
        let subject = subject(Family::Provider, row.id);
        let contractor = row.region.is_some();
        let mut contract = first.add_days(-dice.between(30, 1400));
        while contract <= last {
            let registered = ProviderRegistered {
                name: format!("Provider {}", row.id).into(),
                kind: if contractor { ProviderKind::Contractor } else { ProviderKind::Division },
                parent: row.parent.map(provider),
                region: row.region.map(region_name),
                contract_effective_on: contractor.then_some(contract),
                raw: None,
            };
            registry.tell(Source::Contracts, &subject, contract, registered.into());
            // One contractor keeps its first contract, the others renew theirs.
            if !contractor || n == 11 {
                break;
            }
            contract = contract.add_months(48);
        }
    }
    for (_, row) in counties() {
        let subject = subject(Family::Place, &format!("29{:03}", row.county.0));
        let circuit = Some(Text::from(row.circuit.to_string()));
        let mapped = |region| CountyMapped {
            region: region_name(region),
            circuit: circuit.clone(),
            raw: None,
        };
        let long_ago = first.add_days(-3650);
        registry.tell(Source::Division, &subject, long_ago, mapped(row.region).into());
        let moved = region(&row, half_way, half_way);
        if moved != row.region {
            registry.tell(Source::Division, &subject, half_way, mapped(moved).into());
        }
    }
}
