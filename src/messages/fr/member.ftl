# commune member, et où en sont les gens

help-member = Qui est membre, qui l’a demandé, et à qui le temps est compté
help-member-list = Lister les personnes
help-member-list-state = Seulement celles qui en sont là
help-member-list-expiring = Seulement les membres dont l’adhésion finit dans ce délai, comme 90d
help-member-show = Montrer une personne : statut, parrains, dates
help-member-show-who = Un nom, ou au moins 6 chiffres d’une clé
help-member-find = Chercher par un bout de nom ou le début d’une clé
help-member-find-text = Un bout de nom, ou le début d’une clé
member-state-unknown = personne n’a encore certifié
member-state-candidate = candidat
member-state-member = membre
member-state-lapsed = échu
member-state-gone = parti
member-state-revoked = révoqué
member-count = { $shown } montrés ; { $members } membres, en attente : aucun point de contrôle ne l’a rendu définitif
member-count-final = { $shown } montrés ; { $members } membres, définitif au point de contrôle { $height } ({ $time })
member-count-since = { $shown } montrés ; { $members } membres, en attente depuis le point de contrôle { $height } ({ $time })
member-final = définitif  au point de contrôle { $height } ({ $time })
member-pending = en attente { $height ->
    [0] aucun point de contrôle ne l’a rendu définitif
   *[other] quelque chose a changé depuis le point de contrôle { $height } ({ $time })
}
member-key = clé        { $key }
member-sponsor = certifié par { $name }, jusqu’au { $until }
member-margin = { $state } ; { $received ->
    [0] aucune certification
    [1] 1 certification
   *[other] { $received } certifications
}, { $needed } nécessaires
member-margin-separator = { " ; " }
member-margin-first = la première expire le { $day } ; { $count ->
    [0] aucun parrain ne peut la renouveler
    [1] 1 parrain peut renouveler
   *[other] { $count } parrains peuvent renouveler
}
member-margin-admission = devient membre le { $day } si les parrains tiennent bon
member-margin-until = à renouveler avant le { $year } ; échoit le { $lapse } si rien ne se passe
member-margin-queued = { $count ->
    [1] 1 certification attend son jour
   *[other] { $count } certifications attendent leur jour
}
error-member-unknown = personne ici ne s’appelle { $who }
hint-member-unknown = chercher avec `commune member find`
error-member-several = { $count } personnes s’appellent { $who }
hint-member-several = donner plutôt la clé ; `commune member find` la montre
error-rule-simulated-clock = --at-time est réservé aux réseaux d’essai
hint-rule-simulated-clock = en fonder un avec `commune found draft --test-network`
help-global-at-time = L’heure de cette commande, sur un réseau d’essai
