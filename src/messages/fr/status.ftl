# commune status, log, quarantine

help-status = Montrer où en est cet appareil
help-log = Montrer les entrées que cet appareil détient
help-log-follow = Continuer, et montrer les nouvelles à mesure qu’elles arrivent
help-log-last = Combien des plus récentes montrer
help-quarantine = Ce qui n’a pas de place dans l’histoire, et pourquoi
help-quarantine-list = Montrer les entrées en attente ou refusées, et les bifurcations
    .long = Une vue seulement : rien n’est gardé ni perdu à regarder.
status-shown =
    { $name }
    membre      { $member }
    statut      { $standing }
    réseau      { $network }
    entrées     { $entries } détenues, { $pending } en attente d’autres
    état        { $hash }
    définitif   { $final }
    nœud        { $node }
    connus      { $remembered ->
        [0] aucun pair
        [1] un pair
       *[other] { $remembered } pairs
    }
status-nothing-final = rien encore : pas de point de contrôle
status-final = point de contrôle { $height } du { $time }, signé par { $signed } sur { $of } ; { $waiting ->
    [0] rien n’attend le prochain
    [1] une entrée attend le prochain
   *[other] { $waiting } entrées attendent le prochain
}
status-node = { $count ->
    [0] en marche, personne de connecté
    [1] en marche, un pair connecté
   *[other] en marche, { $count } pairs connectés
}
status-no-node = arrêté ; `commune up` le démarre
quarantine-empty = Rien n’attend et rien n’a été refusé.
quarantine-fork = bifurcation : l’appareil { $device } a écrit deux entrées différentes à la place { $place } ; ce qu’il a écrit à partir de là ne compte pas
