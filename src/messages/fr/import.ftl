# commune import

help-import = Créer un réseau d’essai à partir de données d’ailleurs
help-import-duniter = Créer un réseau d’essai à partir d’un graphe de certifications Duniter
    .long = Chaque nœud devient une personne dont chacun peut dériver les clés d’essai, chaque arc une certification. Le même graphe donne le même réseau. Cet appareil l’adopte ; les autres rejoignent la genèse et se synchronisent.
help-import-duniter-graph = Table avec les colonnes issuer et receiver ; - est l’entrée standard
help-import-duniter-members = Table avec les colonnes node et member (0 ou 1) ; sans elle, tous sont membres
help-import-duniter-genesis = Où écrire la genèse
import-progress = importation
import-done =
    réseau          { $network } (réseau d’essai)
    personnes       { $people }, dont { $members } membres
    certifications  { $certifications }
    entrées         { $entries }
    genèse          { $genesis }
error-import-impossible = aucun réseau ne peut être fait de ce graphe
hint-import-impossible = vérifiez le graphe
error-import-nobody = il n’y a personne dans { $path }
hint-import-nobody = donnez une table d’au moins une certification
error-import-refused = l’appareil contient des entrées qui contredisent ce graphe
hint-import-refused = importez dans un nouveau dossier
error-rule-log-quota = le nœud { $node } émet { $issued } certifications, et un journal commence par { $limit } au plus
hint-rule-log-quota = retirez-en du graphe
