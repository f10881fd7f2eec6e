# commune vote

help-vote = Des questions à tous les membres : réponses secrètes, résultat que chacun vérifie
help-vote-cast = Voter, ou voter de nouveau : le dernier bulletin que détiennent les dépositaires compte
    .long = Trois étapes : la réponse, une confirmation, et un suivi de quatre mots par lequel vous retrouvez le bulletin (`commune vote check`). Ce que le vote ne protège pas est dit avant.
help-vote-cast-vote = Le vote : 4 chiffres ou plus de son nom, comme le montre `commune vote list`
help-vote-cast-answer = oui ou non ; numéros ou textes d’options ; option=note ; option=mention, 1 pour la meilleure ; aucun
help-vote-cast-prepared = Déposer le bulletin fait par `commune vote prepare`
help-vote-cast-qr = Dessiner le suivi en code
help-vote-cast-image = Écrire aussi le code dans une image, .png ou .svg
help-vote-prepare = Chiffrer un bulletin et montrer son suivi, avant de décider de le déposer ou de l’ouvrir
    .long = Un appareil qui chiffre autre chose que votre choix ne peut pas savoir lequel des deux vous ferez. Ouvrez quelques bulletins (`vote spoil`), faites-les refaire par un autre appareil (`vote challenge`), et déposez-en un (`vote cast --prepared`).
help-vote-prepare-vote = Le vote : 4 chiffres ou plus de son nom
help-vote-prepare-answer = Comme pour `commune vote cast`
help-vote-spoil = Ouvrir le bulletin préparé au lieu de le déposer : un fichier pour un autre appareil
help-vote-spoil-vote = Le vote : 4 chiffres ou plus de son nom
help-vote-spoil-file = Le nouveau fichier ; il montre le choix d’un bulletin qui ne comptera jamais
help-vote-challenge = Refaire le bulletin ouvert d’un autre appareil et dire s’il était honnête
help-vote-challenge-file = Le fichier écrit par `commune vote spoil`
help-vote-challenge-tracker = Les quatre mots que l’autre appareil a montrés avant de savoir
help-vote-check = Si un bulletin compte, avec la preuve qu’il est dans l’ensemble
help-vote-check-vote = Le vote : 4 chiffres ou plus de son nom
help-vote-check-tracker = Les quatre mots, ou 11 chiffres ou plus ; sinon votre propre bulletin
help-vote-list = Les votes que connaît cet appareil
help-vote-open = Ouvrir un vote consultatif, qui n’engage à rien
    .long = Les dépositaires détiennent la clé ensemble : 3, 5 ou 7 membres, dont 2, 3 ou 4 ouvrent la somme et personne un seul bulletin. Ils fabriquent la clé dans le délai --prepare, ou des suppléants remplacent ceux qui se taisent. Les électeurs sont les membres au point de contrôle qui inclut l’ouverture.
help-vote-open-question = Ce qui est demandé, sur une ligne
help-vote-open-kind = yes-no (oui ou non), approval (approbation), choose-one (un choix), score (notes), majority (jugement majoritaire, sept mentions) ou median (une valeur que plus de la moitié veut au moins)
help-vote-open-option = Une option ; d’une médiane les valeurs, en ordre croissant
help-vote-open-max = La note la plus haute
help-vote-open-trustee = Un membre qui détient une part de la clé : il en faut 3, 5 ou 7
help-vote-open-substitute = Un membre qui remplace un dépositaire silencieux, dans cet ordre
help-vote-open-prepare = Durée de chaque tour des dépositaires
help-vote-open-time = Durée du vote, à partir du point de contrôle qui fixe la clé
help-vote-open-receipts = Durée des derniers accusés de réception ensuite
help-vote-open-references = Noms des chaînes de référence pour les bulletins et pour les parts, comme les montre `commune reference check` ; sur un réseau d’essai celles d’essai
help-vote-open-dry-run = Dire ce qui serait ouvert, sans rien signer
help-vote-result = Le résultat, calculé sur cet appareil à partir des parts des dépositaires
help-vote-result-vote = Le vote : 4 chiffres ou plus de son nom
help-vote-show = Un vote : ce qui est demandé, où il en est, qui détient la clé
help-vote-show-vote = Le vote : 4 chiffres ou plus de son nom
help-vote-verify = Vérifier tout ce sur quoi repose un résultat : points de contrôle, clé, chaque preuve, sommes scellées, parts
    .long = Les bulletins déjà vérifiés par cet appareil sont retenus. D’un vote à plusieurs bureaux, il vérifie le vôtre, celui avec lequel il peut être compté et un échantillon aléatoire de 300 bulletins des autres, avec --all tous. Avec --bundle et --genesis aucun dossier de données n’est nécessaire.
