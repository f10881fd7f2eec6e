# commune bundle

help-bundle = Transporter des entrées dans un fichier : clé USB, courrier, tout chemin à sens unique
help-bundle-create = Écrire ce que cet appareil détient dans un paquet
    .long = Tout, ou exactement ce qui manque à un ticket. Le paquet est scellé pour le réseau : qui trouve la clé n’y lit rien ; --clear le laisse ouvert. FILE ne doit pas exister ; - est la sortie standard.
help-bundle-create-file = Le nouveau fichier
help-bundle-create-for = Seulement ce qui manque à l’appareil de ce ticket
    .long = Un fichier écrit là-bas par `commune bundle ticket`, ou le texte de ses codes QR.
help-bundle-create-since = Tout à partir de cette hauteur ; la genèse est 0
help-bundle-create-with-state = Pour quelqu’un de nouveau : le dernier point de contrôle avec tout ce qui en découle, et seulement ce qui est venu depuis
    .long = Qui le prend n’a besoin d’aucune entrée d’avant : membres, soldes et lois se vérifient avec la seule genèse.
help-bundle-create-clear = Ne pas le sceller : tout le monde peut le lire
help-bundle-create-split = Écrire plusieurs fichiers de SIZE au plus, comme 1.9GB
help-bundle-import = Prendre des paquets
    .long = Chaque entrée intacte est prise, quoi qu’il soit arrivé au reste du fichier ; le code de sortie est 3 si quelque chose est endommagé ou coupé. Reprendre un fichier ne change rien : un import interrompu se relance, tout simplement.
help-bundle-import-file = Des paquets, dans n’importe quel ordre ; - est l’entrée standard
help-bundle-import-dry-run = Dire ce qui se passerait, sans rien changer
help-bundle-inspect = Dire ce qu’est un paquet et ce qu’il contient, sans le prendre
help-bundle-inspect-file = Le paquet ; - est l’entrée standard
help-bundle-verify = Vérifier chaque empreinte et chaque signature d’un paquet
help-bundle-verify-file = Le paquet ; - est l’entrée standard
help-bundle-ticket = Dire ce que cet appareil détient, pour qui lui écrit un paquet
    .long = Scellé pour le réseau. Sans FILE ni --qr il est affiché comme texte, à scanner, à coller et à donner à `commune bundle create --for`.
help-bundle-ticket-file = Où l’écrire ; - est la sortie standard
help-bundle-ticket-qr = L’afficher en codes QR
    .long = Dans un terminal, autant de petits codes qu’il en faut, scannés dans n’importe quel ordre.
bundle-create-progress = écriture
bundle-import-progress = importation
bundle-look-progress = lecture
bundle-created =
    { $files ->
        [0] { bundle-written }
        [1] { bundle-written } dans { $path }
       *[other] { bundle-written } dans { $files } fichiers à partir de { $path }
    }
bundle-written = { $entries ->
    [0] aucune entrée
    [1] une entrée
   *[other] { $entries } entrées
} et { $blobs ->
    [0] aucun contenu
    [1] un contenu
   *[other] { $blobs } contenus
} ({ $bytes } octets)
bundle-unreadable = { $count ->
    [1] une entrée de cet appareil est illisible et laissée de côté ; lancez `commune doctor`
   *[other] { $count } entrées de cet appareil sont illisibles et laissées de côté ; lancez `commune doctor`
}
bundle-created-state = il commence par le point de contrôle { $height } et son état
bundle-began-on = cet appareil repart du point de contrôle { $height }, vérifié avec la genèse
bundle-imported = { bundle-imported-entries }
bundle-imported-dry = cela donnerait : { bundle-imported-entries }
bundle-imported-entries = { $imported ->
    [0] aucune entrée prise
    [1] une entrée prise
   *[other] { $imported } entrées prises
}{ $pending ->
    [0] {""}
   *[other] , dont { $pending } en attente d’autres
}, { $known ->
    [one] { $known } déjà connue
   *[other] { $known } déjà connues
}, { $refused ->
    [one] { $refused } refusée
   *[other] { $refused } refusées
}{ $blobs ->
    [0] {""}
    [1] , un contenu
   *[other] , { $blobs } contenus
}
bundle-missing-parts = absente de ces fichiers : la partie { $parts }
bundle-damaged = { $path }, octet { $offset } : { $why }{ $entries ->
    [0] {""}
    [1] , une entrée perdue
   *[other] , { $entries } entrées perdues
}
bundle-damaged-more = et { $count } autres endroits
bundle-why-header = l’en-tête est endommagé
bundle-why-hash = un morceau est endommagé
bundle-why-trailer = la fin est endommagée
bundle-why-missing = des morceaux manquent
bundle-why-cut = le fichier s’arrête trop tôt
bundle-why-framing = aucun morceau ne commence ici
bundle-why-unreadable = un morceau est illisible
bundle-why-signature = de fausses signatures
bundle-why-closing = la signature de l’auteur est fausse
bundle-unknown = inconnu
bundle-for-all = tout le monde
bundle-for-ticket = le ticket { $ticket }
bundle-inspected =
    { $path } : partie { $part }{ $last ->
        [yes] , la dernière
       *[no] {""}
    }, { $bytes } octets, { $sealed ->
        [yes] scellé pour le réseau
       *[no] en clair
    }
    réseau    { $network }
    appareil  { $device }
    écrit     { $claimed }, selon l’appareil
    pour      { $target }
    contient  { $entries } entrées, { $blobs } contenus
