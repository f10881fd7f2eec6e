# commune doctor

help-doctor = Examiner chaque couche : clés, magasin, histoire, réseau local
    .long = Ne change rien sauf si on le demande. Écoute le réseau deux secondes.
help-doctor-salvage = Refaire un magasin endommagé à partir de toutes les entrées intactes
    .long = Le magasin endommagé est gardé à côté du nouveau.
help-doctor-no-lan = Laisser le réseau de côté
help-doctor-no-bluetooth = Laisser le Bluetooth de côté
doctor-ok = oui
doctor-not-ok = NON
doctor-node = un nœud marche sur le port UDP { $port }
doctor-vault = s’ouvre, et contient les clés de { $name }
doctor-network = { $network }
doctor-store = { $rows } lignes en { $size } Mo, toutes intactes ; { $free } Mo libres
doctor-history = { $entries } entrées en place, { $pending } en attente
doctor-listens = Écoute du réseau…
doctor-socket = le port UDP { $port } est utilisable
doctor-interface-down = { $name } est éteinte
doctor-interface-no-multicast = { $name } n’a pas de multidiffusion : servez-vous de `commune peer add ADDR`
doctor-interface-silent = { $name } marche ; personne n’y a été entendu. Si quelqu’un est là : un filtre, ou l’isolement des clients par le point d’accès. Essayez `commune peer add ADDR`
doctor-interface-heard = { $name } marche et entend d’autres appareils ({ $heard })
doctor-mdns = marche, { $resolved ->
    [one] { $resolved } voisin résolu
   *[other] { $resolved } voisins résolus
}
doctor-mdns-failed = ne marche pas : { $why }. Un pare-feu bloque peut-être le port UDP 5353
doctor-beacon = marche, { $heard ->
    [one] { $heard } entendue
   *[other] { $heard } entendues
}
doctor-beacon-failed = ne marche pas : { $why }
doctor-neighbour = { $address } répond
doctor-neighbour-failed = { $address } est entendu, mais aucun lien n’en est venu : { $why }. Un pare-feu bloque peut-être l’UDP
doctor-salvaging = Entrées examinées
doctor-salvaged = { $entries } entrées ont repris leur place, { $pending } en attendent d’autres. Le magasin endommagé est gardé sous { $kept }.
    Ce qui manque reviendra à la prochaine synchronisation ou par un paquet.
error-doctor-node-runs = un nœud se sert du magasin
hint-doctor-node-runs = arrêtez d’abord `commune up`
