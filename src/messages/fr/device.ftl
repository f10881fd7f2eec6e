# commune device

help-device = Les appareils d’un membre
help-device-accept = Faire d’un autre appareil l’un des vôtres
    .long = À lancer sur un appareil qui détient votre clé de membre, avec la demande du nouvel appareil. Comparez les six mots à ceux de son écran. La réponse est scellée pour le nouvel appareil ; rapportez-la-lui.
help-device-accept-request = Ce qu’a écrit `commune device pair --request`
help-device-accept-out = La réponse pour le nouvel appareil
help-device-accept-with-member-key = Donner aussi la clé de membre au nouvel appareil
    .long = Il pourra alors tout ce que peut celui-ci : ajouter et révoquer des appareils, renouveler, lire ce que d’autres scellent pour vous. Sans elle, il parle pour vous, et qui le vole peut être écarté par une révocation.
help-device-list = Montrer les appareils de votre membre
help-device-revoke = Mettre fin à un appareil perdu, volé ou vendu
    .long = Ce qu’il a écrit jusqu’ici reste valable ; ce qu’il écrira désormais sera sans effet. Il faut la clé de membre. Si elle était aussi sur cet appareil, mettez-lui fin également : `commune identity revoke`.
help-device-revoke-device = Sa clé, ou ses premiers chiffres, comme la montre `commune device list`
help-device-revoke-last-good = Numéro de sa dernière entrée valable, si un voleur s’en est déjà servi
    .long = `commune log` montre les numéros. Les entrées de son journal de membre au-dessus de celle-ci sont sans effet.
help-device-pair = Faire de ce nouvel appareil l’un de ceux d’un membre qui en a déjà un
    .long = D’abord --request, puis `commune device accept` sur l’autre appareil, puis --finish ici.
help-device-pair-request = Créer les clés de cet appareil et écrire sa demande dans FILE
help-device-pair-finish = Prendre la réponse de l’autre appareil dans FILE
help-device-pair-label = Nom de cet appareil, pour vous seul
help-device-pair-no-passphrase = Garder les clés sans phrase de passe
    .long = Quiconque copie le dossier possède alors les clés et lit tout ce qu’il contient. Pour les serveurs et les essais.
device-pair-asked =
    Portez { $path } à l’appareil qui détient votre clé de membre et lancez-y :
        commune device accept { $path } --out RÉPONSE
    Il doit montrer ces mots : { $words }
    Lancez ensuite ici : commune device pair --finish RÉPONSE
device-accept-ask = { $key ->
    [yes] Donner la clé de membre à l’appareil { $label } qui montre ces mots : { $words } ?
   *[no] Faire de l’appareil { $label } qui montre ces mots l’un des vôtres : { $words } ?
}
device-accepted =
    Rapportez { $path } au nouvel appareil et lancez-y :
        commune device pair --finish { $path }
    Il doit montrer ces mots : { $words }
device-finish-ask = Faire de cet appareil l’un de ceux de { $name } ? L’autre appareil doit montrer ces mots : { $words }.
device-finished =
    Ceci est désormais un appareil de { $name }.
    membre    { $member }
    appareil  { $device }
