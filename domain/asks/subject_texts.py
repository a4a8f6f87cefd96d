"""The texts for the values that an ask binds: a label and a sentence for each, in one language.

They are data, so that a text can be corrected or translated without touching what anybody approved. They are stored by
digest, so that what a vote was given on can be shown again in the words of that time (`docs/decisions.md`).

A row is stored under the key of the value that it shows; `*` matches the second part of that key, which is `{1}` in its
texts. `{name}` is the value of that name beside the key, or under a whole key (`domain.shared.text_templates`).
"""

from typing import Annotated

from pydantic import Field

from domain.shared.values import LANGUAGE_FORM, TEXT_VERSION_FORM, Digest, Value, digest

# As browsers name it: `nb`, `de`, `en-GB`.
Language = Annotated[str, Field(pattern=LANGUAGE_FORM)]


class SubjectTexts(Value):
    """The texts of one language, in one version."""

    language: Language
    rows: dict[str, tuple[str, str]]
    """The label and sentence by key; `kind/key` where one kind of ask shows it differently."""
    sentences: dict[str, str]
    """Parts of composite rows."""
    words: dict[str, str]
    """Words for enumeration values; one without an entry is shown as spelt."""


# The language and version of the texts in which somebody read what they answered: `en/` and the digest of the texts.
TextVersion = Annotated[str, Field(pattern=TEXT_VERSION_FORM)]


def version_of(texts: SubjectTexts) -> TextVersion:
    """The name of these texts' version, recorded with each vote."""
    return f"{texts.language}/{digest(texts)}"


def key_of(version: TextVersion) -> Digest:
    """The digest under which a version's texts are stored."""
    return version.rpartition("/")[2]


ROWS: dict[str, tuple[str, str]] = {
    "role": ("role", "{role:role}"),
    "engagement.title": ("engagement", "[{id} ]{title}[ for {client}]"),
    "proposed.by": ("proposed by", "{by:person}[ for {for:person}]"),
    "proposed.as": ("proposed by", "the {as:word}[ for {for:person}]"),
    "takes_over_from": ("takes over from", "{takes_over_from:person}"),
    "handover_until": ("handover until", "{handover_until:day}"),
    "held_until": ("held until", "{held_until:day}"),
    "waiver.until": ("waiver", "until {until:day}: {reason}"),
    "holder": ("holder", "{holder:person}"),
    "expected.*.what": ("expected {1}", "{what}[ (by {by:day})]"),
    "words": ("in their words", "{words}"),
    "until": ("until", "{until:day}"),
    "need.*.text": ("need {1}", "{text}"),
    "need.*.why": ("need {1}, why", "{why}"),
    "need.*.measure.what": ("need {1}, measured by", "{what}: {now} now, target {target}"),
    "need.text": ("need", "{text}"),
    "measure.before": ("before", "{before}"),
    "measure.wished": ("target", "{wished}"),
    "client.name": ("client", "{name}"),
    "client.trade": ("trade", "{trade}"),
    "client.calendar": ("working hours", "by the calendar {calendar}"),
    "client.country": ("public holidays", "of {country}"),
    "client.holidays": ("public holidays", "{holidays:word}"),
    "client.language": ("language", "{language}"),
    "person.*.name": ("person {1}", "{name}[, {title}], {email}[: {part:roles}][ ({new:word})]"),
    "wished.start": ("requested start", "{start:day}"),
    "wished.end": ("requested end", "{end:day}"),
    "discipline.*.hours": ("{1}", "{hours:number} h needed[, {free} h a week free]"),
    "rate_card.version": ("rate card", "{version}{hash:digest}"),
    "attest_estimate/package.*.title": (
        "{1}",
        "{hours} h by {by:people} ({grade:spelt}, {discipline}): {title}{of:digest}",
    ),
    "price.amount": ("price", "{amount:number} {currency}"),
    "price.estimate": ("estimate", "{estimate:digest}"),
    "price.discount": (
        "terms",
        "discount {discount} %, contingency {contingency} %, expenses {expenses:number} {currency}",
    ),
    "price.payment": ("payment", "{payment}"),
    "price.services": ("services", "{services:number} {currency}"),
    "price.margin_p50": ("margin at P50", "{margin_p50:number} %"),
    "price.margin_p80": ("margin at P80", "{margin_p80:number} %"),
    "price.gap": (
        "delivery's dissent",
        (
            "{gap:number} {currency} below the floor for services, {floor:number} {currency}"
            "[: with expenses, a price of {floor_price:number} {currency}]"
        ),
    ),
    "promise.*.text": ("promise {1}", "{text}[{~}(to {to:person})]"),
    "package.*.title": ("package {1}", "{title}[: {hours} h]"),
    "package.*.scope": ("package {1}, scope", "{scope}"),
    "document.revision": ("document", "{kind:capitals} revision {revision}{source:digest}{rendered:digest}"),
    "document.*.revision": ("{1}", "revision {revision}{source:digest}"),
    "plan": ("plan", "{plan}"),
    "milestone.*.title": ("milestone {1}", "{title}, {due:day}"),
    "milestone.title": ("milestone", "[{id}, ]{title}"),
    "milestone.due": ("due", "{due:day}"),
    "milestone.share": ("share of progress", "{share} %"),
    "milestone.note": ("what was delivered", "{note}"),
    "contract.price": ("contract", "{price:number} {currency}, as first signed"),
    "contract.now": (
        "contract",
        "{now:number} {currency} now, with all signed change orders; {first:number} {currency} as first signed",
    ),
    "at.name": ("at", "{name}[ {title}]"),
    "score": ("score", "{score}"),
    "by": ("by", "{by:person}"),
    "with.person": ("with", "{person:person}"),
    "with.client": ("with", "{client}"),
    "asked": ("asked", "{asked}"),
    "where": ("where", "{where}"),
    "complaint": ("complaint", "{complaint}"),
    "refused.*.said": ("{said:word}, says {by:person}", "{why|no_reason}"),
    "reason": ("reason", "{reason}"),
    "question": ("question", "{question}"),
    "promised": ("promised", "{promised}"),
    "because": ("why we cannot keep it", "{because}"),
    "change.title": ("change", "[C{n} revision {revision}: ]{title}"),
    "change.reason": ("reason", "{reason}"),
    "change.price": ("price", "{price:number} {currency}"),
    "change.days": ("days", "{days}"),
    "change.terms_changed": ("terms change", "{terms_changed:word}"),
    "change.requirements_changed": ("requirements change", "{requirements_changed:word}"),
    "gross.value": ("changed in all", "{value:number} {currency}, {days:days}"),
    "line.*.hours": ("{1}", "{hours} h {discipline}, {grade:spelt}"),
    "estimate/line.*.hours": ("{1}", "{grade:spelt}, first thought {hours} h"),
    "together.value": (
        "all together",
        "{changes:changes} {value:number} {currency} ({percent:number} % of the contract), {days:days}",
    ),
    "confirms": (
        "to confirm",
        (
            "by approving, the engagement manager confirms that terms, requirements and reason are as stated here; "
            "otherwise, return it with what to correct, and it is routed again{confirms:digest}"
        ),
    ),
    "estimate/package": ("{1}", ""),
    "sent_back": ("returned by delivery", ""),
    "lacks": ("lacks", ""),
    "called": ("called for", ""),
    "item": ("item {1}", ""),
}

