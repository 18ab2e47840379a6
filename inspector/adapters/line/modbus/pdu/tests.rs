use super::super::frame::{Frame, FrameBytes, Writing};
use super::*;

fn encoded(request: &Request<'_>) -> FrameBytes {
    let mut frame = FrameBytes::new();
    let mut writing = Writing::begin(&mut frame, 1, 1);
    request.encode(&mut writing);
    writing.end();
    frame
}

/// Every form of a request, with the bytes that the standard gives for it.
fn examples() -> Vec<(Request<'static>, Vec<u8>)> {
    let read = |space| Request::Read {
        space,
        from: 0x13,
        count: 0x25,
    };
    let bits = |count, bits, is_single| Request::WriteBits {
        from: 0x13,
        count,
        bits,
        is_single,
    };
    let words = |bytes, is_single| Request::WriteWords {
        from: 1,
        bytes,
        is_single,
    };
    vec![
        (read(Space::Coils), vec![1, 0, 0x13, 0, 0x25]),
        (read(Space::Discretes), vec![2, 0, 0x13, 0, 0x25]),
        (read(Space::Holdings), vec![3, 0, 0x13, 0, 0x25]),
        (read(Space::Inputs), vec![4, 0, 0x13, 0, 0x25]),
        (bits(1, &[1], true), vec![5, 0, 0x13, 0xFF, 0]),
        (bits(1, &[0], true), vec![5, 0, 0x13, 0, 0]),
        (words(&[0, 3], true), vec![6, 0, 1, 0, 3]),
        (
            bits(10, &[0xCD, 1], false),
            vec![15, 0, 0x13, 0, 10, 2, 0xCD, 1],
        ),
        (
            words(&[0, 10, 1, 2], false),
            vec![16, 0, 1, 0, 2, 4, 0, 10, 1, 2],
        ),
        (
            Request::Exchange {
                from: 3,
                count: 6,
                to: 14,
                bytes: &[0, 0xFF],
            },
            vec![23, 0, 3, 0, 6, 0, 14, 0, 1, 2, 0, 0xFF],
        ),
    ]
}

#[test]
fn requests_are_read_and_written_as_the_standard_says() {
    for (request, bytes) in examples() {
        assert_eq!(Request::decode(&bytes), Ok(request));
        let frame = encoded(&request);
        assert_eq!(Frame::first(&frame).unwrap().unwrap().pdu, bytes);
        // One byte less or more is no request.
        assert_eq!(
            Request::decode(&bytes[..bytes.len() - 1]),
            Err(Exception::VALUE)
        );
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Request::decode(&longer), Err(Exception::VALUE));
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_the_exception_of_the_standard() {
    for (pdu, exception) in [
        (&[7_u8][..], Exception::FUNCTION),
        (&[43, 14, 1, 0], Exception::FUNCTION),
        (&[0x83, 2], Exception::FUNCTION),
        (&[], Exception::FUNCTION),
        (&[3, 0, 0, 0, 0], Exception::VALUE),
        (&[3, 0, 0, 0, 126], Exception::VALUE),
        (&[1, 0, 0, 0x07, 0xD1], Exception::VALUE),
        (&[3, 0xFF, 0xFF, 0, 2], Exception::ADDRESS),
        (&[5, 0, 0, 1, 0], Exception::VALUE),
        (&[16, 0, 0, 0, 2, 3, 0, 0, 0], Exception::VALUE),
        (&[16, 0xFF, 0xFF, 0, 2, 4, 0, 0, 0, 0], Exception::ADDRESS),
        (&[23, 0, 0, 0, 1, 0, 0, 0, 0, 0], Exception::VALUE),
    ] {
        assert_eq!(Request::decode(pdu), Err(exception), "{pdu:?}");
    }
    let last = Request::decode(&[3, 0xFF, 0xFF, 0, 1]);
    assert!(last.is_ok(), "the last address is one: {last:?}");
}

#[test]
fn bytes_at_random_are_refused_without_a_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200_000 {
        let length = random.usize(0..40);
        let mut bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
        if let (Some(first), true) = (bytes.first_mut(), random.bool()) {
            *first = [1, 2, 3, 4, 5, 6, 15, 16, 23][random.usize(0..9)];
        }
        if let Ok(request) = Request::decode(&bytes) {
            assert_eq!(
                Frame::first(&encoded(&request)).unwrap().unwrap().pdu,
                bytes
            );
        }
        let _ = Frame::first(&bytes);
        for (request, _) in examples() {
            let _ = request.answer(&bytes);
        }
    }
}

#[test]
fn an_answer_to_something_else_is_none() {
    let read = Request::Read {
        space: Space::Holdings,
        from: 0,
        count: 2,
    };
    assert_eq!(read.answer(&[3, 4, 1, 2, 3, 4]), Ok(&[1, 2, 3, 4][..]));
    let refused = AnswerError::Exception(Exception::ADDRESS);
    assert_eq!(read.answer(&[0x83, 2]), Err(refused));
    for wrong in [
        &[3_u8, 2, 1, 2][..],
        &[3, 4, 1, 2, 3],
        &[4, 4, 1, 2, 3, 4],
        &[3],
        &[],
    ] {
        assert_eq!(read.answer(wrong), Err(AnswerError::Wrong), "{wrong:?}");
    }
    let write = Request::WriteBits {
        from: 5,
        count: 1,
        bits: &[1],
        is_single: true,
    };
    assert_eq!(write.answer(&[5, 0, 5, 0xFF, 0]), Ok(&[][..]));
    // The reject coil of another address, or off instead of on, is not what was commanded.
    assert_eq!(write.answer(&[5, 0, 6, 0xFF, 0]), Err(AnswerError::Wrong));
    assert_eq!(write.answer(&[5, 0, 5, 0, 0]), Err(AnswerError::Wrong));
}
