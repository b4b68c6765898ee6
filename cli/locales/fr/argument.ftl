# Ce que disent les arguments, où qu'ils soient ; ce qu'une commande en dit d'autre est un attribut de son aide (help.ftl).
help-arg-as = À qui est le compte : un nom à vous, pour en avoir plusieurs sur une machine
help-arg-json = Répond en JSON
help-arg-lang = La langue
help-arg-quiet = Rien que les réponses : ni progression, ni remarques
help-arg-yes = Répond oui à toutes les questions
help-arg-passphrase-fd = Lit la phrase de passe par ce descripteur de fichier
help-arg-help = Affiche cette aide
help-arg-version = Affiche la version

help-arg-server = L'adresse du serveur : https et un nom, sans chemin
help-arg-certificates = Un fichier de certificats à croire au lieu des certificats publics
help-arg-log-key = La clé du registre public du serveur, quand vous la tenez d'ailleurs
help-arg-authorities = Une clé publique d'une autorité qui répond de professionnels : NOM=HEX
help-arg-in-place = Prend la place d'un compte d'ici qui ne s'ouvre plus ; ce qui est ici est gardé à côté
help-arg-name = Comment on vous appelle
help-arg-by-kit = Le kit de secours : le fichier de sa page (.pdf), ou un fichier texte avec son code
help-arg-by-file = Le fichier de secours ; sa phrase de passe vient par --passphrase-fd ou est demandée
help-arg-by-share = Une part qu'une personne de confiance a rendue ; autant de fois qu'il faut de parts
help-arg-by-words = Les 24 mots du kit, demandés ou lus sur l'entrée standard
help-arg-password-fd = Lit le mot de passe par ce descripteur de fichier

help-arg-document = Le document : son nom court, son identifiant ou des mots de son titre
help-arg-documents = Les documents : noms courts, identifiants ou mots de leurs titres
help-arg-waiting = Les documents : noms courts, identifiants ou mots de leurs titres
help-arg-files = Des fichiers, des dossiers, ou - pour l'entrée standard
help-arg-kind = De quel type est le document, en mots ou par un code LOINC
help-arg-date = Quand a eu lieu ce qu'il raconte
help-arg-title = Son titre
help-arg-author = Qui l'a écrit
help-arg-strip-metadata = Retire des images ce qu'elles disent sans le montrer : lieu, dates, appareil, commentaires
help-arg-as-is = Ajoute aussi les fichiers abîmés, tels qu'ils sont
help-arg-offline = Ne demande pas au serveur ce qui est nouveau
help-arg-most = Autant au plus
help-arg-output = Où il va ; - pour la sortie standard
help-arg-inside = Écrit un fichier contenu dans le document : son numéro, comme le dit carnet show
help-arg-force = Prend la place d'un fichier qui est là
help-arg-all = Tout ce qui attend

help-arg-since = Depuis quand (pour un vaccin : quand il a été fait) : une année, un mois ou un jour
help-arg-criticality = Le danger de l'allergie
help-arg-reaction = Ce que l'allergie a provoqué
help-arg-dose = Combien et à quelle fréquence, pour un traitement ; quelle dose, pour un vaccin
help-arg-lot = Le lot d'un vaccin
help-arg-code = Son code, sous la forme SYSTÈME|CODE
help-arg-note = Une remarque
help-arg-items = Les éléments : noms courts, identifiants ou mots de leurs titres

help-arg-with = Avec qui : un nom ou un numéro RPPS, de votre carnet d'adresses ou de l'annuaire
help-arg-always = Tout, y compris ce qui viendra
help-arg-class = Tout ce qui est d'une sorte, y compris ce qui viendra : resultats, imagerie, ordonnances, courriers, vaccinations, certificats
help-arg-from = À qui
help-arg-reseal = Referme sous de nouvelles clés ce que cette personne pouvait lire : ce qu'elle a gardé n'ouvre rien de ce qui suit
help-arg-person = Qui : un nom ou un numéro RPPS, de votre carnet d'adresses ou de l'annuaire
help-arg-patient = Le patient : un nom de votre carnet d'adresses, ou une carte de contact
help-arg-new = Seulement ce qui est nouveau depuis votre dernier passage
help-arg-anonymous = Laisse votre nom de côté
help-arg-card = La carte : son texte, ou un fichier qui le contient

