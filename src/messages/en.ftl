# The texts of commune in English.
#
# This file holds what all commands share; each noun has its own file in en/.
# Keys say where a text stands: error-CODE and hint-CODE (failure.rs), help-COMMAND and
# help-COMMAND-ARGUMENT (cli/help.rs), else the noun first. A test holds both languages to the same
# keys and places. An error says what happened, a hint what to do; each is one line, lower case and
# without full stop.

## Frame

error = error:
hint = hint:
warning = warning:
error-why = { $what }: { $why }

## Causes

why-not-found = it does not exist
why-permission = permission denied
why-read-only = the medium is read-only
why-medium-full = no space is left
why-exists = it exists already
why-is-folder = it is a folder
why-not-a-folder = a part of the path is not a folder
why-not-text = it is not text
why-cut-short = it ends too early
why-connection-refused = the connection was refused
why-timed-out = no answer in time

## Files and output

cannot-use = { $doing ->
    [read] cannot read { $path }
   *[write] cannot write { $path }
}
error-file-not-found = { cannot-use }
hint-file-not-found = check the path
error-file-permission = { cannot-use }
hint-file-permission = check who owns it and its access rights
error-file-read-only = { cannot-use }
hint-file-read-only = choose a place that can be written to
error-file-medium-full = { cannot-use }
hint-file-medium-full = free some space and run the command again; nothing saved before is lost
error-file-exists = { cannot-use }
hint-file-exists = choose another name, or move the old one away
error-file-is-folder = { cannot-use }
hint-file-is-folder = name a file
error-file-not-a-folder = { cannot-use }
hint-file-not-a-folder = check the path
error-file-not-text = { cannot-use }
hint-file-not-text = check that this is the file you mean
error-file-unusable = { cannot-use }
hint-file-unusable = check the medium and the path
error-file-too-large = { $path } is longer than such a file can be
hint-file-too-large = check that this is the file you mean
error-file-not-regular = { $path } is a folder, a pipe or a device
hint-file-not-regular = name a file; - is standard input
error-output-binary-on-terminal = the result is not text and would garble the terminal
hint-output-binary-on-terminal = name a file, or send the output into one with >
error-output-closed = nobody reads the output
hint-output-closed = nothing to do
error-output-full = cannot write the result
hint-output-full = free some space and run the command again
error-output-unusable = cannot write the result
hint-output-unusable = check where the output goes

## Running

error-run-interrupted = interrupted
hint-run-interrupted = run the command again; it continues from what is saved
error-data-dir-unknown = cannot tell where the data folder is
hint-data-dir-unknown = give it with --data-dir, or set HOME
error-config-line = line { $line } of { $path } is not understood
hint-config-line = lines are `data_dir = PATH` or `passphrase_file = PATH`

## Questions

ask-yes-no = { $question } [y/N]
ask-yes = y yes
ask-passphrase = Passphrase:
ask-new-passphrase = New passphrase:
ask-passphrase-again = The same again:
error-answer-needed = an answer is needed and nobody can be asked
hint-answer-needed = give it with { $flag }, or run the command at a terminal without --no-input
error-answer-unreadable = cannot read the answer
hint-answer-unreadable = run the command at a terminal, or answer with flags
error-answer-no = not done, as you wished
hint-answer-no = run the command again if you change your mind
error-passphrase-empty = the passphrase is empty
hint-passphrase-empty = give at least one character; several words are best
error-passphrase-differs = the two passphrases differ
hint-passphrase-differs = run the command again and type the same twice
error-passphrase-too-long = the first line of { $path } has more than { $limit } bytes
hint-passphrase-too-long = put the passphrase alone on the first line

## The command line

error-usage-unknown-command = there is no command “{ $command }”
hint-usage-unknown-command = { $suggestion ->
    [none] run `commune --help` for the commands
   *[other] did you mean “{ $suggestion }”? `commune --help` lists the commands
}
error-usage-unknown-argument = { $argument } is not expected here
hint-usage-unknown-argument = { $suggestion ->
    [none] add --help to the command to see what it takes
   *[other] did you mean { $suggestion }? Add --help to the command to see what it takes
}
error-usage-missing-command = a command is missing
hint-usage-missing-command = add --help to see the commands
error-usage-missing-argument = { $argument } is missing
hint-usage-missing-argument = add --help to the command to see what it takes
error-usage-missing-value = { $argument } needs a value
hint-usage-missing-value = add --help to the command to see what it takes
error-usage-conflict = { $argument } and { $other } do not go together
hint-usage-conflict = leave one of them out
error-usage-invalid-choice = “{ $value }” is not possible for { $argument }
hint-usage-invalid-choice = possible are { $valid }
error-usage-wrong-number = { $argument } has too many or too few values
hint-usage-wrong-number = add --help to the command to see what it takes
error-usage-not-text = an argument is not valid UTF-8
hint-usage-not-text = check the encoding of the terminal
error-usage-invalid-value = “{ $value }” is not possible for { $argument }
hint-usage-invalid-value = add --help to the command to see what it takes
value-record = a record is its height and its hash, as 12:4be5… with 64 digits
value-address = an address is an IP address with a port, as 192.0.2.7:4000 or [fe80::1%2]:4000
value-number = a whole number is expected
value-duration = a duration is a number and a unit (s, m, h, d, w), as 90d or 1h30m
value-size = a size is a number and a unit, as 64MiB, 1.9GB or 512B
value-steps = a walk has 1 to 10 steps
value-seed = a seed is 1 to 64 hexadecimal digits
value-moment = a date is written 2026-11-22 or 2026-11-22T18:30:00Z

## Help

help-commune = A network of people that governs itself when the internet is absent, censored or not trusted
help-after = `commune COMMAND --help` tells more about a command.
help-after-command = --help tells more, and the options that every command takes.
help-heading-usage = Usage:
help-heading-commands = Commands:
help-heading-arguments = Arguments:
help-heading-options = Options:
help-heading-global = Global options
help-values = [possible: { $values }]
help-default = [default: { $values }]
help-global-data-dir = Folder with this device’s keys and data
    .long = Else COMMUNE_DATA_DIR, the settings file, or ~/.local/share/commune.
help-global-config = Settings file
    .long = Else ~/.config/commune/config, if there is one. Lines are `data_dir = PATH` or `passphrase_file = PATH`.
help-global-json = Print one JSON object instead of text; errors too, on standard error
help-global-lang = Language of texts
    .long = Else COMMUNE_LANG or the locale decides.
help-global-no-input = Never ask; end with code 2 where an answer is needed
    .long = So it is as well when the variable CI is set, or when there is no terminal.
help-global-yes = Answer every yes-or-no question with yes
help-global-passphrase-file = Read the passphrase from the first line of FILE (- is standard input)
    .long = Else COMMUNE_PASSPHRASE_FILE or the settings file.
help-global-color = When to colour messages
    .long = With auto: on a terminal, unless NO_COLOR is set.
help-global-verbose = Say on standard error what happens; -vv says more
    .long = COMMUNE_LOG sets it by part, as `commune=debug`.
help-global-quiet = No progress and no remarks
help-global-help = Print help (-h is short, --help is all)
help-global-version = Print the version
help-completions = Print the completions for a shell
    .long = For bash: commune completions bash > ~/.local/share/bash-completion/completions/commune
help-completions-shell = The shell
