use async_trait::async_trait;
use decnet_domain::content_class::CanaryClass;
use decnet_domain::path::DeckyPath;

use crate::{CanaryArtifact, CanaryError, CanaryOrder, CanarySink};

/// Makes credentials files, and nothing else.
pub struct FakeCanaries;

#[async_trait]
impl CanarySink for FakeCanaries {
    fn offers(&self, class: CanaryClass) -> bool {
        class == CanaryClass::AwsCreds
    }

    async fn cultivate(&self, order: &CanaryOrder) -> Result<CanaryArtifact, CanaryError> {
        let not_offered = |reason: &str| CanaryError::NotOffered { class: order.class, reason: reason.to_owned() };
        if !self.offers(order.class) {
            return Err(not_offered("only credentials are"));
        }
        let path = DeckyPath::under(&order.home, ".aws/credentials").map_err(|e| not_offered(&e.to_string()))?;
        let bytes = format!("[default]\naws_access_key_id = FAKE{}\n", order.decky_name).into_bytes();
        Ok(CanaryArtifact { path, bytes, mode: 0o600 })
    }
}
