# commune trust

help-trust = Ask who trusts whom, and how far that reaches
help-trust-audit = Apply the distance rule to any graph of certifications
    .long = Prints a table with a row for each node: certifications received and issued, whether it is a referent, referents there are and referents reached (without itself), nodes reached, and whether the rule holds: 80 % of the referents or more within reach. No data folder is needed.
help-trust-audit-graph = Table with the columns issuer and receiver; - is standard input
help-trust-audit-members = Table with the columns node and member (0 or 1); without it everybody is a member
help-trust-audit-steps = How far one walks, 1 to 10; without it as far as the rule says for so many members
help-trust-audit-sample = Only so many referents count, drawn by lot
help-trust-audit-seed = What the lot is drawn with, in hexadecimal; the same seed draws the same referents
help-trust-audit-referent-min = Certifications received and issued that make a referent; without it as many as the rule says
trust-audit-progress = walking
trust-audit-done = pass: { $passed } of { $rows }; steps: { $steps }; referents: { $referents } (certifications each way: { $least } or more)
error-audit-too-many = { $path } is about { $people } people, at most { $limit } are judged
hint-audit-too-many = audit a part of the graph
help-trust-explain = Why somebody is a member or not, what is missing, and who could fix it
help-trust-explain-who = A name or a key; without it, you
help-trust-path = The shortest way of certifications from one person to another
help-trust-path-from = Who vouches first
help-trust-path-to = Whom the way leads to
help-trust-stats = Figures of the network’s health
trust-explain-distance = distance    { $reached } of { $referents } referents within { $steps } steps: { $share } %, { $asked } % asked
trust-explain-sponsors = vouched for by { $names }
trust-explain-missing = missing     { $what }
trust-explain-nothing-missing = Nothing is missing.
trust-explain-helper = meeting { $name } would bring { $share } %
trust-path-shown = { $names } ({ $steps } steps)
error-trust-no-path = no way of certifications leads from { $from } to { $to }
hint-trust-no-path = `commune trust explain` says who could help
trust-stats-shown =
    members         { $members }; candidates { $candidates }, lapsed { $lapsed }, gone { $gone }, revoked { $revoked }
    certifications  { $certifications }
    referents       { $referents } (gave and received { $least } or more)
    distance        { $passing } % of the members pass at { $steps } steps; with one less { $less } %, with one more { $more } %
    on the edge     { $edge } % stand on exactly as many certifications as needed
    silent          { $silent } % have not vouched for anybody
help-trust-graph = Draw who vouches for whom around somebody
    .long = The picture goes to standard output, or into a file; then a table of who is drawn is printed. At most 500 people are drawn, the nearest first, and the others counted. SVG pictures open in any browser, on small screens and in print.
help-trust-graph-format = Picture, input for Graphviz, or data
help-trust-graph-around = A name or a key; without it, you
help-trust-graph-depth = How many certifications away, 1 to 10
help-trust-graph-out = File to write; there must be none yet
trust-graph-title = Trust around { $name }
trust-graph-counts = { $people ->
        [one] one person
       *[other] { $people } people
    }, { $certifications ->
        [one] one certification
       *[other] { $certifications } certifications
    }
trust-graph-rest = { $count ->
        [one] One more person of the network is not drawn.
       *[other] { $count } more people of the network are not drawn.
    }
trust-graph-description = { $name } is in the middle; the first ring has { $near ->
        [one] one person
       *[other] { $near } people
    } linked with { $name } by a certification. In all { trust-graph-counts }. The table has every name.
trust-graph-arrow = An arrow leads from who vouches to whom; two heads: each for the other.
trust-graph-own = Thick lines: certifications of who is in the middle. Each ring is one certification further away.
trust-graph-number = A number is a place in the table.
trust-graph-columns = state; certifications received/given
trust-graph-column-number = no.
trust-graph-column-state = state
trust-graph-column-received = received
trust-graph-column-issued = given
trust-graph-column-steps = steps
trust-graph-column-name = name
