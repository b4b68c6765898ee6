# Ce qui n'a pas abouti : ce qui est arrivé, et que faire.
error-unknown = Cela n'a pas abouti, pour une raison que cette version de Carnet ne connaît pas ({ $code }).
    .do = Mettez Carnet à jour ; si cela reste ainsi, lisez ce code à qui vous aide.
error-internal = Une chose imprévue est arrivée dans Carnet.
    .do = Réessayez ; si cela reste ainsi, signalez-le avec la commande que vous avez tapée.
error-file = { $path } : { $why }.
    .do = { $kind ->
        [absent] Vérifiez le nom et le dossier.
        [denied] Choisissez un endroit qui est à vous, ou demandez l'accès à qui tient cette machine.
        [full] Faites de la place, puis réessayez.
        [folder] Nommez un fichier, pas un dossier.
        [name] Choisissez un autre nom.
        [busy] Fermez d'autres programmes, puis réessayez.
       *[other] Vérifiez le disque et le chemin, puis réessayez.
    }
error-write = La réponse n'a pas pu être écrite : { $why }.
    .do = Vérifiez où va la sortie, et la place sur le disque.
error-home-name = « { $name } » ne peut pas nommer un compte.
    .do = Utilisez des lettres, des chiffres, - et _, 64 au plus.
error-home-nowhere = Vous n'avez pas de dossier à vous sur cette machine.
    .do = Nommez-en un dans CARNET_HOME.
error-no-account = Il n'y a pas de compte ici.
    .do = Créez-en un : carnet account create. Ou revenez dans le vôtre : carnet recover.
error-account-there = Il y a déjà un compte ici.
    .do = S'il ne s'ouvre plus, tapez carnet recover --in-place. Sinon choisissez un autre nom avec --as.
error-home-broken = { $path } contient un carnet qui ne s'ouvre plus.
    .do = Revenez-y par carnet recover, avec votre kit ou un autre chemin de retour. Ou choisissez un autre nom avec --as.
error-no-vault = Ce compte n'a pas de carnet à lui.
    .do = Utilisez un compte de patient, ou nommez un patient : carnet patients.
error-passphrase = Ce n'est pas la bonne phrase de passe.
    .do = Vérifiez les majuscules, puis réessayez. Si elle est perdue : carnet recover, avec le kit ou un autre chemin.
error-passphrase-short = Cette phrase de passe est trop courte.
    .do = Prenez au moins { $least } caractères ; quelques mots valent mieux qu'un mot compliqué.
error-passphrase-twice = Les deux phrases de passe ne sont pas les mêmes.
    .do = Recommencez.
error-passphrase-fd = Aucune phrase de passe ne vient par ce descripteur.
    .do = Donnez-la sur une ligne, par exemple : --passphrase-fd 3 3<FICHIER
error-nobody-there = Il faudrait une réponse, et personne n'est au terminal.
    .do = Donnez la phrase de passe par --passphrase-fd, ou ouvrez d'abord avec carnet unlock.
error-agent = Carnet ne peut pas rester ouvert sur cette machine.
    .do = Vérifiez le dossier temporaire (XDG_RUNTIME_DIR) ; sinon, chaque commande demande la phrase de passe.
error-local-busy = Une autre commande carnet travaille dans ce compte.
    .do = Attendez qu'elle finisse, puis réessayez.
error-local-damaged = Les données de Carnet sur cet appareil sont abîmées.
    .do = Rien n'est perdu chez celui qui héberge Carnet. Tapez carnet recover --in-place, avec votre kit ou un autre chemin de retour.
error-local-full = Le disque de cet appareil est plein.
    .do = Faites de la place, puis réessayez. Ce qui était rangé est toujours là.
error-local-closed = Ce que cet appareil garde ne s'ouvre pas.
    .do = Le dossier a été changé ou vient d'un autre appareil : revenez par carnet recover --in-place.