SENTENCES = {
    "package.title": "{title} ({grade:spelt})",
    "package.serves": "{id} {text}",
    "package.assumes": "assumes: {text}",
    "package.risk": "risk: {text}",
    "sent_back": "{packages:list}: {because|no_reason}",
    "lacks.roles": "is not {roles:either} in the directory",
    "lacks.level": "{level:spelt} {has} of {needs}",
    "item": "{kind:word}[, {package}][ {package_title}][, {requirement}]",
    "item.falls_away": " is removed",
    "item.amount": "{amount:number} {change.currency}",
    "item.days": "{days:days}",
    "item.reads": "New text: ",
    "called": "{role:role}, since {reasons}",
    "always": "every change needs their approval",
    "worked": "{value} h have been worked on {package}",
    "accepted_share": "the price would fall below what the client has already accepted",
    "value.over": "its value exceeds {value:number} {currency}",
    "value.under": "its value is below {value:number} {currency}",
    "value.at_least": "its value reaches {value:number} {currency}",
    "all_together_percent.over": "all changes together exceed {value} % of the contract",
    "all_together_percent.under": "all changes together are below {value} % of the contract",
    "all_together_percent.at_least": "all changes together reach {value} % of the contract",
    "all_together_days.over": "all changes together exceed {value} days",
    "all_together_days.under": "all changes together are below {value} days",
    "all_together_days.at_least": "all changes together reach {value} days",
    "margin_p80": "the margin after it requires it",
    "margin_p80.over": "the margin after it exceeds {value:number} %: {measured:number} % at P80",
    "margin_p80.under": "the margin after it is below {value:number} %: {measured:number} % at P80",
    "margin_p80.at_least": "the margin after it reaches {value:number} %: {measured:number} % at P80",
    "terms_changed.yes": "terms of the contract change",
    "terms_changed.no": "terms of the contract do not change",
    "requirements_changed.yes": "requirements or acceptance criteria change",
    "requirements_changed.no": "requirements or acceptance criteria do not change",
    "is": "the {field:spelt} is {value}",
    "counting_earlier": ", counting earlier changes that {approver:role} has not approved",
    "counting_earlier.margin_p80": ", not counting earlier changes that are not approved yet",
}

WORDS = {
    "alone": "C{n} alone",
    "together": "{changes} together",
    "no_reason": "no reason was given",
    "none_known": "none: no country is given",
    "not_theirs": "not theirs",
    "and": ", and ",
    "or": " or ",
}

ENGLISH = SubjectTexts(language="en", rows=ROWS, sentences=SENTENCES, words=WORDS)
# The version in which everything is shown now.
ENGLISH_NOW = version_of(ENGLISH)
