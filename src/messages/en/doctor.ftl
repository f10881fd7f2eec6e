# commune doctor

help-doctor = Look at each layer: keys, store, history, local network
    .long = Changes nothing unless asked to. Listens to the network for two seconds.
help-doctor-salvage = Rebuild a damaged store from every entry that is intact
    .long = The damaged store is kept beside the new one.
help-doctor-no-lan = Leave the network out
help-doctor-no-bluetooth = Leave Bluetooth out
doctor-ok = ok
doctor-not-ok = NO
doctor-node = a node runs on UDP port { $port }
doctor-vault = opens, and holds the keys of { $name }
doctor-network = { $network }
doctor-store = { $rows } rows in { $size } MB, all intact; { $free } MB free
doctor-history = { $entries } entries in place, { $pending } waiting
doctor-listens = Listening to the network …
doctor-socket = UDP port { $port } can be used
doctor-interface-down = { $name } is down
doctor-interface-no-multicast = { $name } has no multicast: use `commune peer add ADDR`
doctor-interface-silent = { $name } is up; nobody was heard on it. If somebody is there: a filter or client isolation on the access point. Try `commune peer add ADDR`
doctor-interface-heard = { $name } is up and hears others ({ $heard })
doctor-mdns = runs, { $resolved ->
    [one] { $resolved } neighbour
   *[other] { $resolved } neighbours
} resolved
doctor-mdns-failed = does not run: { $why }. A firewall may block UDP port 5353
doctor-beacon = runs, { $heard } heard
doctor-beacon-failed = does not run: { $why }
doctor-neighbour = { $address } answers
doctor-neighbour-failed = { $address } is heard, but no link came of it: { $why }. A firewall may block UDP
doctor-salvaging = Entries looked at
doctor-salvaged = { $entries } entries are back in place, { $pending } wait for others. The damaged store is kept as { $kept }.
    What is missing comes back with the next sync or bundle.
error-doctor-node-runs = a node uses the store
hint-doctor-node-runs = stop `commune up` first
