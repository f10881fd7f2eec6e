# Les textes de commune en français.
#
# Les clés sont celles de en.ftl. Apostrophes typographiques, espace insécable devant les deux-points
# et dans les guillemets, espace fine insécable devant « ; », « ! » et « ? ».

## Cadre

error = erreur :
hint = conseil :
warning = attention :
error-why = { $what } : { $why }

## Causes

why-not-found = ce chemin n’existe pas
why-permission = accès refusé
why-read-only = le support est en lecture seule
why-medium-full = il n’y a plus de place
why-exists = ce nom est déjà pris
why-is-folder = c’est un dossier
why-not-a-folder = une partie du chemin n’est pas un dossier
why-not-text = ce n’est pas du texte
why-cut-short = le contenu s’arrête trop tôt
why-connection-refused = la connexion a été refusée
why-timed-out = pas de réponse à temps

## Fichiers et sortie

cannot-use = { $doing ->
    [read] impossible de lire { $path }
   *[write] impossible d’écrire { $path }
}
error-file-not-found = { cannot-use }
hint-file-not-found = vérifiez le chemin
error-file-permission = { cannot-use }
hint-file-permission = vérifiez à qui il appartient et ses droits d’accès
error-file-read-only = { cannot-use }
hint-file-read-only = choisissez un emplacement où l’on peut écrire
error-file-medium-full = { cannot-use }
hint-file-medium-full = libérez de la place puis relancez la commande ; rien de ce qui était enregistré n’est perdu
error-file-exists = { cannot-use }
hint-file-exists = choisissez un autre nom, ou déplacez l’ancien fichier
error-file-is-folder = { cannot-use }
hint-file-is-folder = indiquez un fichier
error-file-not-a-folder = { cannot-use }
hint-file-not-a-folder = vérifiez le chemin
error-file-not-text = { cannot-use }
hint-file-not-text = vérifiez que c’est bien le fichier voulu
error-file-unusable = { cannot-use }
hint-file-unusable = vérifiez le support et le chemin
error-file-too-large = { $path } est trop long pour un tel fichier
hint-file-too-large = vérifiez que c’est bien le fichier voulu
error-file-not-regular = { $path } est un dossier, un tube ou un périphérique
hint-file-not-regular = indiquez un fichier ; - est l’entrée standard
error-output-binary-on-terminal = le résultat n’est pas du texte et brouillerait le terminal
hint-output-binary-on-terminal = indiquez un fichier, ou redirigez la sortie avec >
error-output-closed = plus personne ne lit la sortie
hint-output-closed = il n’y a rien à faire
error-output-full = impossible d’écrire le résultat
hint-output-full = libérez de la place puis relancez la commande
error-output-unusable = impossible d’écrire le résultat
hint-output-unusable = vérifiez où va la sortie

## Exécution

error-run-interrupted = interrompu
hint-run-interrupted = relancez la commande : elle reprendra à partir de ce qui est enregistré
error-data-dir-unknown = impossible de savoir où est le dossier de données
hint-data-dir-unknown = indiquez-le avec --data-dir, ou définissez HOME
error-config-line = la ligne { $line } de { $path } est incompréhensible
hint-config-line = les lignes s’écrivent `data_dir = CHEMIN` ou `passphrase_file = CHEMIN`

## Questions

ask-yes-no = { $question } [o/N]
ask-yes = o oui
ask-passphrase = Phrase de passe :
ask-new-passphrase = Nouvelle phrase de passe :
ask-passphrase-again = La même encore une fois :
error-answer-needed = il faut une réponse et il n’y a personne à qui la demander
hint-answer-needed = donnez-la avec { $flag }, ou lancez la commande dans un terminal, sans --no-input
error-answer-unreadable = impossible de lire la réponse
hint-answer-unreadable = lancez la commande dans un terminal, ou répondez par des options
error-answer-no = rien n’a été fait, comme vous le souhaitiez
hint-answer-no = relancez la commande si vous changez d’avis
error-passphrase-empty = la phrase de passe est vide
hint-passphrase-empty = il faut au moins un caractère ; plusieurs mots valent mieux
error-passphrase-differs = les deux phrases de passe diffèrent
hint-passphrase-differs = relancez la commande et tapez deux fois la même
error-passphrase-too-long = la première ligne de { $path } dépasse { $limit } octets
hint-passphrase-too-long = mettez la phrase de passe seule sur la première ligne

## La ligne de commande

