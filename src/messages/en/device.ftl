# commune device

help-device = The devices of a member
help-device-accept = Make another device one of yours
    .long = Run it on a device that holds your member key, with the request of the new device. Compare the six words with those on its screen. The answer is sealed to the new device; take it back there.
help-device-accept-request = What `commune device pair --request` wrote
help-device-accept-out = The answer for the new device
help-device-accept-with-member-key = Give the member key to the new device too
    .long = Then it can do all that this one can: add and revoke devices, renew, read what others seal to you. Without it, it speaks for you, and whoever steals it can be shut out by a revocation.
help-device-list = Show the devices of your member
help-device-revoke = End a device that is lost, stolen or sold
    .long = What it wrote up to now stays good; what it writes from now on has no effect. Needs the member key. If the member key was on it too, end that as well: `commune identity revoke`.
help-device-revoke-device = Its key, or the first digits of it, as `commune device list` shows
help-device-revoke-last-good = Number of its last good entry, if a thief has already written with it
    .long = `commune log` shows the numbers. Entries of its member log above this one have no effect.
help-device-pair = Make this new device one of a member who has another one
    .long = First --request, then `commune device accept` on the other device, then --finish here.
help-device-pair-request = Make the keys of this device and write what it asks to FILE
help-device-pair-finish = Take the answer of the other device from FILE
help-device-pair-label = Name of this device, for you alone
help-device-pair-no-passphrase = Keep the keys without a passphrase
    .long = Whoever copies the folder then has the keys and reads all that is in it. For servers and tests.
device-pair-asked =
    Take { $path } to the device that holds your member key and run there:
        commune device accept { $path } --out ANSWER
    It must show these words: { $words }
    Then run here: commune device pair --finish ANSWER
device-accept-ask = { $key ->
    [yes] Give the member key to the device { $label } that shows these words: { $words }?
   *[no] Make the device { $label } that shows these words one of yours: { $words }?
}
device-accepted =
    Take { $path } back to the new device and run there:
        commune device pair --finish { $path }
    It must show these words: { $words }
device-finish-ask = Make this a device of { $name }? The other device must show these words: { $words }.
device-finished =
    This is a device of { $name } now.
    member  { $member }
    device  { $device }
device-own = this device, { $count ->
    [one] one entry
   *[other] { $count } entries
}
device-other = { $count ->
    [one] one entry
   *[other] { $count } entries
}
device-forked = its log says two things at one place; revoke it
device-revoked = revoked (pending)
device-unnamed = without a name
device-revoke-ask = End the device { $label } ({ $device }) for ever?
device-revoke-nothing = no entry of this device is here: all that it wrote so far would lose its effect; sync first if it wrote anything
device-revoke-done = The device { $device } is ended. Others learn of it as you sync.
error-device-not-yours = you have no device { $device }
hint-device-not-yours = `commune device list` shows yours
error-device-ambiguous = “{ $device }” does not say which device
hint-device-ambiguous = give more digits of its key, at least four
error-device-no-such-entry = the device has no entry { $seq }
hint-device-no-such-entry = { $here } of its entries are here, counted from 0; sync first if it wrote more
error-rule-revoke-self = a device does not end itself
hint-rule-revoke-self = do it on another device of yours; `commune wipe` destroys the keys of this one
error-rule-revoked-already = this device is revoked already
hint-rule-revoked-already = nothing to do
error-vault-label = “{ $label }” cannot be the name of a device
hint-vault-label = it is one line of at most 32 bytes
error-pairing-not-waiting = no device waits to be paired in { $dir }
hint-pairing-not-waiting = start with `commune device pair --request FILE`
error-pairing-other = { $path } answers another request
hint-pairing-other = run `commune device accept` with the request of this device
error-pairing-kind = { $path } has nothing to do with pairing a device
hint-pairing-kind = name what `commune device pair --request` or `commune device accept` wrote
error-pairing-damaged = { $path } is damaged
hint-pairing-damaged = carry the file over again, or make it anew

## An opened data folder and its store, for every command

error-device-not-joined = the device in { $dir } belongs to no network yet
hint-device-not-joined = join one with `commune join GENESIS`, or found one with `commune found draft`
error-device-joined-already = this device belongs to the network { $network } already
hint-device-joined-already = a device has one network; start another folder with --data-dir
error-device-busy = another commune uses { $dir }
hint-device-busy = wait until it has ended, or stop it
error-device-genesis = the genesis in the data folder is damaged
hint-device-genesis = put another copy of the genesis in its place, and run `commune doctor`
error-device-no-secret = this is the public form of a genesis, without the secret of the network
hint-device-no-secret = ask a member for the genesis itself
error-device-forked = the log of this device says two things at entry { $seq }
hint-device-forked = revoke this device and add a new one
error-device-log-full = the log of this device takes no more
hint-device-log-full = go on after the next checkpoint
error-device-unknown = nobody has vouched for you in this network yet
hint-device-unknown = write a request with `commune vouch request` and have a member give it a vouch
error-device-not-taken = the entry was not taken
hint-device-not-taken = run `commune doctor`
error-store-missing = there is no store at { $path }
hint-store-missing = run `commune doctor --salvage`, or restore a backup
error-store-exists = there is a store at { $path } already
hint-store-exists = name another folder with --data-dir
error-store-locked = another process uses the store
hint-store-locked = wait until it has ended, or stop it
error-store-full = the disk is full; nothing that was saved is lost
hint-store-full = free some space and run the command again
error-store-read-only = the store cannot be written to
hint-store-read-only = check whether the medium is read-only, and who owns the folder
error-store-damaged = the store is damaged
hint-store-damaged = run `commune doctor --salvage`: it keeps every intact entry
error-store-wrong-key = the store belongs to another identity
hint-store-wrong-key = restore vault and store together from one backup
error-store-newer = the store has format { $found }; this program reads up to { $known }
hint-store-newer = use the newer program
error-store-covered = entries up to checkpoint { $height } are not kept here
hint-store-covered = ask on a device that keeps them
error-store-stopped = the store stopped after a failed write; what was saved before is kept
hint-store-stopped = check the space on the disk and run the command again
error-store-unusable = the store cannot be read or written
hint-store-unusable = check the medium, then run `commune doctor`
