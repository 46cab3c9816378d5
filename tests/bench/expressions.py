"""The mappings in JMESPath, an expression for each call type: what `by_expressions` runs.

``||`` stands between alternatives, so that those that are not needed cost nothing. Function names are explained there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ID_OF_ACCOUNT: Final = """
    id(context.groupId)
    || id(traits.account_id) || id(traits.accountId) || id(properties.account_id) || id(properties.accountId)
    || id(context.traits.account_id) || id(context.traits.accountId)
    || id(traits.company.id) || id(context.traits.company.id)
"""
_IDS: Final = f"""
    user_id: id(userId),
    account_id: {_ID_OF_ACCOUNT},
    session_id: id(anonymousId) || id(context.sessionId) || id(properties.sessionId) || id(properties.session_id),
    created_at: epoch_ms(timestamp) || epoch_ms(receivedAt) || epoch_ms(originalTimestamp) || epoch_ms(sentAt)
"""


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def _first_of(convert: str, names: Iterable[str]) -> str:
    """The first trait of these names, camelCase before snake_case, that can be converted; names may have dots."""
    paths = [path for name in names for path in dict.fromkeys((_camel(name), name))]
    return (
        f"not_null({', '.join(f'{convert}({path})' for path in paths)})"
        if convert == "boolean"
        else " || ".join(f"{convert}({path})" for path in paths)
    )


def _own(convert: str, names: str) -> str:
    """Attributes that bear the trait's own name."""
    return ", ".join(f"{name}: {_first_of(convert, [name])}" for name in names.split())


def _address(prefix: str) -> str:
    street = _first_of("text", [f"{prefix}_street", "address.street"])
    postal = _first_of("text", [f"{prefix}_postal_code", "address.postal_code", "address.zip"])
    parts = [f"{prefix}_{part}: " + _first_of("text", [f"{prefix}_{part}", f"address.{part}"]) for part in _PARTS]
    return ", ".join([f"{prefix}_street: {street} || only_text(address)", f"{prefix}_postal_code: {postal}", *parts])


_PARTS: Final = ("city", "state", "country")
_USER: Final = f"""{{
    first_name: {_first_of("text", ["first_name"])} || first_word(name),
    last_name: {_first_of("text", ["last_name"])} || other_words(name),
    title: {_first_of("text", ["title", "position", "job_title"])},
    {_own("text", "email phone mobile_phone salutation role department source lead_source contact_user_id")},
    {_address("mailing")},
    product_join_date: {_first_of("epoch_ms", ["product_join_date", "created_at", "created"])},
    {_own("boolean", "is_active")}
}}"""
_TEXTS: Final = """
    name billing_account_id support_account_id crm_account_id parent_account_id phone website description industry
    sales_rep_name sales_rep_email source stage state inactive_reason hierarchy_label latest_status_title
    latest_status_details
"""
_ACCOUNT: Final = f"""{{
    {_own("text", _TEXTS)},
    tier: {_first_of("text", ["tier", "plan"])},
    {_address("billing")},
    {_own("number", "employees csm_score current_nps_score current_mrr")},
    join_date: {_first_of("epoch_ms", ["join_date", "created_at", "created"])},
    {_own("epoch_ms", "renewal_date inactive_time latest_status_date")},
    {_own("boolean", "is_deleted is_churned")},
    assigned_csms: csms(assignedCsms) || csms(assigned_csms),
    documents: documents(documents),
    stage_history: stages(stageHistory) || stages(stage_history),
    nps_history: scores(npsHistory) || scores(nps_history)
}}"""
EXPRESSIONS: Final = {
    "track": f"""{{
        action: 'feature', {_IDS},
        feature: trim(event),
        module: only_text(properties.module) || only_text(properties.category)
            || only_text(context.page.title) || only_text(context.app.name),
        product: only_text(properties.product),
        total: not_null(properties.currency, properties.revenue, properties.order_id, properties.orderId,
            properties.products) == `null` && finite(properties.total) || `1`
    }}""",
    "page": f"""{{
        action: 'feature', {_IDS},
        feature: trim(category) && trim(name) && join(' ', ['Viewed', trim(category), trim(name), 'Page'])
            || (trim(category) || trim(name)) && join(' ', ['Viewed', trim(category) || trim(name), 'Page'])
            || 'Loaded a Page',
        module: only_text(category) || only_text(name) || only_text(properties.path) || only_text(context.page.path),
        total: `1`
    }}""",
    "identify": f"{{action: 'identifyUser', {_IDS}, details: [person(@), userId] | user([0], [0].{_USER}, [1])}}",
    "group": f"""{{
        action: 'identifyAccount', {_IDS},
        account_id: id(groupId) || {_ID_OF_ACCOUNT},
        details: organisation(@) | account(@, @.{_ACCOUNT})
    }}""",
    "alias": f"""{{
        action: 'identifyUser', {_IDS},
        details: {{custom_label_dimensions: [{{key: 'previous_id', value: id(previousId) || id(anonymousId)}}]}}
    }}""",
}
