"""Signing in through the firm's OpenID provider: from what it vouches for to a person of the directory."""

from adapters.oidc.provider import CALLBACK, OidcProvider, ProviderAway, ProviderIdentity, SignInBegun, SignInRejected
from application.authentication import UnknownCaller
from application.context import Interlock
from application.identity import same_mailbox
from application.off_loop import off_loop
from domain.directory.people import Person
from domain.shared.errors import Refusal, RefusalKind, Rule

__all__ = ["CALLBACK", "OidcProvider", "SignInBegun"]  # entry points need nothing from the adapter

AGAIN = "Try again. If it fails again, ask the administrator."


class ProviderNotResponding(Refusal):
    rule, title, kind = Rule.DENY_FIRST, "The sign-in provider is not responding", RefusalKind.UNAVAILABLE
    temporary = True


class NotLetIn(UnknownCaller):
    """Who signed in at the provider is nobody of the directory, or the sign-in itself was not sound."""

    title = "You are not signed in"


async def begin_sign_in(provider: OidcProvider) -> SignInBegun:
    """Raises ProviderNotResponding."""
    try:
        return await provider.begin()
    except ProviderAway:
        raise _away(provider) from None


async def person_signed_in(app: Interlock, provider: OidcProvider, answer: str, begun: SignInBegun) -> Person:
    """Who came back from the provider. Raises ProviderNotResponding, NotLetIn."""
    try:
        identity = await provider.finish(answer, begun)
    except ProviderAway:
        raise _away(provider) from None
    except SignInRejected:
        raise NotLetIn("The sign-in was not completed.", remedy=AGAIN) from None
    return await _person_of(app, identity)


async def _person_of(app: Interlock, identity: ProviderIdentity) -> Person:
    """The one active person whose e-mail the provider has verified; a name, which anyone can choose, counts nothing."""
    if not identity.is_verified:
        raise NotLetIn(
            "Your provider does not vouch for your e-mail address.",
            remedy="Confirm the address there, and sign in again.",
        )
    directory = await off_loop(app.registry.directory)
    found = [one for one in directory.everyone() if one.active and same_mailbox(one.email, identity.email)]
    if len(found) != 1:
        raise NotLetIn(
            "Your e-mail address is not in the directory.", remedy=f"Ask {directory.keeper} to enter you with it."
        )
    return found[0]


def _away(provider: OidcProvider) -> ProviderNotResponding:
    return ProviderNotResponding(f"{provider.name} did not answer in time.", remedy="Try again in a moment.")
