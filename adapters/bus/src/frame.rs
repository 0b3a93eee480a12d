//! Frames: an ASCII line `VERB [args]`, a length, a JSON body.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The line is at most so long, its end included.
const LINE_MAX: usize = 4_096;
/// The body is at most so long.
const BODY_MAX: usize = 1 << 20;

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum Verb {
    Hello,
    Pub,
    Sub,
    Unsub,
    Evt,
    Bye,
}

impl Verb {
    const ALL: [Self; 6] = [Self::Hello, Self::Pub, Self::Sub, Self::Unsub, Self::Evt, Self::Bye];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hello => "HELLO",
            Self::Pub => "PUB",
            Self::Sub => "SUB",
            Self::Unsub => "UNSUB",
            Self::Evt => "EVT",
            Self::Bye => "BYE",
        }
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it says.
    pub verb: Verb,
    /// The topic, pattern or name; may be empty.
    pub argument: String,
    /// JSON, or nothing.
    pub body: Bytes,
}

/// What makes a connection end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The line is too long, or not ASCII.
    #[error("a line of more than {LINE_MAX} bytes, or not in ASCII")]
    BadLine,
    /// Not one of the verbs.
    #[error("unknown verb {0:?}")]
    UnknownVerb(String),
    /// The body is no JSON object of the right shape.
    #[error("a body that is no event")]
    BadBody,
    /// The body is too long.
    #[error("a body of {0} bytes, more than {BODY_MAX}")]
    TooLarge(usize),
}

impl Frame {
    /// A frame without a body.
    pub fn bare(verb: Verb, argument: &str) -> Self {
        Self { verb, argument: argument.to_owned(), body: Bytes::new() }
    }

    /// Appends the frame as it goes over the wire.
    pub fn encode(&self, out: &mut BytesMut) {
        encode(self.verb, &self.argument, &self.body, out);
    }

    /// Takes the first frame off the buffer; `None` until it is all there.
    ///
    /// # Errors
    /// The connection is to be closed: what follows can't be made sense of.
    pub fn decode(buffer: &mut BytesMut) -> Result<Option<Self>, FrameError> {
        let searched = &buffer[..buffer.len().min(LINE_MAX)];
        let Some(end) = searched.iter().position(|b| *b == b'\n') else {
            return if buffer.len() >= LINE_MAX { Err(FrameError::BadLine) } else { Ok(None) };
        };
        let line = buffer[..end].strip_suffix(b"\r").unwrap_or(&buffer[..end]);
        let line = std::str::from_utf8(line).ok().filter(|l| l.is_ascii()).ok_or(FrameError::BadLine)?;
        let (word, argument) = line.split_once(' ').unwrap_or((line, ""));
        let verb = Verb::ALL.into_iter().find(|v| v.as_str() == word);
        let verb = verb.ok_or_else(|| FrameError::UnknownVerb(word.to_owned()))?;
        let Some(length) = buffer.get(end + 1..end + 5) else { return Ok(None) };
        let length = length.iter().fold(0_usize, |sum, b| sum << 8 | usize::from(*b));
        if length > BODY_MAX {
            return Err(FrameError::TooLarge(length));
        }
        if buffer.len() < end + 5 + length {
            return Ok(None);
        }
        let argument = argument.trim().to_owned();
        buffer.advance(end + 5);
        Ok(Some(Self { verb, argument, body: buffer.split_to(length).freeze() }))
    }
}

pub(crate) fn encode(verb: Verb, argument: &str, body: &[u8], out: &mut BytesMut) {
    out.reserve(argument.len() + body.len() + 12);
    out.put_slice(verb.as_str().as_bytes());
    if !argument.is_empty() {
        out.put_u8(b' ');
        out.put_slice(argument.as_bytes());
    }
    out.put_u8(b'\n');
    out.put_u32(u32::try_from(body.len()).unwrap_or(0));
    out.put_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_are_those_of_the_contract() {
        let mut out = BytesMut::new();
        Frame { verb: Verb::Pub, argument: "a.b".into(), body: Bytes::from_static(b"{}") }.encode(&mut out);
        assert_eq!(&out[..], b"PUB a.b\n\0\0\0\x02{}");
        let mut crlf = BytesMut::from(&b"SUB a.>\r\n\0\0\0\0"[..]);
        assert_eq!(Frame::decode(&mut crlf), Ok(Some(Frame::bare(Verb::Sub, "a.>"))));
    }

    #[test]
    fn what_is_malformed_or_oversized_is_an_error() {
        let decode = |bytes: &[u8]| Frame::decode(&mut BytesMut::from(bytes));
        assert_eq!(decode(b"NOPE x\n\0\0\0\0"), Err(FrameError::UnknownVerb("NOPE".into())));
        assert_eq!(decode(&[b'A'; 4096]), Err(FrameError::BadLine));
        assert_eq!(decode(b"PUB \xff\n\0\0\0\0"), Err(FrameError::BadLine));
        assert_eq!(decode(b"PUB a\n\x00\x10\x00\x01"), Err(FrameError::TooLarge(1_048_577)));
        assert_eq!(decode(b"PUB a\n\x00\x10\x00\x00"), Ok(None));
        assert_eq!(decode(b"PUB a"), Ok(None));
    }

    proptest! {
        #[test]
        fn frames_survive_any_cut(argument in "[a-z.*>]{0,30}", body in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..400) {
            let frame = Frame { verb: Verb::Evt, argument, body: body.into() };
            let mut wire = BytesMut::new();
            frame.encode(&mut wire);
            frame.encode(&mut wire);
            let mut buffer = wire.split_to(cut.min(wire.len()));
            let mut seen = Vec::new();
            while let Some(f) = Frame::decode(&mut buffer).unwrap() { seen.push(f); }
            buffer.unsplit(wire);
            while let Some(f) = Frame::decode(&mut buffer).unwrap() { seen.push(f); }
            prop_assert_eq!(seen, vec![frame.clone(), frame]);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = Frame::decode(&mut buffer) {}
        }
    }
}
