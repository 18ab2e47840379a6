//! How often somebody may try to log in: the delay grows with each failure, by the name that is tried and by the address
//! from which it is. Nobody is locked out for good, so that nobody can lock another out.

use crate::station::time::Instant;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Failures before there is a delay: people slip.
const FREE: u32 = 3;
/// The first delay; each further failure doubles it.
const FIRST: Duration = Duration::from_secs(1);
/// The longest for a name: longer, and whoever knows a name keeps its owner out.
const OF_NAME_MAX: Duration = Duration::from_secs(30);
/// The longest for an address.
const OF_ADDRESS_MAX: Duration = Duration::from_secs(300);
/// Failures are forgotten when there were none for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);
/// Names and addresses that are kept. When there are more, the one that failed longest ago is forgotten.
const KEPT_MAX: usize = 1024;
/// Characters of a tried name that are kept.
const NAME_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Name(String),
    /// IPv4, or the 64 bits of IPv6 that a network gives to one subscriber.
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    times: u32,
    last: Instant,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Attempts(HashMap<Key, Failed>);

impl Attempts {
    /// Counts a try as failed before it is looked at, so that many at once count too.
    ///
    /// # Errors
    /// How long to wait: then nothing is counted, and the password must not be looked at.
    pub fn begin(&mut self, name: &str, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let keys = keys(name, from);
        let waits = keys.iter().map(|key| self.left(key, now));
        let longest = waits.max().unwrap_or_default();
        if !longest.is_zero() {
            return Err(longest);
        }
        for key in keys {
            self.make_room(&key);
            let failed = self.0.entry(key).or_insert(Failed {
                times: 0,
                last: now,
            });
            if now.since(failed.last) >= FORGOTTEN_AFTER {
                failed.times = 0;
            }
            failed.times = failed.times.saturating_add(1);
            failed.last = now;
        }
        Ok(())
    }

    /// It was the right password after all: the name starts anew. The address gets only this try back: whoever has one
    /// account must not try others with it in between.
    pub fn succeeded(&mut self, name: &str, from: IpAddr) {
        let [name, address] = keys(name, from);
        self.0.remove(&name);
        if let Some(failed) = self.0.get_mut(&address) {
            failed.times = failed.times.saturating_sub(1);
        }
    }

    fn left(&self, key: &Key, now: Instant) -> Duration {
        let Some(failed) = self.0.get(key) else {
            return Duration::ZERO;
        };
        let most = match key {
            Key::Name(_) => OF_NAME_MAX,
            Key::Address(_) => OF_ADDRESS_MAX,
        };
        delay(failed.times, most).saturating_sub(now.since(failed.last))
    }

    fn make_room(&mut self, key: &Key) {
        if self.0.len() < KEPT_MAX || self.0.contains_key(key) {
            return;
        }
        let oldest = self.0.iter().min_by_key(|(_, failed)| failed.last.0);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            self.0.remove(&oldest);
        }
    }
}

fn delay(times: u32, most: Duration) -> Duration {
    if times < FREE {
        return Duration::ZERO;
    }
    let doubled = 1_u32.checked_shl(times - FREE).unwrap_or(u32::MAX);
    FIRST.saturating_mul(doubled).min(most)
}

fn keys(name: &str, from: IpAddr) -> [Key; 2] {
    let name = name.to_lowercase().chars().take(NAME_MAX).collect();
    let address = match from.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    };
    [Key::Name(name), Key::Address(address)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn each_failure_doubles_the_delay_up_to_a_longest() {
        let mut attempts = Attempts::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..14 {
            if let Err(wait) = attempts.begin("li", address(1), at(now)) {
                waits.push(wait.as_secs());
                now += wait.as_secs();
                attempts
                    .begin("li", address(1), at(now))
                    .expect("it has waited");
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn a_name_is_slowed_from_wherever_it_is_tried_and_an_address_whatever_it_tries() {
        let mut attempts = Attempts::default();
        for last in 0..3 {
            let begun = attempts.begin("li", address(last), at(0));
            begun.expect("the first three");
        }
        assert!(attempts.begin("LI", address(9), at(0)).is_err());
        assert!(attempts.begin("wang", address(9), at(0)).is_ok());
        let mut attempts = Attempts::default();
        for name in ["a", "b", "c"] {
            attempts.begin(name, address(1), at(0)).expect("the first");
        }
        assert!(attempts.begin("d", address(1), at(0)).is_err());
        assert!(attempts.begin("d", address(2), at(0)).is_ok());
        let one = |text: &str| -> IpAddr { text.parse().expect("an address") };
        let mut attempts = Attempts::default();
        for (name, from) in [
            ("a", "2001:db8::1"),
            ("b", "2001:db8::2"),
            ("c", "2001:db8::3"),
        ] {
            attempts.begin(name, one(from), at(0)).expect("the first");
        }
        assert!(attempts.begin("d", one("2001:db8::4"), at(0)).is_err());
        assert!(attempts.begin("d", one("2001:db8:1::4"), at(0)).is_ok());
    }

    #[test]
    fn nobody_keeps_the_owner_of_a_name_out_for_long() {
        let mut attempts = Attempts::default();
        let mut now = 0;
        for n in 0..100 {
            now += 30;
            let begun = attempts.begin("li", address(n), at(now));
            begun.expect("thirty seconds are the longest for a name");
        }
        assert!(attempts.begin("li", address(200), at(now + 29)).is_err());
        attempts
            .begin("li", address(200), at(now + 30))
            .expect("waited");
        attempts.succeeded("li", address(200));
        assert!(attempts.begin("li", address(200), at(now + 30)).is_ok());
    }

    #[test]
    fn an_account_of_ones_own_gives_no_more_tries_at_others() {
        let mut attempts = Attempts::default();
        let mut tried = 0;
        for n in 0..20 {
            if attempts
                .begin(&format!("victim{n}"), address(1), at(0))
                .is_ok()
            {
                tried += 1;
            }
            if attempts.begin("mine", address(1), at(0)).is_ok() {
                attempts.succeeded("mine", address(1));
            }
        }
        assert_eq!(tried, FREE);
    }

    #[test]
    fn memory_does_not_grow_with_names_that_are_tried() {
        let mut attempts = Attempts::default();
        for n in 0..5000_u64 {
            let from = IpAddr::from([10, 0, (n / 250) as u8, (n % 250) as u8]);
            let name = format!("{n}{}", "x".repeat(10_000));
            attempts.begin(&name, from, at(n)).expect("each is new");
        }
        assert!(attempts.0.len() <= KEPT_MAX);
    }
}
