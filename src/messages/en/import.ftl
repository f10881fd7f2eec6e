# commune import

help-import = Make a test network from data of others
help-import-duniter = Make a test network from a graph of Duniter certifications
    .long = Every node becomes a person with test keys that anybody can derive, every edge a certification. The same graph gives the same network. This device adopts it; others join the genesis and sync.
help-import-duniter-graph = Table with the columns issuer and receiver; - is standard input
help-import-duniter-members = Table with the columns node and member (0 or 1); without it everybody is a member
help-import-duniter-genesis = Where the genesis goes
import-progress = importing
import-dropped = dropped: { $duplicates } repeated rows, { $loops } certifications of oneself
import-done =
    network         { $network } (a test network)
    people          { $people }, { $members } of them members
    certifications  { $certifications }
    entries         { $entries }
    genesis         { $genesis }
error-import-input-twice = standard input cannot be both tables
hint-import-input-twice = give one of them as a file
error-import-impossible = no network can be made of this graph
hint-import-impossible = check the graph
error-import-nobody = nobody appears in { $path }
hint-import-nobody = give a table with at least one certification
error-import-refused = the device holds entries that contradict this graph
hint-import-refused = import into a new data folder
error-rule-log-quota = node { $node } issues { $issued } certifications, and a log begins with { $limit } at most
hint-rule-log-quota = take some of them out of the graph
error-table-empty = { $path } is empty
hint-table-empty = its first line must name the columns { $columns }
error-table-column = line { $line } of { $path } does not name the column { $column }
hint-table-column = the first line must name the columns { $columns }
error-table-line = line { $line } of { $path } is not a line of text
hint-table-line = give a table of text; if it is packed, as `zcat FILE | commune import duniter -`
error-table-fields = line { $line } of { $path } has { $found } fields, the header { $expected }
hint-table-fields = correct the line
error-table-too-many-rows = line { $line } of { $path } is one too many: at most { $limit } rows are read
hint-table-too-many-rows = give a smaller table
error-table-twice = line { $line } of { $path } is about node { $number } again
hint-table-twice = keep one line for each node
error-table-number = line { $line } of { $path }: the { $column } is “{ $text }”
hint-table-number = allowed are whole numbers from 0 to { $max }
