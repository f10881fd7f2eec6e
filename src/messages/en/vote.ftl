# commune vote

help-vote = Questions to all members: secret answers, a result that everybody checks
help-vote-cast = Vote, or vote again: the last ballot that trustees hold counts
    .long = Three steps: the answer, a question whether to cast it, and a tracker of four words by which you find the ballot again (`commune vote check`). What the vote does not protect is said before.
help-vote-cast-vote = The vote: 4 digits or more of its name, as `commune vote list` shows it
help-vote-cast-answer = yes or no; numbers or texts of options; option=score; option=grade, 1 for the best; none
help-vote-cast-prepared = Cast the ballot that `commune vote prepare` made
help-vote-cast-qr = Draw the tracker as a code
help-vote-cast-image = Write the code into a picture as well, .png or .svg
help-vote-prepare = Encrypt a ballot and show its tracker, before you decide whether to cast or to open it
    .long = A device that encrypts something else than you chose cannot know which of the two you will do. Open some ballots (`vote spoil`), let another device make them again (`vote challenge`), and cast one (`vote cast --prepared`).
help-vote-prepare-vote = The vote: 4 digits or more of its name
help-vote-prepare-answer = As for `commune vote cast`
help-vote-spoil = Open the ballot that was prepared instead of casting it: a file for another device
help-vote-spoil-vote = The vote: 4 digits or more of its name
help-vote-spoil-file = The new file; it shows the choice of a ballot that never counts
help-vote-challenge = Make an opened ballot of another device again, and say whether it was honest
help-vote-challenge-file = The file that `commune vote spoil` wrote
help-vote-challenge-tracker = The four words that the other device showed before it knew
help-vote-check = Whether a ballot counts, with the proof that it is in the set
help-vote-check-vote = The vote: 4 digits or more of its name
help-vote-check-tracker = The four words, or 11 digits or more; else your own ballot
help-vote-list = The votes that this device knows
help-vote-open = Open a consultative vote, which binds nothing
    .long = The trustees hold the key together: 3, 5 or 7 members, of whom 2, 3 or 4 open the sum and nobody a single ballot. They make the key within --prepare, or substitutes take the place of silent ones. Electors are the members at the checkpoint that has the opening in.
help-vote-open-question = What is asked, on one line
help-vote-open-kind = yes-no, approval, choose-one, score, majority (seven grades an option) or median (a value that more than half want at least)
help-vote-open-option = An option; of a median the values, ascending
help-vote-open-max = The highest score
help-vote-open-trustee = A member who holds a part of the key: 3, 5 or 7 of them
help-vote-open-substitute = A member who takes the place of a silent trustee, in this order
help-vote-open-prepare = Time for each round of the trustees
help-vote-open-time = Time to vote, from the checkpoint that fixes the key
help-vote-open-receipts = Time for the last receipts of trustees after that
help-vote-open-references = Names of the reference strings for ballots and for shares, as `commune reference check` shows them; on a test network those for tests
help-vote-open-dry-run = Say what would be opened, and sign nothing
help-vote-result = The result, computed on this device from the shares of the trustees
help-vote-result-vote = The vote: 4 digits or more of its name
help-vote-show = A vote: what is asked, where it stands, who holds the key
help-vote-show-vote = The vote: 4 digits or more of its name
help-vote-verify = Check all that a result rests on: checkpoints, key, every proof, locks, shares
    .long = Ballots that this device verified before are remembered. Of a vote with several wards it verifies your ward, the one it may be counted with, and a random sample of 300 ballots of the others, with --all every one. With --bundle and --genesis no data folder is needed.
help-vote-verify-vote = The vote: 4 digits or more of its name
help-vote-verify-all = Verify the ballots of all wards, and ask for those that are not here from now on
help-vote-verify-bundle = All files of a bundle
help-vote-verify-genesis = The genesis, with the network’s secret if the bundle is sealed

