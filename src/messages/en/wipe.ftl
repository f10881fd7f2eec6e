# commune wipe

help-wipe = Destroy the keys of this device, then all of its data
    .long = The keys go first, within two seconds, even while a node runs. Only your 24 words or a backup bring the member key back; nothing brings this device back. Flash memory may keep old copies of blocks for a while: if somebody may search it, destroy the medium.
wipe-ask = Destroy the keys and all data in { $dir } for ever? Without your 24 words or a backup your member key is lost.
wipe-done = { $keys ->
    [0] No key was left in { $dir }; its data is removed.
    [one] One key file in { $dir } is destroyed and its data removed.
   *[other] { $keys } key files in { $dir } are destroyed and its data removed.
}
wipe-left = These are not of commune and stay: { $names }
wipe-flash = Flash memory may keep old copies of blocks for a while; what was sealed under a passphrase stays sealed.
error-wipe-not-ours = { $dir } is not a data folder of commune
hint-wipe-not-ours = name the right folder with --data-dir
error-wipe-running = the keys on the disk are destroyed, but a running commune still has them in its memory
hint-wipe-running = stop it or switch the device off, then run `commune wipe` again for the rest
error-wipe-stuck = the keys are destroyed, but { $path } cannot be removed
hint-wipe-stuck = check its access rights and run `commune wipe` again
