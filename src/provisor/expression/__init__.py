"""Okta's Classic expression language: text in, a checked expression out, and its value for a person in microseconds.

It knows nothing of directories and apps: whoever evaluates gathers a `Subject`.
"""

from provisor.expression.errors import EvaluationError, ExpressionError, Position
from provisor.expression.expression import Expression, compile_expression
from provisor.expression.functions.signature import Source
from provisor.expression.places import Place, group_rule, importing, pushing, username
from provisor.expression.reading import Reads
from provisor.expression.subject import Group, Subject
from provisor.expression.values import Kind

__all__ = [
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Group",
    "Kind",
    "Place",
    "Position",
    "Reads",
    "Source",
    "Subject",
    "compile_expression",
    "group_rule",
    "importing",
    "pushing",
    "username",
]