vote-kind-yes-no = yes or no
vote-kind-approval = approve as many as you like
vote-kind-choose-one = choose one
vote-kind-score = a score each
vote-kind-majority = a grade each
vote-kind-median = a value; the one counts that more than half want at least
vote-word-yes = yes
vote-word-no = no
vote-word-none = none
vote-grade = { $grade ->
    [0] excellent
    [1] very good
    [2] good
    [3] fairly good
    [4] passable
    [5] poor
   *[other] to reject
}
vote-none = no vote is known here
vote-shown = { $vote }  { $question }  ({ $kind })
vote-option = { $number }  { $option }
vote-phase-pending = pending: opened, and not in a checkpoint yet
vote-phase-preparing = the trustees make the key, until { $time }
vote-phase-voting = voting, until { $time }
vote-phase-receipting = over; trustees say which ballots they hold, until { $time }
vote-phase-locking = closed; trustees lock the sums
vote-phase-opening = locked; trustees publish their shares
vote-phase-failed = no result: too few trustees made a key
vote-trustees = trustees, { $quorum } of { $of } open: { $names }
vote-ballots = { $counted ->
    [one] 1 ballot counts
   *[other] { $counted } ballots count
}, { $waiting } may still count, { $refused } do not; { $electors ->
    [one] 1 elector
   *[other] { $electors } electors
} in { $wards ->
    [one] 1 ward
   *[other] { $wards } wards
}
vote-parts-missing = { $count ->
    [one] 1 part
   *[other] { $count } parts
} of this vote did not come here yet: what is shown may change
vote-few-members = The network has { $members } members, fewer than { $least }: the result may show what single people chose.
vote-would-open = would open “{ $question }”; trustees, { $quorum } of { $of }: { $names }; nothing was signed
vote-ask-open = Open “{ $question }”, with { $quorum } of these { $of } trustees to open it: { $names }?
vote-opened = opened as { $vote }: pending until the next checkpoint; then the trustees make the key
vote-limits =
    What this vote does not protect:
    - Who took part is public; what they chose is not.
    - There is no proof against force: who watches you at your device sees your choice. Vote again later: only the last ballot counts.
    - { $quorum } of the { $of } trustees together can open single ballots, and nobody would notice.
    - Where all choose the same, everybody knows what each chose. { $electors ->
        [one] There is 1 elector.
       *[other] There are { $electors } electors.
    }
    - Shares of the result are blurred by { $bits } bits, not by the 40 that theory asks for.
    - Ballots stay secret against quantum computers; signatures and proofs are not made against them.
    - Neither this program nor the library tfhe under it was audited for votes. tfhe is BSD-3-Clause-Clear: its licence grants no patents, and its makers ask commercial users for one.
vote-ask-cast = Cast “{ $answer }” to “{ $question }”? The tracker is: { $tracker }.
vote-ask-cast-prepared = Cast the prepared ballot to “{ $question }”? Its tracker is: { $tracker }.
vote-cast = your tracker: { $tracker }
    The ballot is pending until a checkpoint has it in and trustees hold it: commune vote check
vote-tracker = Tracker: { $tracker }
vote-prepared = tracker: { $tracker }
    Write it down, then decide: commune vote cast { $vote } --prepared, or commune vote spoil { $vote } FILE
vote-spoiled = opened the ballot with the tracker { $tracker }; it can never be cast
    Let another device make it again: commune vote challenge FILE { $tracker }
vote-challenge-holds = ✔ the device was honest: the ballot { $tracker } says { $answer }
vote-challenge-unseen = the ballot { $tracker } says { $answer }; compare the tracker with the one that was shown before
vote-check-counts = ✔ in the count: { $tracker }
vote-check-will-count = ✔ held by { $receipts } trustees, { $quorum } are needed: { $tracker } counts if nothing later replaces it
vote-check-waits = { $tracker } waits: { $receipts } of { $quorum } receipts, or no checkpoint has it in yet
vote-check-not-elector = ✘ { $tracker } does not count: its voter is not on the roll
vote-check-before-key = ✘ { $tracker } does not count: it came before the key was fixed
vote-check-after-end = ✘ { $tracker } does not count: it came after the end
vote-check-not-receipted = ✘ { $tracker } does not count: only { $receipts } of { $quorum } trustees held it before the close
vote-check-replaced = { $tracker } does not count: a later ballot of the same voter does
vote-check-false = ✘ { $tracker } does not count: its proof is false
vote-check-wrong-size = ✘ { $tracker } does not count: it has not the size of a ballot of this vote
vote-check-wrong-ward = ✘ { $tracker } does not count: it names another ward than its voter’s
vote-check-proof = number { $index } of { $size } in the set { $root }, fixed by checkpoint { $height }; { $hashes ->
    [one] 1 hash proves it
   *[other] { $hashes } hashes prove it
}
vote-check-proof-unlocked = number { $index } of { $size } in the set { $root }, which trustees are to lock; { $hashes ->
    [one] 1 hash proves it
   *[other] { $hashes } hashes prove it
}
vote-missing-lock = the trustees have not locked the sum of ward { $ward }, or no checkpoint has that in
vote-missing-sum = the sum of ward { $ward } is on the way
vote-missing-ballots = { $count ->
    [one] 1 ballot is
   *[other] { $count } ballots are
} on the way
vote-missing-shares = of ward { $ward } { $count ->
    [one] 1 piece lacks
   *[other] { $count } pieces lack
} a valid share
vote-result = { $question }
vote-result-yes-no = yes { $yes }, no { $no }
vote-result-accepted = accepted: more said yes
vote-result-rejected = not accepted
vote-result-ballots = { $ballots ->
    [one] 1 ballot
   *[other] { $ballots } ballots
} of { $electors ->
    [one] 1 elector
   *[other] { $electors } electors
}; { $shares } shares verified, blurred by { $bits } bits
vote-result-sums = { $taken ->
    [one] 1 sum of another ward
   *[other] { $taken } sums of other wards
} taken as a quorum of trustees locked them, { $added } added on this device: commune vote verify --all checks all
vote-result-false-shares = { $count ->
    [one] 1 share does not hold and was left out
   *[other] { $count } shares do not hold and were left out
}
vote-progress-shares = shares
vote-progress-ballots = ballots verified
vote-checked-records = { $records ->
    [one] 1 checkpoint
   *[other] { $records } checkpoints
} folded again from the genesis, { $faults } with a fault
vote-checked-state = checkpoints folded again only from where this device began
vote-checked-key = { $pieces } pieces of the key, acknowledged by { $seats } trustees
vote-checked-ballots = { $verified } of { $counted } ballots in the count verified ({ $now } now), { $false } false, { $missing } not here
vote-checked-locks = { $count ->
    [one] 1 sum
   *[other] { $count } sums
} added again and equal to what a quorum locked
vote-checked-taken = { $count ->
    [one] 1 sum of another ward
   *[other] { $count } sums of other wards
} taken as a quorum locked them
vote-checked-false-sum = what a quorum locked is not the sum of the ballots of ward { $ward }
vote-checked-shares = { $count ->
    [one] 1 share
   *[other] { $count } shares
} verified
vote-checked-other-lock = { $name } locked another sum of ward { $ward }
vote-checked-contested = the proof of ballot { $ballot } is false; receipted by { $names }
vote-checked-close = ballots fixed by checkpoint { $height }, { $time }

