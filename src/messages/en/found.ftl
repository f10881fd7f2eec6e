# commune found

help-found = Found a network: draft its genesis, have every founder sign it, close it
help-found-draft = Write a draft from the cards of the founders
    .long = Each founder writes a card with `commune identity show --card FILE`. The draft names the charter, the parameters, the founders, who signs checkpoints and who holds the keys of ballots. Hand it round: each founder signs it with `commune found sign FILE`.
help-found-draft-file = Where the draft goes
help-found-draft-member = Card of a founder
help-found-draft-signer = Card of a founder who signs checkpoints; without it all founders, 22 at most
help-found-draft-trustee = Card of a founder who holds a piece of the keys of ballots; without it the first founders
help-found-draft-charter = Text that every member adheres to; a test network may go without
help-found-draft-param = Change a parameter, as sig_qty=3 or sig_period=1d
help-found-draft-name = Name of the network for people
help-found-draft-test-network = Found a network for trying things out, in which nothing has any worth
help-found-sign = Add your signature to a draft, and those in copies of it
    .long = Your signature vouches for every other founder. Signing twice is harmless, and copies that others signed may be merged in any order.
help-found-sign-file = The draft; it is changed in place
help-found-sign-copies = Copies of the same draft that others signed
help-found-close = Write the genesis once all founders have signed
    .long = This draws the secret that all devices of the network share, so close one draft only once, and hand the same file to everybody.
help-found-close-file = The draft
help-found-close-genesis = Where the genesis goes
help-found-export = Write the genesis of this device’s network for outsiders
help-found-export-public = Without the secret of the network, as verifiers outside need it
help-found-export-file = Where it goes
found-draft =
    draft     { $file }
    network   { $network }{ $kind ->
        [test] {" "}(a test network)
       *[real] {""}
    }
    charter   { $charter }
    founders  { $founders }
    signers   { $signers } ({ $quorum } of them make a checkpoint final)
    trustees  { $trustees } ({ $tally } of them open a tally)
found-draft-not-ready = this draft cannot be closed: { $why }
found-signed = Signed. Not signed yet: { $missing }
found-signed-by-all = Signed by all. Now once: `commune found close { $file } --genesis OUT`
found-closed =
    network  { $network }
    genesis  { $genesis }
    Hand this file to every founder: each runs `commune join`. It holds the secret of the network.
found-exported =
    network  { $network }
    file     { $file }
error-card-invalid = { $path } is no valid card
hint-card-invalid = ask for it again; its owner writes it with `commune identity show --card FILE`
error-found-no-founder = { $name } is not among the founders
hint-found-no-founder = name the same card with --member too
error-found-no-charter = a network that is no test needs a charter
hint-found-no-charter = give its text with --charter FILE, or try things out with --test-network
error-found-empty-charter = the charter is empty
hint-found-empty-charter = write down what every member is to adhere to
error-found-charter-line = line { $line } of the charter holds a control character
hint-found-charter-line = use plain text, with spaces instead of tabs
error-found-impossible = no network can be founded with this
hint-found-impossible = draft it again without what is named
error-found-not-a-founder = you are not among the founders in { $path }
hint-found-not-a-founder = have it drafted again with your card, or name your data folder with --data-dir
error-found-differs = { $path } is not a copy of the same draft
hint-found-differs = agree on one of them; signatures for the other do not count
error-found-unsigned = { $names } did not sign yet
hint-found-unsigned = merge their copies with `commune found sign FILE COPY`, or ask them to sign
error-found-unreadable = { $path } is no usable draft
hint-found-unreadable = use another copy, or check that this is the file you mean
error-param-no-assignment = “{ $text }” is not of the form NAME=VALUE
hint-param-no-assignment = write for example --param sig_qty=3
error-param-unknown = there is no parameter “{ $name }”
hint-param-unknown = there are { $names }
error-param-value = “{ $value }” is no value of { $name }
hint-param-value = { $name } may be { $allowed }
error-param-unusable = the parameter cannot be set
hint-param-unusable = check its name and value
error-rule-bounds = { $name } cannot be { $value }
hint-rule-bounds = { $name } may be { $allowed }
error-rule-one-key = the cards of { $first } and { $second } share a key ({ $what })
hint-rule-one-key = name each founder once; each makes keys of their own with `commune init`
error-rule-founders = { $founders ->
    [one] one founder is
   *[other] { $founders } founders are
} too few: sig_qty asks for at least { $needed }
hint-rule-founders = let more take part, or draft it again with a smaller --param sig_qty (3 needs { $least } founders)
error-rule-signers = { $signers ->
    [one] one signer is
   *[other] { $signers } signers are
} too few: { $least } are needed
hint-rule-signers = name more of them with --signer, or found a test network
error-rule-trustees = there are { $trustees } trustees, and the parameter trustees asks for { $asked }
hint-rule-trustees = name as many with --trustee, or set --param trustees=3,2
