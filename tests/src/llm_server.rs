//! A server that speaks Ollama's and `OpenAI`'s wire formats, and behaves as it is told to.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a call.
#[derive(Clone, Debug)]
pub enum Mood {
    /// Answers with a text.
    Say(String),
    /// Answers with a text and whatever goes with it.
    Answer(Answer),
    /// Answers after a while.
    Slow(Duration, String),
    /// Accepts, and says nothing.
    HangBeforeHeaders,
    /// Begins an answer, and stops.
    HangInMidStream,
    /// Hangs up.
    Reset,
    /// Answers with a status, header lines and a body, as they are.
    Raw {
        /// The status.
        status: u16,
        /// Header lines beside the body's length.
        headers: Vec<(&'static str, &'static str)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Refuses requests that hold a word, with a status and a body; answers others with a text.
    RefuseWord {
        /// The word.
        word: &'static str,
        /// The refusal's body, with status 400.
        body: &'static str,
        /// The text.
        text: String,
    },
    /// Loads for so long when it is first asked, as long as the client stays; then answers with a text.
    ColdLoad(Duration, String),
    /// Sends so many bytes.
    Flood(usize),
    /// Answers each kind of prompt with its own text: the first whose word stands in the request.
    ByWord(Vec<(&'static str, Answer)>),
}

/// A text and what goes with it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Thinking, in a field of its own.
    pub thinking: Option<String>,
    /// Why it ended.
    pub finish: Option<String>,
}

impl Answer {
    /// A whole text.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// A text that stops at the token limit.
    pub fn cut(text: &str) -> Self {
        Self { text: text.to_owned(), finish: Some("length".to_owned()), ..Self::default() }
    }
}

impl Mood {
    /// A status and the reason, in `OpenAI`'s form.
    pub fn status(status: u16) -> Self {
        Self::raw(status, r#"{"error": {"message": "busy"}}"#)
    }

    /// A status and a body.
    pub fn raw(status: u16, body: &str) -> Self {
        Self::Raw { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }
}

#[derive(Serialize)]
struct OllamaReply<'a> {
    model: &'a str,
    response: &'a str,
    thinking: Option<&'a str>,
    done: bool,
    done_reason: &'a str,
}

#[derive(Serialize)]
struct OpenAiReply<'a> {
    choices: [OpenAiChoice<'a>; 1],
}

#[derive(Serialize)]
struct OpenAiChoice<'a> {
    message: OpenAiMessage<'a>,
    finish_reason: &'a str,
}

#[derive(Serialize)]
struct OpenAiMessage<'a> {
    role: &'a str,
    content: &'a str,
    reasoning_content: Option<&'a str>,
}

/// What of a request tells whether it only loads the model.
#[derive(Deserialize)]
struct Question {
    prompt: Option<String>,
}

/// A running server.
pub struct LlmServer {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    mood: Mutex<Mood>,
    asked: Mutex<Vec<String>>,
    is_loaded: Mutex<bool>,
}

impl LlmServer {
    /// Starts one.
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { mood: Mutex::new(mood), asked: Mutex::default(), is_loaded: Mutex::new(false) });
        let known = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let known = Arc::clone(&known);
                tokio::spawn(async move { serve(stream, &known).await });
            }
        });
        Self { address, shared }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it does from now on.
    pub fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    /// The requests so far, head and body.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

/// A request, head and body, whole.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let count = stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let more: String = headers.iter().flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]).collect();
    let mut out = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    out.extend_from_slice(body);
    out
}

/// An answer as the API that was asked gives it.
fn spoken(request: &str, answer: &Answer) -> Vec<u8> {
    let reason = answer.finish.as_deref().unwrap_or("stop");
    let thinking = answer.thinking.as_deref();
    let body = if request.starts_with("POST /api/generate") {
        serde_json::to_vec(&OllamaReply {
            model: "m",
            response: &answer.text,
            thinking,
            done: true,
            done_reason: reason,
        })
    } else {
        let message = OpenAiMessage { role: "assistant", content: &answer.text, reasoning_content: thinking };
        serde_json::to_vec(&OpenAiReply { choices: [OpenAiChoice { message, finish_reason: reason }] })
    };
    response(200, &[], &body.unwrap())
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> Option<()> {
    let request = request(&mut stream).await?;
    shared.asked.lock().unwrap().push(request.clone());
    let mood = shared.mood.lock().unwrap().clone();
    let bytes = match mood {
        Mood::Answer(answer) => spoken(&request, &answer),
        Mood::ByWord(answers) => {
            let answer = answers.into_iter().find(|(word, _)| request.contains(word)).map(|(_, answer)| answer);
            spoken(&request, &answer.unwrap_or_default())
        }
        Mood::Slow(pause, text) => {
            tokio::time::sleep(pause).await;
            spoken(&request, &Answer::of(&text))
        }
        Mood::HangBeforeHeaders => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            Vec::new()
        }
        Mood::HangInMidStream => {
            let whole = spoken(&request, &Answer::of("the beginning of a long story"));
            stream.write_all(&whole[..whole.len() - 20]).await.ok()?;
            tokio::time::sleep(Duration::from_hours(1)).await;
            Vec::new()
        }
        Mood::Reset => {
            // Unread bytes and a zero linger make the kernel reset the connection.
            drop(stream);
            return None;
        }
        Mood::Raw { status, headers, body } => response(status, &headers, &body),
        Mood::RefuseWord { word, body, .. } if request.contains(word) => response(400, &[], body.as_bytes()),
        Mood::Say(text) | Mood::RefuseWord { text, .. } => spoken(&request, &Answer::of(&text)),
        Mood::ColdLoad(load, text) => {
            load_model(&mut stream, shared, load).await?;
            let is_load = request.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
            let is_load = is_load.is_some_and(|q: Question| q.prompt.as_deref() == Some(""));
            spoken(&request, &Answer::of(if is_load { "" } else { &text }))
        }
        Mood::Flood(size) => {
            let head = format!("HTTP/1.1 200 X\r\nContent-Length: {size}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            let block = vec![b'x'; 64 * 1024];
            for _ in 0..size / block.len() {
                stream.write_all(&block).await.ok()?;
            }
            Vec::new()
        }
    };
    stream.write_all(&bytes).await.ok()?;
    stream.shutdown().await.ok()
}

/// Waits until the model is loaded, by this call or another; `None` when the client has hung up.
async fn load_model(stream: &mut TcpStream, shared: &Shared, load: Duration) -> Option<()> {
    let began = Instant::now();
    let mut byte = [0];
    while !*shared.is_loaded.lock().unwrap() && began.elapsed() < load {
        let step = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut byte)).await;
        if matches!(step, Ok(Ok(0) | Err(_))) {
            return None;
        }
    }
    *shared.is_loaded.lock().unwrap() = true;
    Some(())
}