help-vote-verify-vote = Le vote : 4 chiffres ou plus de son nom
help-vote-verify-all = Vérifier les bulletins de tous les bureaux, et demander désormais ceux qui ne sont pas ici
help-vote-verify-bundle = Tous les fichiers d’un paquet
help-vote-verify-genesis = La genèse, avec le secret du réseau si le paquet est scellé

vote-kind-yes-no = oui ou non
vote-kind-approval = approuvez-en autant que vous voulez
vote-kind-choose-one = un seul choix
vote-kind-score = une note pour chacune
vote-kind-majority = une mention pour chacune
vote-kind-median = une valeur ; celle que plus de la moitié veut au moins l’emporte
vote-word-yes = oui
vote-word-no = non
vote-word-none = aucun
vote-grade = { $grade ->
    [0] excellent
    [1] très bien
    [2] bien
    [3] assez bien
    [4] passable
    [5] insuffisant
   *[other] à rejeter
}
vote-none = aucun vote n’est connu ici
vote-shown = { $vote }  { $question }  ({ $kind })
vote-option = { $number }  { $option }
vote-phase-pending = en attente : ouvert, mais dans aucun point de contrôle
vote-phase-preparing = les dépositaires fabriquent la clé, jusqu’au { $time }
vote-phase-voting = on vote, jusqu’au { $time }
vote-phase-receipting = terminé ; les dépositaires disent quels bulletins ils détiennent, jusqu’au { $time }
vote-phase-locking = clos ; les dépositaires scellent les sommes
vote-phase-opening = scellé ; les dépositaires publient leurs parts
vote-phase-failed = pas de résultat : trop peu de dépositaires ont fabriqué une clé
vote-trustees = dépositaires, { $quorum } sur { $of } ouvrent : { $names }
vote-ballots = { $counted ->
    [one] { $counted } bulletin compte
   *[other] { $counted } bulletins comptent
}, { $waiting } peuvent encore compter, { $refused } ne comptent pas ; { $electors ->
    [one] { $electors } électeur
   *[other] { $electors } électeurs
} dans { $wards ->
    [1] 1 bureau
   *[other] { $wards } bureaux
}
vote-parts-missing = { $count ->
    [1] 1 partie de ce vote n’est pas encore arrivée
   *[other] { $count } parties de ce vote ne sont pas encore arrivées
} : ce qui est montré peut changer
vote-few-members = Le réseau a { $members } membres, moins de { $least } : le résultat peut montrer ce que des personnes ont choisi.
vote-would-open = ouvrirait « { $question } » ; dépositaires, { $quorum } sur { $of } : { $names } ; rien n’est signé
vote-ask-open = Ouvrir « { $question } », { $quorum } de ces { $of } dépositaires pouvant l’ouvrir : { $names } ?
vote-opened = ouvert sous le nom { $vote } : en attente du prochain point de contrôle ; puis les dépositaires fabriquent la clé
vote-limits =
    Ce que ce vote ne protège pas :
    - Qui a voté est public ; ce que chacun a choisi ne l’est pas.
    - Rien ne protège de la contrainte : qui vous regarde devant votre appareil voit votre choix. Votez de nouveau plus tard : seul le dernier bulletin compte.
    - { $quorum } des { $of } dépositaires ensemble peuvent ouvrir des bulletins, sans que personne le remarque.
    - Où tous choisissent la même chose, chacun sait ce que les autres ont choisi. { $electors ->
        [one] Il y a { $electors } électeur.
       *[other] Il y a { $electors } électeurs.
    }
    - Les parts du résultat sont brouillées de { $bits } bits, et non des 40 que demande la théorie.
    - Les bulletins restent secrets face aux ordinateurs quantiques ; les signatures et les preuves n’y résistent pas.
    - Ni ce programme ni la bibliothèque tfhe dont il se sert n’ont été audités pour des votes. tfhe est sous licence BSD-3-Clause-Clear : elle n’accorde aucun brevet, et ses auteurs en demandent une aux usages commerciaux.
