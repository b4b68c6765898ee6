yes = oui
no = non
nobody = personne
