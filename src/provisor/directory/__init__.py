"""The universal directory's pure core: ids, logins, profiles, lifecycle."""
