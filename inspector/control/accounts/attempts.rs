//! How often somebody may try to log in: the delay grows with each failure, by the name that is tried and by the address
//! from which it is. It counts from the end of a failed try, so that a slow PC does not shorten it, and failures fade:
//! nobody is locked out for good.

use crate::station::time::Instant;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Failures before there is a delay: people slip.
const FREE: u32 = 3;
/// The first delay; each further failure doubles it.
const FIRST: Duration = Duration::from_secs(1);
/// The longest for a name: longer, and whoever knows a name keeps its owner out. Also for the PC of the station itself,
/// before which many people stand: there the delays by name are enough.
const OF_NAME_MAX: Duration = Duration::from_secs(30);
/// The longest for an address.
const OF_ADDRESS_MAX: Duration = Duration::from_secs(300);
/// Once the delay is over, one failure is forgotten each time so long passes without another.
const FADES_AFTER: Duration = Duration::from_secs(60);
/// More failures than the longest delay takes are not counted, as they would have to fade first.
const TIMES_MAX: u32 = 12;
/// A try that did not end within this broke off.
const TRY_MAX: Duration = Duration::from_secs(60);
/// Names and addresses that are kept. When there are more, the one that was tried longest ago is forgotten.
const KEPT_MAX: usize = 1024;
/// Characters of a tried name that are kept.
const NAME_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Name(String),
    /// IPv4, or the 64 bits of IPv6 that a network gives to one subscriber.
    Address(IpAddr),
}

impl Key {
    fn longest(&self) -> Duration {
        match self {
            Key::Address(address) if !address.is_loopback() => OF_ADDRESS_MAX,
            Key::Name(_) | Key::Address(_) => OF_NAME_MAX,
        }
    }
}

/// The tries of one name or address.
#[derive(Clone, Copy, Debug)]
struct Tried {
    /// Failures, as of `failed`.
    times: u32,
    /// When the last of them ended.
    failed: Instant,
    /// Tries that have not ended yet: they count as failures meanwhile.
    running: u32,
    /// When the last of them began.
    begun: Instant,
}

impl Tried {
    /// Failures that are not faded yet.
    fn times(&self, longest: Duration, now: Instant) -> u32 {
        let over = now
            .since(self.failed)
            .saturating_sub(delay(self.times, longest));
        let faded = over.as_secs() / FADES_AFTER.as_secs();
        self.times
            .saturating_sub(u32::try_from(faded).unwrap_or(u32::MAX))
    }

    fn running(&self, now: Instant) -> u32 {
        let is_late = now.since(self.begun) >= TRY_MAX;
        if is_late { 0 } else { self.running }
    }

