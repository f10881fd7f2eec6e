# commune money, commune audit

help-money = Soldes, paiements et dividendes
help-money-unit = Montrer les montants en quantité ou en dividendes du jour, et lire ainsi les nombres sans unité
help-money-ask = Montrer à quelqu’un un code par lequel vous payer
help-money-ask-amount = Comme 12.50, ou en dividendes comme 2d ou « 0.35 dividende »
help-money-ask-comment = À quoi il sert, 255 octets au plus
help-money-ask-shared = Payer à ce compte partagé : son nom, # et son numéro, ou 6 chiffres au moins de son identifiant
help-money-ask-qr = Dessiner le code ici
help-money-ask-image = Écrire aussi le code dans une image, .png ou .svg
help-money-balance = Ce que quelqu’un a : définitif, en attente, et de quand cela date
help-money-balance-who = Un nom, ou 6 chiffres au moins d’une clé ; sinon vous-même
help-money-dividend = Le dividende du jour, et quand il est réévalué
help-money-history = Votre relevé, dividendes compris ; les comptes y tombent juste
help-money-history-format = text ou csv
help-money-incoming = Ce que d’autres vous paient : en attente, refusé, nul, et définitif des 30 derniers jours
    .long = D’un paiement en attente est dit ce que le payeur possède, ce qui en est en attente à la connaissance de cet appareil, et le plafond : tant de dividendes par membre, partagés également entre ses appareils. Un paiement au-delà du plafond n’est jamais refusé pour cela, mais qui l’accepte risque davantage.
help-money-incoming-all = Tous, si vieux soient-ils
help-money-note = Billets à ordre : ce que les gens se doivent à côté de la monnaie
    .long = Un billet est une promesse signée et pas de la monnaie : les comptes ne le connaissent pas et rien ne le paie de lui-même. Un paiement le règle.
help-money-note-give = Promettre de payer quelqu’un jusqu’à un jour
help-money-note-give-who = Un nom, ou 6 chiffres au moins d’une clé
help-money-note-give-amount = Comme 12.50, ou en dividendes comme 2d : ceux d’aujourd’hui
help-money-note-give-due = Quand au plus tard
help-money-note-list = Ce que vous devez, et ce qu’on vous doit
help-money-note-settle = Payer un billet à vous, ou nommer le paiement qui en a réglé un
help-money-note-settle-note = 6 chiffres au moins de son identifiant
help-money-note-settle-transfer = L’entrée d’un paiement déjà fait ; chacun des deux peut la nommer
help-money-pay = Payer quelqu’un
    .long = Seul ce qu’un point de contrôle a rendu définitif peut être dépensé. Le paiement est en attente jusqu’au prochain ; un commentaire est scellé pour qui reçoit, sauf avec --clear.
help-money-pay-who = Un nom, ou 6 chiffres au moins d’une clé ; pour un compte partagé aussi # et son numéro
help-money-pay-request = Ce que montre `commune money ask` : le texte, ou @ et un fichier qui le contient ou une image du code
help-money-pay-amount = Comme 12.50, ou en dividendes comme 2d ou « 0.35 dividende »
help-money-pay-comment = À quoi il sert, 255 octets au plus
help-money-pay-clear = Tout le monde peut lire le commentaire
help-money-pay-dry-run = Dire ce qui se passerait, et ne rien signer
help-money-history-shared = De ce compte partagé : son nom, # et son numéro, ou 6 chiffres au moins de son identifiant
help-money-shared = Les comptes que plusieurs personnes détiennent ensemble
help-money-shared-open = Ouvrir un compte partagé ; vous êtes l’un de ses détenteurs
    .long = Un paiement depuis ce compte demande la parole de plusieurs détenteurs : l’un le propose, d’autres l’approuvent. Tout le monde peut y payer, avec `commune money pay`.
