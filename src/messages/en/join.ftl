# commune join

help-join = Adopt the network of a genesis file
    .long = From then on this device belongs to that network. Founders are members at once; everybody else asks members who met them with `commune vouch request`.
help-join-genesis = The genesis file, as a founder or a member hands it on
help-join-at = A recent record that somebody you trust told you: from signers of the past, whose keys may be stolen, another one is never taken
join-done = This device now belongs to the network { $network }.
    Ask members who met you to vouch for you: commune vouch request
join-done-founder = This device now belongs to the network { $network }, which you founded.
join-test-network = this is a test network: what happens in it binds nobody
error-genesis-unreadable = { $path } is not a whole genesis
hint-genesis-unreadable = ask for the file again; a draft becomes a genesis with `commune found close`
error-rule-not-known = this device’s member is not known in the network yet
hint-rule-not-known = ask members who met you to vouch for you: `commune vouch request`
