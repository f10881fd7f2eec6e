# commune checkpoint

help-checkpoint = Points de contrôle : ce qu’un quorum de signataires a rendu définitif
help-checkpoint-appoint = Sur un réseau de test, en tant que signataire : dire qui doit signer à partir du prochain point de contrôle
    .long = Dès que la dernière nomination de chaque signataire désigne les mêmes membres et qu’un point de contrôle les contient toutes, ceux-ci signent le suivant. Jusque-là rien ne change. Hors des réseaux de test, des lois décident qui signe.
help-checkpoint-appoint-dry-run = Montrer seulement de qui la parole manque
help-checkpoint-appoint-who = Des membres qui ont des clés de signature, tous ceux qui doivent signer
help-checkpoint-enrol = Dire avec quelles clés vous signez, après une restauration ou comme nouveau signataire
    .long = Les clés de signature ne sont dans aucune sauvegarde : un appareil restauré en a de nouvelles. À partir du prochain point de contrôle elles remplacent les anciennes. Qui ne signe pas encore peut alors être nommé.
help-checkpoint-enrol-new-keys = Tirer d’abord de nouvelles clés, si ce dossier a été copié ou remis ; ce que les anciennes ont signé reste
help-checkpoint-export = Écrire un point de contrôle avec ce qui le vérifie, pour qui a la genèse
help-checkpoint-export-file = Le nouveau fichier ; - est la sortie standard
help-checkpoint-export-height = De cette hauteur ; sinon le plus récent
help-checkpoint-forks = Les appareils qui ont dit deux choses au même endroit
help-checkpoint-list = Les points de contrôle que cet appareil connaît
help-checkpoint-propose = En tant que signataire, commencer un point de contrôle, même sans rien de nouveau
    .long = Fait tous les pas possibles maintenant : dit l’heure, propose l’enregistrement si c’est le tour de ce signataire, vote, cosigne. Des paquets portés d’un signataire à l’autre et cette commande, quelques fois, rendent une hauteur définitive sans qu’aucun nœud ne tourne.
help-checkpoint-quorum = Qui signe le prochain point de contrôle, et ce qu’ils ont dit
help-checkpoint-quorum-policy = Les signataires sous forme de tlog-policy C2SP, pour d’autres vérificateurs
help-checkpoint-show = Montrer un point de contrôle : la note signée
help-checkpoint-show-height = Sa hauteur ; sinon le plus récent
help-checkpoint-show-record = Seulement la hauteur et le hachage de l’enregistrement, pour `commune join --at` et `checkpoint verify --at`
help-checkpoint-show-proof = L’enregistrement de cette hauteur avec la preuve que le point de contrôle le contient
help-checkpoint-sign = En tant que signataire, faire tous les pas possibles maintenant
help-checkpoint-verify = Dire si un point de contrôle est définitif, avec rien d’autre qu’une genèse
    .long = Lit une note ou une chaîne exportée, sur une clé qui peut être en lecture seule. Avec --genesis il ne faut aucun dossier de données. Sortie 0 : définitif ; 3 : faux ou abîmé ; 4 : signataires inconnus, autre réseau ou trop peu de signatures ; 9 : contredit ce qui est connu comme définitif.
help-checkpoint-verify-what = Un fichier, - pour l’entrée standard, une hauteur de cet appareil, ou latest
help-checkpoint-verify-at = Un enregistrement récent qu’une personne de confiance vous a dit ; une chaîne qui le contredit est refusée
help-checkpoint-verify-genesis = La genèse ; sinon celle du dossier de données

