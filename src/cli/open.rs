//! The device that a command works on: the node's, or the data folder opened for the command.

use std::sync::Arc;

use crate::{cli::Context, device::Device, failure::Failure, identity};

impl Context {
    /// The device of the data folder.
    ///
    /// # Errors
    ///
    /// When there is none, it belongs to no network, or another process uses it.
    pub fn device(&mut self) -> Result<Arc<Device>, Failure> {
        if let Some(node) = &self.caller.node {
            return Ok(Arc::clone(node.device()));
        }
        let vault = identity::open(self)?;
        Ok(Arc::new(Device::open(self.data_dir()?, vault)?))
    }
}
