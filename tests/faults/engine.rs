//! An engine in surroundings of its own: another environment, another file system, another clock.

use std::process::{Child, Command, Stdio};

use crate::harness::Scene;

/// Killed when it is dropped.
pub(crate) struct Engine(Child);

impl Engine {
    /// Starts it by `command`, and waits until it answers.
    pub(crate) async fn start(scene: &Scene, command: &mut Command) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(scene.log_path()).unwrap();
        let engine = Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        scene.engine_answers().await;
        engine
    }

    /// With these variables set.
    pub(crate) async fn with_env(scene: &Scene, variables: &[(&str, &str)]) -> Self {
        Self::start(scene, scene.command().arg("engine").envs(variables.iter().copied())).await
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