error-local-store = Ce que cet appareil garde ne se lit pas.
    .do = Vérifiez le disque et la place libre, puis réessayez.
error-profile = Ce que cet appareil sait de son serveur n'a pas de sens.
    .do = Revenez par carnet recover --in-place.
error-device-closed = Ce que cet appareil garde ne s'ouvre pas.
    .do = Vérifiez la phrase de passe.
error-keyring-closed = Les clés gardées par le serveur ne s'ouvrent pas.
    .do = Essayez depuis un autre appareil ; si cela reste ainsi, ne faites pas confiance à ce serveur.
error-log-other = Ce serveur montre un autre registre public que celui que vous avez nommé.
    .do = N'allez pas plus loin : vérifiez l'adresse et la clé.
error-authority-key = « { $text } » ne nomme pas une autorité.
    .do = Écrivez NOM=CLÉ, la clé en 64 chiffres et lettres de a à f.
error-vault-without-keys = Ce carnet ne donne pas ses clés à ce compte.
    .do = Essayez depuis un autre appareil ; le serveur en cache peut-être une partie.
error-document-unknown = Aucun document ne s'appelle « { $document } ».
    .do = Cherchez-le : carnet ls, ou carnet search MOTS.
error-version-unknown = Votre carnet n'a pas de version { $version } de « { $document } » : la dernière est la { $newest }.
    .do = Voyez celles qu'il y a : carnet history.
error-version-away = Le serveur ne répond pas, et la version { $version } n'est que chez lui.
    .do = Réessayez quand il répond. La dernière version s'écrit sans lui : carnet get --offline.
error-document-many = Plusieurs documents s'appellent « { $document } » : { $names }
    .do = Nommez-en un par son nom court, la première colonne de carnet ls.
error-person-unknown = Personne ne s'appelle « { $person } » dans votre carnet d'adresses.
    .do = Cherchez : carnet pro find NOM ; ou ajoutez une carte : carnet contact add.
error-person-many = Plusieurs personnes s'appellent « { $person } » : { $names }
    .do = Dites le nom entier ou le numéro RPPS.
error-date = « { $text } » n'est pas un jour.
    .do = Écrivez 31/12/2025 ou 2025-12-31. Pour un document, 12/2025 ou 2025 suffit.
error-date-future = « { $text } » est dans plus d'un an.
    .do = Vérifiez l'année : --date dit de quand date le document.
error-nothing-to-add = Il n'y a rien à ajouter.
    .do = Nommez des fichiers, des dossiers, ou - pour l'entrée standard.
error-nothing-added = Rien n'a pu être ajouté.
    .do = Voyez ci-dessus ce qui ne va pas dans chaque fichier ; rien n'est perdu.
error-folder-large = Il y a plus de { $most } fichiers.
    .do = Ajoutez des dossiers plus petits, l'un après l'autre.
error-file-empty = { $path } est vide.
    .do = Choisissez un autre fichier.
error-file-name = Le disque n'accepte pas ce nom de fichier : { $path }
    .do = Donnez un autre titre à ce document, ou choisissez un autre disque.
error-inside-broken = Le fichier numéro { $number } que ce document annonce est abîmé ou manque.
    .do = Redemandez le document à qui l'a fait. Le reste du document est là : carnet show.
error-inside-unknown = Ce document ne contient pas de fichier numéro { $number }. Fichiers contenus : { $count }.
    .do = Regardez leurs numéros avec carnet show.
error-file-there = { $path } existe déjà.
    .do = Choisissez un autre nom avec --output, ou dites --force.
error-same-content = C'est la version qui est déjà là.
    .do = Nommez le fichier changé.
error-not-confirmed = Rien n'a été fait.
    .do = Répondez oui, ou dites --yes.
error-content-large = Ce contenu est trop grand pour être montré ainsi.
    .do = Écrivez-le dans un fichier : carnet get.
