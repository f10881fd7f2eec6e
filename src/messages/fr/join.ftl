# commune join

help-join = Adopter le réseau d’un fichier de genèse
    .long = Dès lors cet appareil appartient à ce réseau. Les fondateurs en sont membres aussitôt ; les autres demandent aux membres qui les ont rencontrés, avec `commune vouch request`.
help-join-genesis = Le fichier de genèse, tel qu’un fondateur ou un membre le transmet
help-join-at = Un enregistrement récent qu’une personne de confiance vous a dit : d’anciens signataires, dont les clés peuvent être volées, un autre n’est jamais pris
join-done = Cet appareil appartient désormais au réseau { $network }.
    Demandez aux membres qui vous ont rencontré de vous certifier : commune vouch request
join-done-founder = Cet appareil appartient désormais au réseau { $network }, que vous avez fondé.
join-test-network = c’est un réseau d’essai : ce qui s’y passe n’engage personne
error-genesis-unreadable = { $path } n’est pas une genèse entière
hint-genesis-unreadable = redemandez le fichier ; un projet devient une genèse avec `commune found close`
error-rule-not-known = le membre de cet appareil n’est pas encore connu dans le réseau
hint-rule-not-known = demandez aux membres qui vous ont rencontré de vous certifier : `commune vouch request`
