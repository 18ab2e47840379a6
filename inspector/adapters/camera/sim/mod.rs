//! The simulated camera: pictures of parts drawn from a seed, and what goes wrong with cameras.
//! The line itself (when parts come, what happens to them) is `io/sim.rs`; both follow one [`SimLine`].

mod backdrop;
mod defect;
mod device;
mod glyphs;
mod parts;
mod placing;
mod plan;
mod random;
mod scene;
mod settings;
mod shapes;
mod template;
#[cfg(test)]
mod tests;

pub use defect::{Defect, DefectClass};
pub use device::SimCamera;
pub use parts::{STYLES, VIEWS};
pub use plan::{SimLine, SimPart, Truth};
pub use scene::{Painter, Scene, Shot};
pub use settings::{SimFaults, SimSettings, SimSettingsError};