bundle-class = { $class ->
        [proofs] {"    "}signataires, forks  { $entries }
        [members] {"    "}membres             { $entries }
        [votes] {"    "}votes, actions      { $entries }
        [accounts] {"    "}comptes             { $entries }
        [texts] {"    "}textes              { $entries }
       *[carried] {"    "}autres              { $entries }
    }
bundle-verified = { $good ->
    [yes] { $path } est bon : { $entries } entrées aux signatures justes, { $device ->
        [none] non signé par l’appareil qui l’a écrit
       *[other] signé par l’appareil { $device }
    }
   *[no] { $path } n’est pas bon : { $entries } entrées trouvées
}
bundle-ticket-saved = ticket de { $logs } journaux et { $entries } entrées ({ $bytes } octets) écrit dans { $path }
bundle-ticket-code = ticket, code { $number } sur { $count }
error-bundle-damaged = { $places ->
    [1] le paquet est endommagé à un endroit
   *[other] le paquet est endommagé à { $places } endroits
} : { $entries ->
    [0] pas d’entrée perdue, que l’on sache
    [1] une entrée est perdue
   *[other] { $entries } entrées sont perdues
}
hint-bundle-damaged = toutes les entrées intactes sont enregistrées ; trouvez une autre copie, ou rencontrez quelqu’un qui a le reste
error-bundle-bad = { $places ->
    [1] le paquet est endommagé à un endroit
   *[other] le paquet est endommagé à { $places } endroits
} : { $entries ->
    [0] pas d’entrée perdue, que l’on sache
    [1] une entrée est perdue
   *[other] { $entries } entrées sont perdues
}
hint-bundle-bad = ce qui est intact peut être importé ; trouvez une autre copie pour le reste
error-bundle-fork = { $count ->
    [1] un appareil a écrit deux entrées à la même place
   *[other] des appareils ont écrit deux entrées à la même place, { $count } fois
}
hint-bundle-fork = les deux sont gardées comme preuve ; `commune quarantine list` les montre
error-bundle-sealed = { $path } est scellé, et pas pour le réseau de cet appareil
hint-bundle-sealed = ouvrez-le sur un appareil du réseau pour lequel il a été écrit
error-bundle-other-network = { $path } est d’un autre réseau, { $network }
hint-bundle-other-network = importez-le sur un appareil de ce réseau
error-bundle-none = { $path } n’est pas un paquet
hint-bundle-none = indiquez un fichier écrit par `commune bundle create`
error-bundle-empty = { $path } est vide
hint-bundle-empty = la clé a peut-être été retirée trop tôt : écrivez le paquet à nouveau
error-bundle-version = { $path } est au format { $version } des paquets, que ce programme ne connaît pas
hint-bundle-version = utilisez une version plus récente de commune
error-bundle-format = ce programme ne peut pas lire { $path }
hint-bundle-format = utilisez une version plus récente de commune
error-bundle-link = { $path } est un lien, et les liens ne sont pas suivis
hint-bundle-link = indiquez le fichier lui-même
error-bundle-path = { $path } n’est pas un nom de fichier que toute clé accepte
hint-bundle-path = n’utilisez que des lettres, des chiffres, les signes - et _ et le point
error-bundle-part-too-short = le paquet ne peut pas être découpé ainsi
hint-bundle-part-too-short = donnez une taille plus grande à --split
error-bundle-not-written = impossible d’écrire { $path }
hint-bundle-not-written = donnez une taille plus grande à --split, ou vérifiez le support
error-bundle-height = cet appareil ne connaît pas de hauteur { $height }
hint-bundle-height = --since 0 est la genèse, la seule hauteur pour l’instant
error-bundle-ticket-closed = le ticket { $path } est d’un autre réseau, ou endommagé
hint-bundle-ticket-closed = demandez-en un nouveau ; sans --for, tout est écrit
error-bundle-ticket-bad = { $path } n’est pas un ticket utilisable
hint-bundle-ticket-bad = demandez ce que dit `commune bundle ticket` là-bas ; sans --for, tout est écrit
error-bundle-ticket-too-long = le ticket a { $bytes } octets, plus qu’un code QR n’en tient
hint-bundle-ticket-too-long = écrivez-le dans un fichier, ou affichez-le avec --qr terminal
