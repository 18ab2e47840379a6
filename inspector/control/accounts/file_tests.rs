//! What `accounts.toml` keeps, and which files are refused.

use super::file::{Account, AccountsFile, FileError, Proof, lock, path, stamp};
use super::password::Hashed;
use super::role::Role;
use super::secret;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

fn person(name: &str) -> Account {
    Account {
        name: name.to_owned(),
        role: Role::Operator,
        proof: Proof::Password(Hashed::of_nobody()),
        is_disabled: false,
    }
}

#[test]
fn what_is_written_is_read_again_by_its_owner_alone() {
    let data = tempfile::tempdir().expect("a folder");
    assert_eq!(AccountsFile::read(data.path()).expect("nobody").all(), []);
    assert_eq!(stamp(data.path()).expect("none"), None);
    let (_, kept) = secret::make("it_").expect("random");
    let mut file = AccountsFile::default();
    file.add(person("李明")).expect("a name");
    let machine = Account {
        role: Role::Viewer,
        proof: Proof::Token(kept.clone()),
        is_disabled: true,
        ..person("mes")
    };
    file.add(machine.clone()).expect("a name");
    let _changing = lock(data.path()).expect("a lock");
    file.write(data.path()).expect("written");
    let before = stamp(data.path()).expect("a file");
    assert_eq!(AccountsFile::read(data.path()).expect("read"), file);
    assert_eq!(file.token(&kept), Some(&machine));
    let mode = std::fs::metadata(path(data.path())).expect("a file");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    file.remove("MES").expect("there is one");
    file.write(data.path()).expect("written");
    assert_ne!(stamp(data.path()).expect("a file"), before);
    assert_eq!(
        AccountsFile::read(data.path()).expect("read").all().len(),
        1
    );
}

#[test]
fn a_file_that_others_can_read_is_refused_with_what_to_do() {
    let data = tempfile::tempdir().expect("a folder");
    let mut file = AccountsFile::default();
    file.add(person("li")).expect("a name");
    file.write(data.path()).expect("written");
    for mode in [0o640, 0o604, 0o620, 0o601] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path(data.path()), permissions).expect("set");
        let refused = AccountsFile::read(data.path()).expect_err("others may read it");
        assert!(matches!(refused, FileError::Mode(_, found) if found == mode));
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }
}

#[test]
fn a_file_that_says_something_else_is_refused_without_its_hashes() {
    let data = tempfile::tempdir().expect("a folder");
    let hash = Hashed::of_nobody().to_string();
    let good = format!("[[account]]\nname = \"li\"\nrole = \"viewer\"\nargon2id = {hash:?}\n");
    for (bad, told) in [
        (good.replace("viewer", "root"), "root"),
        (good.replace("argon2id", "sha1"), "sha1"),
        (good.replace("$argon2id$", "$argon2d$"), "argon2id"),
        (format!("{good}{good}"), "already"),
        (good.replace("\"li\"", "\"station\""), "other than"),
        (good.replace("\"li\"", "\" li\""), "spaces"),
        (format!("{good}[[accounts]]\n"), "accounts"),
        (
            "[[token]]\nname = \"a\"\nrole = \"viewer\"\nsha256 = \"x\"\n".to_owned(),
            "64 digits",
        ),
    ] {
        let path = path(data.path());
        std::fs::write(&path, &bad).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
        let said = AccountsFile::read(data.path()).expect_err(&bad).to_string();
        assert!(said.contains(told), "{said}");
        assert!(!said.contains("AAAA"), "a hash is told: {said}");
    }
}

#[test]
fn names_differ_by_more_than_case_and_can_be_seen() {
    let mut file = AccountsFile::default();
    file.add(person("Li")).expect("a name");
    assert!(matches!(file.add(person("li")), Err(FileError::Taken(_))));
    for bad in ["", " x", "a\u{202e}b", "Station", &"x".repeat(65)] {
        assert!(
            matches!(file.add(person(bad)), Err(FileError::Name(_))),
            "{bad:?}"
        );
    }
    assert!(matches!(file.remove("wang"), Err(FileError::Unknown(_))));
    assert!(file.change("LI").is_ok());
}

#[test]
fn what_root_writes_is_the_station_users() {
    let data = tempfile::tempdir().expect("a folder");
    if std::os::unix::fs::chown(data.path(), Some(4711), Some(4712)).is_err() {
        // Only root gives files away, and nobody else needs to.
        return;
    }
    drop(lock(data.path()).expect("a lock"));
    AccountsFile::default().write(data.path()).expect("written");
    for name in ["accounts.toml", "accounts.lock"] {
        let found = std::fs::metadata(data.path().join(name)).expect("a file");
        let mode = found.permissions().mode() & 0o777;
        assert_eq!(
            (found.uid(), found.gid(), mode),
            (4711, 4712, 0o600),
            "{name}"
        );
    }
}
