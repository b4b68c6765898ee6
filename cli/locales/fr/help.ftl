help-carnet = Un carnet de santé chiffré de bout en bout
