//! What every handler can reach.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use studyhall_domain::app::App;
use studyhall_realtime::Hub;

use crate::{InFlight, Settings, client::Files, picture::Pictures};

/// The application behind the routes: services, hub, and how this instance is seen from outside.
pub struct Api {
    pub app: Arc<App>,
    pub hub: Arc<Hub>,
    pub settings: Arc<Settings>,
    pub metrics: PrometheusHandle,
    pub in_flight: InFlight,
    pub(crate) files: Files,
    pub(crate) pictures: Pictures,
}

impl Api {
    /// `metrics` renders what the process has recorded so far.
    pub fn new(app: Arc<App>, hub: Arc<Hub>, settings: Settings, metrics: PrometheusHandle) -> Self {
        let files = Files::new(settings.web_dir.clone());
        Self {
            app,
            hub,
            settings: Arc::new(settings),
            metrics,
            in_flight: InFlight::default(),
            files,
            pictures: Pictures::new(),
        }
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("settings", &self.settings).finish_non_exhaustive()
    }
}
