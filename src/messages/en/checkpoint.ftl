# commune checkpoint

help-checkpoint = Checkpoints: what a quorum of signers made final
help-checkpoint-appoint = On a test network, as a signer: say who is to sign from the next checkpoint on
    .long = Once every signer's newest appointment names the same members, and a checkpoint has them all in, these sign the next one. Until then nothing changes. Outside of test networks laws decide who signs.
help-checkpoint-appoint-dry-run = Only show whose word is missing
help-checkpoint-appoint-who = Members with signing keys, all who are to sign
help-checkpoint-enrol = Say with which keys you sign, after a restore or as a new signer
    .long = Signing keys are in no backup: a restored device has new ones. From the next checkpoint on they take the place of the old ones. Who does not sign yet can be appointed then.
help-checkpoint-enrol-new-keys = Draw new keys first, if this folder was copied or put back; what the old ones signed stands
help-checkpoint-export = Write a checkpoint with what verifies it, for whoever has the genesis
help-checkpoint-export-file = The new file; - is standard output
help-checkpoint-export-height = Of this height; else the newest
help-checkpoint-forks = Devices that said two things at one place
help-checkpoint-list = The checkpoints that this device knows
help-checkpoint-propose = As a signer, begin a checkpoint, even if nothing is new
    .long = Takes every step that is possible now: states the time, proposes the record if it is this signer's turn, votes, cosigns. Bundles carried between the signers and this command a few times make a height final, with no node running.
help-checkpoint-quorum = Who signs the next checkpoint, and what they said so far
help-checkpoint-quorum-policy = The signers as a C2SP tlog-policy, for other verifiers
help-checkpoint-show = Show a checkpoint: the signed note
help-checkpoint-show-height = Its height; else the newest
help-checkpoint-show-record = Only the height and the hash of the record, for `commune join --at` and `checkpoint verify --at`
help-checkpoint-show-proof = The record of this height with the proof that the checkpoint holds it
help-checkpoint-sign = As a signer, take every step that is possible now
help-checkpoint-verify = Say whether a checkpoint is final, with nothing but a genesis
    .long = Reads a note or an exported chain, from a stick that may be read-only. With --genesis no data folder is needed. Exit 0: final; 3: false or damaged; 4: unknown signers, another network or too few signatures; 9: it contradicts what is known as final.
help-checkpoint-verify-what = A file, - for standard input, a height of this device, or latest
help-checkpoint-verify-at = A recent record that somebody you trust told you; a chain that contradicts it is refused
help-checkpoint-verify-genesis = The genesis; else the one of the data folder

checkpoint-decided = record { $height } is decided
checkpoint-said = said: { $said }
checkpoint-nothing-to-say = nothing to say now
checkpoint-progress = next is { $height }: { $stamps } of { $quorum } times stated, { $precommits } of { $quorum } votes to make it final
checkpoint-word-stamp = the time
checkpoint-word-proposal = a proposal
checkpoint-word-vote = a vote
checkpoint-word-cosignature = a cosignature
checkpoint-word-contradiction = the proof that a signer said two things
checkpoint-word-prevote = voted
checkpoint-word-precommit = voted to make it final
checkpoint-word-double = said two things where one is allowed
checkpoint-none = no checkpoint yet
checkpoint-no-forks = nobody said two things at one place
checkpoint-row-final = { $height }  { $day }  { $members } members  final ({ $signed } of { $of } signed)
checkpoint-row-pending = { $height }  { $day }  { $members } members  pending: decided, { $signed } of { $of } signed
checkpoint-appoint-missing = { $count ->
    [0] every signer said so; it holds from the next checkpoint on
    [one] the word of { $missing } is missing
   *[other] the words of { $count } signers are missing: { $missing }
}
checkpoint-appointed = you said that these are to sign: { $names }
checkpoint-ask-appoint = Say that these, and nobody else, are to sign checkpoints: { $names }?
checkpoint-ask-new-keys = This device signs checkpoints. With new keys it signs nothing until a checkpoint of the others has taken them in. Draw new keys?
checkpoint-enrolled = your signing keys are said; the next checkpoint takes them in
checkpoint-enrolled-known = your signing keys are known already; you can be appointed
checkpoint-enrolled-signs = your signing keys are known already, and they sign
checkpoint-wanted = { $name } wants these to sign: { $names }
checkpoint-would-appoint = you would say that these are to sign: { $names }
checkpoint-tally = record { $record }, round { $round }: { $votes ->
    [one] { $votes } signer voted to make it final
   *[other] { $votes } signers voted to make it final
}
checkpoint-waits-contradicted = It is decided as record { $record }, and somebody you trust told of another one: it is not taken. Keep the files of both and show them to the others
checkpoint-waits-entries = It is decided, and this device cannot take it yet: { $why }. It comes with what neighbours or bundles bring
checkpoint-waits-moves = It is decided, and the list of what it has in is still on its way to this device
checkpoint-waits-record = It is decided, and record { $record } itself is still on its way to this device
checkpoint-quorum = checkpoint { $height }: { $quorum ->
    [1] one of { $of } signers makes it final
   *[other] { $quorum } of { $of } signers make it final
}
checkpoint-verified =
    final: checkpoint { $height }, signed by { $signed } of { $of } ({ $quorum } needed): { $names }
    last signature: { $time }{ $days ->
        [0] {""}
        [1] , a day ago
       *[other] , { $days } days ago
    }
