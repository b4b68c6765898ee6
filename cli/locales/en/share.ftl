# Sharing.
shared = Shared.
