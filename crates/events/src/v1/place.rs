//! `place/…`: counties, regions, circuits.

use crate::record::{Record, records};
use crate::{Code, Fips, Pointer, Refusal, Subject, Text};

records! {
    /// From this date the county belongs to this region.
    CountyMapped {
        /// The region.
        region: Text,
        /// The judicial circuit.
        circuit: Option<Text>,
    }
}

impl Record for CountyMapped {
    fn check(&self, stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        match stream.ident().parse::<Fips>() {
            Ok(_) => Ok(()),
            Err(e) => Err(Pointer::ROOT
                .member("subject")
                .refuse(Code::InvalidCounty, format!("place/<county>: {e}"))),
        }
    }
}
