# commune device

help-device = Les appareils d’un membre
help-device-accept = Faire d’un autre appareil l’un des vôtres
    .long = À lancer sur un appareil qui détient votre clé de membre, avec la demande du nouvel appareil. Comparez les six mots à ceux de son écran. La réponse est scellée pour le nouvel appareil ; rapportez-la-lui.
help-device-accept-request = Ce qu’a écrit `commune device pair --request`
help-device-accept-out = La réponse pour le nouvel appareil
help-device-accept-with-member-key = Donner aussi la clé de membre au nouvel appareil
    .long = Il pourra alors tout ce que peut celui-ci : ajouter et révoquer des appareils, renouveler, lire ce que d’autres scellent pour vous. Sans elle, il parle pour vous, et qui le vole peut être écarté par une révocation.
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
