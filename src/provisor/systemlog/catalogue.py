"""Every event type that Provisor writes, under Okta's published names, with its message and severity.

Names ours alone begin with `provisor.`; there is one only where Okta publishes none.
"""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class EventType(StrEnum):
    """The wire value is the member's value; `message` is for people and not stable."""

    message: str

    def __new__(cls, value: str, message: str) -> EventType:
        member = str.__new__(cls, value)
        member._value_ = value
        member.message = message
        return member

    USER_CREATE = "user.lifecycle.create", "Create user"
    USER_ACTIVATE = "user.lifecycle.activate", "Activate user"
    USER_REACTIVATE = "user.lifecycle.reactivate", "Send a new activation token to a user"
    USER_DEACTIVATE = "user.lifecycle.deactivate", "Deactivate user"
    USER_SUSPEND = "user.lifecycle.suspend", "Suspend user"
    USER_UNSUSPEND = "user.lifecycle.unsuspend", "Unsuspend user"
    USER_DELETE_INITIATED = "user.lifecycle.delete.initiated", "Begin deleting user"
    USER_DELETE_COMPLETED = "user.lifecycle.delete.completed", "Delete user"
    USER_UPDATE_PROFILE = "user.account.update_profile", "Update user profile"
    USER_UPDATE_PASSWORD = "user.account.update_password", "Update user password"
    USER_RESET_PASSWORD = "user.account.reset_password", "Reset user password"
    USER_EXPIRE_PASSWORD = "user.account.expire_password", "Expire user password"
    USER_UNLOCK = "user.account.unlock_by_admin", "Unlock user account"
    USER_UNLOCK_BY_TIME = "user.account.unlock", "User unlocked after the time of the lock"
    USER_LOCK = "user.account.lock", "Max sign in attempts exceeded"
    USER_GRANT = "user.account.privilege.grant", "Grant user privilege"
    USER_REVOKE = "user.account.privilege.revoke", "Revoke user privilege"
    USER_UPDATE_TYPE = "user.account.update_user_type", "Change the type of a user"

    SESSION_START = "user.session.start", "User login"
    SESSION_END = "user.session.end", "User logout"
    SESSION_CLEAR = "user.session.clear", "Clear user session"

    GROUP_CREATE = "group.lifecycle.create", "Create group"
    GROUP_DELETE = "group.lifecycle.delete", "Delete group"
    GROUP_UPDATE = "group.profile.update", "Update group"
    GROUP_MEMBER_ADD = "group.user_membership.add", "Add user to group"
    GROUP_MEMBER_REMOVE = "group.user_membership.remove", "Remove user from group"
    GROUP_APP_ADD = "group.application_assignment.add", "Assign group to application"
    GROUP_APP_UPDATE = "group.application_assignment.update", "Update the group's assignment to application"
    GROUP_APP_REMOVE = "group.application_assignment.remove", "Remove group from application"

    APP_CREATE = "application.lifecycle.create", "Create application"
    APP_UPDATE = "application.lifecycle.update", "Update application"
    APP_ACTIVATE = "application.lifecycle.activate", "Activate application"
    APP_DEACTIVATE = "application.lifecycle.deactivate", "Deactivate application"
    APP_DELETE = "application.lifecycle.delete", "Delete application"
    APP_CONFIGURE = "application.configuration.update", "Update the application's provisioning configuration"
    APP_AUTHENTICATION_FAILURE = (
        "application.integration.authentication_failure",
        "The application refuses our credentials",
    )
    APP_RATE_LIMITED = "application.integration.rate_limit_exceeded", "The application asks us to slow down"
    APP_FAILURE = "application.integration.general_failure", "The application cannot be reached"

    ASSIGN = "application.user_membership.add", "Add user to application membership"
    ASSIGN_UPDATE = "application.user_membership.update", "Update user's application membership"
    UNASSIGN = "application.user_membership.remove", "Remove user from application membership"

    PUSH_NEW = "application.provision.user.push", "Push new user to external application"
    PUSH_LINK = (
        "application.provision.user.sync",
        "Link user to an account that exists in external application",
    )
    PUSH_PROFILE = "application.provision.user.push_profile", "Push user's profile to external application"
    PUSH_DEACTIVATE = "application.provision.user.deactivate", "Deactivate user in external application"
    PUSH_REACTIVATE = "application.provision.user.reactivate", "Reactivate user in external application"

    FORCE_SYNC_START = (
        "app.app_instance.provision_sync_job.started",
        "Start provisioning sync of all assigned users",
    )
    FORCE_SYNC_DONE = (
        "app.app_instance.provision_sync_job.completed",
        "Complete provisioning sync of all assigned users",
    )

    MAPPING_UPDATE = "directory.mapping.update", "Update the mapping between a type of people and an application"
    APP_SCHEMA_UPDATE = "directory.app_user_profile.update", "Update the attributes of an application's users"

    USER_SCHEMA_UPDATE = "directory.user_profile.update", "Change which attributes users have"
    USER_TYPE_CREATE = "directory.non_default_user_profile.create", "Create user type"
    USER_TYPE_DELETE = "provisor.user_type.delete", "Delete user type"
    GROUP_SCHEMA_UPDATE = "provisor.group_profile.update", "Change which attributes groups have"
    UNIQUENESS = "provisor.profile.uniqueness", "Look whether the values of an attribute are unique"

    TASK_CREATE = "task.lifecycle.create", "Create task"
    TASK_DEACTIVATE = "task.lifecycle.deactivate", "Close task"

    TOKEN_CREATE = "system.api_token.create", "Create API token"
    TOKEN_REVOKE = "system.api_token.revoke", "Revoke API token"

    APP_AUTHORIZE = "provisor.app.authorize", "Authorize Provisor at the application"
    APP_CREDENTIALS_EXPIRE = "provisor.app.credentials.expire", "The application's credentials end soon"
    PLAN_CREATE = "provisor.plan.create", "Plan a change to an application"
    PLAN_TRY = "provisor.plan.try", "Try a planned change on some people"
    PLAN_STOP = "provisor.plan.stop", "Stop the trial of a planned change that cost too much"
    PLAN_TAKE_BACK = "provisor.plan.take_back", "Take the trial of a planned change back"
    PLAN_APPLY = "provisor.plan.apply", "Apply a planned change"
    DRIFT_START = "provisor.drift.start", "Begin to read an application's accounts back"
    DRIFT_END = "provisor.drift.end", "Read an application's accounts back"
    DRIFT_SCHEDULE = "provisor.drift.schedule", "Say when an application's accounts are read back"
    DRIFT_RECREATE = "provisor.drift.recreate", "Ask for accounts again that are gone from an application"
    HOLD = "provisor.safeguard.hold", "Hold a mass change"
    RELEASE = "provisor.safeguard.release", "Release a held mass change"
    DISCARD = "provisor.safeguard.discard", "Do not send a held mass change"
    APP_POLICY = "provisor.app.policy.update", "Change how an application is spoken to"
    APP_PROBE = "provisor.app.probe", "Try an application out with an account made for it"
    APP_RECOVERED = "provisor.app.recovered", "The application works again"
    APP_PAUSE = "provisor.app.pause", "Stop sending to an application"
    APP_RESUME = "provisor.app.resume", "Send to an application again"
    USER_WITHDRAW = "provisor.user.withdraw", "Show a deactivated user to SCIM clients no longer"
