//! The engine seen from outside: the contract, the model, and what is left on disk.

#[cfg(test)]
mod common;
#[cfg(test)]
mod concurrent;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod each;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod model;
#[cfg(test)]
mod reopen;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod stop;
