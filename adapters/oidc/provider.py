"""An OpenID provider: authorization code flow with PKCE, discovery, rotated keys, logout.

Protocol and cryptography are authlib's and joserfc's. Everything has a time-out: a provider that hangs keeps nobody
else waiting. Keys are fetched again when a token names one that is not known, so rotation needs no restart.

Weighed: authlib's integration for Starlette, which keeps the state of a sign-in in a session cookie of its own (a
second session beside ours, and a client library that it warns of itself); and this, on authlib's parts: what belongs to
one sign-in is a value, which the caller keeps.
"""

import secrets
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import (
    parse_authorization_code_response,
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from adapters.clock import SYSTEM_CLOCK, Now

# Where the provider sends the browser back to, on our pages.
CALLBACK = "/sign-in/back"
TIMEOUT_SECONDS = 10.0
SCOPE = "openid email profile"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# Seconds by which the provider's clock may differ from ours.
LEEWAY = 60


class ProviderAway(Exception):
    """The provider does not answer, or answers with something else than it should."""


class SignInRejected(Exception):
    """The provider, or the check of what it sent, says no. The message is for the log."""


class OidcClient(NamedTuple):
    """The installation as the provider knows it."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


class SignInBegun(NamedTuple):
    """A sign-in that is under way: where the browser is sent, and what must come back unchanged or stay with us."""

    address: str
    state: str
    nonce: str
    verifier: str


class ProviderIdentity(NamedTuple):
    """Whom the provider vouches for."""

    subject: str
    email: str
    is_verified: bool


class OidcProvider:
    """One provider."""

    def __init__(self, client: OidcClient, now: Now = SYSTEM_CLOCK) -> None:
        self._client = client
        self._now = now
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    @property
    def name(self) -> str:
        """Its host, as people know it."""
        return httpx.URL(self._client.issuer).host

    async def begin(self) -> SignInBegun:
        """Begins a sign-in. Raises ProviderAway."""
        metadata = await self._discovered()
        nonce, verifier, state = secrets.token_urlsafe(24), secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        address = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self._client.client_id,
            response_type="code",
            redirect_uri=self._client.redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]
            code_challenge_method="S256",
        )
        return SignInBegun(str(address), str(state), nonce, verifier)

    async def finish(self, answer: str, begun: SignInBegun) -> ProviderIdentity:
        """Who has signed in; `answer` is the address to which the provider sent the browser.

        Raises SignInRejected, ProviderAway.
        """
        metadata = await self._discovered()
        token = await self._token(metadata["token_endpoint"], answer, begun)
        if "id_token" not in token:
            raise SignInRejected("the provider sent no id_token")
        claims = await self._claims(str(token["id_token"]), begun.nonce)
        if "email" not in claims and "userinfo_endpoint" in metadata:  # where the specification has it, by default
            told = await self._get(metadata["userinfo_endpoint"], str(token["access_token"]))
            if told.get("sub") != claims["sub"]:
                raise SignInRejected("the provider told about somebody else")
            claims |= told
        return ProviderIdentity(
            str(claims["sub"]), str(claims.get("email") or ""), claims.get("email_verified") is True
        )

    async def end_address(self, back_to: str) -> str | None:
        """Where people sign out at the provider too; None if it has no such address, or does not answer."""
        try:
            endpoint = (await self._discovered()).get("end_session_endpoint")
        except ProviderAway:
            return None
        query = {"client_id": self._client.client_id, "post_logout_redirect_uri": back_to}
        return str(httpx.URL(endpoint).copy_merge_params(query)) if endpoint else None

    async def _token(self, endpoint: str, answer: str, begun: SignInBegun) -> dict[str, Any]:
        """What the provider gives for the code in its answer. Raises SignInRejected, ProviderAway."""
        try:
            code = parse_authorization_code_response(answer, state=begun.state)["code"]
        except (AuthlibBaseError, ValueError) as wrong:
            raise SignInRejected(str(wrong)) from None
        body = prepare_token_request(
            "authorization_code", redirect_uri=self._client.redirect_uri, code=code, code_verifier=begun.verifier
        )
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
                known = (quote(self._client.client_id, safe=""), quote(self._client.client_secret, safe=""))
                given = await http.post(endpoint, content=body, headers=FORM, auth=known)
                found: dict[str, Any] = given.json()
        except (httpx.HTTPError, ValueError) as away:
            raise ProviderAway(str(away)) from None
        if given.is_client_error:
            raise SignInRejected(str(found.get("error_description") or found.get("error")))
        if not given.is_success:
            raise ProviderAway(f"it answers {given.status_code}")
        return found

    async def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """What a sound id_token says. Raises SignInRejected, ProviderAway."""
        try:
            try:
                decoded = jwt.decode(id_token, await self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # it may be signed with a key that is newer than those that are known
                decoded = jwt.decode(id_token, await self._key_set(is_anew=True), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={"iss": {"values": [self._client.issuer]}, "aud": {"values": [self._client.client_id]}},
                params={"nonce": nonce, "client_id": self._client.client_id},
            )
            claims.validate(int(self._now().timestamp()), LEEWAY)
        except (JoseError, ValueError) as wrong:
            raise SignInRejected(str(wrong)) from None
        if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
            raise SignInRejected("the nonce is not the one that was sent")
        return dict(claims)

    async def _discovered(self) -> dict[str, Any]:
        if self._metadata is None:
            found = await self._get(f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._client.issuer.rstrip("/"):
                raise ProviderAway("the provider calls itself by another name")
            self._metadata = found
        return self._metadata

    async def _key_set(self, *, is_anew: bool = False) -> KeySet:
        if self._keys is None or is_anew:
            self._keys = KeySet.import_key_set(await self._get((await self._discovered())["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    async def _get(self, address: str, token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
                answer = (await http.get(address, headers=headers)).raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as away:
            raise ProviderAway(str(away)) from None
        return found
