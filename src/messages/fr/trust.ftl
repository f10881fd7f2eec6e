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
