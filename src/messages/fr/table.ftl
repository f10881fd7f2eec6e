# Tables of certifications

table-dropped = laissées de côté : { $duplicates } lignes répétées, { $loops } certifications de soi-même
error-table-input-twice = l’entrée standard ne peut pas être les deux tables
hint-table-input-twice = donnez l’une des deux dans un fichier
error-table-empty = { $path } est vide
hint-table-empty = sa première ligne doit nommer les colonnes { $columns }
error-table-column = la ligne { $line } de { $path } ne nomme pas la colonne { $column }
hint-table-column = la première ligne doit nommer les colonnes { $columns }
error-table-line = la ligne { $line } de { $path } n’est pas une ligne de texte
hint-table-line = donnez une table de texte ; si elle est comprimée, par `zcat FILE | commune … -`
error-table-fields = la ligne { $line } de { $path } compte { $found } champs, l’en-tête { $expected }
hint-table-fields = corrigez la ligne
error-table-too-many-rows = la ligne { $line } de { $path } est de trop : { $limit } lignes sont lues au plus
hint-table-too-many-rows = donnez une table plus petite
error-table-twice = la ligne { $line } de { $path } concerne encore le nœud { $number }
hint-table-twice = gardez une ligne pour chaque nœud
error-table-number = ligne { $line } de { $path } : { $column } vaut « { $text } »
hint-table-number = sont permis les nombres entiers de 0 à { $max }
