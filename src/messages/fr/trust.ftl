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
