//! A server that speaks Ollama's and `OpenAI`'s wire formats, and misbehaves when it is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a call.
#[derive(Clone, Debug)]
pub enum Mood {
    /// Answers with a text.
    Say(String),
    /// Answers after a while.
    Slow(Duration, String),
    /// Accepts, and says nothing.
    HangBeforeHeaders,
    /// Begins an answer, and stops.
    HangInMidStream,
    /// Hangs up.
    Reset,
    /// Answers with a status and a `Retry-After`.
    Status(u16),
    /// Sends so many bytes.
    Flood(usize),
    /// Sends something that is no JSON.
    NoJson,
    /// Sends JSON whose text is no UTF-8.
    NoUtf8,
}

/// A running server.
pub struct LlmServer {
    address: std::net::SocketAddr,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl LlmServer {
    /// Starts one.
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, asked) = (Arc::new(Mutex::new(mood)), Arc::default());
        let (known, heard): (_, Arc<Mutex<Vec<String>>>) = (mood.clone(), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (mood, heard) = (known.clone(), heard.clone());
                tokio::spawn(async move { serve(stream, &mood, &heard).await });
            }
        });
        Self { address, mood, asked }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it does from now on.
    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The requests so far, head and body.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, mood: &Mutex<Mood>, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4_096];
    let is_ollama = loop {
        let count = stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            heard.lock().unwrap().push(text.clone());
            break head.contains("/api/generate");
        }
    };
    let mood = mood.lock().unwrap().clone();
    let json = |text: &str| {
        if is_ollama {
            serde_json::json!({"model": "m", "response": text, "done": true}).to_string()
        } else {
            serde_json::json!({"choices": [{"message": {"role": "assistant", "content": text}}]}).to_string()
        }
    };
    let answer = |status: u16, body: &[u8]| {
        let mut out = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nRetry-After: 7\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).into_bytes();
        out.extend_from_slice(body);
        out
    };
    let bytes = match mood {
        Mood::Say(text) => answer(200, json(&text).as_bytes()),
        Mood::Slow(pause, text) => {
            tokio::time::sleep(pause).await;
            answer(200, json(&text).as_bytes())
        }
        Mood::HangBeforeHeaders => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            Vec::new()
        }
        Mood::HangInMidStream => {
            let whole = answer(200, json("the beginning of a long story").as_bytes());
            stream.write_all(&whole[..whole.len() - 20]).await.ok()?;
            tokio::time::sleep(Duration::from_hours(1)).await;
            Vec::new()
        }
        Mood::Reset => {
            // Unread bytes and a zero linger make the kernel reset the connection.
            drop(stream);
            return None;
        }
        Mood::Status(status) => answer(status, br#"{"error": {"message": "busy"}}"#),
        Mood::Flood(size) => {
            let head = format!("HTTP/1.1 200 X\r\nContent-Length: {size}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            let block = vec![b'x'; 64 * 1024];
            for _ in 0..size / block.len() {
                stream.write_all(&block).await.ok()?;
            }
            Vec::new()
        }
        Mood::NoJson => answer(200, b"<html>Bad gateway</html>"),
        Mood::NoUtf8 => {
            answer(200, b"{\"response\": \"\xff\xfe\", \"choices\": [{\"message\": {\"content\": \"\xff\xfe\"}}]}")
        }
    };
    stream.write_all(&bytes).await.ok()?;
    stream.shutdown().await.ok()
}
