//! A camera behind a cable of its own: an end of it in a network namespace, where only root can put it.

use crate::cases::{open, settings};
use crate::device::{OtherProcess, is_root};
use crate::faults::{is_as_set, until_lost, until_open};
use inspector::adapters::camera::genicam::GenicamSettings;
use std::process::Command;
use std::time::Duration;

const NAMESPACE: &str = "inspector-gv";
const OURS: &str = "inspector-gv0";
const THEIRS: &str = "inspector-gv1";
const ADDRESS: &str = "10.199.77.2";

/// Two ends of a cable. Dropping it takes it away.
struct Cable;

fn ip(arguments: &str) -> bool {
    let output = Command::new("ip").args(arguments.split(' ')).output();
    output.is_ok_and(|output| output.status.success())
}

impl Cable {
    fn lay() -> Option<Self> {
        if !is_root() {
            eprintln!("SKIPPED: only root can lay a cable to a network namespace");
            return None;
        }
        ip(&format!("netns del {NAMESPACE}"));
        let steps = [
            format!("netns add {NAMESPACE}"),
            format!("link add {OURS} type veth peer name {THEIRS}"),
            format!("link set {THEIRS} netns {NAMESPACE}"),
            format!("addr add 10.199.77.1/24 dev {OURS}"),
            format!("link set {OURS} up"),
            format!("netns exec {NAMESPACE} ip addr add {ADDRESS}/24 dev {THEIRS}"),
            format!("netns exec {NAMESPACE} ip link set {THEIRS} up"),
            format!("netns exec {NAMESPACE} ip link set lo up"),
        ];
        for step in &steps {
            if !ip(step) {
                eprintln!("SKIPPED: no cable to a network namespace: `ip {step}` failed");
                ip(&format!("netns del {NAMESPACE}"));
                return None;
            }
        }
        Some(Cable)
    }

    fn set(&self, state: &str) {
        assert!(ip(&format!("link set {OURS} {state}")));
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        ip(&format!("netns del {NAMESPACE}"));
        ip(&format!("link del {OURS}"));
    }
}

#[test]
fn a_cable_that_was_pulled_and_put_back_is_noticed_and_survived() {
    let Some(cable) = Cable::lay() else { return };
    let Some(other) = OtherProcess::start_in(Some(NAMESPACE), ADDRESS) else {
        return;
    };
    let mut camera = open(GenicamSettings {
        device: ADDRESS.to_owned(),
        exposure_time_us: Some(3_000),
        ..settings()
    })
    .unwrap();
    is_as_set(&mut camera);
    cable.set("down");
    let took = until_lost(&mut camera, Duration::from_secs(20));
    eprintln!("a pulled cable was noticed after {took:?}");
    assert!(camera_is_gone(&mut camera));
    cable.set("up");
    let took = until_open(&mut camera, Duration::from_secs(30));
    eprintln!("the camera was open again after {took:?}");
    is_as_set(&mut camera);
    drop(camera);
    drop(other);
}

fn camera_is_gone(camera: &mut dyn crate::ports::camera::Camera) -> bool {
    camera.reopen().is_err()
}
