# commune import

help-import = Make a test network from data of others
help-import-duniter = Make a test network from a graph of Duniter certifications
    .long = Every node becomes a person with test keys that anybody can derive, every edge a certification. The same graph gives the same network. This device adopts it; others join the genesis and sync.
help-import-duniter-graph = Table with the columns issuer and receiver; - is standard input
help-import-duniter-members = Table with the columns node and member (0 or 1); without it everybody is a member
help-import-duniter-genesis = Where the genesis goes
import-progress = importing
import-done =
    network         { $network } (a test network)
    people          { $people }, { $members } of them members
    certifications  { $certifications }
    entries         { $entries }
    genesis         { $genesis }
error-import-impossible = no network can be made of this graph
hint-import-impossible = check the graph
error-import-nobody = nobody appears in { $path }
hint-import-nobody = give a table with at least one certification
error-import-refused = the device holds entries that contradict this graph
hint-import-refused = import into a new data folder
error-rule-log-quota = node { $node } issues { $issued } certifications, and a log begins with { $limit } at most
hint-rule-log-quota = take some of them out of the graph
