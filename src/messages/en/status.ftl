# commune status, log, quarantine

help-status = Show where this device stands
help-log = Show the entries that this device holds
help-log-follow = Go on and show new ones as they come
help-log-last = How many of the newest to show
help-quarantine = What has no place in the history, and why
help-quarantine-list = Show entries that wait or were refused, and forks
    .long = A view only: nothing is kept or lost by looking.
status-shown =
    { $name }
    member      { $member }
    standing    { $standing }
    network     { $network }
    entries     { $entries } held, { $pending } waiting for others
    state       { $hash }
    final       { $final }
    node        { $node }
    remembered  { $remembered ->
        [one] one peer
       *[other] { $remembered } peers
    }
status-nothing-final = nothing yet: no checkpoint
status-final = checkpoint { $height } of { $time }, signed by { $signed } of { $of }; { $waiting ->
    [0] nothing waits for the next
    [1] one entry waits for the next
   *[other] { $waiting } entries wait for the next
}
status-node = { $count ->
    [0] runs, nobody connected
    [one] runs, one peer connected
   *[other] runs, { $count } peers connected
}
status-no-node = not running; `commune up` starts it
quarantine-empty = Nothing waits and nothing was refused.
quarantine-fork = fork: device { $device } wrote two different entries at place { $place }; what it wrote from there on does not count