checkpoint-decided = l’enregistrement { $height } est décidé
checkpoint-said = dit : { $said }
checkpoint-nothing-to-say = rien à dire maintenant
checkpoint-progress = le prochain est { $height } : heures dites { $stamps } sur { $quorum }, votes pour le rendre définitif { $precommits } sur { $quorum }
checkpoint-word-stamp = l’heure
checkpoint-word-proposal = une proposition
checkpoint-word-vote = un vote
checkpoint-word-cosignature = une cosignature
checkpoint-word-contradiction = la preuve qu’un signataire a dit deux choses
checkpoint-word-prevote = a voté
checkpoint-word-precommit = a voté pour le rendre définitif
checkpoint-word-double = a dit deux choses là où une seule est permise
checkpoint-none = aucun point de contrôle pour l’instant
checkpoint-no-forks = personne n’a dit deux choses au même endroit
checkpoint-row-final = { $height }  { $day }  { $members } membres  définitif ({ $signed } signatures sur { $of })
checkpoint-row-pending = { $height }  { $day }  { $members } membres  en attente : décidé, { $signed } signatures sur { $of }
checkpoint-appoint-missing = { $count ->
    [0] chaque signataire l’a dit ; cela vaut à partir du prochain point de contrôle
    [1] la parole de { $missing } manque
   *[other] il manque la parole de { $count } signataires : { $missing }
}
checkpoint-appointed = vous avez dit que ceux-ci doivent signer : { $names }
checkpoint-ask-appoint = Dire que ceux-ci, et personne d’autre, doivent signer les points de contrôle : { $names } ?
checkpoint-ask-new-keys = Cet appareil signe des points de contrôle. Avec de nouvelles clés il ne signe rien avant qu’un point de contrôle des autres les contienne. Tirer de nouvelles clés ?
checkpoint-enrolled = vos clés de signature sont dites ; le prochain point de contrôle les prend
checkpoint-enrolled-known = vos clés de signature sont déjà connues ; vous pouvez être nommé
checkpoint-enrolled-signs = vos clés de signature sont déjà connues, et elles signent
checkpoint-wanted = { $name } veut que ceux-ci signent : { $names }
checkpoint-would-appoint = vous diriez que ceux-ci doivent signer : { $names }
checkpoint-tally = enregistrement { $record }, tour { $round } : { $votes ->
    [0] { $votes } signataire a voté pour le rendre définitif
    [1] { $votes } signataire a voté pour le rendre définitif
   *[other] { $votes } signataires ont voté pour le rendre définitif
}
checkpoint-waits-contradicted = Il est décidé comme enregistrement { $record }, et une personne de confiance en a dit un autre : il n’est pas pris. Gardez les fichiers des deux et montrez-les aux autres
checkpoint-waits-entries = Il est décidé, et cet appareil ne peut pas encore le prendre : { $why }. Ce qui manque vient des voisins ou des paquets
checkpoint-waits-moves = Il est décidé, et la liste de ce qu’il contient est encore en route vers cet appareil
checkpoint-waits-record = Il est décidé, et l’enregistrement { $record } lui-même est encore en route vers cet appareil
checkpoint-quorum = point de contrôle { $height } : { $quorum ->
    [1] un signataire sur { $of } le rend définitif
   *[other] { $quorum } signataires sur { $of } le rendent définitif
}
checkpoint-verified =
    définitif : point de contrôle { $height }, { $signed } signatures sur { $of } ({ $quorum } nécessaires) : { $names }
    dernière signature : { $time }{ $days ->
        [0] {""}
        [1] , il y a un jour
       *[other] , il y a { $days } jours
    }
checkpoint-not-excluded = une genèse seule n’exclut pas un faux fait par d’anciens signataires, et ne dit rien de ce qui est venu après
checkpoint-unknown-lines = { $count ->
    [0] aucune ligne de clé inconnue
    [1] une ligne d’une clé inconnue est ignorée
   *[other] { $count } lignes de clés inconnues sont ignorées
}
checkpoint-false-line = une ligne au nom de { $name } est fausse ; elle est laissée de côté
checkpoint-exported = point de contrôle { $height } écrit dans { $path }

error-checkpoint-no-appointment = sur ce réseau, des lois décident qui signe
hint-checkpoint-no-appointment = seuls les réseaux de test laissent les signataires nommer ; `commune checkpoint quorum` montre qui signe
error-checkpoint-no-member = seuls les membres ont des clés de signature
hint-checkpoint-no-member = demandez à nouveau quand `commune status` dira que vous êtes membre
error-checkpoint-not-enrolled = aucun point de contrôle ne connaît de clés de signature de { $name }
hint-checkpoint-not-enrolled = cette personne lance `commune checkpoint enrol`, et un point de contrôle le prend
error-checkpoint-too-many = au plus 22 membres signent, et ceux-ci sont { $found }
hint-checkpoint-too-many = nommez-en moins
error-checkpoint-none = il n’y a pas de point de contrôle { $height } ici
hint-checkpoint-none = le plus récent ici est { $newest } ; synchronisez avec un voisin, ou voyez `commune checkpoint list`
error-checkpoint-no-signers = ce réseau n’a pas de signataires
hint-checkpoint-no-signers = un réseau importé pour des essais ne rend rien définitif ; fondez-en un avec `commune found draft --signer`
error-checkpoint-not-a-signer = cet appareil ne signe pas les points de contrôle
hint-checkpoint-not-a-signer = `commune checkpoint quorum` montre qui le fait ; les nouvelles clés d’un signataire restauré signent dès qu’un enregistrement les contient
error-checkpoint-older-journal = la clé de signature de cet appareil a dit plus sur le point de contrôle { $height } que son journal n’en sait
hint-checkpoint-older-journal = le dossier de données a été copié ou remis en place ; cette clé ne doit plus rien signer : `commune checkpoint enrol --new-keys` vous en donne une autre
error-checkpoint-journal = le signataire de cet appareil ne peut pas continuer
hint-checkpoint-journal = lancez `commune doctor`
error-checkpoint-invalid = ce n’est pas un point de contrôle définitif
hint-checkpoint-invalid = le fichier est abîmé ou faux ; demandez-le encore, ou demandez à quelqu’un d’autre
error-checkpoint-unknown = rien ne montre que ce point de contrôle est définitif
hint-checkpoint-unknown = il lui faut plus de signatures de cette genèse, ou les maillons entre deux ; `commune checkpoint export` écrit le tout
error-checkpoint-not-final = le dernier point de contrôle n’est pas encore définitif ici
hint-checkpoint-not-final = voyez où en est le prochain avec `commune checkpoint quorum`
error-checkpoint-other-state = l’état dans le fichier n’est pas celui de son point de contrôle
hint-checkpoint-other-state = rien n’en a été pris ; demandez un fichier à quelqu’un d’autre
error-checkpoint-contradicted = ce point de contrôle en contredit un qui est connu comme définitif
hint-checkpoint-contradicted = gardez le fichier : il prouve que des signataires ont signé deux histoires ; montrez-le aux autres
