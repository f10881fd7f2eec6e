# commune found

help-found = Fonder un réseau : rédiger sa genèse, la faire signer par chaque fondateur, la clore
help-found-draft = Écrire un projet à partir des cartes des fondateurs
    .long = Chaque fondateur écrit sa carte avec `commune identity show --card FILE`. Le projet fixe la charte, les paramètres, les fondateurs, qui signe les points de contrôle et qui détient les clés des scrutins. Faites-le circuler : chaque fondateur le signe avec `commune found sign FILE`.
help-found-draft-file = Où écrire le projet
help-found-draft-member = Carte d’un fondateur
help-found-draft-signer = Carte d’un fondateur qui signe les points de contrôle ; sans elle, tous les fondateurs, 22 au plus
help-found-draft-trustee = Carte d’un fondateur qui détient une part des clés des scrutins ; sans elle, les premiers fondateurs
help-found-draft-charter = Texte auquel chaque membre adhère ; un réseau d’essai peut s’en passer
help-found-draft-param = Changer un paramètre, comme sig_qty=3 ou sig_period=1d
help-found-draft-name = Nom du réseau pour les personnes
help-found-draft-test-network = Fonder un réseau pour s’exercer, où rien n’a de valeur
help-found-sign = Ajouter votre signature à un projet, et celles de ses copies
    .long = Votre signature certifie tous les autres fondateurs. Signer deux fois est sans effet, et les copies signées par d’autres se réunissent dans n’importe quel ordre.
help-found-sign-file = Le projet ; il est modifié sur place
help-found-sign-copies = Copies du même projet, signées par d’autres
help-found-close = Écrire la genèse une fois que tous les fondateurs ont signé
    .long = Cette commande tire le secret que partagent tous les appareils du réseau : ne clôturez un projet qu’une fois, et donnez le même fichier à tous.
help-found-close-file = Le projet
help-found-close-genesis = Où écrire la genèse
help-found-export = Écrire la genèse du réseau de cet appareil pour l’extérieur
help-found-export-public = Sans le secret du réseau, telle qu’il la faut à un vérificateur extérieur
help-found-export-file = Où l’écrire
found-draft =
    projet         { $file }
    réseau         { $network }{ $kind ->
        [test] {" "}(réseau d’essai)
       *[real] {""}
    }
    charte         { $charter }
    fondateurs     { $founders }
    signataires    { $signers } ({ $quorum } d’entre eux rendent un point de contrôle définitif)
    dépositaires   { $trustees } ({ $tally } d’entre eux ouvrent un décompte)
found-draft-not-ready = ce projet ne peut pas être clos : { $why }
found-signed = Signé. N’ont pas encore signé : { $missing }
found-signed-by-all = Signé par tous. Maintenant, une seule fois : `commune found close { $file } --genesis OUT`
found-closed =
    réseau  { $network }
    genèse  { $genesis }
    Donnez ce fichier à chaque fondateur : chacun lance `commune join`. Il contient le secret du réseau.
found-exported =
    réseau   { $network }
    fichier  { $file }
error-card-invalid = { $path } n’est pas une carte valable
hint-card-invalid = redemandez-la ; son propriétaire l’écrit avec `commune identity show --card FILE`
error-found-no-founder = { $name } n’est pas au nombre des fondateurs
hint-found-no-founder = donnez aussi la même carte avec --member
error-found-no-charter = un réseau qui n’est pas d’essai a besoin d’une charte
hint-found-no-charter = donnez son texte avec --charter FILE, ou exercez-vous avec --test-network
error-found-empty-charter = la charte est vide
hint-found-empty-charter = écrivez ce à quoi chaque membre adhérera
error-found-charter-line = la ligne { $line } de la charte contient un caractère de commande
hint-found-charter-line = écrivez du texte simple, avec des espaces au lieu des tabulations
error-found-impossible = aucun réseau ne peut être fondé ainsi
hint-found-impossible = refaites le projet sans ce qui est nommé
error-found-not-a-founder = vous n’êtes pas au nombre des fondateurs dans { $path }
hint-found-not-a-founder = faites refaire le projet avec votre carte, ou indiquez votre dossier avec --data-dir
error-found-differs = { $path } n’est pas une copie du même projet
hint-found-differs = accordez-vous sur l’un des deux ; les signatures de l’autre ne comptent pas
error-found-unsigned = { $names } : signature manquante
hint-found-unsigned = réunissez leurs copies avec `commune found sign FILE COPY`, ou demandez-leur de signer
error-found-unreadable = { $path } n’est pas un projet utilisable
hint-found-unreadable = prenez une autre copie, ou vérifiez que c’est bien le fichier voulu
error-param-no-assignment = « { $text } » n’est pas de la forme NOM=VALEUR
hint-param-no-assignment = écrivez par exemple --param sig_qty=3
error-param-unknown = il n’y a pas de paramètre « { $name } »
hint-param-unknown = il y a { $names }
error-param-value = « { $value } » n’est pas une valeur de { $name }
hint-param-value = { $name } peut valoir { $allowed }
error-param-unusable = ce paramètre ne peut pas être fixé
hint-param-unusable = vérifiez son nom et sa valeur
error-rule-bounds = { $name } ne peut pas valoir { $value }
hint-rule-bounds = { $name } peut valoir { $allowed }
error-rule-one-key = les cartes de { $first } et de { $second } ont une clé en commun ({ $what })
hint-rule-one-key = donnez chaque fondateur une seule fois ; chacun crée ses propres clés avec `commune init`
error-rule-founders = { $founders ->
    [1] un fondateur ne suffit pas
   *[other] { $founders } fondateurs ne suffisent pas
} : sig_qty en demande au moins { $needed }
hint-rule-founders = soyez plus nombreux, ou refaites le projet avec un --param sig_qty plus petit (3 demande { $least } fondateurs)
error-rule-signers = { $signers ->
    [1] un signataire ne suffit pas
   *[other] { $signers } signataires ne suffisent pas
} : il en faut { $least }
hint-rule-signers = nommez-en davantage avec --signer, ou fondez un réseau d’essai
error-rule-trustees = il y a { $trustees } dépositaires, et le paramètre trustees en demande { $asked }
hint-rule-trustees = nommez-en autant avec --trustee, ou donnez --param trustees=3,2