device-own = cet appareil, { $count ->
    [1] une entrée
   *[other] { $count } entrées
}
device-other = { $count ->
    [1] une entrée
   *[other] { $count } entrées
}
device-forked = son journal dit deux choses au même endroit ; révoquez-le
device-revoked = révoqué (en attente)
device-unnamed = sans nom
device-revoke-ask = Mettre fin pour toujours à l’appareil { $label } ({ $device }) ?
device-revoke-nothing = aucune entrée de cet appareil n’est ici : tout ce qu’il a écrit perdrait son effet ; synchronisez d’abord s’il a écrit quelque chose
device-revoke-done = L’appareil { $device } est révoqué. Les autres l’apprendront au fil des synchronisations.
error-device-not-yours = vous n’avez pas d’appareil { $device }
hint-device-not-yours = `commune device list` montre les vôtres
error-device-ambiguous = « { $device } » ne dit pas quel appareil
hint-device-ambiguous = donnez plus de chiffres de sa clé, au moins quatre
error-device-no-such-entry = l’appareil n’a pas d’entrée { $seq }
hint-device-no-such-entry = { $here } de ses entrées sont ici, comptées à partir de 0 ; synchronisez d’abord s’il en a écrit d’autres
error-rule-revoke-self = un appareil ne met pas fin à lui-même
hint-rule-revoke-self = faites-le depuis un autre de vos appareils ; `commune wipe` détruit les clés de celui-ci
error-rule-revoked-already = cet appareil est déjà révoqué
hint-rule-revoked-already = il n’y a rien à faire
error-vault-label = « { $label } » ne peut pas être le nom d’un appareil
hint-vault-label = il tient sur une ligne, en 32 octets au plus
error-pairing-not-waiting = aucun appareil n’attend d’être ajouté dans { $dir }
hint-pairing-not-waiting = commencez par `commune device pair --request FILE`
error-pairing-other = { $path } répond à une autre demande
hint-pairing-other = lancez `commune device accept` avec la demande de cet appareil
error-pairing-kind = { $path } n’a rien à voir avec l’ajout d’un appareil
hint-pairing-kind = indiquez ce qu’a écrit `commune device pair --request` ou `commune device accept`
error-pairing-damaged = { $path } est endommagé
hint-pairing-damaged = transportez le fichier à nouveau, ou refaites-le

## Un dossier de données ouvert et son magasin, pour chaque commande

error-device-not-joined = l’appareil dans { $dir } n’appartient encore à aucun réseau
hint-device-not-joined = rejoignez-en un avec `commune join GENESIS`, ou fondez-en un avec `commune found draft`
error-device-joined-already = cet appareil appartient déjà au réseau { $network }
hint-device-joined-already = un appareil a un seul réseau ; commencez un autre dossier avec --data-dir
error-device-busy = un autre commune se sert de { $dir }
hint-device-busy = attendez qu’il ait fini, ou arrêtez-le
error-device-genesis = la genèse dans le dossier de données est endommagée
hint-device-genesis = remplacez-la par une autre copie, puis lancez `commune doctor`
error-device-no-secret = c’est la forme publique d’une genèse, sans le secret du réseau
hint-device-no-secret = demandez la genèse elle-même à un membre
error-device-forked = le journal de cet appareil dit deux choses à l’entrée { $seq }
hint-device-forked = révoquez cet appareil et ajoutez-en un nouveau
error-device-log-full = le journal de cet appareil ne prend plus rien
hint-device-log-full = continuez après le prochain point de contrôle
error-device-unknown = personne ne vous a encore certifié dans ce réseau
hint-device-unknown = écrivez une demande avec `commune vouch request` et faites-la certifier par un membre
error-device-not-taken = l’entrée n’a pas été prise
hint-device-not-taken = lancez `commune doctor`
error-store-missing = il n’y a pas de magasin à { $path }
hint-store-missing = lancez `commune doctor --salvage`, ou restaurez une sauvegarde
error-store-exists = il y a déjà un magasin à { $path }
hint-store-exists = indiquez un autre dossier avec --data-dir
error-store-locked = un autre processus se sert du magasin
hint-store-locked = attendez qu’il ait fini, ou arrêtez-le
error-store-full = le disque est plein ; rien de ce qui était enregistré n’est perdu
hint-store-full = libérez de la place puis relancez la commande
error-store-read-only = il est impossible d’écrire dans le magasin
hint-store-read-only = vérifiez si le support est en lecture seule et à qui appartient le dossier
error-store-damaged = le magasin est endommagé
hint-store-damaged = lancez `commune doctor --salvage` : il garde chaque entrée intacte
error-store-wrong-key = le magasin appartient à une autre identité
hint-store-wrong-key = restaurez ensemble le coffre et le magasin d’une même sauvegarde
error-store-newer = le magasin a le format { $found } ; ce programme lit jusqu’à { $known }
hint-store-newer = servez-vous du programme le plus récent
error-store-covered = les entrées jusqu’au point de contrôle { $height } ne sont pas gardées ici
hint-store-covered = demandez sur un appareil qui les garde
error-store-stopped = le magasin s’est arrêté après une écriture manquée ; ce qui était enregistré est gardé
hint-store-stopped = vérifiez la place sur le disque puis relancez la commande
error-store-unusable = le magasin ne peut être ni lu ni écrit
hint-store-unusable = vérifiez le support, puis lancez `commune doctor`
