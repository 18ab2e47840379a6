//! `inspector check`: everything that can be found out before the first part comes.

use super::{StationArgs, line, line_wiring, load_settings, wiring};
use crate::adapters::identity as look_up;
use crate::clock::{Clock, SystemClock};
use crate::control::loaded::{self, Loaded};
use crate::control::outsiders::Clients;
use crate::control::recipes::sessions;
use crate::error::{Error, ErrorKind};
use crate::ports::camera::AcquireError;
use crate::settings::StationSettings;
use crate::settings::recipes;
use crate::station::gates::Behind;
use calibration::Configuration;
use models::{Provider, cores};
use std::sync::Arc;
use std::time::Duration;

/// Arguments of `inspector check`.
#[derive(clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    station: StationArgs,
}

/// Checks and says what it found.
pub fn check(args: &CheckArgs) -> Result<(), Error> {
    let settings = load_settings(&args.station)?;
    say!("settings   {}: ok", settings.file.display());
    check_asked(&settings)?;
    let mut loaded = loaded::load(&settings)?;
    tell_recipes(&settings, &loaded);
    for (name, bundle) in &loaded.bundles {
        let manifest = bundle.manifest();
        say!(
            "model      {name}: {}, {}×{} {}, classes {}",
            manifest.name,
            manifest.input.width,
            manifest.input.height,
            manifest.input.channels.name(),
            manifest.output.classes.join(", ")
        );
    }
    for (camera, found) in settings.cameras.iter().zip(&loaded.configurations) {
        say!("calibrated {}: {}", camera.name, said(found.as_ref()));
    }
    let runtime = models::runtime::init(None)?;
    say!(
        "runtime    ONNX Runtime {} from {}",
        runtime.version(),
        runtime.path().display()
    );
    sessions::settle(&settings, &mut loaded, runtime)?;
    for (name, chosen) in &loaded.chosen {
        say!("accepted   {name}: {}", chosen.acceptance);
    }
    if !settings.line.devices.is_empty() {
        line::prove(&settings)?
            .iter()
            .for_each(|found| say!("{found}"));
    }
    if let Some(zone) = line_wiring::time_zone(&settings)? {
        let name = zone.iana_name().unwrap_or("of /etc/localtime or TZ");
        say!("time zone  {name}: challenge parts are asked for by its time of the day");
    }
    check_devices(&settings, &loaded, runtime)?;
    tell_times(&settings);
    say!("everything is in order");
    Ok(())
}

/// Whoever is asked over the network could be asked.
fn check_asked(settings: &StationSettings) -> Result<(), Error> {
    let clients = Clients::open(&settings.proof)?;
    let told = clients.told();
    told.iter().for_each(|told| say!("proof      {told}"));
    match &settings.identity {
        Some(identity) => look_up::check(&identity.look_up, &settings.line.lanes),
        None => Ok(()),
    }
}

/// Which recipe judges which style, and what lies among them that is none.
fn tell_recipes(settings: &StationSettings, loaded: &Loaded) {
    for stray in &loaded.strays {
        say!("warning    {stray}");
    }
    if loaded.files.is_empty() {
        say!(
            "warning    {}: no recipe yet; the station runs and rejects every part until a model is taught and used (page \
             Teach), or <style>/<version>.toml is put there, as bracket/1.toml",
            settings.recipes.display()
        );
    }
    for file in recipes::newest(&loaded.files) {
        let recipe = &file.recipe;
        say!(
            "recipe     {} version {} by {}: {} view(s)",
            recipe.style,
            recipe.version,
            recipe.author,
            recipe.views.len()
        );
    }
}

/// When parts are decided, and where gates stand if not all in one place.
fn tell_times(settings: &StationSettings) {
    say!(
        "timing     a part every {} ms at least, decided {} ms after its trigger, {} in flight",
        settings.budget.pitch_min().as_millis(),
        settings.budget.decide_by().as_millis(),
        settings.budget.parts_max()
    );
    let gates = &settings.line.gates;
    if gates.count() < 2 {
        return;
    }
    let scale = settings.encoder.map(|encoder| *encoder.way.scale());
    for (number, lane) in settings.line.lanes.iter() {
        let behind = match (gates.behind(gates.of(number)), scale) {
            (Behind::Counts(counts), Some(scale)) => format!("{:.1} mm", scale.mm(counts)),
            (behind, _) => format!("{} ms", behind.time_min(None).as_millis()),
        };
        say!(
            "gate       lane {:?}: {behind} behind the first gate",
            lane.name
        );
    }
}