error-vote-unknown = no vote { $vote } is known here
hint-vote-unknown = commune vote list shows their names; 4 digits are enough
error-vote-ambiguous = several votes are named { $vote }, or this one is open already
hint-vote-ambiguous = give more digits
error-vote-not-opened = no checkpoint has the opening of vote { $vote } in yet
hint-vote-not-opened = wait for the next checkpoint, or bring one from others
error-vote-covered = the vote was opened before checkpoint { $height }, on which this device began
hint-vote-covered = a device that holds all entries knows who may vote
error-vote-incomplete = { $count ->
    [one] 1 part
   *[other] { $count } parts
} of the vote did not come here yet
hint-vote-incomplete = meet somebody who has them, or take a bundle, and try again
error-vote-question = it cannot be asked so
hint-vote-question = commune vote open --help shows the kinds of questions
error-vote-choice = it cannot be answered so
hint-vote-choice = commune vote show shows the options
error-vote-answer = “{ $answer }” is no answer to this question
hint-vote-answer = commune vote show shows the options; name them by number or text
error-vote-trustee-twice = a trustee or substitute is named twice
hint-vote-trustee-twice = each person holds one place: name different members with --trustee and --substitute
error-vote-period = a period of the vote cannot be so long or so short
hint-vote-period = --prepare, --time and --receipts take from one second to a year
error-vote-substitutes = more substitutes than a vote can have
hint-vote-substitutes = name seven with --substitute at most
error-vote-trustees = { $found ->
    [one] 1 trustee is
   *[other] { $found } trustees are
} named; it takes 3, 5 or 7
hint-vote-trustees = the rule of this network is { $needed }; each needs --trustee
error-vote-no-key = the trustees have not made the key yet
hint-vote-no-key = commune vote show says who is still missing
error-vote-no-trustees = the vote has no key: its trustees and substitutes stayed silent
hint-vote-no-trustees = open it again with other trustees
error-vote-over = voting is over
hint-vote-over = commune vote result shows the result once the trustees opened it
error-vote-not-elector = you are not on the roll of this vote
hint-vote-not-elector = electors are those who were members when the checkpoint took the opening in
error-vote-not-prepared = no ballot of this vote waits here, or you wrote something since
hint-vote-not-prepared = make one with commune vote prepare
error-vote-encryption = the ballot could not be encrypted
hint-vote-encryption = nothing was cast; try again
error-vote-proof = a ballot does not hold
hint-vote-proof = commune vote verify says which, and who receipted it
error-vote-sum = the sum does not open
hint-vote-sum = commune vote verify checks everything it rests on
error-vote-file = the file is not what it should be
hint-vote-file = ask for it again
error-vote-no-reference = the reference string { $id } is not on this device
hint-vote-no-reference = commune reference keep FILE takes one that your network made; test networks need none
error-vote-reference = the reference string cannot be used
hint-vote-reference = commune reference check FILE says what is wrong with it
error-vote-test-reference = this reference string is for tests: whoever made it could forge proofs
hint-vote-test-reference = hold a ceremony: docs/ceremony.md
error-vote-no-ballot = no such ballot is known here
hint-vote-no-ballot = the tracker has four words, in the order in which they were shown
error-vote-not-closed = voting goes on: there is no result
hint-vote-not-closed = commune vote show says until when
error-vote-no-result = there is no result yet
hint-vote-no-result = meet a trustee or take a bundle; trustees see what waits with commune trustee list
error-vote-false-lock = the sum of ward { $ward } is not what a quorum of trustees locked
hint-vote-false-lock = do not accept a result of this vote; show others what commune vote verify says
error-vote-false = this vote does not hold
hint-vote-false = the lines marked ✘ say what is false
error-vote-challenge = the ballot is not the one whose tracker was shown; made again, it is { $tracker }
hint-vote-challenge = do not vote on that device, and tell others