help-arg-rpps = Le numéro RPPS
help-arg-profession = Le code de la profession
help-arg-speciality = Le code de la spécialité
help-arg-town = Des débuts de mots de la ville
help-arg-organisation = Où vous travaillez

help-arg-folder = Le dossier de l'autorité
help-arg-days = Pour combien de jours, 30 au plus
help-arg-letter = Où va la lettre (.pdf)
help-arg-recipient = À qui elle est envoyée, ligne par ligne
help-arg-factor = Le second code, arrivé par un autre chemin que la lettre
help-arg-refuse = Refuse le carnet : il est fermé

help-arg-to = Chiffre chaque fichier pour un destinataire age (age1…)
help-arg-keys = Écrit aussi les clés : elles ouvrent tout ce que le serveur garde
help-arg-identity = Écrit à côté la clé du format age qui l'ouvre : elle ouvre tout dans ce carnet
help-arg-proof = Sa preuve ; FICHIER.proof si rien n'est dit
help-arg-log = Le registre public dont on croit les reçus, tel que le publie celui qui tient le serveur ; celui du compte, quand il y en a un d'ouvert
help-arg-pdf = L'écrit comme une page à imprimer (.pdf)
help-arg-fhir = L'écrit en lot FHIR R4 d'AuditEvent
help-arg-canaries = Un mot qui ne doit être dans aucun fichier, dans aucun codage courant
help-arg-canary-file = Un fichier de tels mots, un par ligne
help-arg-idle = Au bout de combien de minutes sans commande il se referme
help-arg-shell = L'interpréteur de commandes

# Comment les valeurs sont nommées.
help-value-NAME = NOM
help-value-LANG = LANGUE
help-value-FILE = FICHIER
help-value-FILES = FICHIERS
help-value-FOLDER = DOSSIER
help-value-PATH = CHEMIN
help-value-NUMBERS = NOMBRES
help-value-WAY = CHEMIN
help-value-DEVICE = APPAREIL
help-value-KEY = CLÉ
help-value-NAME-KEY = NOM=CLÉ
help-value-DAY = JOUR
help-value-DAYS = JOURS
help-value-TITLE = TITRE
help-value-AUTHOR = AUTEUR
help-value-WORDS = MOTS
help-value-COUNT = NOMBRE
help-value-KIND = SORTE
help-value-CRITICALITY = DANGER
help-value-REACTION = RÉACTION
help-value-SYSTEM-CODE = SYSTÈME|CODE
help-value-ITEM = ÉLÉMENT
help-value-ITEMS = ÉLÉMENTS
help-value-RECIPIENT = DESTINATAIRE
help-value-PERSON = PERSONNE
help-value-CARD = CARTE
help-value-LETTER = LETTRE
help-value-SPECIALITY = SPÉCIALITÉ
help-value-ORGANISATION = STRUCTURE
help-value-TOWN = VILLE
help-value-LINE = LIGNE
help-value-TEXT = TEXTE
help-value-SHELL = INTERPRÉTEUR

# Ce qui entoure l'aide.
help-everywhere = Partout
help-commands = Commandes
help-command = COMMANDE
help-default = [par défaut : { $values }]
help-possible = [valeurs possibles : { $values }]

# Les valeurs, comme l'écran français les montre ; les anglaises sont prises aussi.
help-possible-allergy = allergie
help-possible-treatment = traitement
help-possible-condition = maladie
help-possible-vaccine = vaccin
help-possible-low = faible
help-possible-high = grave
help-possible-unknown = inconnu

help-arg-sender = Qui l'envoie, ligne par ligne : nom, adresse ; le nom de ce compte si rien n'est dit
help-arg-call = Qui appeler en cas de doute
help-possible-title = titre
help-possible-added = ajout
help-arg-dry-run = Dit ce qui serait fait, et ne fait rien
help-arg-reverse = Dans l'autre sens
help-arg-sort = Dans quel ordre
help-value-COMMAND = COMMANDE
help-usage = Usage
help-options = Options
help-arguments = Arguments
help-value-ORDER = ORDRE
