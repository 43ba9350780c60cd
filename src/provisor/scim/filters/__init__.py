"""Filters of RFC 7644 §3.4.2.2: tree (`tree`), text to tree (`parser`), tree to predicate (`matcher`).

>>> matches = compile(parse_filter('userName sw "bj" and not (emails[type eq "home"])'))
>>> matches({"userName": "bjensen", "emails": [{"type": "work", "value": "b@example.com"}]})
True
"""

from .matcher import Predicate, compile_filter, fold, parse_instant
from .matcher import compile_filter as compile
from .parser import parse_attr_path, parse_filter
from .tree import And, AttrPath, Compare, Filter, Not, Op, Or, Present, ValuePath, render

__all__ = [
    "And",
    "AttrPath",
    "Compare",
    "Filter",
    "Not",
    "Op",
    "Or",
    "Predicate",
    "Present",
    "ValuePath",
    "compile",
    "compile_filter",
    "fold",
    "parse_attr_path",
    "parse_filter",
    "parse_instant",
    "render",
]
