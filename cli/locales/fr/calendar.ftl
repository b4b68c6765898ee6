# Calendriers : répétitions, rappels, durées.
key-recipient = Destinataire
key-duration = Durée
key-due = À faire avant
key-completed = Fait
key-repeats = Répété
key-also = Et aussi
key-except = Sauf
key-instead = Remplace celui de
key-attendees = Participants
key-alarm = Rappel
cancelled-heading = ANNULÉ : { $title }
remark-cancelled = annulé : cela n'a pas lieu
remark-from-file = date ou auteur tels que le fichier les dit ; le document peut en dire d'autres
remark-no-text = aucun texte n'a pu y être lu : la recherche ne le trouve que par son titre
remark-line-unread = certaines lignes n'ont pas pu être lues
repeat-minute =
    { $count ->
        [one] chaque minute
       *[other] toutes les { $count } minutes
    }
repeat-hour =
    { $count ->
        [one] chaque heure
       *[other] toutes les { $count } heures
    }
repeat-day =
    { $count ->
        [one] chaque jour
       *[other] tous les { $count } jours
    }
repeat-week =
    { $count ->
        [one] chaque semaine
       *[other] toutes les { $count } semaines
    }
repeat-month =
    { $count ->
        [one] chaque mois
       *[other] tous les { $count } mois
    }
repeat-year =
    { $count ->
        [one] chaque année
       *[other] tous les { $count } ans
    }
repeat-unknown = selon une règle que Carnet ne lit pas
repeat-in = en { $months }
repeat-at = à { $hour } h
repeat-times = { $count } fois en tout
repeat-until = jusqu'au { $day }
repeat-nth =
    { $number ->
        [one] le 1er { $day }
       *[other] le { $number }e { $day }
    }
repeat-last = le dernier { $day }
repeat-from-end = le { $number }e { $day } avant la fin
repeat-month-day =
    { $number ->
        [one] le 1er du mois
       *[other] le { $number } du mois
    }
repeat-last-day = le dernier jour du mois
repeat-day-from-end = le { $number }e jour avant la fin du mois
weekday-0 = lundi
weekday-1 = mardi
weekday-2 = mercredi
weekday-3 = jeudi
weekday-4 = vendredi
weekday-5 = samedi
weekday-6 = dimanche
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
length-days =
    { $count ->
        [one] 1 jour
       *[other] { $count } jours
    }
length-hours = { $count } h
length-minutes = { $count } min
length-seconds = { $count } s
alarm-before = { $length } avant
alarm-after = après le début : { $length }
alarm-before-end = { $length } avant la fin
alarm-after-end = après la fin : { $length }
alarm-begin = au début
alarm-end = à la fin
alarm-unknown = à un moment que Carnet ne lit pas
