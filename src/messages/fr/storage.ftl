# commune storage

help-storage = La place que prend cet appareil
help-storage-prune = Laisser tomber d’anciennes entrées que les points de contrôle ont fait entrer dans l’état
    .long = Les paiements des autres et ce que les signataires ont dit, dans la mesure où l’antépénultième point de contrôle les contient : ce qui en a découlé reste, vérifié par chaque point de contrôle suivant. Vos propres entrées, les membres, les textes et les votes restent. Les relevés, la masse et un rejeu par `commune audit` ont besoin de ce qui tombe et se font ailleurs. Arrêtez d’abord un nœud qui tourne.
help-storage-prune-dry-run = Dire ce qui tomberait, sans rien changer
storage-what = { $entries ->
    [0] aucune entrée
    [1] une entrée
   *[other] { $entries } entrées
}{ $blobs ->
    [0] {""}
    [1] {" "}et un contenu
   *[other] {" "}et { $blobs } contenus
} ({ $bytes } octets)
storage-prune-ask = Laisser tomber { storage-what } que le point de contrôle { $height } contient ? Les relevés, la masse et un audit complet en ont besoin.
storage-pruned = { storage-what } en moins, tout ce qui va jusqu’au point de contrôle { $height } ; le disque rend la place peu à peu
storage-prune-dry = { storage-what } tomberaient, tout ce qui va jusqu’au point de contrôle { $height }
storage-prune-nothing = rien à laisser tomber : les entrées sont gardées jusqu’à ce que deux autres points de contrôle suivent celui qui les contient
help-storage-carried = Montrer ce que cet appareil porte pour d’autres, dont il ne peut lire les paquets
    .long = Ils viennent de clés et partent avec les suivantes. Ce qui est le moins urgent et le plus ancien cède la place ; après 60 jours ils prennent fin.
help-storage-carried-drop = Les abandonner
storage-carried-what = { $count ->
    [0] aucun paquet
    [1] un paquet
   *[other] { $count } paquets
} pour d’autres ({ $bytes } octets)
storage-carried = { storage-carried-what } en garde ici jusqu’à la prochaine clé
storage-carried-ask = Abandonner { storage-carried-what } ? Quelqu’un les attend peut-être.
storage-carried-dropped = { storage-carried-what } : abandon fait
