# commune meetup

help-meetup = Meet as a group: one code for all, and a roster to agree on
help-meetup-start = Open a meeting and show its code
    .long = The others take the code over with `commune meetup join`. While the meeting is open, for a day at most, whoever you vouch for is certified as met there.
help-meetup-start-title = What to call it
help-meetup-start-image = Write the code into a picture as well, .png or .svg
help-meetup-start-text = Show the code as text, to be pasted
help-meetup-join = Take over the code of a meeting
help-meetup-join-code = The code: a PNG or JPEG picture, a text file, - for standard input, or the text itself
help-meetup-join-title = What to call it
help-meetup-status = Who is here, and who should meet whom
    .long = Here are you, those whom a certification of this meeting names, those who signed its roster, and whom you name. Whoever lacks certifications, or will within 90 days, is shown with the members here who could vouch; the most urgent first.
help-meetup-status-here = Who else is here, by names or keys
help-meetup-end = End the meeting and sign who was there
    .long = Compare the head count and the digits aloud: where they differ, two speak of different people.
help-meetup-end-with = Who was there beside you, by names or keys; otherwise those you vouched for there or who vouched for you
meetup-started = The meeting is open. The others take this code over with `commune meetup join`.
meetup-joined = You are at the meeting. Whoever you vouch for is certified as met there, until you end it.
meetup-title = { $title }
meetup-here = { $count ->
        [one] Only you are here
       *[other] { $count } people are here
    }: { $names }
meetup-need = { $name } ({ $state }): { $lacks ->
        [0] before { $day }
        [one] lacks 1 certification, before { $day }
       *[other] lacks { $lacks } certifications, before { $day }
    }; to meet: { $sponsors }
meetup-renews = { $name } (vouched until { $day })
meetup-acts = { $name } (acts from { $day } on)
meetup-more = { $count ->
        [one] One more person should meet somebody here.
       *[other] { $count } more people should meet somebody here.
    }
meetup-nobody-needs = Nobody here needs a certification within 90 days that another here could give.
vouch-in-meetup = The certification names the meeting that is open.
meetup-ended = Roster signed: { $people } people, { $hash }. Compare both aloud.
meetup-agrees = { $name } agrees: { $people } people, { $hash }
meetup-differs = { $name } differs: { $people } people, { $hash }
error-meetup-none = no meeting is open
hint-meetup-none = open one with `commune meetup start`, or take one over with `commune meetup join`
error-meetup-open = another meeting is open
hint-meetup-open = end it first with `commune meetup end`
error-meetup-alone = a roster of one says nothing
hint-meetup-alone = name who was there with --with
error-meetup-code = { $path } is not the code of a meeting
hint-meetup-code = ask for the code that `commune meetup start` showed
error-meetup-other-network = the meeting is of another network
hint-meetup-other-network = take over the code of a meeting of your network
error-meetup-title = the title is longer than { $most } bytes
hint-meetup-title = choose a shorter one