help-money-shared-open-name = Comment on l’appelle, 64 octets au plus
help-money-shared-open-holder = Qui d’autre le détient : un nom, ou 6 chiffres au moins d’une clé
help-money-shared-open-threshold = Combien de détenteurs un paiement demande ; plus de la moitié sinon
help-money-shared-list = Les comptes partagés que vous détenez
help-money-shared-list-all = Ceux des autres aussi
help-money-shared-show = Ce que contient un compte partagé, qui le détient, et ce qui attend une approbation
help-money-shared-show-account = Son nom, # et son numéro, ou 6 chiffres au moins de son identifiant
help-money-shared-propose = Proposer un paiement depuis un compte partagé, et l’approuver ainsi
help-money-shared-propose-account = Son nom, # et son numéro, ou 6 chiffres au moins de son identifiant
help-money-shared-propose-who = Un nom, ou 6 chiffres au moins d’une clé
help-money-shared-propose-amount = Comme 12.50, ou en dividendes comme 2d ou « 0.35 dividende »
help-money-shared-propose-comment = À quoi il sert, 255 octets au plus ; tout le monde peut le lire
help-money-shared-approve = Approuver un paiement qu’un autre détenteur a proposé
help-money-shared-approve-proposal = 6 chiffres au moins de son identifiant
help-money-standing = Des paiements qui reviennent, faits par cet appareil à leur échéance
    .long = Les ordres permanents restent sur cet appareil, et personne d’autre ne les connaît. Un nœud en marche paie ce qui échoit, après chaque point de contrôle et toutes les heures ; sans nœud, `commune money standing run` le fait.
help-money-standing-add = Payer quelqu’un encore et encore
help-money-standing-add-who = Un nom, ou 6 chiffres au moins d’une clé ; pour un compte partagé aussi # et son numéro
help-money-standing-add-amount = Comme 12.50, ou en dividendes comme 2d : ceux du jour de chaque paiement
help-money-standing-add-every = À quel rythme, un jour ou plus, comme 7d ou 30d
help-money-standing-add-first = Quand d’abord ; maintenant sinon
help-money-standing-add-times = Combien de fois ; pour toujours sinon
help-money-standing-add-comment = À quoi il sert ; le jour de l’échéance le suit
help-money-standing-list = Tous, et l’échéance de chacun
help-money-standing-remove = En finir avec un
help-money-standing-remove-number = Son numéro, comme `commune money standing list` le montre
help-money-standing-run = Payer ce qui échoit : chaque période une fois, quoi qu’il arrive entre-temps
help-money-standing-run-dry-run = Dire ce qui serait payé, et ne rien signer
help-money-supply = Toute la monnaie, jour après jour
help-money-supply-format = text, csv ou svg
help-audit = Rejouer tous les points de contrôle depuis la genèse et recalculer chaque solde
    .long = Avec --bundle il lit un paquet et une genèse, et n’a besoin d’aucun dossier de données. La forme publique d’une genèse ouvre les paquets en clair, l’autre aussi les paquets scellés.
help-audit-bundle = Le paquet, toutes ses parties
help-audit-genesis = La genèse de son réseau

money-final = définitif
money-pending = en attente
money-never-final = rien n’est définitif encore : pas de point de contrôle
money-fresh-hours = définitif au point de contrôle { $height }, { $hours ->
    [0] il y a moins d’une heure
    [1] il y a une heure
   *[other] il y a { $hours } heures
}
money-fresh-days = définitif au point de contrôle { $height }, { $days ->
    [0] aujourd’hui
    [1] il y a un jour
   *[other] il y a { $days } jours
}
money-balance =
    { $name }
    définitif   { $final } ({ $relative } dividendes)
    en attente  { $pending } si le prochain point de contrôle se fermait maintenant
    disponible  { $spendable }
    { $fresh }
money-dividend =
    dividende   { $dividend } par jour pour chaque membre
    monnaie     { $mass } pour { $members } membres
    croissance  { $growth } % par semestre ; { $days ->
        [0] réévalué aujourd’hui
        [1] réévalué demain
       *[other] réévalué dans { $days } jours
    }
    { $fresh }