error-spool-damaged = Ce qui attend de partir est abîmé.
    .do = Recommencez : le document sera refermé à neuf.
error-absent = Il n'y a rien ici pour vous.
    .do = Le partage a pu finir ou être retiré. Demandez à la personne concernée.
error-unauthenticated = Le serveur ne reconnaît pas cet appareil.
    .do = Il a pu être retiré du compte : voyez depuis un autre appareil, ou carnet recover.
error-conflict = Un autre de vos appareils a été plus rapide.
    .do = Refaites la commande.
error-history-rollback = Le serveur montre un état plus ancien que celui que cet appareil a vu.
    .do = Il a été restauré, ou il ment. Rien n'a été repris de lui ; demandez à celui qui le tient.
error-history-fork = Le serveur montre un autre passé que celui qu'il avait montré.
    .do = N'allez pas plus loin et gardez ce dossier : c'est une preuve. Prévenez celui qui le tient.
error-history-behind = Le serveur a oublié des choses que cet appareil a vues.
    .do = Il a été restauré d'une sauvegarde, ou il ment. Demandez à celui qui le tient.
error-quota-bytes = Vos documents remplissent toute la place de ce carnet. Rien n'est perdu.
    .do = Supprimez des documents, ou demandez de la place à celui qui tient le serveur.
error-quota-waiting = Trop de choses attendent déjà l'accord de cette personne.
    .do = Attendez qu'elle ait accepté vos premiers dépôts.
error-rate = Trop de demandes à la fois.
    .do = Attendez une minute.
error-storage-full = Le serveur n'a plus de place.
    .do = Rien n'est perdu ici. Prévenez celui qui le tient, puis recommencez.
error-vault-closed = Ce carnet est fermé.
    .do = Rien ne peut plus y être déposé.
error-ways-missing = Un compte ne commence pas sans deux chemins de retour.
    .do = Nommez-en deux : --kit FICHIER, --passphrase-file FICHIER, --contacts 2/3 --shares DOSSIER, --second-device CODE.
error-way-unnamed = Par quel chemin ?
    .do = Nommez le kit (--kit FICHIER), le fichier de secours (--passphrase-file FICHIER), des parts (--share FICHIER) ou les mots (--words).
error-way-other = Ce papier est d'un autre compte.
    .do = Prenez-en un de ce compte, ou choisissez le compte avec --as.
error-way-unknown = Aucun chemin de retour ne s'appelle « { $way } ».
    .do = Cherchez son nom court : carnet account status.
error-way-many = Plusieurs chemins de retour s'appellent « { $way } ».
    .do = Nommez-en un par son nom court : carnet account status.
error-ways-last = Il resterait moins de deux chemins de retour.
    .do = Faites-en d'abord un autre : carnet account add-way.
error-kit-words = Le mot n° { $number } n'est pas celui du kit.
    .do = Imprimez le kit, puis recommencez : un kit mal recopié ne vous ramènerait pas.
error-kit-unread = Il n'y a pas de kit de secours dans { $path }.
    .do = Prenez le fichier de la page qui a été imprimée, ou un fichier texte avec le code qui commence par carnet-kit1.
error-kit-page = Le kit ne tient pas sur une page.
    .do = Écrivez-le en texte : un nom qui finit par .txt.
error-share-unread = Il n'y a pas de part dans { $path }.
    .do = Prenez le fichier tel qu'il a été donné à la personne, ou un fichier texte avec le code qui commence par carnet-share1.
error-paper-there = { $path } existe déjà, et c'est peut-être le seul chemin de retour de quelqu'un.
    .do = Choisissez un autre nom, ou déplacez d'abord ce fichier.
error-paper-name = { $path } ne peut pas nommer un fichier.
    .do = Choisissez un autre nom.
error-paper-large = { $path } est trop grand pour un papier de Carnet.
    .do = Voyez si c'est le bon fichier.