/// What a camera is calibrated to, in a line.
fn said(found: Option<&(Configuration, String)>) -> String {
    let Some((configuration, sha256)) = found else {
        return "no; areas are in pixels only".to_owned();
    };
    let mut parts = vec![format!(
        "{} at {}",
        configuration.frame, configuration.made_at
    )];
    if let Some(evidence) = &configuration.evidence {
        parts.push(format!(
            "{:.4} mm per pixel, reprojection error {:.3} px over {} images",
            evidence.mm_per_px,
            evidence.reprojection_error_px,
            evidence.images.len()
        ));
    }
    if configuration.lens.is_some() {
        let unseen = configuration.unseen() * 100.0;
        parts.push(format!(
            "lens, {unseen:.1} % of the frame undistorted out of sight"
        ));
    }
    if let Some(field) = &configuration.flat_field {
        parts.push(format!(
            "flat field, light even to a factor of {:.2}",
            field.unevenness()
        ));
    }
    parts.push(format!("SHA-256 {}", &sha256[..12]));
    parts.join("; ")
}

fn check_devices(
    settings: &StationSettings,
    loaded: &Loaded,
    runtime: &models::runtime::Runtime,
) -> Result<(), Error> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let line = wiring::sim_line(settings, &clock, 0)?;
    let mut cameras = wiring::cameras(settings, line.as_ref(), &clock, wiring::Missing::Refused)?;
    let shapes: Vec<_> = cameras.iter().map(|camera| camera.device.shape()).collect();
    for (camera, shape) in cameras.iter_mut().zip(&shapes) {
        let mut pixels = vec![0; shape.bytes()];
        let acquired = camera.device.take(&mut pixels, Duration::from_secs(3));
        let said = match acquired {
            Ok(meta) => format!("frame {} acquired", meta.block_id),
            Err(AcquireError::Timeout) => "open; no frame within 3 s (idle line?)".to_owned(),
            Err(error) => {
                let message = format!("camera {:?}: {error}", camera.name);
                return Err(Error::new(ErrorKind::Device, message));
            }
        };
        say!(
            "camera     {}: {}×{} {}, {said}",
            camera.name,
            shape.width,
            shape.height,
            shape.pixel_format.name()
        );
    }
    let (scorers, assignments) = wiring::scorers(settings, loaded, &shapes, runtime, &clock)?;
    for line in sessions::models(loaded, &assignments) {
        say!("session    {line}");
    }
    say!("priority   {}", sessions::priority(&settings.inspect));
    say!(
        "models     every recipe's model ran on a blank frame, {} inspect thread(s)",
        scorers.len()
    );
    advise(settings, loaded);
    Ok(())
}

/// Where threads wait although cores are idle, or have to share them.
fn advise(settings: &StationSettings, loaded: &Loaded) {
    let views = recipes::newest(&loaded.files).into_iter();
    let views = views.map(|file| file.recipe.views.len()).max().unwrap_or(0);
    let (cores, inspect) = (cores::count(), &settings.inspect);
    let options = || loaded.chosen.values().map(|chosen| &chosen.options);
    let is_on_cores = options().all(|options| options.provider == Provider::Cpu);
    let advised = advised(views, inspect.threads, cores);
    if let Some([threads, model_threads]) = advised.filter(|_| is_on_cores) {
        say!(
            "advice     parts have up to {views} views, {cores} cores are here, and {} inspect(s): with inspect.threads = \
             {threads} and inspect.model_threads = {model_threads} verdicts come sooner (docs/design/performance.md)",
            inspect.threads
        );
    }
    for (name, chosen) in &loaded.chosen {
        let options = &chosen.options;
        let is_on_cpu = options.provider == Provider::Cpu;
        if is_on_cpu && options.threads > 1 && inspect.threads * options.threads > cores {
            say!(
                "advice     {name}: {} inspect(s) with {} threads of the model each, and {cores} cores are here: they share \
                 them and wait for each other. Set inspect.model_threads to {} or less (docs/guide/providers.md)",
                inspect.threads,
                options.threads,
                (cores / inspect.threads).max(1)
            );
        }
    }
}

/// Threads that inspect, and threads of each model run, where views wait for each other although cores are idle.
fn advised(views: usize, threads: usize, cores: usize) -> Option<[usize; 2]> {
    let wanted = views.min(cores);
    (wanted > threads).then(|| [wanted, cores / wanted])
}

#[cfg(test)]
mod tests {
    use super::advised;

    #[test]
    fn more_threads_are_advised_where_views_wait_for_each_other() {
        assert_eq!(advised(1, 1, 8), None);
        assert_eq!(advised(4, 1, 2), Some([2, 1]));
        assert_eq!(advised(3, 1, 8), Some([3, 2]));
        assert_eq!(advised(8, 2, 2), None);
        assert_eq!(advised(0, 1, 1), None);
    }
}
