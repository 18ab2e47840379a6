use super::super::pdu::Space;
use super::*;
use crate::clock::SystemClock;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

const LIMIT: Duration = Duration::from_millis(200);
const READ: Request<'static> = Request::Read {
    space: Space::Holdings,
    from: 0,
    count: 1,
};

/// A device that answers each connection's requests with what is given, and a link to it.
fn device(answers: impl Fn(usize, u16) -> Vec<Vec<u8>> + Send + 'static) -> Link {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut asked = 0;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 12];
            while stream.read_exact(&mut request).is_ok() {
                asked += 1;
                let transaction = u16::from_be_bytes([request[0], request[1]]);
                let parts = answers(asked, transaction);
                if parts.is_empty() {
                    break;
                }
                for part in parts {
                    let _ = stream.write_all(&part);
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
    });
    Link::new(to, 1, LIMIT, Arc::new(SystemClock))
}

fn answer(transaction: u16, value: u8) -> Vec<u8> {
    let [high, low] = transaction.to_be_bytes();
    vec![high, low, 0, 0, 0, 5, 1, 3, 2, 0, value]
}

#[test]
fn an_answer_in_pieces_is_put_together_and_a_slow_drip_is_given_up() {
    let mut link = device(|_, it| answer(it, 7).chunks(4).map(<[u8]>::to_vec).collect());
    assert_eq!(link.ask(&READ).unwrap(), [0, 7]);

    let mut dripping = device(|_, it| {
        let mut bytes = answer(it, 7);
        bytes[5] = 200;
        bytes.resize(206, 0);
        bytes.chunks(1).map(<[u8]>::to_vec).collect()
    });
    let began = SystemClock.now();
    let error = dripping.ask(&READ).unwrap_err();
    assert!(
        matches!(error, LinkError::Tcp(TcpError::Timeout(..))),
        "{error}"
    );
    assert!(SystemClock.now().since(began) < LIMIT * 2);
}

#[test]
fn a_late_answer_is_never_taken_for_the_next_requests() {
    // The first answer is that of a request before; then the device behaves.
    let mut link = device(|asked, it| match asked {
        1 => vec![answer(it.wrapping_sub(1), 99)],
        2 => vec![answer(it, 1), answer(it, 2)],
        _ => vec![answer(it, 3)],
    });
    assert!(matches!(link.ask(&READ), Err(LinkError::Wrong(_))));
    assert!(!link.is_connected());
    assert_eq!(link.ask(&READ).unwrap(), [0, 1]);
    // The second answer that nobody asked for is in the way of this request.
    thread::sleep(Duration::from_millis(60));
    assert!(matches!(
        link.ask(&READ),
        Err(LinkError::Tcp(TcpError::Unasked(_)))
    ));
    assert!(!link.is_connected());
    assert_eq!(link.ask(&READ).unwrap(), [0, 3]);
}

#[test]
fn silence_refusals_and_other_protocols_are_told_apart() {
    let mut silent = device(|_, _| vec![vec![]]);
    assert!(matches!(
        silent.ask(&READ),
        Err(LinkError::Tcp(TcpError::Timeout(..)))
    ));
    let mut closing = device(|_, _| vec![]);
    assert!(matches!(
        closing.ask(&READ),
        Err(LinkError::Tcp(TcpError::Broken(..)))
    ));
    let mut other = device(|_, _| vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]);
    assert!(matches!(other.ask(&READ), Err(LinkError::NotModbus(..))));
    let mut refusing = device(|_, it| {
        let [high, low] = it.to_be_bytes();
        vec![vec![high, low, 0, 0, 0, 3, 1, 0x83, 2]]
    });
    let error = refusing.ask(&READ).unwrap_err();
    assert!(error.is_refusal(), "{error}");
    assert!(error.to_string().contains("exception 2"), "{error}");
    assert!(refusing.is_connected());

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = nobody.local_addr().unwrap();
    drop(nobody);
    let mut alone = Link::new(to, 1, LIMIT, Arc::new(SystemClock));
    assert!(matches!(
        alone.ask(&READ),
        Err(LinkError::Tcp(TcpError::Connect(..)))
    ));
}