    fn left(&self, longest: Duration, now: Instant) -> Duration {
        let (times, running) = (self.times(longest, now), self.running(now));
        let since = if running > 0 { self.begun } else { self.failed };
        delay(times.saturating_add(running), longest).saturating_sub(now.since(since))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Attempts(HashMap<Key, Tried>);

impl Attempts {
    /// Counts a try as failed before it is looked at, so that many at once count too. It ends with [`Self::failed`] or
    /// [`Self::succeeded`].
    ///
    /// # Errors
    /// How long to wait: then nothing is counted, and the password must not be looked at.
    pub fn begin(&mut self, name: &str, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let keys = keys(name, from);
        let waits = keys.iter().filter_map(|key| {
            let tried = self.0.get(key)?;
            Some(tried.left(key.longest(), now))
        });
        let longest = waits.max().unwrap_or_default();
        if !longest.is_zero() {
            return Err(longest);
        }
        for key in keys {
            self.make_room(&key);
            let tried = self.0.entry(key).or_insert(Tried {
                times: 0,
                failed: now,
                running: 0,
                begun: now,
            });
            tried.running = tried.running(now).saturating_add(1);
            tried.begun = now;
        }
        Ok(())
    }

    /// A try ended now, and failed.
    pub fn failed(&mut self, name: &str, from: IpAddr, now: Instant) {
        for key in keys(name, from) {
            let longest = key.longest();
            // What was forgotten meanwhile, to make room, stays so.
            if let Some(tried) = self.0.get_mut(&key) {
                let times = tried.times(longest, now).saturating_add(1);
                tried.times = times.min(TIMES_MAX);
                tried.failed = now;
                tried.running = tried.running.saturating_sub(1);
            }
        }
    }

    /// It was the right password after all: the name starts anew. The address gets only this try back: whoever has one
    /// account must not try others with it in between.
    pub fn succeeded(&mut self, name: &str, from: IpAddr) {
        let [name, address] = keys(name, from);
        self.0.remove(&name);
        if let Some(tried) = self.0.get_mut(&address) {
            tried.running = tried.running.saturating_sub(1);
        }
    }

    fn make_room(&mut self, key: &Key) {
        if self.0.len() < KEPT_MAX || self.0.contains_key(key) {
            return;
        }
        let oldest = self.0.iter().min_by_key(|(_, tried)| tried.begun.0);
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

    /// One failed try that begins and ends then.
    fn fails(attempts: &mut Attempts, name: &str, from: IpAddr, second: u64) {
        let begun = attempts.begin(name, from, at(second));
        begun.unwrap_or_else(|wait| panic!("{name} at {second} must wait {wait:?}"));
        attempts.failed(name, from, at(second));
    }

    #[test]
    fn many_at_once_count_before_they_end() {
        let mut attempts = Attempts::default();
        let begun = (0..20).filter(|_| attempts.begin("li", address(1), at(0)).is_ok());
        assert_eq!(begun.count(), FREE as usize);
        // What broke off does not count for ever.
        assert!(attempts.begin("li", address(1), at(60)).is_ok());
    }

    #[test]
    fn the_delay_counts_from_the_end_of_a_failed_try_however_long_it_took() {
        let mut attempts = Attempts::default();
        for _ in 0..3 {
            attempts.begin("li", address(1), at(0)).expect("the first");
        }
        for _ in 0..3 {
            attempts.failed("li", address(1), at(20));
        }
        let wait = attempts.begin("li", address(1), at(20));
        assert_eq!(wait, Err(Duration::from_secs(1)));
    }

    #[test]
    fn who_logs_in_rightly_makes_nobody_at_his_address_wait() {
        let mut attempts = Attempts::default();
        let mut now = 0;
        for n in 0..12 {
            fails(&mut attempts, &format!("p{n}"), address(1), now);
            now += 300;
            let log_in = attempts.begin("wang", address(1), at(now));
            log_in.expect("it has waited");
            attempts.succeeded("wang", address(1));
            let next = attempts.begin("li", address(1), at(now));
            next.unwrap_or_else(|wait| panic!("{wait:?} after {n} slips"));
            attempts.succeeded("li", address(1));
        }
    }

    #[test]
    fn failures_fade_also_where_somebody_logs_in_all_the_time() {
        let mut attempts = Attempts::default();
        for hour in 0..100 {
            let now = hour * 3540;
            fails(&mut attempts, &format!("p{hour}"), address(1), now);
            fails(&mut attempts, &format!("q{hour}"), address(1), now);
            let log_in = attempts.begin("wang", address(1), at(now));
            log_in.expect("two slips an hour are no reason to wait");
            attempts.succeeded("wang", address(1));
        }
        let mut now = 1_000_000;
        for n in 0..1000 {
            now += 300;
            fails(&mut attempts, &format!("p{n}"), address(1), now);
        }
        now += 300 + 12 * 60;
        for n in 0..3 {
            fails(&mut attempts, &format!("r{n}"), address(1), now);
        }
    }

    #[test]
    fn before_the_pc_of_the_station_nobody_waits_for_long() {
        let mut attempts = Attempts::default();
        let here = IpAddr::from([127, 0, 0, 1]);
        for n in 0..50 {
            fails(&mut attempts, &format!("p{n}"), here, n * 30);
        }
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
                fails(&mut attempts, "li", address(1), now);
            } else {
                attempts.failed("li", address(1), at(now));
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn a_name_is_slowed_from_wherever_it_is_tried_and_an_address_whatever_it_tries() {
        let mut attempts = Attempts::default();
        for last in 0..3 {
            fails(&mut attempts, "li", address(last), 0);
        }
        assert!(attempts.begin("LI", address(9), at(0)).is_err());
        assert!(attempts.begin("wang", address(9), at(0)).is_ok());
        let mut attempts = Attempts::default();
        for name in ["a", "b", "c"] {
            fails(&mut attempts, name, address(1), 0);
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
            fails(&mut attempts, name, one(from), 0);
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
            fails(&mut attempts, "li", address(n), now);
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
            let victim = format!("victim{n}");
            if attempts.begin(&victim, address(1), at(0)).is_ok() {
                attempts.failed(&victim, address(1), at(0));
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
