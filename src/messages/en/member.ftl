# commune member, and where people stand

help-member = Who is a member, who asked, and whose time runs out
help-member-list = List people
help-member-list-state = Only those who stand so
help-member-list-expiring = Only members whose membership ends within this time, as 90d
help-member-show = Show one person: standing, sponsors, dates
help-member-show-who = A name, or 6 digits or more of a key
help-member-find = Find people by part of a name or by the start of a key
help-member-find-text = Part of a name, or the start of a key
member-state-unknown = nobody has vouched yet
member-state-candidate = candidate
member-state-member = member
member-state-lapsed = lapsed
member-state-gone = gone
member-state-revoked = revoked
member-count = { $shown } shown; { $members } members, pending: no checkpoint has made it final
member-count-final = { $shown } shown; { $members } members, final at checkpoint { $height } ({ $time })
member-count-since = { $shown } shown; { $members } members, pending since checkpoint { $height } ({ $time })
member-final = final      at checkpoint { $height } ({ $time })
member-pending = pending    { $height ->
    [0] no checkpoint has made it final
   *[other] something changed since checkpoint { $height } ({ $time })
}
member-key = key        { $key }
member-sponsor = vouched for by { $name }, until { $until }
member-margin = { $state }; { $received ->
    [one] 1 certification
   *[other] { $received } certifications
}, { $needed } needed
member-margin-separator = { "; " }
member-margin-first = the first expires on { $day }; { $count ->
    [one] 1 of the sponsors can renew
   *[other] { $count } of the sponsors can renew
}
member-margin-admission = becomes a member on { $day } if the sponsors stand by
member-margin-until = renew before { $year }; lapses on { $lapse } if nothing happens
member-margin-queued = { $count ->
    [one] 1 certification waits for its day
   *[other] { $count } certifications wait for their day
}
error-member-unknown = nobody here is called { $who }
hint-member-unknown = look with `commune member find`
error-member-several = { $count } people are called { $who }
hint-member-several = name the key instead; `commune member find` shows it
error-rule-simulated-clock = --at-time is for test networks
hint-rule-simulated-clock = found one with `commune found draft --test-network`
help-global-at-time = The time of this command, on a test network