vote-ask-cast = Déposer « { $answer } » à « { $question } » ? Le suivi est : { $tracker }.
vote-ask-cast-prepared = Déposer le bulletin préparé à « { $question } » ? Son suivi est : { $tracker }.
vote-cast = votre suivi : { $tracker }
    Le bulletin est en attente jusqu’à ce qu’un point de contrôle l’inclue et que des dépositaires le détiennent : commune vote check
vote-tracker = Suivi : { $tracker }
vote-prepared = suivi : { $tracker }
    Notez-le, puis décidez : commune vote cast { $vote } --prepared, ou commune vote spoil { $vote } FICHIER
vote-spoiled = ouvert le bulletin au suivi { $tracker } ; il ne pourra jamais être déposé
    Faites-le refaire par un autre appareil : commune vote challenge FICHIER { $tracker }
vote-challenge-holds = ✔ l’appareil était honnête : le bulletin { $tracker } dit { $answer }
vote-challenge-unseen = le bulletin { $tracker } dit { $answer } ; comparez le suivi avec celui qui fut montré avant
vote-check-counts = ✔ compté : { $tracker }
vote-check-will-count = ✔ détenu par { $receipts } dépositaires, il en faut { $quorum } : { $tracker } compte si rien ne le remplace
vote-check-waits = { $tracker } attend : { $receipts } accusés sur { $quorum }, ou aucun point de contrôle ne l’inclut encore
vote-check-not-elector = ✘ { $tracker } ne compte pas : son auteur n’est pas sur la liste électorale
vote-check-before-key = ✘ { $tracker } ne compte pas : il est venu avant que la clé soit fixée
vote-check-after-end = ✘ { $tracker } ne compte pas : il est venu après la fin
vote-check-not-receipted = ✘ { $tracker } ne compte pas : seuls { $receipts } dépositaires sur { $quorum } le détenaient avant la clôture
vote-check-replaced = { $tracker } ne compte pas : un bulletin plus récent de la même personne compte
vote-check-false = ✘ { $tracker } ne compte pas : sa preuve est fausse
vote-check-wrong-size = ✘ { $tracker } ne compte pas : il n’a pas la taille d’un bulletin de ce vote
vote-check-wrong-ward = ✘ { $tracker } ne compte pas : il nomme un autre bureau que celui de son électeur
vote-check-proof = numéro { $index } sur { $size } dans l’ensemble { $root }, fixé par le point de contrôle { $height } ; { $hashes ->
    [one] { $hashes } empreinte le prouve
   *[other] { $hashes } empreintes le prouvent
}
vote-check-proof-unlocked = numéro { $index } sur { $size } dans l’ensemble { $root }, que les dépositaires doivent sceller ; { $hashes ->
    [one] { $hashes } empreinte le prouve
   *[other] { $hashes } empreintes le prouvent
}
vote-missing-lock = les dépositaires n’ont pas scellé la somme du bureau { $ward }, ou aucun point de contrôle ne l’inclut
vote-missing-sum = la somme du bureau { $ward } est en route
vote-missing-ballots = { $count ->
    [1] 1 bulletin est
   *[other] { $count } bulletins sont
} en route
vote-missing-shares = au bureau { $ward }, { $count ->
    [1] 1 morceau n’a
   *[other] { $count } morceaux n’ont
} pas de part valable
vote-result = { $question }
vote-result-yes-no = oui { $yes }, non { $no }
vote-result-accepted = accepté : plus de oui que de non
vote-result-rejected = non accepté
vote-result-ballots = { $ballots ->
    [one] { $ballots } bulletin
   *[other] { $ballots } bulletins
} de { $electors ->
    [one] { $electors } électeur
   *[other] { $electors } électeurs
} ; { $shares } parts vérifiées, brouillées de { $bits } bits
vote-result-sums = { $taken ->
    [1] 1 somme d’un autre bureau, prise telle
   *[other] { $taken } sommes d’autres bureaux, prises telles
} qu’un quorum de dépositaires l’a scellée, { $added } faite sur cet appareil : commune vote verify --all vérifie tout
vote-result-false-shares = { $count ->
    [1] 1 part ne tient pas et a été écartée
   *[other] { $count } parts ne tiennent pas et ont été écartées
}
vote-progress-shares = parts
vote-progress-ballots = bulletins vérifiés
vote-checked-records = { $records ->
    [one] { $records } point de contrôle refait
   *[other] { $records } points de contrôle refaits
} depuis la genèse, dont { $faults } avec une faute
vote-checked-state = points de contrôle refaits seulement depuis celui où cet appareil a commencé
vote-checked-key = { $pieces } morceaux de la clé, confirmés par { $seats } dépositaires
vote-checked-ballots = { $verified } bulletins sur { $counted } comptés sont vérifiés ({ $now } maintenant), { $false } faux, { $missing } absents
vote-checked-locks = { $count ->
    [one] { $count } somme refaite et égale
   *[other] { $count } sommes refaites et égales
} à ce qu’un quorum a scellé
vote-checked-taken = { $count ->
    [1] 1 somme d’un autre bureau, prise telle
   *[other] { $count } sommes d’autres bureaux, prises telles
} qu’un quorum l’a scellée
vote-checked-false-sum = ce qu’un quorum a scellé n’est pas la somme des bulletins du bureau { $ward }
vote-checked-shares = { $count ->
    [one] { $count } part vérifiée
   *[other] { $count } parts vérifiées
}
vote-checked-other-lock = { $name } a scellé une autre somme du bureau { $ward }
vote-checked-contested = la preuve du bulletin { $ballot } est fausse ; confirmé par { $names }
vote-checked-close = bulletins fixés par le point de contrôle { $height }, { $time }