checkpoint-not-excluded = a genesis alone does not exclude a forgery by retired signers, and says nothing of what came later
checkpoint-unknown-lines = { $count ->
    [1] one line of an unknown key is ignored
   *[other] { $count } lines of unknown keys are ignored
}
checkpoint-false-line = a line under the name { $name } is false; it is left out
checkpoint-exported = checkpoint { $height } written to { $path }

error-checkpoint-no-appointment = on this network laws decide who signs
hint-checkpoint-no-appointment = only test networks let the signers themselves appoint; `commune checkpoint quorum` shows who signs
error-checkpoint-no-member = only members have signing keys
hint-checkpoint-no-member = ask again once `commune status` says that you are a member
error-checkpoint-not-enrolled = no checkpoint knows signing keys of { $name }
hint-checkpoint-not-enrolled = they run `commune checkpoint enrol`, and a checkpoint takes it in
error-checkpoint-too-many = at most 22 members sign, and these are { $found }
hint-checkpoint-too-many = name fewer
error-checkpoint-none = there is no checkpoint { $height } here
hint-checkpoint-none = the newest here is { $newest }; sync with a neighbour, or see `commune checkpoint list`
error-checkpoint-no-signers = this network has no signers
hint-checkpoint-no-signers = a network imported for tests makes nothing final; found one with `commune found draft --signer`
error-checkpoint-not-a-signer = this device does not sign checkpoints
hint-checkpoint-not-a-signer = `commune checkpoint quorum` shows who does; new keys of a restored signer sign once a record has taken them in
error-checkpoint-older-journal = the signing key of this device said more about checkpoint { $height } than its journal knows
hint-checkpoint-older-journal = the data folder was copied or put back; this key must sign no more: `commune checkpoint enrol --new-keys` gives you another
error-checkpoint-journal = the signer of this device cannot go on
hint-checkpoint-journal = run `commune doctor`
error-checkpoint-invalid = this is no final checkpoint
hint-checkpoint-invalid = the file is damaged or false; ask for it again, or ask somebody else
error-checkpoint-unknown = nothing shows that this checkpoint is final
hint-checkpoint-unknown = it needs more signatures of this genesis, or the links in between; `commune checkpoint export` writes all of it
error-checkpoint-not-final = the newest checkpoint here is not final yet
hint-checkpoint-not-final = see how far the next one is with `commune checkpoint quorum`
error-checkpoint-other-state = the state in the file is not that of its checkpoint
hint-checkpoint-other-state = nothing of it was taken; ask somebody else for a file
error-checkpoint-contradicted = this checkpoint contradicts one that is known as final
hint-checkpoint-contradicted = keep the file: it proves that signers signed two histories; show it to the others
