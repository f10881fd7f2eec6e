# commune man

help-man = Write the manual pages
help-man-dir = Folder for the pages; it is made if missing
man-written = { $count ->
    [one] one page written to { $dir }
   *[other] { $count } pages written to { $dir }
}
man-heading-name = NAME
man-heading-commands = COMMANDS
man-heading-see = SEE ALSO
man-heading-exit = EXIT STATUS
man-heading-environment = ENVIRONMENT
man-heading-files = FILES
exit-ok = Done.
exit-failed = Failed for a reason without a number of its own.
exit-usage = The command line is wrong, or an answer was needed and nobody could be asked.
exit-damaged = A verification failed or the input is damaged; intact parts were taken.
exit-not-found = What was named does not exist.
exit-refused = A rule of the network refuses it; the message says which.
exit-store = The store is busy, locked or damaged.
exit-unreachable = No peer or stick was reached.
exit-medium = A medium is full or was removed.
exit-fork = A fork or double spend was seen; the evidence is kept.
exit-interrupted = Interrupted.
man-env-data-dir = The data folder, unless --data-dir names one.
man-env-lang = The language, unless --lang says it; the first that is set decides.
man-env-log = What is told on standard error, by part, as commune=debug.
man-env-passphrase-file = The file with the passphrase, unless --passphrase-file names one.
man-env-ci = If set, no question is asked, as with --no-input.
man-env-no-color = If set, messages are not coloured.
man-file-data = The data folder when nothing else names one. XDG_DATA_HOME moves it.
man-file-config = The settings file, lines of `data_dir = PATH` and `passphrase_file = PATH`. XDG_CONFIG_HOME moves it.
