# commune backup

help-backup = De quoi revenir après la perte de tous vos appareils
help-backup-words = Montrer les 24 mots de votre clé de membre
    .long = Qui les voit est vous. Un dossier sans phrase de passe demande confirmation ; --yes y répond.
help-backup-create = Écrire une sauvegarde, scellée par la phrase de passe de ce dossier
    .long = Elle contient votre clé de membre, votre nom et la genèse du réseau, mais aucune clé de cet appareil ni clé de signataire : ce qui est restauré est un nouvel appareil. Un dossier sans phrase de passe en demande une, car une sauvegarde est faite pour traîner.
help-backup-create-file = La sauvegarde ; ce fichier ne doit pas encore exister
help-backup-restore = Commencer un nouvel appareil à partir d’une sauvegarde
    .long = L’appareil reçoit ses propres clés : il n’en continue jamais un ancien. Les entrées reviennent avec la prochaine synchronisation ou le prochain paquet.
help-backup-restore-file = La sauvegarde
help-backup-restore-no-passphrase = Garder les clés sans phrase de passe
    .long = Quiconque copie le dossier possède alors les clés et lit tout ce qu’il contient. Pour les serveurs et les essais.
help-backup-verify = Vérifier qu’une sauvegarde est entière, qu’elle s’ouvre, et à qui elle est
help-backup-verify-file = La sauvegarde
backup-words-ask = Afficher les 24 mots sur cet écran ? Qui les voit est vous.
backup-words-shown = La clé de membre de { $name } :
backup-created = Sauvegarde de la clé de membre { $member } écrite dans { $path }. Gardez-la loin de vos appareils, et vérifiez-la avec `commune backup verify`.
backup-restored = Heureux de vous revoir, { $name }. Ceci est un nouvel appareil ; si un ancien est perdu, révoquez-le avec `commune device revoke`. Les entrées reviennent avec la prochaine synchronisation.
backup-verified =
    { $path } est entière
    nom     { $name }
    membre  { $member }
    réseau  { $network }
    faite   { $created }
error-backup-genesis = la sauvegarde s’ouvre, mais son réseau est endommagé
hint-backup-genesis = prenez une autre copie, ou retrouvez la clé de membre par vos 24 mots et rejoignez à nouveau le réseau