money-line-dividends = { $day }  { $amount }  { $with ->
    [0] aucun dividende
    [1] un dividende
   *[other] { $with } dividendes
}  = { $balance }  { $status }
money-line-sent = { $day }  { $amount }  à { $with }  = { $balance }  { $status }
money-line-received = { $day }  { $amount }  de { $with }  = { $balance }  { $status }
money-comment = « { $comment } »
money-incoming = { $amount }  de { $name }  { $what }
money-incoming-payer = { $name } a { $final } définitifs ; { $spent } sont en attente à la connaissance de cet appareil ; le plafond est de { $cap }
money-incoming-payer-device = { $name } a { $final } définitifs ; { $spent } sont en attente à la connaissance de cet appareil ; le plafond est de { $cap }, depuis l’appareil qui a payé de { $device }
money-incoming-beyond = { $name } a { $spent } en attente, au-delà du plafond de { $cap } : cela peut se révéler nul
money-incoming-beyond-device = { $name } a { $device_spent } en attente depuis un seul appareil, au-delà de la part de celui-ci dans le plafond, { $device } : cela peut se révéler nul
money-incoming-risk = un paiement en attente peut se révéler nul : vous risquez au plus le plafond par payeur, et rien ne borne le nombre d’autres personnes que le même payeur paie
money-incoming-none = personne ne vous a payé ces derniers temps
money-idle-sent = { $day }  { $amount } à { $with } : { $what }
money-idle-received = { $day }  { $amount } de { $with } : { $what }
money-effect-refused = refusé pour de bon : { $why }
money-effect-to-be-refused = refusé si le prochain point de contrôle se fermait maintenant : { $why }
money-effect-void = nul : double dépense de { $name } ; votre créance sur { $name } demeure, mais aucun dividende ne la paie de lui-même
money-effect-void-own = nul : le journal de cet appareil a bifurqué, et le point de contrôle n’a pas pris cette branche
money-effect-contested = en doute : { $name } a écrit autre chose à la même place ; un seul des deux comptera, au plus
money-effect-contested-own = en doute : le journal de cet appareil a bifurqué ; une branche au plus comptera
money-effect-waits = attend une entrée qui le précède
unpaid-insufficient-balance = le solde ne le couvre pas
unpaid-self-payment = le payeur est le bénéficiaire
unpaid-receiver-revoked = la clé du bénéficiaire est révoquée
unpaid-unknown-receiver = personne de connu n’a la clé du bénéficiaire
unpaid-zero-amount = le montant est nul
unpaid-below-dust = c’est moins que le plus petit paiement
unpaid-unknown-device = l’appareil n’est à personne de connu
unpaid-device-revoked = l’appareil est révoqué
unpaid-author-revoked = la clé de l’auteur est révoquée
unpaid-not-member = seuls les membres ouvrent des comptes partagés
unpaid-not-holder = l’auteur ne détient pas le compte
unpaid-unknown-holder = un détenteur n’est personne de connu
unpaid-duplicate-holder = une même personne est nommée comme deux détenteurs
unpaid-too-many-holders = plus de détenteurs que la loi n’en admet
unpaid-unknown-account = le compte partagé est inconnu
unpaid-unknown-proposal = aucune telle proposition n’attend d’approbation
unpaid-already-approved = le détenteur l’a déjà approuvé
unpaid-too-many-proposals = trop de propositions attendent déjà
unpaid-expired = il n’a pas été approuvé à temps
unpaid-other = une règle le prive d’effet
money-would-pay = paierait { $amount } à { $name }{ $comment } ; rien n’a été signé
money-asked = { $name } demande { $amount }{ $comment }
money-ask-pay = Payer { $amount } à { $name }{ $comment } ? ({ $fresh })
money-paid = { $amount } payés à { $name }{ $comment } : en attente jusqu’au prochain point de contrôle
shared-line = { $name }  { $final } définitifs, { $pending } en attente  { $threshold } sur { $count } : { $holders }
shared-line-pending = { $name }  ouvre avec le prochain point de contrôle, { $pending } en attente  { $threshold } sur { $count } : { $holders }
shared-id = identifiant  { $id }
shared-proposal = { $id }  { $amount } à { $name } : { $count } sur { $threshold } l’approuvent ({ $approved })
shared-none = aucun compte partagé
shared-ask-open = Ouvrir le compte partagé { $name }, détenu par { $holders }, dont un paiement demande { $threshold } ?
shared-opened = { $name } ouvre avec le prochain point de contrôle : détenu par { $holders }, dont un paiement demande { $threshold }
shared-ask-propose = Proposer de payer { $amount } depuis { $account } à { $name }{ $comment } ?
shared-proposed = proposé : { $amount } depuis { $account } à { $name }{ $comment } ; { $left ->
    [0] il ne faut personne d’autre
    [1] un autre détenteur doit l’approuver par l’identifiant ci-dessous
   *[other] { $left } autres détenteurs doivent l’approuver par l’identifiant ci-dessous
}
shared-ask-approve = Approuver de payer { $amount } depuis { $account } à { $name }{ $comment } ?
shared-approved = approuvé : { $amount } depuis { $account } à { $name }{ $comment } ; { $left ->
    [0] payé avec le prochain point de contrôle
    [1] il faut encore un détenteur
   *[other] il faut encore { $left } détenteurs
}
standing-line = { $order }  { $amount } à { $name } tous les { $every }, prochain { $due }
standing-line-times = { $order }  { $amount } à { $name } tous les { $every }, prochain { $due }, { $left ->
    [1] encore une fois
   *[other] encore { $left } fois
}
standing-none = aucun ordre permanent sur cet appareil
standing-removed = terminé : { $order }
standing-nothing-due = rien n’échoit
standing-would-pay = { $order }  paierait { $amount } à { $name }, échu le { $due }
standing-paid = { $order }  { $amount } payés à { $name }, échu le { $due } : en attente jusqu’au prochain point de contrôle
standing-unpaid = { $order }  pas payé : { $amount } à { $name }, échu le { $due } : { $why }
note-ask-give = Promettre à { $name } de payer { $amount } jusqu’au { $due } ?
note-given = promis : { $amount } à { $name } jusqu’au { $due }
note-line-owed = { $id }  vous devez { $amount } à { $name } jusqu’au { $due } : { $state }
note-line-due = { $id }  { $name } vous doit { $amount } jusqu’au { $due } : { $state }
note-open = ouvert
note-overdue = en retard
note-settled-final = réglé, définitif
note-settled-pending = réglé, en attente
note-none = aucun billet à ordre
note-paid = payé par l’entrée { $id }
note-settles = le billet est réglé : en attente jusqu’au prochain point de contrôle
money-supply = { $days ->
    [0] aucun jour n’est clos encore
    [1] un jour : { $mass } pour { $members } membres, { $dividend } par jour
   *[other] { $days } jours : { $mass } pour { $members } membres, { $dividend } par jour
}
money-supply-title = Toute la monnaie et le dividende
money-supply-day = jour
money-supply-members = membres
money-supply-dividend = dividende
money-supply-mass = monnaie
audit-fault = l’enregistrement { $height } ne découle pas de ses entrées : { $fault }
audit-covered = les entrées jusqu’au point de contrôle { $below } ne sont pas gardées ici, rien n’est donc rejoué ; l’état est celui du point de contrôle { $height } : { $members ->
    [1] un membre
   *[other] { $members } membres
}, et la somme des soldes est { $mass }
audit-done = { $records ->
    [0] aucun point de contrôle à rejouer
    [1] un point de contrôle rejoué : { audit-entries }, { audit-members }, { audit-days }, { $mass } sur tous les comptes
   *[other] { $records } points de contrôle rejoués : { audit-entries }, { audit-members }, { audit-days }, { $mass } sur tous les comptes
}
audit-days = { $days ->
    [0] aucun jour
    [1] un jour
   *[other] { $days } jours
}
audit-entries = { $entries ->
    [0] aucune entrée
    [1] une entrée
   *[other] { $entries } entrées
}
audit-members = { $members ->
    [0] aucun membre
    [1] un membre
   *[other] { $members } membres
}

