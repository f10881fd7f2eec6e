# commune identity, et le coffre que chaque commande ouvre

help-identity = Pour qui cet appareil parle
help-identity-show = Montrer le membre, l’appareil et le nom
help-identity-show-qr = Montrer la clé de membre en code QR
help-identity-show-card = Écrire votre carte, dont les autres ont besoin pour vous certifier ou fonder un réseau avec vous
    .long = La carte contient des clés publiques et votre nom, signés par votre clé de membre. - est la sortie standard.
help-identity-passphrase = Changer la phrase de passe de ce dossier
help-identity-passphrase-new-passphrase-file = Lire la nouvelle phrase de passe sur la première ligne de FILE
help-identity-passphrase-no-passphrase = Garder désormais les clés sans phrase de passe
    .long = Quiconque copie le dossier possède alors les clés et lit tout ce qu’il contient. Pour les serveurs et les essais.
help-identity-revoke = Mettre fin pour toujours à votre clé de membre
    .long = Pour une clé volée ou perdue. C’est sans retour : plus personne n’agira sous cette clé, ni un voleur ni vous. Avec le fichier de révocation créé par `commune init`, n’importe quel appareil du réseau peut le faire.
help-identity-revoke-file = Fichier de révocation de la clé à laquelle mettre fin
help-identity-rotate = Continuer sous une autre clé de membre
    .long = Pour des mots ou un appareil que quelqu’un a pu voir : vous restez qui vous êtes, avec vos certifications. Les 24 mots de la nouvelle clé s’affichent une fois, et il y a un nouveau fichier de révocation. L’ancienne clé n’agit plus, mais son fichier de révocation met toujours fin à votre adhésion. Aucun nœud ne doit tourner pendant ce temps.
help-identity-rotate-words = Fichier des 24 mots de la nouvelle clé : lu s’il existe, sinon écrit
identity-shown =
    nom       { $name }
    membre    { $member }
    appareil  { $device }
identity-without-member-key = La clé de membre n’est pas sur cet appareil.
identity-card-written = carte     { $path }
identity-qr-title = Clé de membre de { $name }
identity-passphrase-changed = La phrase de passe est changée.
identity-revoke-ask = { $whose ->
    [own] Mettre fin pour toujours à VOTRE clé de membre, { $name } ? C’est sans retour, et vous ne pourrez plus agir sous cette clé.
   *[other] Mettre fin pour toujours à la clé de membre { $member } ? C’est sans retour.
}
identity-revoked = La clé de membre { $member } est révoquée. Les autres l’apprendront au fil des synchronisations.
identity-rotate-ask = Continuer désormais sous la clé { $member }, { $name } ? { $days ->
        [0] Elle pourra changer à nouveau.
        [1] Elle ne pourra plus changer pendant un jour.
       *[other] Elle ne pourra plus changer pendant { $days } jours.
    }
identity-rotated =
    Vous continuez sous une autre clé ; les autres l’apprendront au fil des synchronisations.
    avant       { $old }
    membre      { $member }
    révocation  { $revocation }
    Les sauvegardes et les mots d’avant contiennent l’ancienne clé : faites une nouvelle sauvegarde avec `commune backup create`, et gardez ailleurs une copie du nouveau fichier de révocation.
vault-open-warning = sans phrase de passe, quiconque copie ce dossier possède vos clés et lit tout ce qu’il contient
error-identity-no-member-key = la clé de membre n’est pas sur cet appareil
hint-identity-no-member-key = servez-vous de l’appareil où vous l’avez créée, ou d’un appareil ajouté avec --with-member-key
error-identity-card = la carte ne peut pas être faite
hint-identity-card = les clés de ce dossier ne vont pas ensemble ; restaurez-les d’une sauvegarde dans un nouveau dossier
error-qr-too-long = le contenu ne tient pas dans un code QR
hint-qr-too-long = écrivez-le plutôt dans un fichier
error-revocation-damaged = { $path } ne met fin à aucune clé
hint-revocation-damaged = prenez le texte entier d’un fichier de révocation, ou une autre copie
error-vault-absent = il n’y a pas d’identité dans { $dir }
hint-vault-absent = créez-en une avec `commune init`, ou indiquez son dossier avec --data-dir
error-vault-waiting = cet appareil attend d’être ajouté à ceux de son membre
hint-vault-waiting = portez sa demande à un autre de vos appareils, puis terminez ici avec `commune device pair --finish FILE` ; `commune wipe` y renonce
error-vault-name = « { $name } » ne peut pas être un nom
hint-vault-name = un nom tient sur une ligne, de 1 à 64 octets
error-vault-passphrase = la phrase de passe n’ouvre pas { $path }
hint-vault-passphrase = attention aux majuscules et à la disposition du clavier ; avec les 24 mots ou une sauvegarde, vous pouvez commencer un nouveau dossier
error-vault-damaged = { $path } est endommagé
hint-vault-damaged = commencez un nouveau dossier à partir d’une sauvegarde (`commune backup restore`) ou de vos 24 mots (`commune init --words`)
error-vault-newer = { $path } a été écrit par un commune plus récent
hint-vault-newer = servez-vous du programme le plus récent
error-vault-memory = il n’y a pas assez de mémoire libre pour essayer une phrase de passe
hint-vault-memory = il faut 64 Mio ; fermez d’autres programmes
error-vault-random = le système ne donne pas d’octets aléatoires
hint-vault-random = vérifiez le système ; sans eux, aucune clé ne peut être créée
error-sealed-damaged = { $path } est endommagé, ou c’est un fichier d’une autre sorte
hint-sealed-damaged = prenez une autre copie
error-sealed-newer = { $path } a été écrit par un commune plus récent
hint-sealed-newer = servez-vous du programme le plus récent
error-folder-taken = il y a déjà une identité dans { $dir }
hint-folder-taken = servez-vous d’elle, ou indiquez un autre dossier avec --data-dir ; `commune wipe` la détruit pour toujours
error-folder-not-empty = { $dir } contient d’autres fichiers
hint-folder-not-empty = indiquez un dossier nouveau ou vide avec --data-dir
error-folder-busy = un autre commune travaille dans { $dir }
hint-folder-busy = attendez qu’il ait fini, ou arrêtez-le