error-vote-unknown = aucun vote { $vote } n’est connu ici
hint-vote-unknown = commune vote list montre leurs noms ; 4 chiffres suffisent
error-vote-ambiguous = plusieurs votes s’appellent { $vote }, ou celui-ci est déjà ouvert
hint-vote-ambiguous = donnez plus de chiffres
error-vote-not-opened = aucun point de contrôle n’inclut encore l’ouverture du vote { $vote }
hint-vote-not-opened = attendez le prochain point de contrôle, ou apportez-en un
error-vote-covered = le vote fut ouvert avant le point de contrôle { $height }, où cet appareil a commencé
hint-vote-covered = un appareil qui détient toutes les entrées sait qui peut voter
error-vote-incomplete = { $count ->
    [1] 1 partie du vote n’est pas encore arrivée
   *[other] { $count } parties du vote ne sont pas encore arrivées
} ici
hint-vote-incomplete = rencontrez quelqu’un qui les a, ou prenez un paquet, et réessayez
error-vote-question = cela ne peut pas être demandé ainsi
hint-vote-question = commune vote open --help montre les sortes de questions
error-vote-choice = on ne peut pas répondre ainsi
hint-vote-choice = commune vote show montre les options
error-vote-answer = « { $answer } » n’est pas une réponse à cette question
hint-vote-answer = commune vote show montre les options ; nommez-les par numéro ou par texte
error-vote-trustee-twice = un dépositaire ou suppléant est nommé deux fois
hint-vote-trustee-twice = chacun tient une seule place : nommez des membres différents avec --trustee et --substitute
error-vote-period = une période du vote ne peut pas être si longue ou si courte
hint-vote-period = --prepare, --time et --receipts vont d’une seconde à un an
error-vote-substitutes = plus de suppléants qu’un vote ne peut en avoir
hint-vote-substitutes = nommez-en sept au plus avec --substitute
error-vote-trustees = { $found ->
    [one] { $found } dépositaire est nommé
   *[other] { $found } dépositaires sont nommés
} ; il en faut 3, 5 ou 7
hint-vote-trustees = la règle de ce réseau est { $needed } ; chacun demande --trustee
error-vote-no-key = les dépositaires n’ont pas encore fabriqué la clé
hint-vote-no-key = commune vote show dit qui manque encore
error-vote-no-trustees = le vote n’a pas de clé : ses dépositaires et suppléants se sont tus
hint-vote-no-trustees = ouvrez-le de nouveau avec d’autres dépositaires
error-vote-over = le vote est terminé
hint-vote-over = commune vote result montre le résultat une fois que les dépositaires l’ont ouvert
error-vote-not-elector = vous n’êtes pas sur la liste électorale de ce vote
hint-vote-not-elector = les électeurs sont ceux qui étaient membres au point de contrôle qui inclut l’ouverture
error-vote-not-prepared = aucun bulletin de ce vote n’attend ici, ou vous avez écrit quelque chose depuis
hint-vote-not-prepared = faites-en un avec commune vote prepare
error-vote-encryption = le bulletin n’a pas pu être chiffré
hint-vote-encryption = rien n’est déposé ; réessayez
error-vote-proof = un bulletin ne tient pas
hint-vote-proof = commune vote verify dit lequel, et qui l’a confirmé
error-vote-sum = la somme ne s’ouvre pas
hint-vote-sum = commune vote verify vérifie tout ce sur quoi elle repose
error-vote-file = le fichier n’est pas ce qu’il devrait être
hint-vote-file = demandez-le de nouveau
error-vote-no-reference = la chaîne de référence { $id } n’est pas sur cet appareil
hint-vote-no-reference = commune reference keep FICHIER prend celle que votre réseau a faite ; un réseau d’essai n’en a pas besoin
error-vote-reference = la chaîne de référence est inutilisable
hint-vote-reference = commune reference check FICHIER dit ce qui ne va pas
error-vote-test-reference = cette chaîne de référence est d’essai : qui l’a faite pourrait forger des preuves
hint-vote-test-reference = tenez une cérémonie : docs/ceremony.md
error-vote-no-ballot = aucun bulletin de ce genre n’est connu ici
hint-vote-no-ballot = le suivi a quatre mots, dans l’ordre où ils furent montrés
error-vote-not-closed = on vote encore : il n’y a pas de résultat
hint-vote-not-closed = commune vote show dit jusqu’à quand
error-vote-no-result = il n’y a pas encore de résultat
hint-vote-no-result = rencontrez un dépositaire ou prenez un paquet ; les dépositaires voient ce qui attend avec commune trustee list
error-vote-false-lock = la somme du bureau { $ward } n’est pas celle qu’un quorum de dépositaires a scellée
hint-vote-false-lock = n’acceptez aucun résultat de ce vote ; montrez aux autres ce que dit commune vote verify
error-vote-false = ce vote ne tient pas
hint-vote-false = les lignes marquées ✘ disent ce qui est faux
error-vote-challenge = le bulletin n’est pas celui dont le suivi fut montré ; refait, il est { $tracker }
hint-vote-challenge = ne votez pas sur cet appareil, et dites-le aux autres