audit-checked = vérifié à partir du seul paquet : { $signatures } signatures, qu’un quorum a décidé chaque point de contrôle, que chacun découle de ses entrées, et que tous les soldes font ensemble toute la monnaie
audit-missing = { $entries } entrées en attendent d’autres, { $parts } parties manquent

error-money-amount = { $text } n’est pas un montant
hint-money-amount = écrivez-le comme 12.50, ou en dividendes comme 2d
error-money-comment = un commentaire a de 1 à 255 octets de texte propre, celui-ci { $len }
hint-money-comment = raccourcissez-le
error-money-request = ceci ne demande aucun paiement
hint-money-request = faites-le montrer de nouveau, et copiez-le en entier
error-money-request-network = la demande est pour un autre réseau
hint-money-request-network = demandez à quel réseau ils appartiennent
error-money-shared-comment = aucune clé n’ouvre ce qui est scellé à un compte partagé
hint-money-shared-comment = omettez le commentaire, ou laissez tout le monde le lire avec --clear
error-shared-unknown = aucun compte partagé d’ici ne s’appelle { $who }
hint-shared-unknown = regardez avec `commune money shared list --all`, ou synchronisez avec un voisin
error-shared-name = « { $name } » ne peut pas être le nom d’un compte partagé
hint-shared-name = c’est une ligne de 64 octets au plus
error-shared-threshold = { $threshold } détenteurs sur { $count } ne peuvent pas être demandés
hint-shared-threshold = nommez un nombre de 1 à celui des détenteurs
error-shared-proposal = aucune proposition n’attend ici sous { $text }
hint-shared-proposal = regardez avec `commune money shared show`, et donnez 6 chiffres au moins
error-standing-period = un ordre permanent se paie au plus tous les jours, et au moins tous les { $limit } jours
hint-standing-period = nommez une période comme 7d ou 30d
error-standing-times = un ordre payé aucune fois n’en est pas un
hint-standing-times = nommez un nombre à partir de 1, ou omettez-le
error-standing-comment = le commentaire d’un ordre permanent a au plus { $limit } octets de texte propre, celui-ci { $len }
hint-standing-comment = raccourcissez-le : le jour de l’échéance le suit
error-standing-too-many = un appareil a au plus { $limit } ordres permanents
hint-standing-too-many = terminez-en avec `commune money standing remove`
error-standing-unknown = aucun ordre permanent d’ici n’a le numéro { $number }
hint-standing-unknown = regardez avec `commune money standing list`
error-standing-unpaid = { $count ->
    [0] tout ce qui échoit fut payé
    [1] un ordre permanent échu n’a pas été payé
   *[other] { $count } ordres permanents échus n’ont pas été payés
}
hint-standing-unpaid = ils restent dus, et la prochaine exécution essaie de nouveau
error-note-unknown = aucun billet à ordre de vous ou à vous n’est ici { $text }
hint-note-unknown = regardez avec `commune money note list`, et donnez 6 chiffres au moins
error-note-settled = le billet est déjà réglé
hint-note-settled = rien à faire
error-note-transfer = { $text } n’est pas le nom d’une entrée
hint-note-transfer = donnez les 64 chiffres, comme `commune money history --json` les montre
error-note-not-paid = ce paiement ne règle pas le billet
hint-note-not-paid = c’en est un de qui doit à qui l’on doit, du montant entier, connu ici, et d’aucun autre billet
error-note-not-debtor = seul qui le doit paie un billet
hint-note-not-debtor = nommez le paiement qui l’a réglé avec --transfer
error-money-no-sealing-key = personne ici n’a la clé de scellement de qui reçoit
hint-money-no-sealing-key = synchronisez d’abord, ou laissez tout le monde le lire avec --clear
error-audit-differs = { $count ->
    [0] aucun enregistrement ne diffère
    [1] un enregistrement ne découle pas de ses entrées
   *[other] { $count } enregistrements ne découlent pas de leurs entrées
}
hint-audit-differs = gardez une copie du dossier de données et comparez avec l’audit d’un voisin
error-audit-damaged = { $places ->
    [0] le paquet n’est pas abîmé
    [1] le paquet est abîmé à un endroit, { $entries } entrées sont perdues
   *[other] le paquet est abîmé à { $places } endroits, { $entries } entrées sont perdues
}
hint-audit-damaged = ce qui est dit ci-dessus découle du reste ; procurez-vous une autre copie
error-audit-sealed = le paquet est scellé, et cette genèse ne l’ouvre pas
hint-audit-sealed = prenez la genèse avec le secret du réseau, ou faites-en faire un avec `commune bundle create --clear`
error-audit-incomplete = le paquet ne contient pas tout ce qui mène au point de contrôle { $height }
hint-audit-incomplete = faites-en un avec toutes les entrées : `commune bundle create` sans --since ni --for, et nommez toutes ses parties
error-rule-insufficient-balance = le solde ne suffit pas : { $spendable } peuvent être dépensés
hint-rule-insufficient-balance = seul compte ce qu’un point de contrôle a rendu définitif, moins vos paiements en attente
error-rule-self-payment = { $name }, c’est vous
hint-rule-self-payment = nommez quelqu’un d’autre
error-rule-receiver-revoked = la clé de { $name } est révoquée
hint-rule-receiver-revoked = demandez la clé dont cette personne se sert maintenant
error-rule-unknown-receiver = personne de connu n’a cette clé
hint-rule-unknown-receiver = synchronisez avec un voisin, ou cherchez avec `commune member find`
error-rule-zero-amount = rien ne serait payé
hint-rule-zero-amount = nommez un montant
error-rule-below-dust = moins que le plus petit paiement
hint-rule-below-dust = payez au moins une unité
error-rule-payment = une règle prive ce paiement d’effet
hint-rule-payment = rien n’a été signé
