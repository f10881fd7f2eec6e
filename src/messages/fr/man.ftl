# commune man

help-man = Écrire les pages de manuel
help-man-dir = Dossier des pages ; créé s’il n’existe pas
man-written = { $count ->
    [one] une page écrite dans { $dir }
   *[other] { $count } pages écrites dans { $dir }
}
