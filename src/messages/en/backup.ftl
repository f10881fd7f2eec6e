# commune backup

help-backup = What brings you back after the loss of every device
help-backup-words = Show the 24 words of your member key
    .long = Whoever sees them is you. A folder without a passphrase asks first; --yes answers.
help-backup-create = Write a backup, sealed under the passphrase of this folder
    .long = It holds your member key, your name and the genesis of the network, but no key of this device and no signing key: what is restored is a new device. A folder without a passphrase asks for one, since a backup is made to lie around.
help-backup-create-file = The backup; it must not exist yet
help-backup-restore = Start a new device from a backup
    .long = The device gets keys of its own: it never continues an old one. Entries come back with the next sync or bundle.
help-backup-restore-file = The backup
help-backup-restore-no-passphrase = Keep the keys without a passphrase
    .long = Whoever copies the folder then has the keys and reads all that is in it. For servers and tests.
help-backup-verify = Check that a backup is whole, opens, and whose it is
help-backup-verify-file = The backup
backup-words-ask = Show the 24 words on this screen? Whoever sees them is you.
backup-words-shown = The member key of { $name }:
backup-created = Backup of the member key { $member } written to { $path }. Keep it away from your devices, and check it with `commune backup verify`.
backup-restored = Welcome back, { $name }. This is a new device; if an old one is lost, revoke it with `commune device revoke`. Entries come back with the next sync.
backup-verified =
    { $path } is whole
    name     { $name }
    member   { $member }
    network  { $network }
    made     { $created }
error-backup-genesis = the backup opens, but its network is damaged
hint-backup-genesis = use another copy, or restore the member key from your 24 words and join the network again
