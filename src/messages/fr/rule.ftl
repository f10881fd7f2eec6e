# pourquoi une règle ne donne aucun effet à une entrée

refused-certify-self = nul ne se certifie soi-même
refused-too-many-issued = trop de certifications émises
refused-not-enough-received = pas assez de certifications reçues
refused-certified-already = la certification existe déjà
refused-does-not-exist = n’existe pas
refused-not-member = l’auteur n’est pas membre
refused-gone = la personne n’est plus là
refused-not-affirmed = identité, âge et charte ne sont pas tous affirmés
refused-withdrawn = retirée
refused-too-old = trop ancienne quand elle a été incluse
refused-member-already = déjà membre
refused-other-charter = une autre charte est en vigueur
refused-key-changed-recently = clé changée trop récemment
refused-key-in-use = la clé sert déjà
refused-old-key = la clé a été cédée à une autre
refused-already-revoked = déjà révoquée
refused-device-revoked = l’appareil est révoqué
refused-unknown-device = l’appareil n’est à personne de connu
refused-false-signature = une signature à l’intérieur est fausse
refused-distance-not-met = distance non respectée
refused-sponsors-apart = les parrains ne se connaissent pas entre eux
refused-one-behind-all = une même personne est derrière tous les parrains
refused-one-meeting = tous les parrains sont d’une même rencontre
refused-moved-recently = déménagement trop récent
refused-other = refusée par une règle que cette version ne connaît pas
quarantine-refused = { $id } : serait refusée : { $why }
