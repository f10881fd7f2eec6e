# commune trustee

help-trustee = Pour qui détient une part de la clé d’un vote : une commande par étape
    .long = Préparez une fois le vote ouvert, accusez réception de temps en temps pendant le vote, scellez la somme après la clôture, publiez vos parts après le point de contrôle suivant, effacez à la fin. Des jours peuvent passer entre les étapes, et les dépositaires n’ont jamais à se rencontrer. `commune status` dit ce qui attend.
help-trustee-list = Ce qui vous attend
help-trustee-prepare = Fabriquer vos morceaux de la clé, vérifier ceux des autres et le dire ; à relancer jusqu’à ce que rien n’attende
help-trustee-prepare-vote = Le vote : 4 chiffres ou plus de son nom
help-trustee-receipt = Vérifier les bulletins arrivés et dire que vous les détenez
help-trustee-receipt-vote = Le vote : 4 chiffres ou plus de son nom
help-trustee-lock = Additionner les bulletins du vote clos et dire quelles sont les sommes
help-trustee-lock-vote = Le vote : 4 chiffres ou plus de son nom
help-trustee-share = Publier vos parts des sommes qu’un quorum a scellées
help-trustee-share-vote = Le vote : 4 chiffres ou plus de son nom
help-trustee-erase = Oublier vos graines d’un vote et le dire
help-trustee-erase-vote = Le vote : 4 chiffres ou plus de son nom
help-trustee-hand-over = Écrire vos graines dans un fichier, pour un autre dépositaire ou pour un coffre
    .long = Pour un dépositaire dont la graine n’est pas arrivée scellée, ou contre la perte de cet appareil. Qui a les graines d’assez de dépositaires peut ouvrir des bulletins : de la main à la main seulement.
help-trustee-hand-over-vote = Le vote : 4 chiffres ou plus de son nom
help-trustee-hand-over-file = Le nouveau fichier
help-trustee-hand-over-to = Seulement les graines que ce dépositaire détient aussi
help-trustee-hand-over-qr = Les dessiner en code, à photographier
help-trustee-hand-over-image = Les écrire aussi en image, à imprimer et à garder dans un coffre : en SVG si le fichier est nommé ainsi, sinon en PNG
help-trustee-take-over = Reprendre des graines remises
help-trustee-take-over-file = Le fichier, ou une image du code

trustee-progress = travail de dépositaire
trustee-nothing = rien ne vous attend comme dépositaire
trustee-nothing-now = rien n’attend pour cette étape
trustee-duty-prepare = { $vote }  « { $question } » : fabriquer et vérifier des morceaux de la clé : commune trustee prepare { $vote }
trustee-duty-receipt = { $vote }  « { $question } » : { $count ->
    [1] 1 bulletin à vérifier et à garder
   *[other] { $count } bulletins à vérifier et à garder
} : commune trustee receipt { $vote }
trustee-duty-lock = { $vote }  « { $question } » : sceller la somme : commune trustee lock { $vote }
trustee-duty-share = { $vote }  « { $question } » : publier vos parts : commune trustee share { $vote }
trustee-duty-erase = { $vote }  « { $question } » : dépouillé ; effacez vos graines : commune trustee erase { $vote }
trustee-made = { $count ->
    [1] 1 morceau de la clé fabriqué
   *[other] { $count } morceaux de la clé fabriqués
}
trustee-acknowledged = tous vos morceaux recalculés et confirmés
trustee-complained = { $count ->
    [1] 1 morceau n’est pas ce que donne sa graine : vous l’avez dit
   *[other] { $count } morceaux ne sont pas ce que donnent leurs graines : vous l’avez dit
}
trustee-unsealed = { $count ->
    [1] 1 graine ne vous est pas arrivée scellée
   *[other] { $count } graines ne vous sont pas arrivées scellées
} : demandez-la à qui l’a faite (commune trustee hand-over)
trustee-awaited = { $count ->
    [1] 1 graine scellée est en route
   *[other] { $count } graines scellées sont en route
} : rencontrez quelqu’un qui l’a, puis relancez
trustee-keyless = rien n’a pu être scellé pour { $names }, dont les clés ne sont pas ici : remettez les graines avec commune trustee hand-over { $vote } FICHIER --to NOM
trustee-receipted = { $count ->
    [1] 1 bulletin vérifié et confirmé
   *[other] { $count } bulletins vérifiés et confirmés
}
trustee-false-ballots = { $count ->
    [1] 1 bulletin a une preuve fausse et n’est pas confirmé
   *[other] { $count } bulletins ont une preuve fausse et ne sont pas confirmés
}
trustee-lacking = { $count ->
    [1] 1 bulletin est en route
   *[other] { $count } bulletins sont en route
}
trustee-locked = { $count ->
    [1] 1 somme scellée
   *[other] { $count } sommes scellées
}
trustee-shared = parts de { $count ->
    [1] 1 somme publiées
   *[other] { $count } sommes publiées
}
trustee-erased = { $count ->
    [1] 1 graine effacée
   *[other] { $count } graines effacées
}, et c’est dit
trustee-ask-erase = Effacer vos graines de ce vote ? Sans elles, vous ne pourrez plus publier de parts.
trustee-ask-hand-over = Écrire des graines dans un fichier ? Qui a les graines d’assez de dépositaires peut ouvrir des bulletins.
trustee-handed = { $count ->
    [1] 1 graine écrite
   *[other] { $count } graines écrites
} : de la main à la main seulement
trustee-page = Secret : graines d’un dépositaire du vote « { $question } »
trustee-taken = { $count ->
    [1] 1 nouvelle graine reprise
   *[other] { $count } nouvelles graines reprises
}

error-trustee-none = vous n’êtes pas dépositaire de ce vote
hint-trustee-none = commune vote show dit qui l’est
error-trustee-not-one = { $who } n’est pas dépositaire de ce vote
hint-trustee-not-one = commune vote show dit qui l’est
error-trustee-no-seed = la graine du morceau { $piece } n’est pas sur cet appareil
hint-trustee-no-seed = lancez commune trustee prepare, ou reprenez-la d’un autre dépositaire
error-trustee-no-sealing-key = les clés de { $who } pour ce qui est scellé ne sont pas encore ici
hint-trustee-no-sealing-key = rencontrez quelqu’un qui les a, ou remettez la graine
error-trustee-piece = un morceau de la clé n’est pas ce que donne sa graine
hint-trustee-piece = redemandez-le à qui l’a fait ; commune trustee prepare le dit à tous
