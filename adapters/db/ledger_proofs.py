"""Proofs about the record: whether an engagement's chain is as it was written, and the signed head of all chains."""

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db.tree_head import TreeHead, public_key, sign_head
from adapters.db.verification import VerificationReport, verify
from domain.shared.values import EngagementId


class SignedHead(NamedTuple):
    """A tree head and the public key to check its signature with."""

    head: TreeHead
    public_key: str


class Proofs:
    """Proofs about the record of one database, signed with one key."""

    def __init__(self, database: Engine, key: Ed25519PrivateKey, now: Now = SYSTEM_CLOCK) -> None:
        self._database = database
        self._key = key
        self._now = now

    def verdict(self, engagement_id: EngagementId) -> VerificationReport:
        """Verifies the record of an engagement and its change orders; names the first row that is not as written."""
        return verify(self._database, engagement_id=engagement_id)

    def signed_head(self) -> SignedHead:
        """Signs where every chain ends now."""
        return SignedHead(sign_head(self._database, self._key, self._now()), public_key(self._key))
