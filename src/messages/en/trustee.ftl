# commune trustee

help-trustee = For who holds a part of the key of a vote: one command a step
    .long = Prepare once the vote is open, receipt now and then while people vote, lock after the close, share after the next checkpoint, erase at the end. Days may pass between steps, and trustees never need to meet. `commune status` says what waits.
help-trustee-list = What waits for you
help-trustee-prepare = Make your pieces of the key, check those of others, and say so; run it again until nothing waits
help-trustee-prepare-vote = The vote: 4 digits or more of its name
help-trustee-receipt = Verify the ballots that came, and say that you hold them
help-trustee-receipt-vote = The vote: 4 digits or more of its name
help-trustee-lock = Add the ballots of the closed vote, and say what the sums are
help-trustee-lock-vote = The vote: 4 digits or more of its name
help-trustee-share = Publish your shares of the sums that a quorum locked
help-trustee-share-vote = The vote: 4 digits or more of its name
help-trustee-erase = Forget your seeds of a vote, and say so
help-trustee-erase-vote = The vote: 4 digits or more of its name
help-trustee-hand-over = Write your seeds into a file, for another trustee or for a safe
    .long = For a trustee whose seed did not come sealed, or against the loss of this device. Whoever has the seeds of enough trustees can open ballots: from hand to hand only.
help-trustee-hand-over-vote = The vote: 4 digits or more of its name
help-trustee-hand-over-file = The new file
help-trustee-hand-over-to = Only the seeds that this trustee holds as well
help-trustee-hand-over-qr = Draw them as a code, to be photographed
help-trustee-hand-over-image = Write them as a picture too, to be printed and kept in a safe: SVG if the file is named so, else PNG
help-trustee-take-over = Take seeds that were handed over
help-trustee-take-over-file = The file, or a picture of the code

trustee-progress = work of a trustee
trustee-nothing = nothing waits for you as a trustee
trustee-nothing-now = nothing of this step waits
trustee-duty-prepare = { $vote }  “{ $question }”: make and check pieces of the key: commune trustee prepare { $vote }
trustee-duty-receipt = { $vote }  “{ $question }”: { $count ->
    [one] 1 ballot to verify and to hold
   *[other] { $count } ballots to verify and to hold
}: commune trustee receipt { $vote }
trustee-duty-lock = { $vote }  “{ $question }”: lock the sum: commune trustee lock { $vote }
trustee-duty-share = { $vote }  “{ $question }”: publish your shares: commune trustee share { $vote }
trustee-duty-erase = { $vote }  “{ $question }”: counted; erase your seeds: commune trustee erase { $vote }
trustee-made = { $count ->
    [one] 1 piece of the key made
   *[other] { $count } pieces of the key made
}
trustee-acknowledged = all your pieces recomputed and acknowledged
trustee-complained = { $count ->
    [one] 1 piece is not what its seed gives: you said so
   *[other] { $count } pieces are not what their seeds give: you said so
}
trustee-unsealed = { $count ->
    [one] 1 seed did not come sealed to you
   *[other] { $count } seeds did not come sealed to you
}: ask its maker for it (commune trustee hand-over)
trustee-awaited = { $count ->
    [one] 1 sealed seed is on the way
   *[other] { $count } sealed seeds are on the way
}: meet somebody who has it, and run this again
trustee-keyless = nothing could be sealed to { $names }, whose keys are not here: hand the seeds over with commune trustee hand-over { $vote } FILE --to NAME
trustee-receipted = { $count ->
    [one] 1 ballot verified and receipted
   *[other] { $count } ballots verified and receipted
}
trustee-false-ballots = { $count ->
    [one] 1 ballot has a false proof and is not receipted
   *[other] { $count } ballots have a false proof and are not receipted
}
trustee-lacking = { $count ->
    [one] 1 ballot is on the way
   *[other] { $count } ballots are on the way
}
trustee-locked = { $count ->
    [one] 1 sum locked
   *[other] { $count } sums locked
}
trustee-shared = shares of { $count ->
    [one] 1 sum published
   *[other] { $count } sums published
}
trustee-erased = { $count ->
    [one] 1 seed erased
   *[other] { $count } seeds erased
}, and said so
trustee-ask-erase = Erase your seeds of this vote? Without them you cannot publish shares any more.
trustee-ask-hand-over = Write seeds into a file? Whoever has the seeds of enough trustees can open ballots.
trustee-handed = { $count ->
    [one] 1 seed written
   *[other] { $count } seeds written
}: from hand to hand only
trustee-page = Secret: seeds of a trustee of the vote “{ $question }”
trustee-taken = { $count ->
    [one] 1 new seed taken
   *[other] { $count } new seeds taken
}

error-trustee-none = you are no trustee of this vote
hint-trustee-none = commune vote show says who is
error-trustee-not-one = { $who } is no trustee of this vote
hint-trustee-not-one = commune vote show says who is
error-trustee-no-seed = the seed of piece { $piece } is not on this device
hint-trustee-no-seed = run commune trustee prepare, or take it over from another trustee
error-trustee-no-sealing-key = the keys of { $who } for sealed things are not here yet
hint-trustee-no-sealing-key = meet somebody who has them, or hand the seed over
error-trustee-piece = a piece of the key is not what its seed gives
hint-trustee-piece = ask its maker again; commune trustee prepare says so to all
