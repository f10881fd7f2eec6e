# commune trust

help-trust = Voir qui fait confiance à qui, et jusqu’où
help-trust-audit = Appliquer la règle de distance à un graphe de certifications
    .long = Écrit une table d’une ligne par nœud : certifications reçues et émises, s’il est référent, nombre de référents et de référents atteints (sans lui-même), nœuds atteints, et si la règle est respectée : au moins 80 % des référents à portée. Aucun dossier de données n’est nécessaire.
help-trust-audit-graph = Table avec les colonnes issuer et receiver ; - est l’entrée standard
help-trust-audit-members = Table avec les colonnes node et member (0 ou 1) ; sans elle, tous sont membres
help-trust-audit-steps = Jusqu’où l’on marche, de 1 à 10 ; sinon ce que dit la règle pour autant de membres
help-trust-audit-sample = Seuls comptent autant de référents, tirés au sort
help-trust-audit-seed = Graine du tirage, en hexadécimal ; la même graine tire les mêmes référents
help-trust-audit-referent-min = Certifications reçues et émises à partir desquelles on est référent ; sinon ce que dit la règle
trust-audit-progress = parcours
trust-audit-done = réussissent : { $passed } sur { $rows } ; pas : { $steps } ; référents : { $referents } (certifications dans chaque sens : { $least } au moins)
error-audit-too-many = { $path } concerne { $people } personnes, { $limit } au plus sont jugées
hint-audit-too-many = vérifiez une partie du graphe
help-trust-explain = Pourquoi quelqu’un est membre ou non, ce qui manque, et qui pourrait y remédier
help-trust-explain-who = Un nom ou une clé ; sinon, vous
help-trust-path = Le plus court chemin de certifications d’une personne à une autre
help-trust-path-from = Qui certifie d’abord
help-trust-path-to = À qui mène le chemin
help-trust-stats = La santé du réseau en chiffres
trust-explain-distance = distance    { $reached } référents sur { $referents } à { $steps } pas au plus : { $share } %, il en faut { $asked } %
trust-explain-sponsors = certifié par { $names }
trust-explain-missing = il manque   { $what }
trust-explain-nothing-missing = Il ne manque rien.
trust-explain-helper = rencontrer { $name } mènerait à { $share } %
trust-path-shown = { $names } ({ $steps } pas)
error-trust-no-path = aucun chemin de certifications ne mène de { $from } à { $to }
hint-trust-no-path = `commune trust explain` dit qui pourrait aider
trust-stats-shown =
    membres         { $members } ; candidats { $candidates }, échus { $lapsed }, partis { $gone }, révoqués { $revoked }
    certifications  { $certifications }
    référents       { $referents } (au moins { $least } données et reçues)
    distance        { $passing } % des membres passent à { $steps } pas ; avec un pas de moins { $less } %, avec un de plus { $more } %
    sur le fil      { $edge } % ont juste le nombre de certifications nécessaire
    silencieux      { $silent } % n’ont certifié personne
help-trust-graph = Dessiner qui certifie qui autour de quelqu’un
    .long = L’image va vers la sortie standard, ou dans un fichier ; alors une table de qui est dessiné s’affiche. 500 personnes au plus sont dessinées, les plus proches d’abord, et les autres comptées. Une image SVG s’ouvre dans tout navigateur, sur petit écran et sur papier.
help-trust-graph-format = Image, entrée pour Graphviz, ou données
help-trust-graph-around = Un nom ou une clé ; sinon, vous
help-trust-graph-depth = À combien de certifications, de 1 à 10
help-trust-graph-out = Fichier à écrire ; il ne doit pas exister
trust-graph-title = Confiance autour de { $name }
trust-graph-counts = { $people ->
        [1] une personne
        [one] { $people } personne
       *[other] { $people } personnes
    }, { $certifications ->
        [1] une certification
        [one] { $certifications } certification
       *[other] { $certifications } certifications
    }
trust-graph-rest = { $count ->
        [1] Une autre personne du réseau n’est pas dessinée.
        [one] { $count } autre personne du réseau n’est pas dessinée.
       *[other] { $count } autres personnes du réseau ne sont pas dessinées.
    }
trust-graph-description = { $name } est au milieu ; le premier cercle compte { $near ->
        [1] une personne liée
        [one] { $near } personne liée
       *[other] { $near } personnes liées
    } à { $name } par une certification. En tout { trust-graph-counts }. La table donne tous les noms.
trust-graph-arrow = Une flèche va de qui certifie à qui est certifié ; deux pointes : l’un l’autre.
trust-graph-own = Traits épais : les certifications de qui est au milieu. Chaque cercle est une certification plus loin.
trust-graph-number = Un numéro renvoie à la table.
trust-graph-columns = état ; certifications reçues/données
trust-graph-column-number = nᵒ
trust-graph-column-state = état
trust-graph-column-received = reçues
trust-graph-column-issued = données
trust-graph-column-steps = pas
trust-graph-column-name = nom
