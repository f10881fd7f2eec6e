# commune bundle

help-bundle = Carry entries in a file: on a stick, by post, over any one-way road
help-bundle-create = Write what this device holds into a bundle
    .long = Everything, or exactly what a ticket lacks. It is sealed to the network, so whoever finds the stick reads nothing; --clear leaves it open. FILE must not exist; - is standard output.
help-bundle-create-file = The new file
help-bundle-create-for = Only what the device of this ticket lacks
    .long = A file that `commune bundle ticket` wrote there, or the text of its QR codes.
help-bundle-create-since = Everything from this height on; the genesis is 0
help-bundle-create-with-state = For somebody new: the newest checkpoint with all that follows from it, and only what came since
    .long = Who takes it in needs no entry from before: members, balances and laws are verified with the genesis alone.
help-bundle-create-clear = Do not seal it: everybody can read it
help-bundle-create-split = Write several files of at most SIZE, as 1.9GB
help-bundle-import = Take bundles in
    .long = Every intact entry gets in, whatever happened to the rest of the file; the exit code is 3 when something is damaged or cut off. Taking a file in again changes nothing, so an interrupted import is simply run again.
help-bundle-import-file = Bundles, in any order; - is standard input
help-bundle-import-dry-run = Say what would happen, and change nothing
help-bundle-inspect = Say what a bundle is and holds, without taking it in
help-bundle-inspect-file = The bundle; - is standard input
help-bundle-verify = Check every hash and signature of a bundle
help-bundle-verify-file = The bundle; - is standard input
help-bundle-ticket = Say what this device holds, for whoever writes a bundle for it
    .long = Sealed to the network. Without FILE and --qr it is printed as text, which can be scanned, pasted and given to `commune bundle create --for`.
help-bundle-ticket-file = Where to write it; - is standard output
help-bundle-ticket-qr = Show it as QR codes
    .long = On a terminal as many small ones as it takes, scanned in any order.
bundle-create-progress = writing
bundle-import-progress = importing
bundle-look-progress = reading
bundle-created =
    { $files ->
        [0] { bundle-written }
        [1] { bundle-written } to { $path }
       *[other] { bundle-written } to { $files } files from { $path } on
    }
bundle-written = { $entries ->
    [0] no entry
    [1] one entry
   *[other] { $entries } entries
} and { $blobs ->
    [0] no payload
    [1] one payload
   *[other] { $blobs } payloads
} ({ $bytes } bytes) written
bundle-unreadable = { $count ->
    [1] one entry of this device cannot be read and is left out; run `commune doctor`
   *[other] { $count } entries of this device cannot be read and are left out; run `commune doctor`
}
bundle-created-state = it begins with checkpoint { $height } and its state
bundle-began-on = this device goes on from checkpoint { $height }, verified with the genesis
bundle-imported = { bundle-imported-entries }
bundle-imported-dry = it would be so: { bundle-imported-entries }
bundle-imported-entries = { $imported ->
    [0] no entry imported
    [1] one entry imported
   *[other] { $imported } entries imported
}{ $pending ->
    [0] {""}
   *[other] , { $pending } of them waiting for others
}, { $known } known before, { $refused } refused{ $blobs ->
    [0] {""}
    [1] , one payload
   *[other] , { $blobs } payloads
}
bundle-missing-parts = not among these files: part { $parts }
bundle-damaged = { $path }, byte { $offset }: { $why }{ $entries ->
    [0] {""}
    [1] , one entry lost
   *[other] , { $entries } entries lost
}
bundle-damaged-more = and { $count } more places
bundle-why-header = the header is damaged
bundle-why-hash = a chunk is damaged
bundle-why-trailer = the end is damaged
bundle-why-missing = chunks are missing
bundle-why-cut = the file ends too early
bundle-why-framing = no chunk begins here
bundle-why-unreadable = a chunk cannot be read
bundle-why-signature = false signatures
bundle-why-closing = the writer’s signature is false
bundle-unknown = unknown
bundle-for-all = everybody
bundle-for-ticket = the ticket { $ticket }
bundle-inspected =
    { $path }: part { $part }{ $last ->
        [yes] , the last
       *[no] {""}
    }, { $bytes } bytes, { $sealed ->
        [yes] sealed to the network
       *[no] clear
    }
    network   { $network }
    device    { $device }
    written   { $claimed }, as the device says
    for       { $target }
    holds     { $entries } entries, { $blobs } payloads
