# commune man

help-man = Write the manual pages
help-man-dir = Folder for the pages; it is made if missing
man-written = { $count ->
    [one] one page written to { $dir }
   *[other] { $count } pages written to { $dir }
}
