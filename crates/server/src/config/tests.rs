use std::{ffi::OsString, fs};

use super::*;

fn load(toml: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("studyhall.toml");
    fs::write(&file, toml).expect("written");
    let flags = Flags { config: Some(file), ..flags };
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let raw = layers::read(&flags, variables).map_err(|error| error.to_string())?;
    Config::from_raw(raw, &flags).map_err(|error| error.to_string())
}

#[test]
fn defaults_are_for_one_machine() {
    let config = load("", &[("PATH", "/bin"), ("STUDYHALL_TEST_S3", "x")], Flags::default()).expect("good");
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.data_dir, PathBuf::from("data"));
    assert!(matches!(config.mode, Mode::Embedded));
    assert_eq!(config.accounts.registration, Registration::Open);
    assert!(config.accounts.rate_limits && config.accounts.secrets.is_empty());
    assert!(config.http.trusted_proxies.is_empty() && config.http.metrics_token.is_none());
}

#[test]
fn flags_come_before_variables_before_the_file() {
    let file = "listen = \"127.0.0.1:1\"\ndata_dir = \"file\"\nregistration = \"closed\"";
    let variables = [("STUDYHALL_LISTEN", "127.0.0.1:2"), ("STUDYHALL_DATA_DIR", "variable")];
    let flags = Flags { listen: Some("127.0.0.1:3".to_owned()), ..Flags::default() };
    let config = load(file, &variables, flags).expect("good");
    assert_eq!(config.http.listen.port(), 3);
    assert_eq!(config.data_dir, PathBuf::from("variable"));
    assert_eq!(config.accounts.registration, Registration::Closed);
}

#[test]
fn an_unknown_key_is_named() {
    let error = load("lisen = \"127.0.0.1:1\"", &[], Flags::default()).expect_err("refused");
    assert!(error.contains("key lisen") && error.contains("listen"), "{error}");
    let error = load("", &[("STUDYHALL_LISEN", "x")], Flags::default()).expect_err("refused");
    assert!(error.contains("variable STUDYHALL_LISEN") && error.contains("STUDYHALL_LISTEN"), "{error}");
    assert!(!error.contains('\n'), "one line");
}

#[test]
fn what_looks_like_a_number_in_a_variable_stays_as_it_is() {
    let config = load("", &[("STUDYHALL_METRICS_TOKEN", "0123")], Flags::default()).expect("good");
    assert_eq!(config.http.metrics_token.expect("there").expose_secret(), "0123");
}

#[test]
fn lists_are_lists_in_the_file_and_have_commas_elsewhere() {
    let config = load("trusted_proxies = [\"10.0.0.0/8\", \"127.0.0.1\"]", &[], Flags::default()).expect("good");
    assert_eq!(config.http.trusted_proxies.len(), 2);
    let variables = [("STUDYHALL_TRUSTED_PROXIES", "10.0.0.0/8, ::1"), ("STUDYHALL_SECRET", "one,two")];
    let config = load("", &variables, Flags::default()).expect("good");
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert_eq!(config.accounts.secrets.len(), 2);
}

#[test]
fn a_value_that_will_not_do_is_named_with_what_would() {
    for (name, value, says) in [
        ("STUDYHALL_LISTEN", "nowhere", "listen"),
        ("STUDYHALL_MODE", "other", "embedded"),
        ("STUDYHALL_DATABASE_URL", "postgres://x", "clustered mode"),
        ("STUDYHALL_S3_SECRET_KEY", "x", "clustered mode"),
        ("STUDYHALL_PUBLIC_URL", "study.example.org", "https://"),
        ("STUDYHALL_PUBLIC_URL", "https://study.example.org/path", "without a path"),
        ("STUDYHALL_TRUSTED_PROXIES", "proxy.local", "proxy.local"),
        ("STUDYHALL_REGISTRATION", "maybe", "open, invite or closed"),
        ("STUDYHALL_RATE_LIMITS", "few", "on or off"),
        ("STUDYHALL_METRICS_TOKEN", "", "empty"),
    ] {
        let error = load("", &[(name, value)], Flags::default()).expect_err(name);
        assert!(error.contains(says) && error.contains(name), "{name}={value}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

const CLUSTER: [(&str, &str); 10] = [
    ("STUDYHALL_MODE", "clustered"),
    ("STUDYHALL_SECRET", "0123456789abcdef0123456789abcdef"),
    ("STUDYHALL_DATABASE_URL", "postgres://me:hunter2@db/studyhall"),
    ("STUDYHALL_MONGODB_URL", "mongodb://me:hunter2@log/studyhall"),
    ("STUDYHALL_REDIS_URL", "redis://:hunter2@cache"),
    ("STUDYHALL_AMQP_URL", "amqp://me:hunter2@queue/%2f"),
    ("STUDYHALL_S3_ENDPOINT", "https://s3.example.org"),
    ("STUDYHALL_S3_BUCKET", "studyhall"),
    ("STUDYHALL_S3_ACCESS_KEY", "hunter2"),
    ("STUDYHALL_S3_SECRET_KEY", "hunter2"),
];

#[test]
fn clustered_mode_takes_every_engine_and_shows_no_password() {
    let config = load("", &CLUSTER, Flags::default()).expect("good");
    let Mode::Clustered(engines) = &config.mode else { panic!("{:?}", config.mode) };
    assert_eq!(engines.redis_url.expose_secret(), "redis://:hunter2@cache");
    assert_eq!(engines.s3.region, "us-east-1");
    assert_eq!(engines.prefix(), "studyhall");
    assert!(engines.s3.is_path_style());
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("0123456789"), "{shown}");
}

#[test]
fn clustered_mode_does_without_none_of_its_engines() {
    for (missing, _) in &CLUSTER[1..] {
        let rest: Vec<_> = CLUSTER.iter().filter(|(name, _)| name != missing).copied().collect();
        let error = load("", &rest, Flags::default()).expect_err(missing);
        assert!(error.contains(missing) && error.contains("clustered mode needs"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    for (name, value) in [("STUDYHALL_DATABASE_URL", "sqlite:x.db"), ("STUDYHALL_REDIS_URL", "hunter2")] {
        let mut variables = CLUSTER.to_vec();
        variables.push((name, value));
        let error = load("", &variables, Flags::default()).expect_err(name);
        assert!(error.contains(name) && error.contains("begins with") && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_secret_is_not_shown() {
    let variables = [("STUDYHALL_SECRET", "correct-horse"), ("STUDYHALL_METRICS_TOKEN", "battery-staple")];
    let config = load("", &variables, Flags::default()).expect("good");
    let shown = format!("{config:?}");
    assert!(!shown.contains("correct-horse") && !shown.contains("battery-staple"), "{shown}");
}

#[test]
fn what_comes_later_is_taken_with_a_word() {
    let config = load("quota = 1000000\nsmtp_url = \"smtp://x\"", &[], Flags::default()).expect("good");
    assert_eq!(config.ignored, ["smtp_url", "quota"]);
}
