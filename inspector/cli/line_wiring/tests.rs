use super::*;
use std::path::Path;

fn settings(resting: &str, device: &str) -> StationSettings {
    let text = format!(
        "[station]\nname = \"A\"\ndata = \"d\"\nrecipes = \"r\"\nmodels = \"m\"\n[timing]\npitch_ms_min = 400\n\
         decide_by_ms = 300\nframe_window_ms = 100\n[trigger]\nsource = \"line\"\n[ejector]\nkind = \"line\"\n\
         resting = \"{resting}\"\nhold_ms = 100\n[[camera]]\nname = \"top\"\nkind = \"sim\"\n{device}"
    );
    let parsed = StationSettings::parse(Path::new("station.toml"), &text);
    parsed.unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[test]
fn a_part_without_a_command_passes_where_power_of_the_station_takes_parts_out() {
    let coils = |lane| {
        format!(
            "[[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"127.0.0.1\"\nperiod_ms = 1\nbecause = \"a test\"\n\
             [[input]]\ndevice = \"io\"\naddress = \"discrete:0\"\nmeaning = \"trigger\"\n\
             [[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"{lane}\"\n"
        )
    };
    let plc = "[[device]]\nname = \"plc\"\nkind = \"modbus-server\"\nlisten = \"127.0.0.1:0\"\npreset = \"insight\"\n";
    assert!(passes_unasked(&settings(
        "energise-to-reject",
        &coils("reject")
    )));
    assert!(!passes_unasked(&settings(
        "energise-to-accept",
        &coils("accept")
    )));
    for resting in ["energise-to-reject", "energise-to-accept"] {
        assert!(!passes_unasked(&settings(resting, plc)), "{resting}");
    }
}

#[test]
fn parts_are_told_apart_by_their_number_where_one_plc_announces_them_and_takes_them_out() {
    let plc = |preset: &str| {
        format!(
            "[[device]]\nname = \"plc\"\nkind = \"modbus-server\"\nlisten = \"127.0.0.1:0\"\npreset = \"{preset}\"\n"
        )
    };
    let poll = "[[device]]\nname = \"plc\"\nkind = \"modbus-poll\"\naddress = \"127.0.0.1:502\"\n";
    let keeps_pitch = |device: &str| {
        let settings = settings("energise-to-accept", device);
        plan(&settings, None, None).0.keeps_pitch
    };
    assert!(!keeps_pitch(&plc("insight")));
    assert!(!keeps_pitch(poll));
    let reader = "[[device]]\nname = \"scanner\"\nkind = \"text\"\nconnect = \"127.0.0.1:4001\"\n[identity]\nwithin_ms = 200\n\
                  [identity.reader]\nfrom_ms = -100\nuntil_ms = 200\n";
    assert!(
        keeps_pitch(&format!("{}{reader}", plc("insight"))),
        "the ID of the next part may be read before it is announced"
    );
    assert!(
        keeps_pitch(&plc("simple")),
        "its coils may be all that is read"
    );
    let gate = "[[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"127.0.0.1\"\nperiod_ms = 1\nbecause = \"a test\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"discrete:0\"\nmeaning = \"trigger\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"accept\"\n";
    assert!(keeps_pitch(gate), "its gate goes by the time");
}
