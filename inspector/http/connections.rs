//! Who is connected: bounded in all and for each client, so that whoever opens many connections takes his own away
//! and not those of the others, nor the descriptors of what decides and records.
//!
//! A newcomer is let in wherever one that does nothing can be cut for it: one that has not asked for anything yet, or
//! does not take what it asked for. So a page is answered while somebody holds as many connections as there may be.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Connections at a time, where the system gives descriptors for so many.
const OPEN_MAX: usize = 256;
/// Connections of one client at a time. A browser opens six.
const OPEN_MAX_OF_CLIENT: usize = 64;
/// Connections that were cut and whose threads have not noticed yet.
const CUT_MAX: usize = 64;
/// Descriptors that cameras, models, the log, pictures and the questions of the page may hold.
const RESERVED: u64 = 192;
/// A socket, and a picture or the log that is read for it.
const DESCRIPTORS_OF_ONE: u64 = 2;
/// What a page needs at least.
const OPEN_MIN: usize = 8;

/// Raises the limit of open descriptors to the most that the system allows this program, and says what it is.
pub fn raise_descriptors() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: now.maximum,
        ..now
    };
    // Where it is refused, what there is stays.
    let _ = setrlimit(Resource::Nofile, wanted);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Whoever shares one counts as one: an IPv4 address, or the 64 bits of an IPv6 address that a network gives to one
/// subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
        })
    }
}

/// One connection, as far as it matters to the others.
#[derive(Debug)]
pub struct Place {
    client: Client,
    /// When it began to wait for a question, as a place in the order of all such beginnings; 0 while it is answered.
    waits_since: AtomicU64,
    /// The same for an answer that is not taken.
    stalls_since: AtomicU64,
    /// What its other end has sent already may be a question, which nobody has read yet.
    is_unread: AtomicBool,
    is_cut: AtomicBool,
    cut: Notify,
}

impl Place {
    fn is_unread(&self) -> bool {
        self.is_unread.load(Ordering::Relaxed)
    }

    fn is_open(&self) -> bool {
        !self.is_cut.load(Ordering::Relaxed)
    }

    /// How much is lost with it, and how long it has been so: the least first. `None` while it is answered and takes
    /// the answer, or may have asked already.
    fn idle(&self) -> Option<(u8, u64)> {
        if self.is_unread() {
            return None;
        }
        let (waits, stalls) = (
            self.waits_since.load(Ordering::Relaxed),
            self.stalls_since.load(Ordering::Relaxed),
        );
        match (waits, stalls) {
            (0, 0) => None,
            (0, since) => Some((1, since)),
            (since, _) => Some((0, since)),
        }
    }
}

#[derive(Debug)]
struct Shared {
    open_max: usize,
    order: AtomicU64,
    places: Mutex<Vec<Arc<Place>>>,
}

/// Whether there is a place for a newcomer.
#[derive(Debug)]
pub enum Admission {
    /// There is room for it.
    In(Admitted),
    /// Ask again in a moment: some connections were not looked at yet, or were cut and have not gone yet.
    NotYet,
    /// Each of those that it would have to go before is being answered.
    Full,
}

/// Every open connection, and how many there may be.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

/// A place among them, given back when dropped.
#[derive(Clone, Debug)]
pub struct Admitted(Arc<Guard>);

#[derive(Debug)]
struct Guard {
    place: Arc<Place>,
    shared: Arc<Shared>,
}

impl Connections {
    /// As many as so many descriptors carry.
    pub fn new(descriptors: u64) -> Self {
        let carried = descriptors.saturating_sub(RESERVED) / DESCRIPTORS_OF_ONE;
        let carried = usize::try_from(carried).unwrap_or(OPEN_MAX);
        Self(Arc::new(Shared {
            open_max: carried.clamp(OPEN_MIN, OPEN_MAX),
            order: AtomicU64::new(0),
            places: Mutex::default(),
        }))
    }

    /// A place for a newcomer, for which another connection may be cut.
    pub fn admit(&self, client: Client) -> Admission {
        let mut places = self.places();
        if places.len() >= self.0.open_max + CUT_MAX {
            return Admission::NotYet;
        }
        let open: Vec<&Arc<Place>> = places.iter().filter(|place| place.is_open()).collect();
        let of = |client: Client| open.iter().filter(|place| place.client == client).count();
        let is_own_full = of(client) >= OPEN_MAX_OF_CLIENT;
        if is_own_full || open.len() >= self.0.open_max {
            let own = |place: &&&Arc<Place>| !is_own_full || place.client == client;
            let candidates = || open.iter().filter(own);
            // Of the client that holds the most.
            let most_first = |place: &Arc<Place>| usize::MAX - of(place.client);
            let idle = candidates().filter_map(|place| Some((place, place.idle()?)));
            let Some((idlest, _)) = idle.min_by_key(|(place, idle)| (most_first(place), *idle))
            else {
                return match candidates().any(|place| place.is_unread()) {
                    true => Admission::NotYet,
                    false => Admission::Full,
                };
            };
            idlest.is_cut.store(true, Ordering::Relaxed);
            idlest.cut.notify_one();
        }
        let place = Arc::new(Place {
            client,
            waits_since: AtomicU64::new(self.0.next()),
            stalls_since: AtomicU64::new(0),
            is_unread: AtomicBool::new(true),
            is_cut: AtomicBool::new(false),
            cut: Notify::new(),
        });
        places.push(Arc::clone(&place));
        Admission::In(Admitted(Arc::new(Guard {
            place,
            shared: Arc::clone(&self.0),
        })))
    }

