# Où l'on en est : status, doctor, help, et ce qui serait fait.
standing-name = Carnet de { $name }
standing-fresh = Serveur : { $server }. Tout est à jour.
standing-since = Serveur : { $server }. Ce qui est ici date du { $time }.
standing-never = Serveur : { $server }. Rien n'en est encore arrivé ici.
standing-open = { $hours ->
        [0] { $minutes ->
                [one] Ouvert. Se referme dans une minute sans commande.
               *[other] Ouvert. Se referme dans { $minutes } minutes sans commande.
        }
        [one] Ouvert. Se referme dans une heure sans commande.
       *[other] Ouvert. Se referme dans { $hours } heures sans commande.
    }
standing-closed = Fermé : chaque commande demande la phrase de passe. Pour l'ouvrir : carnet unlock
standing-holds = { $documents ->
        [0] Aucun document
        [one] Un document
       *[other] { $documents } documents
    }, { $profile ->
        [0] rien au profil.
        [one] un élément au profil.
       *[other] { $profile } éléments au profil.
    }
standing-to-accept = { $count ->
        [one] Un document attend votre accord : carnet accept
       *[other] { $count } documents attendent votre accord : carnet accept
    }
standing-to-send = { $count ->
        [one] Un document attend de partir. Il est à l'abri ici ; refaites la commande qui l'ajoutait.
       *[other] { $count } documents attendent de partir. Ils sont à l'abri ici ; refaites la commande qui les ajoutait.
    }
doctor-well = Bien : { $text }
doctor-wrong = À voir : { $text }
doctor-store = ce que cet appareil garde se lit entièrement ({ $count ->
        [0] aucun document
        [one] un document
       *[other] { $count } documents
    }).
doctor-server = { $server } répond.
doctor-log = le registre public du serveur est celui que cet appareil connaît, et tout s'y vérifie.
doctor-clock = l'horloge est à l'heure, à { $seconds ->
        [one] une seconde
       *[other] { $seconds } secondes
    } près.
doctor-clock-unknown = l'horloge n'a pas pu être comparée, car le serveur n'a pas répondu.
doctor-disk = il reste { $count } { $unit ->
        [giga] Go
       *[mega] Mo
    } sur le disque.
doctor-disk-do = Faites de la place : un document se prépare sur le disque avant de partir.
doctor-spool = rien n'attend de partir.
doctor-spool-do = Refaites la commande qui les ajoutait, quand le serveur répond.
doctor-authorities = { $count ->
        [0] vous ne connaissez aucune autorité qui répond de soignants.
        [one] une autorité répond de soignants : { $names }.
       *[other] { $count } autorités répondent de soignants : { $names }.
    }
error-doctor-found = { $count ->
        [one] Un point est à voir.
       *[other] { $count } points sont à voir.
    }
    .do = Suivez ce qui est dit plus haut, puis refaites carnet doctor.
help-group-begin = Pour commencer
help-group-documents = Vos documents
help-group-sharing = Partager
help-group-leaving = Partir avec tout, et revenir
help-group-professionals = Soignants et autorités
help-group-machine = Cette machine
help-more = Tout sur une commande, avec des exemples : carnet help COMMANDE
edited = { $document } s'appelle { $title }.
would-edit = { $document } s'appellerait { $title }. Rien n'est fait.
error-edit-not-yours = { $name } a scellé le type, la date et l'auteur de ce document.
    .do = Donnez-lui un autre titre (--title), ou demandez le document corrigé.
would-add = { $count ->
        [0] Rien ne serait ajouté.
        [one] Un document serait ajouté. Rien n'est fait.
       *[other] { $count } documents seraient ajoutés. Rien n'est fait.
    }
would-deposit = { $count ->
        [0] Rien ne serait déposé pour { $patient }.
        [one] Un document serait déposé pour { $patient }. Rien n'est fait.
       *[other] { $count } documents seraient déposés pour { $patient }. Rien n'est fait.
    }
would-remove = { $count ->
        [one] Ce document serait supprimé pour tout le monde et pour toujours. Rien n'est fait.
       *[other] Ces { $count } documents seraient supprimés pour tout le monde et pour toujours. Rien n'est fait.
    }
would-share = { $what ->
        [all] { $name } pourrait lire tout votre carnet, y compris ce qui y viendra. Rien n'est fait.
        [class] { $name } pourrait lire tout ce qui est de cette sorte, y compris ce qui viendra. Rien n'est fait.
       *[documents] { $count ->
            [one] { $name } pourrait lire ce document. Rien n'est fait.
           *[other] { $name } pourrait lire ces { $count } documents. Rien n'est fait.
        }
    }
would-revoke = { $count ->
        [0] { $name } ne peut rien lire de cela. Rien n'est fait.
        [one] { $name } ne pourrait plus lire ce document. Rien n'est fait.
       *[other] { $name } ne pourrait plus lire ces { $count } documents. Rien n'est fait.
    }
would-export = { $count ->
        [0] { $path } ne contiendrait aucun document
        [one] { $path } contiendrait un document
       *[other] { $path } contiendrait { $count } documents
    } ({ $megabytes } Mo au plus). Rien n'est fait.
help-examples = Exemples :
viewer-done = Tapez Entrée quand vous avez fini de le lire : la copie sera effacée.
error-viewer-none = { $name }, qui ouvre les fichiers dans leur lecteur, n'est pas sur cette machine.
    .do = Écrivez le document : carnet get DOCUMENT. Ou nommez un lecteur dans CARNET_VIEWER.
error-viewer-nobody = Le lecteur ne s'ouvre que depuis un terminal.
    .do = Écrivez le document : carnet get DOCUMENT -o FICHIER.

# Où en est ce qui a été interrompu.
stopped-add = Interrompu : { $count ->
        [0] aucun ajout n’est confirmé
        [one] 1 document est ajouté
       *[other] { $count } documents sont ajoutés
    }. Relancez la même commande pour continuer : ce qui est là n’est pas ajouté deux fois.
stopped-deposit = Interrompu : rien n’est confirmé comme déposé. Relancez la même commande pour continuer.
stopped-export = Interrompu : l’export n’était pas fini, rien n’en reste. Relancez la même commande.
stopped-file = Interrompu : le fichier n’était pas entier, rien n’en reste. Relancez la même commande.
stopped-reseal = Interrompu : { $count ->
        [0] aucun document n’est encore traité
        [one] 1 document est traité
       *[other] { $count } documents sont traités
    }. Relancez la même commande pour continuer.
oneself = moi
