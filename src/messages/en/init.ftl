# commune init, and the words of the member key

help-init = Make your member key and this device’s keys
    .long = The member key is yours for life: 24 words bring it back. They are shown once, here; `commune backup words` shows them again. The device key is this device’s own. Nothing is sent anywhere, and no network is needed yet.
help-init-name = Name that others see
    .long = Asked for at a terminal; else two words are taken that say nothing about you.
help-init-words = File with the 24 words: read if it exists, else new words are written to it
    .long = With an existing FILE (- is standard input) your member key is restored from its words, in English or French. Without one, new words go into FILE, for your eyes only, and not to the screen.
help-init-no-passphrase = Keep the keys without a passphrase
    .long = Whoever copies the folder then has the keys and reads all that is in it. For servers and tests.
init-ask-name = Name that others see [{ $proposed }]:
init-words-shown =
    These 24 words are your member key. Write them on paper, in this order, and let nobody
    see them: whoever has them is you.
init-words-keep = They bring your key back if every device is lost. Nobody else can.
init-words-unseen = the 24 words of the member key were not shown; `commune backup words` shows them
init-words-file = The 24 words of a member key of commune: whoever has them is you. Best copied on paper and deleted.
init-words-written = A new member key was made. Its 24 words are in { $path }: copy them on paper and delete the file.
init-restored = The member key was restored from its words. This device has a new key of its own.
init-done =
    { $name }, your keys are in { $dir }
    member      { $member }
    device      { $device }
    revocation  { $revocation }
    Keep a copy of the revocation file elsewhere: it ends your key if it is ever stolen.
revocation-about =
    This file ends the member key of { $name }, for ever.

    Keep a copy away from your devices: on paper, on a stick at home, with somebody you trust.
    If your words or a device with your member key are lost or stolen, have this file published
    from any device of the network:

        commune identity revoke --file THIS_FILE

    From then on nobody can act under that key, neither a thief nor you. It holds no secret, but
    whoever has it can end the key: do not leave it lying about.
error-words-count = { $found ->
    [one] one word was found, a member key has 24
   *[other] { $found } words were found, a member key has 24
}
hint-words-count = write all 24 in their order; lines that start with # are passed over
error-words-unlike = word { $number }, “{ $word }”, is not in the list
hint-words-unlike = did you mean: { $near }?
error-words-unknown = word { $number }, “{ $word }”, is not in the list
hint-words-unknown = compare it with what you wrote down; words are English or French, not mixed
error-words-checksum = each word is in the list, but together they are not a member key
hint-words-checksum = one of them is another word of the list, or two have changed places; compare them with what you wrote down
