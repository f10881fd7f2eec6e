# commune identity, and the vault that every command opens

help-identity = Who this device speaks for
help-identity-show = Show the member, the device and the name
help-identity-show-qr = Show the member key as a QR code
help-identity-show-card = Write your card, which others need to vouch for you or to found a network with you
    .long = The card holds public keys and your name, signed by your member key. - is standard output.
help-identity-passphrase = Change the passphrase of this folder
help-identity-passphrase-new-passphrase-file = Read the new passphrase from the first line of FILE
help-identity-passphrase-no-passphrase = Keep the keys without a passphrase from now on
    .long = Whoever copies the folder then has the keys and reads all that is in it. For servers and tests.
help-identity-revoke = End your member key for ever
    .long = For a key that is stolen or lost. It cannot be undone: nobody acts under that key again, neither a thief nor you. With the revocation file made by `commune init`, any device of the network can do it.
help-identity-revoke-file = Revocation file of the key to end
help-identity-rotate = Go on under another member key
    .long = For words or a device that somebody may have seen: you stay who you are, with your certifications. The 24 words of the new key are shown once, and there is a new revocation file. The old key acts no more, but its revocation file still ends your membership. No node may run meanwhile.
help-identity-rotate-words = File with the 24 words of the new key: read if it exists, else written
identity-shown =
    name    { $name }
    member  { $member }
    device  { $device }
identity-without-member-key = The member key is not on this device.
identity-card-written = card    { $path }
identity-qr-title = Member key of { $name }
identity-passphrase-changed = The passphrase is changed.
identity-revoke-ask = { $whose ->
    [own] End YOUR member key for ever, { $name }? It cannot be undone, and you cannot act under it again.
   *[other] End the member key { $member } for ever? It cannot be undone.
}
identity-revoked = The member key { $member } is ended. Others learn of it as you sync.
identity-rotate-ask = Go on under the key { $member } from now on, { $name }? { $days ->
        [one] It cannot be changed again for one day.
       *[other] It cannot be changed again for { $days } days.
    }
identity-rotated =
    You go on under another key; others learn of it as you sync.
    before      { $old }
    member      { $member }
    revocation  { $revocation }
    Backups and words from before hold the old key: make a new backup with `commune backup create`, and keep a copy of the new revocation file elsewhere.
vault-open-warning = without a passphrase, whoever copies this folder has your keys and reads all that is in it
error-identity-no-member-key = the member key is not on this device
hint-identity-no-member-key = use the device on which you made it, or one added with --with-member-key
error-identity-card = the card cannot be made
hint-identity-card = the keys of this folder do not fit together; restore them from a backup into a new folder
error-qr-too-long = the content does not fit into a QR code
hint-qr-too-long = write it to a file instead
error-revocation-damaged = { $path } ends no key
hint-revocation-damaged = use the whole text of a revocation file, or another copy
error-vault-absent = there is no identity in { $dir }
hint-vault-absent = make one with `commune init`, or name its folder with --data-dir
error-vault-waiting = this device waits to be added to those of its member
hint-vault-waiting = take its request to another device of yours, and finish here with `commune device pair --finish FILE`; `commune wipe` gives it up
error-vault-name = “{ $name }” cannot be a name
hint-vault-name = a name is one line of 1 to 64 bytes
error-vault-passphrase = the passphrase does not open { $path }
hint-vault-passphrase = mind capitals and the keyboard layout; with the 24 words or a backup you can start a new folder
error-vault-damaged = { $path } is damaged
hint-vault-damaged = start a new folder from a backup (`commune backup restore`) or from your 24 words (`commune init --words`)
error-vault-newer = { $path } was written by a newer commune
hint-vault-newer = use the newer program
error-vault-memory = too little memory is free to try a passphrase
hint-vault-memory = 64 MiB are needed; close other programs
error-vault-random = the system gives no random bytes
hint-vault-random = check the system; no key can be made without
error-sealed-damaged = { $path } is damaged, or it is another kind of file
hint-sealed-damaged = use another copy
error-sealed-newer = { $path } was written by a newer commune
hint-sealed-newer = use the newer program
error-folder-taken = there is an identity in { $dir } already
hint-folder-taken = use it, or name another folder with --data-dir; `commune wipe` destroys it for ever
error-folder-not-empty = { $dir } holds other files
hint-folder-not-empty = name a new or empty folder with --data-dir
error-folder-busy = another commune is at work in { $dir }
hint-folder-busy = wait until it has ended, or stop it
