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
