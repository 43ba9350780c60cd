"""Claims dirty work, runs services, settles."""
