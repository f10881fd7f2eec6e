# commune carry

help-carry = Lire une clé, y écrire ce qui manque à ses autres lecteurs, et dire quand la retirer
    .long = Ce que la clé a de nouveau est pris. Puis cet appareil y laisse son ticket, qui dit ce qu’il détient, et un paquet de ce qui manque à ceux qui ont laissé le leur ; les paquets scellés pour d’autres continuent avec la clé suivante. Tout est scellé pour le réseau : qui trouve la clé ne lit rien, mais voit qu’elle sert à cela, combien et quand. Sans MOUNT, c’est la clé branchée.
help-carry-mount = Où la clé est montée
help-carry-at = Un dossier à employer comme une clé
help-carry-watch = Continuer avec chaque clé branchée, jusqu’à Ctrl-C
help-carry-no-write = Lire seulement
help-carry-dry-run = Dire ce qui se passerait, sans rien changer
help-carry-quota = Place que les paquets des autres peuvent prendre sur cet appareil, comme 500MB ; par défaut un dixième du disque
carry-reads = lecture
carry-writes = écriture
carry-settles = Ne retirez rien encore : la clé est en cours d’écriture.
carry-waits = Branchez une clé. Ctrl-C arrête.
carry-read = { $path } : { $bundles ->
    [0] aucun paquet de ce réseau
    [1] un paquet lu
   *[other] { $bundles } paquets lus
}{ $bundles ->
    [0] {""}
   *[other] , { carry-imported }
}
carry-imported = { $imported ->
    [0] rien de nouveau
    [1] une entrée importée
   *[other] { $imported } entrées importées
}{ $pending ->
    [0] {""}
   *[other] , dont { $pending } en attente d’autres
}{ $known ->
    [0] {""}
    [1] , une déjà connue
   *[other] , { $known } déjà connues
}{ $blobs ->
    [0] {""}
    [1] , un contenu
   *[other] , { $blobs } contenus
}
carry-skipped = { $count ->
    [0] plus de noms dans son dossier qu’on n’en regarde
    [1] un autre objet de son dossier laissé de côté
   *[other] { $count } autres objets de son dossier laissés de côté
}
carry-readers = { $count ->
    [0] personne d’autre n’y a laissé de ticket
    [1] un autre appareil la lit
   *[other] { $count } autres appareils la lisent
}
carry-written-nothing = rien à écrire : elle contient tout ce qui leur manque
carry-written = { bundle-written }
carry-written-dry = ce serait : { bundle-written }
carry-left = { $count ->
    [1] une entrée ou un contenu n’a
   *[other] { $count } entrées et contenus n’ont
} pas trouvé de place : libérez-en, ou branchez une autre clé pour le reste (avec --watch elle continue où celle-ci finit)
carry-removed-own = { $count ->
    [1] un ancien paquet de cet appareil retiré
   *[other] { $count } anciens paquets de cet appareil retirés
} : ce qui manque encore aux lecteurs est dans le nouveau
carry-others = pour d’autres : { $taken } pris, { $given } transmis ; { $held ->
    [1] un paquet
   *[other] { $held } paquets
} ({ $bytes } octets) en garde ici
carry-may-remove = Vous pouvez retirer la clé maintenant.
carry-unusable-file = { $path } : pas un paquet lisible
error-carry-no-stick = aucune clé n’est branchée
hint-carry-no-stick = branchez-en une et laissez-la être montée ; `commune carry --at DOSSIER` prend un dossier à la place
error-carry-not-mounted = aucune clé n’est montée sur { $path }
hint-carry-not-mounted = `commune carry` sans chemin la trouve ; --at prend un dossier qui n’en est pas une
error-carry-removed = la clé { $path } a été retirée trop tôt
hint-carry-removed = ce qui a été lu est enregistré ; rebranchez-la et relancez la commande
error-carry-busy = un autre programme emploie la clé { $path }
hint-carry-busy = attendez qu’il ait fini, comme un `commune up` ou `commune carry --watch` en cours
error-carry-read-only = la clé { $path } est protégée en écriture
hint-carry-read-only = ce qu’elle contenait est lu ; déplacez son petit loquet et relancez, ou donnez --no-write
error-carry-full = la clé { $path } est pleine : rien n’a été écrit
hint-carry-full = ce qu’elle contenait est lu ; libérez-y de la place, ou prenez-en une autre
error-carry-unusable = le dossier COMMUNE de { $path } est inutilisable
hint-carry-unusable = regardez ce qui tient sa place, déplacez-le et relancez
error-carry-damaged = sur { $path }, { $files ->
    [0] {""}
    [1] un fichier n’est pas un paquet lisible
   *[other] { $files } fichiers ne sont pas des paquets lisibles
}{ $places ->
    [0] {""}
   *[other] { $files ->
        [0] {""}
       *[other] {" "}et{" "}
    }{ $places ->
        [1] un endroit est abîmé
       *[other] { $places } endroits sont abîmés
    }
}
hint-carry-damaged = tout ce qui est intact est enregistré ; qui a écrit le reste l’écrira de nouveau en portant cette clé, et vous pouvez effacer le fichier
error-carry-unwatched = ce système ne permet pas de remarquer les clés
hint-carry-unwatched = indiquez le dossier avec --at
