"""The kinds of tasks in words."""

from __future__ import annotations

from provisor.provisioning.settlement import TaskKind

TITLES = {
    TaskKind.CREDENTIALS: "Credentials refused",
    TaskKind.CREDENTIALS_EXPIRE: "Credentials about to end",
    TaskKind.MAPPING: "Mapping that cannot be used",
    TaskKind.NONCONFORMANT: "Answers that cannot be read",
    TaskKind.PROVISIONING: "Account not kept in line",
    TaskKind.DEPROVISIONING: "Account not taken away",
    TaskKind.BUG: "Defect in Provisor",
    TaskKind.TRIAL: "Trial of a mapping stopped",
    TaskKind.MISSING_ACCOUNTS: "Accounts gone from the app",
}


def title(kind: str) -> str:
    """The words of a kind; one of a later release is shown by its name."""
    return TITLES[TaskKind(kind)] if kind in list(TaskKind) else kind.replace("_", " ").capitalize()
