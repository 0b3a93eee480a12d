//! One module a command.

pub(crate) mod author;
pub(crate) mod bus;
pub(crate) mod check_content;
pub(crate) mod db;
pub(crate) mod fleet;
pub(crate) mod fleet_check;
pub(crate) mod import_personas;
pub(crate) mod llm_check;
pub(crate) mod orchestrate;
pub(crate) mod paper;
pub(crate) mod preview;
pub(crate) mod realism;
pub(crate) mod takeover;
