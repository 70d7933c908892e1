//! An S3 server: SeaweedFS with all its parts in one process.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::ports::port;
use crate::programs::need;
use crate::{Engine, Engines, Variable, probe};

const ACCESS_KEY: &str = "studyhall";
const SECRET_KEY: &str = "studyhall-test-secret";
const BUCKET: &str = "studyhall-test";

/// SeaweedFS's option for each port that it would otherwise choose itself, with the name under which it is kept.
const PORTS: [(&str, &str); 8] = [
    ("-s3.port", "s3"),
    ("-s3.port.grpc", "s3-grpc"),
    ("-master.port", "s3-master"),
    ("-master.port.grpc", "s3-master-grpc"),
    ("-volume.port", "s3-volume"),
    ("-volume.port.grpc", "s3-volume-grpc"),
    ("-filer.port", "s3-filer"),
    ("-filer.port.grpc", "s3-filer-grpc"),
];

pub fn start(engines: &Engines) -> Result<()> {
    let process = Engine::S3.process(engines);
    let place = engines.place(Engine::S3)?;
    if !process.is_alive() {
        let identities = place.join("identities.json");
        fs::write(
            &identities,
            format!(
                r#"{{"identities":[{{"name":"studyhall","credentials":[{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}],"actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
            ),
        )?;
        // A volume at a time for each bucket, of which tests make many.
        fs::write(place.join("master.toml"), "[master.volume_growth]\ncopy_1 = 1\n")?;
        let data = place.join("data");
        fs::create_dir_all(&data)?;
        let mut weed = Command::new(need(engines.programs.weed(), "weed")?);
        weed.current_dir(&place).arg("-logtostderr=true").arg("server").arg(format!("-dir={}", data.display()));
        weed.args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=128", "-volume.max=0"]);
        weed.args(["-filer", "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]);
        weed.arg(format!("-s3.config={}", identities.display()));
        for (option, name) in PORTS {
            weed.arg(format!("{option}={}", port(engines.dir(), name)?));
        }
        process.spawn(&mut weed)?;
    }
    let (s3, master) = (port(engines.dir(), "s3")?, port(engines.dir(), "s3-master")?);
    let filer = port(engines.dir(), "s3-filer")?;
    process.wait_until(Duration::from_mins(1), || {
        // The storage takes writes, the door is open, and there is something behind it.
        probe::http(master, "GET", "/dir/assign").is_some_and(|answer| answer.contains("\"fid\""))
            && probe::http(s3, "GET", "/").is_some_and(|answer| answer.starts_with("HTTP/1.1 "))
            && bucket_exists(filer)
    })
}

/// What the server lists as buckets are folders of its filer.
fn bucket_exists(filer: u16) -> bool {
    let made = probe::http(filer, "POST", &format!("/buckets/{BUCKET}/"));
    made.is_some_and(|answer| answer.starts_with("HTTP/1.1 201") || answer.starts_with("HTTP/1.1 409"))
}

pub fn variables(engines: &Engines) -> Result<Vec<Variable>> {
    Ok(vec![
        ("S3_ENDPOINT", format!("http://127.0.0.1:{}", port(engines.dir(), "s3")?)),
        ("S3_BUCKET", BUCKET.to_owned()),
        ("S3_REGION", "us-east-1".to_owned()),
        ("S3_ACCESS_KEY", ACCESS_KEY.to_owned()),
        ("S3_SECRET_KEY", SECRET_KEY.to_owned()),
    ])
}
