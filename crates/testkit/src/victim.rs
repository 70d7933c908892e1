//! One engine of a test's own, to be killed, frozen and started again.

use studyhall_engines::{Engine, Engines, Programs};
use tempfile::TempDir;
use tokio::task::block_in_place;

use crate::place::variable;

/// Needs a multi-threaded runtime. The engine ends with its value.
pub struct Victim {
    engines: Engines,
    engine: Engine,
    _dir: TempDir,
}

impl Victim {
    pub fn start(engine: Engine) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let engines = Engines::new(dir.path(), Programs::new(variable("TOOLS")));
        let victim = Self { engines, engine, _dir: dir };
        victim.restart();
        victim
    }

    /// The variables by which it is found in place of the shared one, without their prefix.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        self.engines.variables(self.engine).expect("it was started")
    }

    /// As in a crash.
    pub fn kill(&self) {
        block_in_place(|| self.engines.kill(self.engine)).expect("it can be killed");
    }

    /// As its operator does: it ends in order.
    pub fn stop(&self) {
        block_in_place(|| self.engines.stop(&[self.engine])).expect("it stops");
    }

    /// On the same port with the same data; waits until it answers.
    pub fn restart(&self) {
        block_in_place(|| self.engines.start(&[self.engine])).expect("it starts");
    }

    /// It takes connections and answers nothing.
    pub fn freeze(&self) {
        self.engines.freeze(self.engine).expect("it can be frozen");
    }

    pub fn thaw(&self) {
        self.engines.thaw(self.engine).expect("it can be thawed");
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Whatever was frozen would not hear that it is to stop.
        let _ = self.engines.thaw(self.engine);
        if let Err(error) = self.engines.remove() {
            eprintln!("an engine was left behind: {error:#}");
        }
    }
}