error-slot-closed = Ce papier, ce fichier ou ces mots n'ouvrent rien (ou plus rien).
    .do = Un plus récent l'a peut-être remplacé, ou il est d'un autre serveur. Essayez un autre chemin de retour.
error-server-unnamed = Les mots ne disent pas où est le compte.
    .do = Nommez le serveur comme il est écrit sur le kit : --server https://…
error-words-stdin = Les mots de l'entrée standard ne peuvent pas être lus.
    .do = Donnez 24 mots, en texte.
error-words-count = { $found ->
        [0] Aucun mot n'a été donné
        [one] Un seul mot a été donné
       *[other] { $found } mots ont été donnés
    }, et un kit en a { $wanted }.
    .do = Tapez-les tous, dans leur ordre.
error-words-unknown = Le mot n° { $number } n'est dans aucune liste. Vouliez-vous écrire : { $near } ?
    .do = Regardez le papier, puis tapez de nouveau les mots.
error-words-unknown-far = Le mot n° { $number } n'est dans aucune liste, ni proche d'un mot qui y est.
    .do = Regardez le papier, puis tapez de nouveau les mots.
error-words-check = Chaque mot est dans la liste, mais ensemble ils ne font pas un kit.
    .do = L'un d'eux n'est pas celui du papier, ou deux ont changé de place. Regardez et tapez-les de nouveau.
error-code-form = Ce n'est pas un code de Carnet.
    .do = Voyez si c'est le bon fichier.
error-code-kind = C'est un code d'une autre sorte.
    .do = Celui d'un kit commence par carnet-kit1, celui d'une part par carnet-share1.
error-code-typo = Ce code est abîmé : un caractère est faux ou manque.
    .do = Recopiez-le du papier, ou scannez le code à scanner ; avec les mots : --words.
error-code-content = Ce code dit des choses qui n'ont pas de sens.
    .do = Prenez un autre chemin de retour.
error-code-too-long = C'est trop long pour un code.
    .do = Voyez si c'est le bon fichier.
error-passphrase-file-closed = Le fichier de secours ne s'ouvre pas avec cette phrase de passe.
    .do = Essayez encore : c'est la phrase du jour où le fichier a été fait. Ou le fichier est abîmé : prenez une autre copie.
error-passphrase-file-too-long = Ce n'est pas un fichier de secours.
    .do = Voyez si c'est le bon fichier.
error-shares-numbers = Ces nombres n'ont pas de sens.
    .do = Écrivez par exemple 2/3 : deux sur trois. Il en faut au moins 2, sur 16 au plus.
error-shares-missing = { $have ->
        [one] Une part ne suffit pas
       *[other] { $have } parts ne suffisent pas
    } : il en faut { $needed }.
    .do = Demandez à une personne de plus, et nommez chaque fichier par --share.
error-shares-other-set = { $path } est d'un autre jour ou d'un autre compte que la première part.
    .do = Prenez des parts données ensemble.
error-shares-twice = { $path } a été donnée deux fois.
    .do = Prenez la part d'une autre personne.
error-shares-altered = Une des parts a été changée : ensemble elles ne donnent rien.
    .do = Essayez avec la part d'une autre personne à la place de chacune.
error-pairing-code = Ce code n'est pas celui que montre l'autre appareil.
    .do = Comparez les deux écrans lettre par lettre. S'ils diffèrent, arrêtez : quelqu'un est peut-être entre les deux.
error-pairing-none = Aucune machine n'attend sous ce code.
    .do = Regardez le code et le serveur là-bas ; elle n'attend que dix minutes.
error-pairing-late = Personne n'a répondu en dix minutes.
    .do = Recommencez : carnet account pair sur la nouvelle machine.
error-pairing-offer = Les clés de la nouvelle machine sont inutilisables.
    .do = Recommencez là-bas ; si cela persiste, n'allez pas plus loin.
