# Partage.
shared = Partagé.
