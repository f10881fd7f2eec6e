# why a rule gives an entry no effect

refused-certify-self = nobody certifies themselves
refused-too-many-issued = too many certifications issued
refused-not-enough-received = not enough certifications received
refused-certified-already = the certification exists already
refused-does-not-exist = does not exist
refused-not-member = the author is not a member
refused-gone = the person is not here any more
refused-not-affirmed = identity, age and charter are not all affirmed
refused-withdrawn = withdrawn
refused-too-old = too old when it was included
refused-member-already = a member already
refused-other-charter = another charter is in force
refused-key-changed-recently = key changed too recently
refused-key-in-use = the key is in use
refused-old-key = the key was handed over to another
refused-already-revoked = already revoked
refused-device-revoked = the device is revoked
refused-unknown-device = the device belongs to nobody known
refused-false-signature = a signature inside is false
refused-distance-not-met = distance not met
refused-sponsors-apart = the sponsors are strangers to each other
refused-one-behind-all = one same person stands behind all sponsors
refused-one-meeting = all sponsors are from one meeting
refused-moved-recently = moved too recently
refused-other = refused by a rule that this version does not know
quarantine-refused = { $id }: would be refused: { $why }
