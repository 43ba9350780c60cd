"""The words of lifecycle operations: what the button says, and what happens to the person.

What may happen when is `directory.lifecycle`; what apps make of it is `services.foreseeing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisor.directory.lifecycle import Operation


@dataclass(frozen=True, slots=True)
class Words:
    operation: Operation
    button: str
    done: str
    """Follows the person's name."""
    meaning: str
    icon: str
    tone: str = "primary"
    reaches_apps: bool = False

    @property
    def path(self) -> str:
        return self.operation.value


ALL = (
    Words(
        Operation.ACTIVATE, "Activate", "was activated",
        "They can have accounts in apps, and sign in here once they have a password.",
        "user-check", reaches_apps=True,
    ),
    Words(
        Operation.REACTIVATE, "Activate anew", "was activated anew",
        "They wait for a password again, as after the first activation. Their apps do not change.",
        "rotate-ccw",
    ),
    Words(
        Operation.UNSUSPEND, "Lift the suspension", "is no longer suspended",
        "They can sign in again, and apps get what has changed meanwhile.",
        "circle-play", reaches_apps=True,
    ),
    Words(
        Operation.UNLOCK, "Unlock", "was unlocked",
        "Wrong passwords are forgotten, so that they can sign in at once. Their apps do not change.",
        "unlock",
    ),
    Words(
        Operation.RESET_PASSWORD, "Reset the password", "has no usable password any more",
        "They are signed out everywhere and cannot sign in until somebody sets a new password. Apps do not change.",
        "key-round",
    ),
    Words(
        Operation.EXPIRE_PASSWORD, "Expire the password", "has to choose a new password",
        "At the next sign-in they choose a new password. They are signed out everywhere. Their apps do not change.",
        "clock",
    ),
    Words(
        Operation.EXPIRE_WITH_TEMP_PASSWORD, "Give a temporary password", "has a temporary password",
        "A password is made and shown once, for you to hand over. At the next sign-in they choose their own.",
        "key-round",
    ),
    Words(
        Operation.SUSPEND, "Suspend", "is suspended",
        "They cannot sign in here, and are signed out everywhere. Nothing is sent to apps while they are suspended: "
        "accounts there stay as they are, and whoever can sign in to an app by itself still can.",
        "circle-pause", "warning", reaches_apps=True,
    ),
    Words(
        Operation.DEACTIVATE, "Deactivate", "was deactivated",
        "They cannot sign in, lose their password and any administrator role, and leave their apps. What they were "
        "assigned to by themselves is forgotten; groups’ apps come back if they do.",
        "user-x", "danger", reaches_apps=True,
    ),
)  # fmt: skip

OPERATIONS = {each.operation: each for each in ALL}
"""In the order in which they are offered."""
