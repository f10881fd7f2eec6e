# commune wipe

help-wipe = Détruire les clés de cet appareil, puis toutes ses données
    .long = Les clés d’abord, en moins de deux secondes, même si un nœud tourne. Seuls vos 24 mots ou une sauvegarde vous rendront la clé de membre ; rien ne rendra cet appareil. La mémoire flash peut garder un temps d’anciennes copies de ses blocs : si quelqu’un risque d’y chercher, détruisez le support.
wipe-ask = Détruire pour toujours les clés et les données de { $dir } ? Sans vos 24 mots ni sauvegarde, votre clé de membre est perdue.
wipe-done = { $keys ->
    [0] Il ne restait aucune clé dans { $dir } ; ses données sont effacées.
    [1] Un fichier de clés de { $dir } est détruit et ses données sont effacées.
   *[other] { $keys } fichiers de clés de { $dir } sont détruits et ses données sont effacées.
}
wipe-left = Ces fichiers ne sont pas de commune et restent : { $names }
wipe-flash = La mémoire flash peut garder un temps d’anciennes copies de ses blocs ; ce qui était scellé par une phrase de passe le reste.
error-wipe-not-ours = { $dir } n’est pas un dossier de données de commune
hint-wipe-not-ours = indiquez le bon dossier avec --data-dir
error-wipe-running = les clés sont détruites sur le disque, mais un commune en marche les a encore en mémoire
hint-wipe-running = arrêtez-le ou éteignez l’appareil, puis relancez `commune wipe` pour le reste
error-wipe-stuck = les clés sont détruites, mais { $path } ne peut pas être effacé
hint-wipe-stuck = vérifiez ses droits d’accès puis relancez `commune wipe`