    fn places(&self) -> MutexGuard<'_, Vec<Arc<Place>>> {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn next(&self) -> u64 {
        self.order.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Admitted {
    /// Everything that its other end has sent by now was read.
    pub fn is_read(&self) {
        self.0.place.is_unread.store(false, Ordering::Relaxed);
    }

    /// Nothing is asked at present.
    pub fn waits(&self) {
        let now = self.0.shared.next();
        self.0.place.waits_since.store(now, Ordering::Relaxed);
    }

    /// A question is being answered.
    pub fn is_answered(&self) {
        self.0.place.waits_since.store(0, Ordering::Relaxed);
    }

    /// Whether the other end takes what it asked for.
    pub fn stalls(&self, does_stall: bool) {
        let stalls_since = &self.0.place.stalls_since;
        if !does_stall {
            stalls_since.store(0, Ordering::Relaxed);
        } else if stalls_since.load(Ordering::Relaxed) == 0 {
            stalls_since.store(self.0.shared.next(), Ordering::Relaxed);
        }
    }

    /// Ends when it is cut for a newcomer.
    pub async fn cut(&self) {
        self.0.place.cut.notified().await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut places = self
            .shared
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        places.retain(|place| !Arc::ptr_eq(place, &self.place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Client::from(IpAddr::from([10, 0, 0, last]))
    }

    /// In, and read.
    fn admitted(connections: &Connections, client: Client) -> Option<Admitted> {
        match connections.admit(client) {
            Admission::In(admitted) => {
                admitted.is_read();
                Some(admitted)
            }
            Admission::NotYet | Admission::Full => None,
        }
    }

    fn is_cut(admitted: &Admitted) -> bool {
        !admitted.0.place.is_open()
    }

    #[test]
    fn of_a_client_with_many_the_one_that_waited_longest_is_cut_for_its_next() {
        let connections = Connections::new(4_096);
        let mut held: Vec<Admitted> = (0..OPEN_MAX_OF_CLIENT)
            .map(|_| admitted(&connections, client(1)).expect("room"))
            .collect();
        held[0].is_answered();
        held[1].is_answered();
        held[1].waits();
        held.push(admitted(&connections, client(1)).expect("room"));
        let cut: Vec<usize> = (0..held.len()).filter(|n| is_cut(&held[*n])).collect();
        assert_eq!(
            cut,
            [2],
            "neither the one being answered, nor one that asked since"
        );
        assert!(admitted(&connections, client(2)).is_some());
    }

    #[test]
    fn nobody_is_cut_who_is_answered_and_takes_the_answer() {
        let connections = Connections::new(4_096);
        let mut held = Vec::new();
        for n in 0..OPEN_MAX {
            let one = admitted(&connections, client((n / 64) as u8)).expect("room");
            one.is_answered();
            held.push(one);
        }
        assert!(admitted(&connections, client(200)).is_none());
        held[70].stalls(true);
        assert!(admitted(&connections, client(200)).is_some());
        assert!(is_cut(&held[70]));
    }

    #[test]
    fn nobody_is_cut_whose_question_was_not_read_yet() {
        let connections = Connections::new(4_096);
        let mut held = Vec::new();
        for _ in 0..OPEN_MAX_OF_CLIENT {
            let Admission::In(one) = connections.admit(client(1)) else {
                panic!("there is room");
            };
            held.push(one);
        }
        assert!(matches!(connections.admit(client(1)), Admission::NotYet));
        // Others do not wait for it.
        assert!(admitted(&connections, client(2)).is_some());
        held[5].is_read();
        let next = admitted(&connections, client(1)).expect("one was read, and waits");
        let cut: Vec<usize> = (0..held.len()).filter(|n| is_cut(&held[*n])).collect();
        assert_eq!(cut, [5]);
        next.is_answered();
        for one in &held {
            one.is_read();
            one.is_answered();
        }
        assert!(matches!(connections.admit(client(1)), Admission::Full));
    }

    #[test]
    fn when_all_is_taken_the_client_with_the_most_loses_one() {
        let connections = Connections::new(4_096);
        let mut held = vec![admitted(&connections, client(9)).expect("room")];
        for n in 0..OPEN_MAX - 1 {
            held.push(admitted(&connections, client((n / 63) as u8)).expect("room"));
        }
        assert!(admitted(&connections, client(200)).is_some());
        assert!(!is_cut(&held[0]), "the oldest, but of a client with one");
        assert!(is_cut(&held[1]));
        drop(held);
        assert_eq!(connections.places().len(), 0);
    }

    #[test]
    fn few_descriptors_leave_those_of_the_data_plane_alone() {
        assert_eq!(Connections::new(256).0.open_max, 32);
        assert_eq!(Connections::new(1_024).0.open_max, OPEN_MAX);
        assert_eq!(Connections::new(64).0.open_max, OPEN_MIN);
        assert!(raise_descriptors() > 0);
    }

    #[test]
    fn addresses_that_one_subscriber_has_are_one_client() {
        let of = |text: &str| Client::from(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::4"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
