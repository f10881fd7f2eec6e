# commune init, et les mots de la clé de membre

help-init = Créer votre clé de membre et les clés de cet appareil
    .long = La clé de membre est la vôtre pour la vie : 24 mots permettent de la retrouver. Ils s’affichent une fois, ici ; `commune backup words` les montre à nouveau. La clé d’appareil n’appartient qu’à cet appareil. Rien n’est envoyé, et il n’y a pas encore besoin de réseau.
help-init-name = Nom que verront les autres
    .long = Demandé dans un terminal ; sinon deux mots sont pris qui ne disent rien de vous.
help-init-words = Fichier des 24 mots : lu s’il existe, sinon de nouveaux mots y sont écrits
    .long = Si FILE existe (- est l’entrée standard), votre clé de membre est retrouvée à partir de ses mots, en français ou en anglais. Sinon de nouveaux mots vont dans FILE, que vous seul pouvez lire, et non à l’écran.
help-init-no-passphrase = Garder les clés sans phrase de passe
    .long = Quiconque copie le dossier possède alors les clés et lit tout ce qu’il contient. Pour les serveurs et les essais.
init-ask-name = Nom que verront les autres [{ $proposed }] :
init-words-shown =
    Ces 24 mots sont votre clé de membre. Écrivez-les sur du papier, dans cet ordre, à l’abri
    des regards : qui les possède est vous.
init-words-keep = Ils vous rendent votre clé si tous vos appareils sont perdus. Personne d’autre ne le peut.
init-words-unseen = les 24 mots de la clé de membre n’ont pas été affichés ; `commune backup words` les montre
init-words-file = Les 24 mots d’une clé de membre de commune : qui les possède est vous. À recopier sur du papier, puis à effacer.
init-words-written = Une nouvelle clé de membre a été créée. Ses 24 mots sont dans { $path } : recopiez-les sur du papier et effacez le fichier.
init-restored = La clé de membre a été retrouvée à partir de ses mots. Cet appareil a sa propre clé, nouvelle.
init-done =
    { $name }, vos clés sont dans { $dir }
    membre      { $member }
    appareil    { $device }
    révocation  { $revocation }
    Gardez ailleurs une copie du fichier de révocation : il met fin à votre clé si on vous la vole.
revocation-about =
    Ce fichier met fin à la clé de membre de { $name }, pour toujours.

    Gardez-en une copie loin de vos appareils : sur papier, sur une clé USB à la maison, chez
    quelqu’un de confiance. Si vos mots, ou un appareil qui détient votre clé de membre, sont
    perdus ou volés, faites publier ce fichier depuis n’importe quel appareil du réseau :

        commune identity revoke --file CE_FICHIER

    Dès lors plus personne ne peut agir sous cette clé, ni un voleur ni vous. Il ne contient aucun
    secret, mais qui le possède peut mettre fin à la clé : ne le laissez pas traîner.
error-words-count = { $found ->
    [0] aucun mot trouvé, une clé de membre en a 24
    [1] un seul mot trouvé, une clé de membre en a 24
   *[other] { $found } mots trouvés, une clé de membre en a 24
}
hint-words-count = écrivez les 24 dans l’ordre ; les lignes qui commencent par # sont ignorées
error-words-unlike = le mot { $number }, « { $word } », n’est pas dans la liste
hint-words-unlike = vouliez-vous écrire : { $near } ?
error-words-unknown = le mot { $number }, « { $word } », n’est pas dans la liste
hint-words-unknown = comparez-le à ce que vous aviez noté ; les mots sont français ou anglais, sans mélange
error-words-checksum = chaque mot est dans la liste, mais ensemble ils ne forment pas une clé de membre
hint-words-checksum = l’un d’eux est un autre mot de la liste, ou deux ont changé de place ; comparez-les à ce que vous aviez noté
