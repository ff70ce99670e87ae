//! The engine seen from outside, over real clusters.

#[cfg(test)]
mod common;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod racing;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod rotating;
#[cfg(test)]
mod standby;
#[cfg(test)]
mod starts;
#[cfg(test)]
mod visible;
