"""The rules: one for each code, each with its doc, a bad and a good example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from mapper.authoring.rules import (
    argument_comma,
    backtick_text,
    batch_of_one,
    constant_breaks_schema,
    constant_condition,
    crossed_names,
    dead_alternative,
    eaten_quotes,
    expression_syntax,
    format_places,
    let_clash,
    let_cycle,
    lost_dollar,
    may_be_missing,
    misplaced_secret,
    missing_field,
    misspelt_trait,
    never_equal,
    no_such_field,
    no_value,
    not_binds_tighter,
    odd_spelling,
    or_over_boolean,
    quoted_json,
    quoted_text,
    reserved_let,
    rest_outside,
    root_out_of_reach,
    same_mapping,
    same_twice,
    type_not_accepted,
    unknown_after,
    unknown_field,
    unknown_function,
    unknown_name,
    unknown_request,
    unknown_setting,
    unlike_types,
    unreachable,
    unsafe_base,
    unsure_type,
    unused_let,
    unused_type,
    whole_call,
    wrong_argument_count,
    wrong_argument_type,
    wrong_type,
)
from mapper.authoring.rules.loading import LOADING_RULES
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.reading import READING_RULES
from mapper.authoring.rules.shape import SHAPE_RULES
from mapper.authoring.rules.stand_in import STAND_IN_RULES
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_CHECKED: Final = (
    expression_syntax.RULE,
    unknown_function.RULE,
    wrong_argument_count.RULE,
    unknown_name.RULE,
    unknown_setting.RULE,
    eaten_quotes.RULE,
    not_binds_tighter.RULE,
    root_out_of_reach.RULE,
    backtick_text.RULE,
    whole_call.RULE,
    no_such_field.RULE,
    misspelt_trait.RULE,
    never_equal.RULE,
    wrong_argument_type.RULE,
    constant_condition.RULE,
    dead_alternative.RULE,
    or_over_boolean.RULE,
    quoted_json.RULE,
    argument_comma.RULE,
    format_places.RULE,
    same_twice.RULE,
    unlike_types.RULE,
    odd_spelling.RULE,
    unknown_request.RULE,
    let_clash.RULE,
    let_cycle.RULE,
    reserved_let.RULE,
    unknown_after.RULE,
    rest_outside.RULE,
    unused_type.RULE,
    type_not_accepted.RULE,
    unused_let.RULE,
    same_mapping.RULE,
    constant_breaks_schema.RULE,
    missing_field.RULE,
    unknown_field.RULE,
    unreachable.RULE,
    misplaced_secret.RULE,
    wrong_type.RULE,
    unsure_type.RULE,
    may_be_missing.RULE,
    crossed_names.RULE,
    no_value.RULE,
    unsafe_base.RULE,
    batch_of_one.RULE,
    lost_dollar.RULE,
    quoted_text.RULE,
)

RULES: Final[tuple[Rule, ...]] = tuple(
    sorted((*READING_RULES, *SHAPE_RULES, *LOADING_RULES, *STAND_IN_RULES, *_CHECKED), key=lambda rule: rule.code)
)
"""Every rule, by code."""

CHECKS: Final[tuple[Callable[[Subject], Iterable[Diagnostic]], ...]] = tuple(
    rule.check for rule in _CHECKED if rule.check is not None
)
"""What is run over a mapping set once it is built, in the order of the codes."""
