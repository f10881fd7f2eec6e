# Tables of certifications

table-dropped = dropped: { $duplicates } repeated rows, { $loops } certifications of oneself
error-table-input-twice = standard input cannot be both tables
hint-table-input-twice = give one of them as a file
error-table-empty = { $path } is empty
hint-table-empty = its first line must name the columns { $columns }
error-table-column = line { $line } of { $path } does not name the column { $column }
hint-table-column = the first line must name the columns { $columns }
error-table-line = line { $line } of { $path } is not a line of text
hint-table-line = give a table of text; if it is packed, as `zcat FILE | commune … -`
error-table-fields = line { $line } of { $path } has { $found } fields, the header { $expected }
hint-table-fields = correct the line
error-table-too-many-rows = line { $line } of { $path } is one too many: at most { $limit } rows are read
hint-table-too-many-rows = give a smaller table
error-table-twice = line { $line } of { $path } is about node { $number } again
hint-table-twice = keep one line for each node
error-table-number = line { $line } of { $path }: the { $column } is “{ $text }”
hint-table-number = allowed are whole numbers from 0 to { $max }
