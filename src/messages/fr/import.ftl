# commune import

help-import = Créer un réseau d’essai à partir de données d’ailleurs
help-import-duniter = Créer un réseau d’essai à partir d’un graphe de certifications Duniter
    .long = Chaque nœud devient une personne dont chacun peut dériver les clés d’essai, chaque arc une certification. Le même graphe donne le même réseau. Cet appareil l’adopte ; les autres rejoignent la genèse et se synchronisent.
help-import-duniter-graph = Table avec les colonnes issuer et receiver ; - est l’entrée standard
help-import-duniter-members = Table avec les colonnes node et member (0 ou 1) ; sans elle, tous sont membres
help-import-duniter-genesis = Où écrire la genèse
import-progress = importation
import-dropped = laissées de côté : { $duplicates } lignes répétées, { $loops } certifications de soi-même
import-done =
    réseau          { $network } (réseau d’essai)
    personnes       { $people }, dont { $members } membres
    certifications  { $certifications }
    entrées         { $entries }
    genèse          { $genesis }
error-import-input-twice = l’entrée standard ne peut pas être les deux tables
hint-import-input-twice = donnez l’une des deux dans un fichier
error-import-impossible = aucun réseau ne peut être fait de ce graphe
hint-import-impossible = vérifiez le graphe
error-import-nobody = il n’y a personne dans { $path }
hint-import-nobody = donnez une table d’au moins une certification
error-import-refused = l’appareil contient des entrées qui contredisent ce graphe
hint-import-refused = importez dans un nouveau dossier
error-rule-log-quota = le nœud { $node } émet { $issued } certifications, et un journal commence par { $limit } au plus
hint-rule-log-quota = retirez-en du graphe
error-table-empty = { $path } est vide
hint-table-empty = sa première ligne doit nommer les colonnes { $columns }
error-table-column = la ligne { $line } de { $path } ne nomme pas la colonne { $column }
hint-table-column = la première ligne doit nommer les colonnes { $columns }
error-table-line = la ligne { $line } de { $path } n’est pas une ligne de texte
hint-table-line = donnez une table de texte ; si elle est comprimée, par `zcat FILE | commune import duniter -`
error-table-fields = la ligne { $line } de { $path } compte { $found } champs, l’en-tête { $expected }
hint-table-fields = corrigez la ligne
error-table-too-many-rows = la ligne { $line } de { $path } est de trop : { $limit } lignes sont lues au plus
hint-table-too-many-rows = donnez une table plus petite
error-table-twice = la ligne { $line } de { $path } concerne encore le nœud { $number }
hint-table-twice = gardez une ligne pour chaque nœud
error-table-number = ligne { $line } de { $path } : { $column } vaut « { $text } »
hint-table-number = sont permis les nombres entiers de 0 à { $max }