error-pairing-parcel = Ce qui vient de l'autre appareil ne s'ouvre pas.
    .do = Recommencez ; quelqu'un a peut-être répondu à sa place.
error-pairing-account = Le compte ne connaît pas cette nouvelle machine.
    .do = Recommencez : carnet account pair.
error-generation-behind = Un autre de vos appareils a fait de nouvelles clés, et elles manquent ici.
    .do = Prenez-les : carnet account catch-up --kit FICHIER
error-device-unknown = Aucun appareil ne s'appelle « { $device } ».
    .do = Cherchez son nom court : carnet account devices.
error-cut-off-self = C'est l'appareil que vous utilisez.
    .do = Retirez-le depuis un autre.
error-account-device-cut-off = Un appareil retiré a signé cela.
    .do = Réessayez dans une minute : le retrait n'est peut-être pas encore inscrit partout.
error-drill-vault = Ce qui est revenu n'est pas ce carnet.
    .do = Ne comptez pas sur ce chemin. Regardez le serveur, et faites un autre chemin de retour.
error-drill-failed = Tous les chemins ne marchent pas.
    .do = Voyez plus haut lequel ne marche pas, et faites-en un autre à sa place : carnet account add-way.
error-root-unnamed = Il faut ici un de vos chemins de retour : cet appareil seul ne suffit pas.
    .do = Nommez-le : --kit FICHIER ou --passphrase-file FICHIER.
error-keys-changed = Les huit mots de { $name } ont changé : rien n'a été partagé.
    .do = Appelez cette personne, comparez les huit mots (carnet pro show), puis refaites la commande au terminal.
error-attestation-ended = L'identité de { $name } n'est plus vérifiée : rien n'a été partagé.
    .do = Demandez à cette personne de faire renouveler son attestation.
error-not-trusted = Personne ne répond de l'identité de { $name } : rien n'a été partagé.
    .do = Comparez les huit mots avec cette personne (carnet pro show), puis dites oui, ou --yes.
error-deposit-not-attested = Rien n'a été déposé : votre identité n'est pas attestée.
    .do = Faites un code pour votre autorité avec carnet pro enrol, puis redéposez.
error-deposit-attestation-ended = Rien n'a été déposé : votre attestation ne vaut pas, ou plus, pour vos clés d'aujourd'hui.
    .do = Voyez carnet pro status, faites-la renouveler avec carnet pro enrol, puis redéposez.
error-deposit-not-taken = Rien n'a été déposé : le carnet de « { $person } » ne prend pas vos dépôts.
    .do = Vérifiez sa carte avec cette personne : son carnet peut être fermé, ou vous avoir bloqué.
error-kind-unknown = « { $text } » ne nomme aucune sorte de document.
    .do = Essayez : resultats, imagerie, ordonnances, courriers, vaccinations, certificats.
error-circle-unknown = Ce partage permanent n'existe pas dans ce carnet.
    .do = Refaites la commande ; si cela reste ainsi, signalez-le.
error-grant-not-in-batch = Le serveur nomme un partage que personne n'a fait.
    .do = Ne vous fiez pas à ce serveur, et gardez ce dossier : c'est une preuve.
error-card-elsewhere = Cette carte est d'un autre serveur ({ $server }).
    .do = Utilisez un compte de ce serveur-là.
error-account-keys = Les clés de ce compte ne sont pas utilisables.
    .do = Demandez à cette personne de vérifier son compte.
error-letter-used = Cette lettre n'ouvre rien, ou n'ouvre plus rien.
    .do = Vérifiez les deux codes, puis réessayez. Si la lettre a déjà servi sans vous, appelez le numéro imprimé dessus.
error-vault-there = Ce compte a déjà un carnet.
    .do = Activez la lettre depuis un compte sans carnet : carnet --as AUTRE account create --without-vault.
error-authority-there = Il y a déjà une autorité dans { $path }.
    .do = Choisissez un autre dossier.