error-usage-unknown-command = la commande « { $command } » n’existe pas
hint-usage-unknown-command = { $suggestion ->
    [none] `commune --help` donne la liste des commandes
   *[other] vouliez-vous dire « { $suggestion } » ? `commune --help` donne la liste des commandes
}
error-usage-unknown-argument = { $argument } n’est pas prévu ici
hint-usage-unknown-argument = { $suggestion ->
    [none] ajoutez --help à la commande pour voir ce qu’elle attend
   *[other] vouliez-vous dire { $suggestion } ? Ajoutez --help à la commande pour voir ce qu’elle attend
}
error-usage-missing-command = il manque une commande
hint-usage-missing-command = ajoutez --help pour voir les commandes
error-usage-missing-argument = il manque { $argument }
hint-usage-missing-argument = ajoutez --help à la commande pour voir ce qu’elle attend
error-usage-missing-value = { $argument } demande une valeur
hint-usage-missing-value = ajoutez --help à la commande pour voir ce qu’elle attend
error-usage-conflict = { $argument } et { $other } ne vont pas ensemble
hint-usage-conflict = enlevez l’un des deux
error-usage-invalid-choice = « { $value } » ne convient pas pour { $argument }
hint-usage-invalid-choice = les valeurs possibles sont { $valid }
error-usage-wrong-number = { $argument } reçoit trop ou trop peu de valeurs
hint-usage-wrong-number = ajoutez --help à la commande pour voir ce qu’elle attend
error-usage-not-text = un argument n’est pas de l’UTF-8 valide
hint-usage-not-text = vérifiez l’encodage du terminal
error-usage-invalid-value = « { $value } » ne convient pas pour { $argument }
hint-usage-invalid-value = ajoutez --help à la commande pour voir ce qu’elle attend
value-record = un enregistrement est sa hauteur et son hachage, comme 12:4be5… avec 64 chiffres
value-address = une adresse est une adresse IP suivie d’un port, comme 192.0.2.7:4000 ou [fe80::1%2]:4000
value-number = il faut un nombre entier
value-duration = une durée est un nombre suivi d’une unité (s, m, h, d, w), comme 90d ou 1h30m
value-size = une taille est un nombre suivi d’une unité, comme 64MiB, 1.9GB ou 512B
value-steps = on marche de 1 à 10 pas
value-seed = une graine compte de 1 à 64 chiffres hexadécimaux
value-moment = une date s’écrit 2026-11-22 ou 2026-11-22T18:30:00Z

## Aide

help-commune = Un réseau de personnes qui se gouverne lui-même quand internet est absent, censuré ou indigne de confiance
help-after = `commune COMMANDE --help` en dit plus sur une commande.
help-after-command = --help en dit plus, et donne les options communes à toutes les commandes.
help-heading-usage = Utilisation :
help-heading-commands = Commandes :
help-heading-arguments = Arguments :
help-heading-options = Options :
help-heading-global = Options générales{"\u00A0"}
help-values = [au choix : { $values }]
help-default = [par défaut : { $values }]
help-global-data-dir = Dossier des clés et des données de cet appareil
    .long = À défaut COMMUNE_DATA_DIR, le fichier de réglages, ou ~/.local/share/commune.
help-global-config = Fichier de réglages
    .long = À défaut ~/.config/commune/config, s’il existe. Les lignes s’écrivent `data_dir = CHEMIN` ou `passphrase_file = CHEMIN`.
help-global-json = Donner un objet JSON au lieu de texte ; les erreurs aussi, sur la sortie d’erreur
help-global-lang = Langue des textes
    .long = À défaut, COMMUNE_LANG ou les paramètres régionaux en décident.
help-global-no-input = Ne jamais poser de question ; finir avec le code 2 s’il faut une réponse
    .long = Il en va de même si la variable CI est définie ou s’il n’y a pas de terminal.
help-global-yes = Répondre oui à toutes les questions fermées
help-global-passphrase-file = Lire la phrase de passe sur la première ligne de FILE (- est l’entrée standard)
    .long = À défaut COMMUNE_PASSPHRASE_FILE ou le fichier de réglages.
help-global-color = Quand mettre les messages en couleur
    .long = Avec auto : dans un terminal, sauf si NO_COLOR est définie.
help-global-verbose = Dire sur la sortie d’erreur ce qui se passe ; -vv en dit plus
    .long = COMMUNE_LOG le règle partie par partie, par exemple `commune=debug`.
help-global-quiet = Ni progression ni remarques
help-global-help = Afficher l’aide (-h en bref, --help en entier)
help-global-version = Afficher la version
help-completions = Afficher les complétions pour un shell
    .long = Pour bash : commune completions bash > ~/.local/share/bash-completion/completions/commune
help-completions-shell = Le shell
