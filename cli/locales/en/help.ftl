help-carnet = An end-to-end encrypted health vault
