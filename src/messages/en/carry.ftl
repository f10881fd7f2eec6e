# commune carry

help-carry = Read a stick, write what its other readers lack, and say when to unplug
    .long = What is new on the stick is taken in. Then this device leaves its ticket, which says what it holds, and a bundle of what those lack who left theirs; bundles that were sealed for others travel on to the next stick. Everything is sealed to the network: whoever finds the stick reads nothing, but sees that it is used for this, how much and when. Without MOUNT it is the stick that is plugged in.
help-carry-mount = Where the stick is mounted
help-carry-at = A folder to be used as a stick
help-carry-watch = Go on with each stick that is plugged in, until Ctrl-C
help-carry-no-write = Only read
help-carry-dry-run = Say what would happen, and change nothing
help-carry-quota = Room that bundles for others may take on this device, as 500MB; by default a tenth of the disk
carry-reads = reading
carry-writes = writing
carry-settles = Do not unplug yet: the stick is still being written.
carry-waits = Plug in a stick. Ctrl-C ends this.
carry-read = { $path }: { $bundles ->
    [0] no bundle of this network
    [1] one bundle read
   *[other] { $bundles } bundles read
}{ $bundles ->
    [0] {""}
   *[other] , { carry-imported }
}
carry-imported = { $imported ->
    [0] nothing new
    [1] one entry imported
   *[other] { $imported } entries imported
}{ $pending ->
    [0] {""}
   *[other] , { $pending } of them waiting for others
}{ $known ->
    [0] {""}
   *[other] , { $known } known before
}{ $blobs ->
    [0] {""}
    [1] , one payload
   *[other] , { $blobs } payloads
}
carry-skipped = { $count ->
    [0] more names in its folder than are looked at
    [1] one other thing in its folder passed over
   *[other] { $count } other things in its folder passed over
}
carry-readers = { $count ->
    [0] nobody else has left a ticket on it
    [1] one other device reads it
   *[other] { $count } other devices read it
}
carry-written-nothing = nothing to write: it holds all that they lack
carry-written = { bundle-written }
carry-written-dry = it would be so: { bundle-written }
carry-left = { $count ->
    [1] one entry or payload
   *[other] { $count } entries and payloads
} found no room: free some, or plug in another stick for the rest (with --watch it goes on where this one ended)
carry-removed-own = { $count ->
    [1] one older bundle of this device
   *[other] { $count } older bundles of this device
} removed: what the readers lack of it is in the new one
carry-others = for others: { $taken } taken along, { $given } passed on; { $held ->
    [1] one bundle
   *[other] { $held } bundles
} ({ $bytes } bytes) kept here
carry-may-remove = You may remove the stick now.
carry-unusable-file = { $path }: not a bundle that can be read
error-carry-no-stick = no stick is plugged in
hint-carry-no-stick = plug one in and let it be mounted; `commune carry --at FOLDER` takes any folder instead
error-carry-not-mounted = no stick is mounted at { $path }
hint-carry-not-mounted = `commune carry` without a path finds it; --at takes a folder that is none
error-carry-removed = the stick at { $path } was pulled out too early
hint-carry-removed = what was read is saved; plug it in again and run the command once more
error-carry-busy = another program is at the stick at { $path }
hint-carry-busy = wait until it is done, as a running `commune up` or `commune carry --watch`
error-carry-read-only = the stick at { $path } is write-protected
hint-carry-read-only = what was on it is read; move its little switch and run this again, or give --no-write
error-carry-full = the stick at { $path } is full: nothing was written
hint-carry-full = what was on it is read; free some room on it, or take another one
error-carry-unusable = the folder COMMUNE on { $path } cannot be used
hint-carry-unusable = look what stands in its place, move it away and run this again
error-carry-damaged = on { $path } { $files ->
    [0] {""}
    [1] one file is no bundle that can be read
   *[other] { $files } files are no bundles that can be read
}{ $places ->
    [0] {""}
   *[other] { $files ->
        [0] {""}
       *[other] {" "}and{" "}
    }{ $places ->
        [1] one place is damaged
       *[other] { $places } places are damaged
    }
}
hint-carry-damaged = all that is intact is saved; whoever wrote the rest writes it anew when they carry this stick, and you may delete the file
error-carry-unwatched = sticks cannot be noticed on this system
hint-carry-unwatched = name the folder with --at
