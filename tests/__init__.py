"""Our tests: a package by name, so that one of the same name that a dependency installs is not taken for it."""
