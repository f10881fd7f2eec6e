# commune meetup

help-meetup = Se réunir en groupe : un code pour tous, et une liste sur laquelle s’accorder
help-meetup-start = Ouvrir une rencontre et montrer son code
    .long = Les autres reprennent le code avec `commune meetup join`. Tant que la rencontre est ouverte, un jour au plus, vos certifications disent que vous vous y êtes rencontrés.
help-meetup-start-title = Le nom à lui donner
help-meetup-start-image = Écrire aussi le code dans une image, .png ou .svg
help-meetup-start-text = Montrer le code sous forme de texte, à coller
help-meetup-join = Reprendre le code d’une rencontre
help-meetup-join-code = Le code : une image PNG ou JPEG, un fichier texte, - pour l’entrée standard, ou le texte même
help-meetup-join-title = Le nom à lui donner
help-meetup-status = Qui est là, et qui devrait rencontrer qui
    .long = Sont là vous, ceux que nomme une certification de cette rencontre, ceux qui en ont signé la liste, et ceux que vous nommez. Ceux à qui il manque des certifications, ou à qui il en manquera dans les 90 jours, sont montrés avec les membres présents qui pourraient les certifier ; les plus pressés d’abord.
help-meetup-status-here = Qui d’autre est là, par noms ou clés
help-meetup-end = Terminer la rencontre et signer qui était là
    .long = Comparez le nombre et les chiffres à voix haute : s’ils diffèrent, vous ne parlez pas des mêmes personnes.
help-meetup-end-with = Qui était là avec vous, par noms ou clés ; sinon, ceux que vous y avez certifiés ou qui vous y ont certifié
meetup-started = La rencontre est ouverte. Les autres reprennent ce code avec `commune meetup join`.
meetup-joined = Vous êtes à la rencontre. Vos certifications la nomment jusqu’à ce que vous la terminiez.
meetup-title = { $title }
meetup-here = { $count ->
        [1] Il n’y a que vous ici
       *[other] { $count } personnes sont là
    } : { $names }
meetup-need = { $name } ({ $state }) : { $lacks ->
        [0] avant le { $day }
        [1] il manque 1 certification, avant le { $day }
       *[other] il manque { $lacks } certifications, avant le { $day }
    } ; à rencontrer : { $sponsors }
meetup-renews = { $name } (certification jusqu’au { $day })
meetup-acts = { $name } (prend effet le { $day })
meetup-more = { $count ->
        [1] Une personne de plus devrait rencontrer quelqu’un ici.
       *[other] { $count } personnes de plus devraient rencontrer quelqu’un ici.
    }
meetup-nobody-needs = Personne ici n’a besoin dans les 90 jours d’une certification qu’un autre présent pourrait donner.
vouch-in-meetup = La certification nomme la rencontre ouverte.
meetup-ended = Liste signée : { $people } personnes, { $hash }. Comparez les deux à voix haute.
meetup-agrees = { $name } est d’accord : { $people } personnes, { $hash }
meetup-differs = { $name } diffère : { $people } personnes, { $hash }
error-meetup-none = aucune rencontre n’est ouverte
hint-meetup-none = ouvrez-en une avec `commune meetup start`, ou reprenez-en une avec `commune meetup join`
error-meetup-open = une autre rencontre est ouverte
hint-meetup-open = terminez-la d’abord avec `commune meetup end`
error-meetup-alone = une liste d’une seule personne ne dit rien
hint-meetup-alone = nommez qui était là avec --with
error-meetup-code = { $path } n’est pas le code d’une rencontre
hint-meetup-code = demandez le code que `commune meetup start` a montré
error-meetup-other-network = la rencontre est celle d’un autre réseau
hint-meetup-other-network = reprenez le code d’une rencontre de votre réseau
error-meetup-title = le titre dépasse { $most } octets
hint-meetup-title = choisissez-en un plus court