bundle-class = { $class ->
        [proofs] {"    "}signers, forks  { $entries }
        [members] {"    "}members         { $entries }
        [votes] {"    "}votes, actions  { $entries }
        [accounts] {"    "}accounts        { $entries }
        [texts] {"    "}texts           { $entries }
       *[carried] {"    "}others          { $entries }
    }
bundle-verified = { $good ->
    [yes] { $path } is good: { $entries } entries with true signatures, { $device ->
        [none] not signed by the device that wrote it
       *[other] signed by the device { $device }
    }
   *[no] { $path } is not good: { $entries } entries found
}
bundle-ticket-saved = a ticket of { $logs } logs with { $entries } entries ({ $bytes } bytes) written to { $path }
bundle-ticket-code = ticket, code { $number } of { $count }
error-bundle-damaged = { $places ->
    [1] the bundle is damaged at one place
   *[other] the bundle is damaged at { $places } places
}: { $entries ->
    [0] no entry is known to be lost
    [1] one entry is lost
   *[other] { $entries } entries are lost
}
hint-bundle-damaged = all intact entries are saved; get another copy, or meet somebody who has the rest
error-bundle-bad = { $places ->
    [1] the bundle is damaged at one place
   *[other] the bundle is damaged at { $places } places
}: { $entries ->
    [0] no entry is known to be lost
    [1] one entry is lost
   *[other] { $entries } entries are lost
}
hint-bundle-bad = what is intact can still be imported; get another copy for the rest
error-bundle-fork = { $count ->
    [1] somebody’s device wrote two entries at one place
   *[other] devices wrote two entries at one place, { $count } times
}
hint-bundle-fork = both are kept as proof; `commune quarantine list` shows them
error-bundle-sealed = { $path } is sealed, and not to the network of this device
hint-bundle-sealed = open it on a device of the network that it was written for
error-bundle-other-network = { $path } is of another network, { $network }
hint-bundle-other-network = import it on a device of that network
error-bundle-none = { $path } is not a bundle
hint-bundle-none = name a file that `commune bundle create` wrote
error-bundle-empty = { $path } is empty
hint-bundle-empty = the stick was perhaps pulled out too early: write the bundle again
error-bundle-version = { $path } has format { $version } of bundles, which this program does not know
hint-bundle-version = use a newer version of commune
error-bundle-format = { $path } cannot be read by this program
hint-bundle-format = use a newer version of commune
error-bundle-link = { $path } is a link, and links are not followed
hint-bundle-link = name the file itself
error-bundle-path = { $path } is not a file name that every stick takes
hint-bundle-path = use letters, digits, - _ and . only
error-bundle-part-too-short = the bundle cannot be split like that
hint-bundle-part-too-short = give a larger size to --split
error-bundle-not-written = cannot write { $path }
hint-bundle-not-written = give a larger size to --split, or check the medium
error-bundle-height = this device knows no height { $height }
hint-bundle-height = --since 0 is the genesis, the only height so far
error-bundle-ticket-closed = the ticket { $path } is of another network, or damaged
hint-bundle-ticket-closed = ask for a new one; without --for, everything is written
error-bundle-ticket-bad = { $path } is no ticket to go by
hint-bundle-ticket-bad = ask for what `commune bundle ticket` says there; without --for, everything is written
error-bundle-ticket-too-long = the ticket has { $bytes } bytes, more than a QR code holds
hint-bundle-ticket-too-long = write it to a file, or show it with --qr terminal
