# commune reference

help-reference = Faire les références qui prouvent les bulletins : une cérémonie ouverte
    .long = Les preuves des bulletins reposent sur un nombre que personne ne doit connaître. Un fichier passe de main en main, chacun multiplie le nombre par un secret à soi, et personne ne le connaît si l’un d’eux a été honnête. Chaque usage a sa propre cérémonie : ballots16, ballots256 et shares.
help-reference-start = Commencer une cérémonie : un fichier auquel personne n’a encore contribué
help-reference-start-file = Où écrire le fichier
help-reference-start-use = À quoi sert la référence : bulletins de 16 cases au plus, de 256 au plus, ou parts qui ouvrent un décompte
help-reference-start-label = Ce qu’est le fichier, pour les personnes : le réseau et l’occasion ; « for tests only » si son secret peut être connu
help-reference-contribute = Vérifier le fichier reçu, et écrire le suivant avec votre contribution
    .long = Le secret vient du système, sert une fois et est effacé. Redémarrez ensuite l’appareil pour être sûr que rien ne reste dans sa mémoire.
help-reference-contribute-from = Le fichier de la personne qui vous précède
help-reference-contribute-to = Où écrire le fichier suivant
help-reference-contribute-name = Votre nom, qui reste dans le fichier
help-reference-check = Vérifier chaque contribution et chaque point d’un fichier, et montrer son identifiant
    .long = N’importe qui peut le faire, sans appareil d’un réseau.
help-reference-check-file = Le fichier
help-reference-keep = Vérifier un fichier et le garder sur cet appareil pour les votes de son réseau
help-reference-keep-file = Le fichier
reference-kept = gardé sur cet appareil : les votes qui nomment { $id } peuvent se tenir
reference-described =
    usage         { $use }
    intitulé      { $label }
    contributions { $contributors }
    identifiant   { $id }
reference-nobody = personne encore
reference-started = Donnez { $file } à la première personne qui contribue : `commune reference contribute IN OUT --name NAME`
reference-contributed = Donnez { $file } à la personne suivante, ou publiez-le. Publiez l’identifiant là où d’autres le voient, pour que chacun sache que vous en êtes.
reference-checked = Toutes les contributions sont prouvées, et les points sont entiers. Demandez à chaque personne nommée si elle a bien contribué.
reference-for-tests = cette référence sert aux essais : son secret peut être connu, et aucun vote de personnes ne doit reposer sur elle
reference-checking = vérification des points
reference-contributing = multiplication des points
error-reference-invalid = { $path } n’est pas un fichier de cérémonie
hint-reference-invalid = redemandez-le à qui l’a fait, et comparez les identifiants
error-reference-false = { $path } ne passe pas la vérification
hint-reference-false = ne l’utilisez pas et n’y contribuez pas ; reprenez le dernier fichier qui passe
error-reference-none = personne n’a encore contribué à { $path }, son secret est donc connu
hint-reference-none = contribuez avec `commune reference contribute IN OUT --name NAME`
error-reference-full = { $path } contient autant de contributions qu’il en peut tenir
hint-reference-full = utilisez-le tel quel, ou commencez une autre cérémonie
error-reference-text = { $what ->
    [label] l’intitulé
   *[name] le nom
} doit tenir en 1 à { $limit } octets, sur une ligne
hint-reference-text = choisissez-en un plus court, sans caractère de contrôle
