# commune reference

help-reference = Make the reference strings that ballots are proven with: an open ceremony
    .long = Proofs of ballots rest on a number that nobody may know. A file goes from hand to hand, each contributor multiplies the number by a secret of their own, and nobody knows it if one of them was honest. Each use needs a ceremony of its own: ballots16, ballots256 and shares.
help-reference-start = Start a ceremony: a file to which nobody contributed yet
help-reference-start-file = Where the file goes
help-reference-start-use = What the reference is for: ballots of up to 16 slots, of up to 256, or the shares that open a tally
help-reference-start-label = What the file is, for people: the network and the occasion; “for tests only” if its secret may be known
help-reference-contribute = Check the file so far, and write the next one with your contribution
    .long = The secret comes from the system, is used once and wiped. Restart the device afterwards if you want to be sure that nothing is left in its memory.
help-reference-contribute-from = The file of the contributor before you
help-reference-contribute-to = Where the next file goes
help-reference-contribute-name = Your name, which stays in the file
help-reference-check = Check every contribution and every point of a file, and show its id
    .long = Anybody can do this, without a device of a network.
help-reference-check-file = The file
help-reference-keep = Check a file, and keep it on this device for the votes of its network
help-reference-keep-file = The file
reference-kept = kept on this device: votes that name { $id } can be held
reference-described =
    use           { $use }
    label         { $label }
    contributors  { $contributors }
    id            { $id }
reference-nobody = nobody yet
reference-started = Hand { $file } to the first contributor: `commune reference contribute IN OUT --name NAME`
reference-contributed = Hand { $file } to the next contributor, or publish it. Publish the id wherever others see it, so that all can tell that you are in.
reference-checked = All contributions are proven, and the points are whole. Ask each contributor whether they took part.
reference-for-tests = this reference is for tests: its secret may be known, and no vote of people may rest on it
reference-checking = checking points
reference-contributing = multiplying points
error-reference-invalid = { $path } is no file of a ceremony
hint-reference-invalid = get it again from who made it, and compare the ids
error-reference-false = { $path } fails the check
hint-reference-false = do not use it, nor contribute to it; go on from the last file that passes
error-reference-none = nobody contributed to { $path } yet, so that its secret is known
hint-reference-none = contribute with `commune reference contribute IN OUT --name NAME`
error-reference-full = { $path } holds as many contributions as fit
hint-reference-full = use it as it is, or start another ceremony
error-reference-text = { $what ->
    [label] the label
   *[name] the name
} must have 1 to { $limit } bytes and be on one line
hint-reference-text = choose a shorter one, without control characters
