//! The device that a command works on: the node's, or the data folder opened for the command.

use std::sync::Arc;

use commune_crdt::time::Seconds;

use crate::{
    cli::Context,
    device::Device,
    failure::{Exit, Failure},
    identity,
    trust::Trust,
};

impl Context {
    /// The device of the data folder.
    ///
    /// # Errors
    ///
    /// When there is none, it belongs to no network, or another process uses it.
    pub fn device(&mut self) -> Result<Arc<Device>, Failure> {
        let device = match &self.caller.node {
            Some(node) => Arc::clone(node.device()),
            None => {
                let vault = identity::open(self)?;
                Arc::new(Device::open(self.data_dir()?, vault)?)
            }
        };
        self.check_clock(device.genesis().body().test_network)?;
        Ok(device)
    }

    /// Whether the clock of this command may be moved: only where nothing binds anybody.
    ///
    /// # Errors
    ///
    /// Refused if it was moved elsewhere.
    pub fn check_clock(&self, test_network: bool) -> Result<(), Failure> {
        if self.at_time.is_some() && !test_network {
            return Err(Failure::new(Exit::Refused, "rule.simulated_clock"));
        }
        Ok(())
    }

    /// Who is a member, as `device` knows it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn trust(&self, device: &Device) -> Result<Trust, Failure> {
        let at = self.at_time.map(|it| Seconds(it.unix_seconds));
        Ok(Trust::of(device, at)?)
    }
}
