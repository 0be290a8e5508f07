"""model-signing (OpenSSF): whether what somebody signed is what was recorded."""

from graphstore.interop.model_signing.verifying import Signed, verify_signature

__all__ = ["Signed", "verify_signature"]