error-authority-none = Il n'y a pas d'autorité dans { $path }.
    .do = Faites-en une : carnet authority init { $path }
error-register = { $path } : la ligne { $line } n'est pas une ligne du registre.
    .do = Corrigez-la, ou reprenez une copie.
error-not-a-carer = { $name } : la profession { $profession } n'est pas une profession de soins ; son identité ne peut pas être attestée.
    .do = Seuls les professionnels de santé le peuvent, jamais un assureur ni un employeur.
error-organisation-not-a-carer = { $name } : { $organisation } n'est pas un lieu de soins ; l'attestation est refusée.
    .do = Un assureur ou un employeur n'entre jamais dans un dossier de santé, quel que soit le diplôme.
error-not-in-register = Le numéro RPPS { $rpps } n'est pas dans l'annuaire importé.
    .do = Importez un annuaire à jour : carnet authority import.
error-register-other-name = Dans l'annuaire, le RPPS { $rpps } est celui de { $name }.
    .do = Vérifiez l'identité ; refusez si le nom ne convient pas.
error-not-attested = Aucune attestation n'a été faite pour « { $person } ».
    .do = Donnez le numéro RPPS ou le compte.
error-health-record-json = Cette ligne n'est pas lisible (JSON).
    .do = Corrigez le fichier à cet endroit.
error-health-record-too-long = Le fichier est trop long.
    .do = Découpez-le.
error-health-record-other-type = Ce n'est ni un Practitioner ni un PractitionerRole.
    .do = Retirez cet élément.
error-health-record-no-rpps = Sans numéro RPPS.
    .do = Ajoutez-le, ou laissez cette personne de côté.
error-health-record-bad-rpps = Le numéro RPPS n'a pas 11 chiffres.
    .do = Corrigez-le.
error-health-record-no-name = Sans nom.
    .do = Ajoutez-le.
error-health-record-inactive = N'exerce plus.
    .do = Rien à faire.
error-health-record-not-a-carer = Assureur, employeur ou administration : ne peut pas être attesté.
    .do = Rien à faire.
error-step-page = La liste que donne le serveur n'a pas de sens.
    .do = Réessayez ; si cela persiste, ne vous fiez pas à ce serveur.

# Des arguments qui ne sont pas compris.
error-usage-unknown = « { $name } » n'est pas un argument de { $command }.
    .do = { $is-near ->
        [yes] Vouliez-vous dire { $near } ? { $command } --help dit tout ce qui est possible.
       *[no] { $command } --help dit ce qui est possible.
    }
error-usage-which = { $command } demande encore un mot.
    .do = { $command } --help dit lesquels sont possibles.
error-usage-command = Il n'y a pas de commande « { $name } ».
    .do = { $is-near ->
        [yes] Vouliez-vous dire { $near } ? { $command } --help les dit toutes.
       *[no] { $command } --help les dit toutes.
    }
error-usage-missing = Il manque { $name }.
    .do = { $command } --help dit ce que c'est.
error-usage-no-value = Rien ne suit { $name }.
    .do = Donnez une valeur ; { $command } --help dit laquelle.
error-usage-value = « { $value } » n'est pas une valeur de { $name }.
    .do = { $is-near ->
        [yes] Les valeurs possibles sont : { $near }. Voyez aussi { $command } --help.
       *[no] { $command } --help dit ce qui est attendu.
    }
error-usage-conflict = { $is-near ->
        [yes] { $name } ne va pas avec { $near }.
       *[no] { $name } n'est dit qu'une fois.
    }
    .do = Gardez l'un des deux ; { $command } --help dit ce que fait chacun.
error-usage-values = Il n'y a pas le bon nombre de valeurs pour { $name }.
    .do = { $command } --help dit combien il en faut.
error-usage-text = Un argument n'est pas du texte lisible.
    .do = Tapez-le autrement ; { $command } --help dit ce qui est attendu.
