# commune storage

help-storage = The room that this device takes
help-storage-prune = Drop old entries that checkpoints have made part of the state
    .long = Payments of others and what signers said, as far as the checkpoint before the last but one has them in: what followed from them stays, verified by every later checkpoint. Your own entries, members, texts and votes stay. Statements, the supply and a replay by `commune audit` need what is dropped and go on elsewhere. Stop a running node first.
help-storage-prune-dry-run = Say what would be dropped, and change nothing
storage-what = { $entries ->
    [one] one entry
   *[other] { $entries } entries
}{ $blobs ->
    [0] {""}
    [one] {" "}and one payload
   *[other] {" "}and { $blobs } payloads
} ({ $bytes } bytes)
storage-prune-ask = Drop { storage-what } that checkpoint { $height } has in? Statements, the supply and a full audit need them.
storage-pruned = { storage-what } dropped, all up to checkpoint { $height }; the disk gives the room back bit by bit
storage-prune-dry = { storage-what } would be dropped, all up to checkpoint { $height }
storage-prune-nothing = nothing to drop: entries are kept until two more checkpoints follow the one that has them in
help-storage-carried = Show what this device carries for others, whose bundles it cannot read
    .long = They came from sticks and go to the next ones. What is least urgent and oldest makes room; after 60 days they end.
help-storage-carried-drop = Drop them
storage-carried-what = { $count ->
    [0] no bundle
    [1] one bundle
   *[other] { $count } bundles
} for others ({ $bytes } bytes)
storage-carried = { storage-carried-what } kept here until the next stick
storage-carried-ask = Drop { storage-carried-what }? Somebody may wait for them.
storage-carried-dropped = { storage-carried-what } dropped
