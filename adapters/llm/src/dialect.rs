//! What is asked of a server, and how that changes with what it has refused. Both APIs have fields that only some servers
//! or models take; a field that one has refused by name isn't sent again.

use decnet_domain::llm::settings::Provider;
use serde::Serialize;

/// What a server takes, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Ollama {
        /// `"think": false` is sent: the model is asked not to think.
        sends_think: bool,
    },
    OpenAi {
        limit: LimitField,
        reasoning: ReasoningFields,
    },
}

/// The field that limits the tokens of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitField {
    /// `max_tokens`, which every server knew at first.
    MaxTokens,
    /// `max_completion_tokens`, which newer ones want instead.
    MaxCompletionTokens,
    /// None: both were refused.
    Unlimited,
}

/// The fields that keep a model from thinking. They are no part of the first call, for many servers refuse them; they are
/// sent once the model was seen thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReasoningFields {
    is_needed: bool,
    /// `"reasoning_effort": "low"`.
    effort: bool,
    /// `"chat_template_kwargs": {"enable_thinking": false}`, of llama.cpp, vLLM and `SGLang`.
    template: bool,
}

#[derive(Serialize)]
struct OllamaQuestion<'a> {
    model: &'a str,
    prompt: &'a str,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<OllamaOptions>,
}

#[derive(Serialize)]
struct OllamaOptions {
    num_predict: u32,
}

#[derive(Serialize)]
struct OpenAiQuestion<'a> {
    model: &'a str,
    messages: [OpenAiMessage<'a>; 1],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template_kwargs: Option<TemplateSettings>,
}

#[derive(Serialize)]
struct OpenAiMessage<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct TemplateSettings {
    enable_thinking: bool,
}

impl Dialect {
    /// What Ollama is asked first.
    pub(crate) const OLLAMA: Self = Self::Ollama { sends_think: true };
    /// What a server of `OpenAI`'s API is asked first.
    pub(crate) const OPENAI: Self = Self::OpenAi {
        limit: LimitField::MaxTokens,
        reasoning: ReasoningFields { is_needed: false, effort: true, template: true },
    };

    /// The body of a request.
    ///
    /// # Errors
    /// Only if JSON can't be written, which no text causes.
    pub(crate) fn question(self, model: &str, prompt: &str, most_tokens: u32) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Ollama { sends_think } => serde_json::to_vec(&OllamaQuestion {
                model,
                prompt,
                stream: false,
                think: sends_think.then_some(false),
                options: Some(OllamaOptions { num_predict: most_tokens }),
            }),
            Self::OpenAi { limit, reasoning } => serde_json::to_vec(&OpenAiQuestion {
                model,
                messages: [OpenAiMessage { role: "user", content: prompt }],
                stream: false,
                max_tokens: (limit == LimitField::MaxTokens).then_some(most_tokens),
                max_completion_tokens: (limit == LimitField::MaxCompletionTokens).then_some(most_tokens),
                reasoning_effort: (reasoning.is_needed && reasoning.effort).then_some("low"),
                chat_template_kwargs: (reasoning.is_needed && reasoning.template)
                    .then_some(TemplateSettings { enable_thinking: false }),
            }),
        }
    }

    /// What is asked after a refusal that names a field: the same without it. `None` where no field is named that was
    /// sent.
    pub(crate) fn after_refusal(self, words: &str) -> Option<Self> {
        match self {
            Self::Ollama { sends_think: true } if words.to_ascii_lowercase().contains("think") => {
                Some(Self::Ollama { sends_think: false })
            }
            Self::Ollama { .. } => None,
            Self::OpenAi { limit, reasoning } => {
                if reasoning.is_needed && reasoning.effort && words.contains("reasoning_effort") {
                    let reasoning = ReasoningFields { effort: false, ..reasoning };
                    return Some(Self::OpenAi { limit, reasoning });
                }
                let names_template = words.contains("chat_template_kwargs") || words.contains("enable_thinking");
                if reasoning.is_needed && reasoning.template && names_template {
                    let reasoning = ReasoningFields { template: false, ..reasoning };
                    return Some(Self::OpenAi { limit, reasoning });
                }
                let limit = match limit {
                    LimitField::MaxTokens if words.contains("max_tokens") => LimitField::MaxCompletionTokens,
                    LimitField::MaxCompletionTokens if words.contains("max_completion_tokens") => LimitField::Unlimited,
                    _ => return None,
                };
                Some(Self::OpenAi { limit, reasoning })
            }
        }
    }

    /// What is asked once the model was seen thinking. `None` where that was asked already.
    pub(crate) fn after_thinking(self) -> Option<Self> {
        match self {
            Self::OpenAi { limit, reasoning } if !reasoning.is_needed => {
                Some(Self::OpenAi { limit, reasoning: ReasoningFields { is_needed: true, ..reasoning } })
            }
            _ => None,
        }
    }
}

/// The request that makes Ollama load a model and say nothing.
///
/// # Errors
/// Only if JSON can't be written, which no text causes.
pub(crate) fn load_request(model: &str) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&OllamaQuestion { model, prompt: "", stream: false, think: None, options: None })
}

/// Whether the server of a provider gives up loading a model when the client hangs up.
pub(crate) const fn loads_on_demand(provider: Provider) -> bool {
    matches!(provider, Provider::Ollama)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(dialect: Dialect) -> String {
        String::from_utf8(dialect.question("m", "hi", 1_200).unwrap()).unwrap()
    }

    #[test]
    fn a_field_that_is_refused_by_name_is_replaced_or_left_out() {
        let first = Dialect::OPENAI;
        assert_eq!(
            asked(first),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false,"max_tokens":1200}"#
        );
        let second = first.after_refusal("'max_tokens' cannot be used here; send 'max_completion_tokens'").unwrap();
        assert!(asked(second).ends_with(r#""max_completion_tokens":1200}"#));
        let third = second.after_refusal("max_completion_tokens is too large: 1200").unwrap();
        assert!(asked(third).ends_with(r#""stream":false}"#));
        assert_eq!(third.after_refusal("max_tokens max_completion_tokens"), None);
        assert_eq!(first.after_refusal("the context is 512 tokens"), None);

        let thinking = first.after_thinking().unwrap();
        assert!(
            asked(thinking).ends_with(r#""reasoning_effort":"low","chat_template_kwargs":{"enable_thinking":false}}"#)
        );
        assert_eq!(thinking.after_thinking(), None);
        let without = thinking.after_refusal("Unrecognized request argument supplied: reasoning_effort").unwrap();
        assert!(!asked(without).contains("reasoning_effort") && asked(without).contains("enable_thinking"));
        let without = without.after_refusal("body.chat_template_kwargs: Extra inputs are not permitted").unwrap();
        assert_eq!(asked(without), asked(first));
    }

    #[test]
    fn ollama_is_asked_not_to_think_until_it_refuses_that() {
        let first = Dialect::OLLAMA;
        assert_eq!(
            asked(first),
            r#"{"model":"m","prompt":"hi","stream":false,"think":false,"options":{"num_predict":1200}}"#
        );
        let second = first.after_refusal("\"m\" does not support thinking").unwrap();
        assert!(!asked(second).contains("think"));
        assert_eq!((second.after_refusal("think"), first.after_thinking()), (None, None));
    }
}
