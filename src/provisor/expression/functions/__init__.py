"""The functions of the language, a module for each namespace, and the table of all."""

from provisor.expression.functions.signature import Function
from provisor.expression.functions.table import FUNCTIONS

__all__ = ["FUNCTIONS", "Function"]
