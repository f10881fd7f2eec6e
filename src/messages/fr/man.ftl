# commune man

help-man = Écrire les pages de manuel
help-man-dir = Dossier des pages ; créé s’il n’existe pas
man-written = { $count ->
    [1] une page écrite dans { $dir }
   *[other] { $count } pages écrites dans { $dir }
}
man-heading-name = NOM
man-heading-commands = COMMANDES
man-heading-see = VOIR AUSSI
man-heading-exit = CODE DE RETOUR
man-heading-environment = ENVIRONNEMENT
man-heading-files = FICHIERS
exit-ok = C’est fait.
exit-failed = Échec pour une raison qui n’a pas de numéro à elle.
exit-usage = La ligne de commande est fausse, ou il fallait une réponse et il n’y avait personne à qui la demander.
exit-damaged = Une vérification a échoué ou le contenu lu est abîmé ; les parties intactes ont été prises.
exit-not-found = Ce qui est nommé n’existe pas.
exit-refused = Une règle du réseau s’y oppose ; le message dit laquelle.
exit-store = Les données de cet appareil sont occupées, verrouillées ou abîmées.
exit-unreachable = Aucun pair ni aucune clé USB n’a pu être atteint.
exit-medium = Un support est plein ou a été retiré.
exit-fork = Une bifurcation ou une double dépense a été vue ; la preuve est gardée.
exit-interrupted = Interrompu.
man-env-data-dir = Le dossier de données, sauf si --data-dir en indique un.
man-env-lang = La langue, sauf si --lang la donne ; la première définie l’emporte.
man-env-log = Ce qui est dit sur la sortie d’erreur, partie par partie, par exemple commune=debug.
man-env-passphrase-file = Le fichier de la phrase de passe, sauf si --passphrase-file en indique un.
man-env-ci = Si elle est définie, aucune question n’est posée, comme avec --no-input.
man-env-no-color = Si elle est définie, les messages sont sans couleur.
man-file-data = Le dossier de données quand rien d’autre n’en indique un. XDG_DATA_HOME le déplace.
man-file-config = Le fichier de réglages, des lignes `data_dir = CHEMIN` et `passphrase_file = CHEMIN`. XDG_CONFIG_HOME le déplace.
