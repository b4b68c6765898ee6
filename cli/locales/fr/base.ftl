yes = oui
no = non
nobody = personne
man-written = Pages de manuel écrites : { $folder }
named = { $name } : { $text }
