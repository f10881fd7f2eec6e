# commune money, commune audit

help-money = Balances, payments and dividends
help-money-unit = Show amounts as quantities or in dividends of today, and read numbers so that have no unit
help-money-ask = Show somebody a code to pay you by
help-money-ask-amount = As 12.50, or in dividends as 2d or “0.35 dividend”
help-money-ask-comment = What it is for, at most 255 bytes
help-money-ask-shared = Pay to this shared account: its name, # and its number, or 6 digits or more of its id
help-money-ask-qr = Draw the code here
help-money-ask-image = Write the code into a picture as well, .png or .svg
help-money-balance = What somebody has: final, pending, and how fresh that is
help-money-balance-who = A name, or 6 digits or more of a key; else yourself
help-money-dividend = Today’s dividend, and when it is re-evaluated
help-money-history = Your statement, dividends included; it adds up
help-money-history-format = text or csv
help-money-incoming = What others pay to you: pending, refused, void, and final of the last 30 days
    .long = Of a pending payment it says what the payer has, what of it is pending as far as this device knows, and the cap: so many dividends a member, shared equally by their devices. A payment beyond the cap is never refused for that, but whoever accepts it risks more.
help-money-incoming-all = All of them, however old
help-money-note = Promissory notes: what people owe each other beside the money
    .long = A note is a signed promise and no money: the ledger does not know it and nothing pays it by itself. A transfer settles it.
help-money-note-give = Promise to pay somebody until a day
help-money-note-give-who = A name, or 6 digits or more of a key
help-money-note-give-amount = As 12.50, or in dividends as 2d: those of today
help-money-note-give-due = When at the latest
help-money-note-list = What you owe, and what is owed to you
help-money-note-settle = Pay a note of yours, or name the payment that settled one
help-money-note-settle-note = 6 digits or more of its id
help-money-note-settle-transfer = The entry of a payment that was made already; either of the two may name it
help-money-pay = Pay somebody
    .long = Only what a checkpoint made final can be spent. The payment is pending until the next one; a comment is sealed to the receiver unless --clear.
help-money-pay-who = A name, or 6 digits or more of a key; of a shared account also # and its number
help-money-pay-request = What `commune money ask` shows: the text, or @ and a file with it or with a picture of the code
help-money-pay-amount = As 12.50, or in dividends as 2d or “0.35 dividend”
help-money-pay-comment = What it is for, at most 255 bytes
help-money-pay-clear = Everybody may read the comment
help-money-pay-dry-run = Say what would happen, and sign nothing
help-money-history-shared = Of this shared account: its name, # and its number, or 6 digits or more of its id
help-money-shared = Accounts that several people hold together
help-money-shared-open = Open a shared account; you are one of its holders
    .long = A payment from it needs the word of several holders: one proposes it and others approve it. Everybody can pay to it, with `commune money pay`.
help-money-shared-open-name = What people call it, at most 64 bytes
help-money-shared-open-holder = Who else holds it: a name, or 6 digits or more of a key
help-money-shared-open-threshold = How many holders a payment needs; more than half if not given
help-money-shared-list = Shared accounts that you hold
help-money-shared-list-all = Those of others as well
help-money-shared-show = What a shared account holds, who holds it, and what waits for approval
help-money-shared-show-account = Its name, # and its number, or 6 digits or more of its id
help-money-shared-propose = Propose a payment from a shared account, and approve it thereby
help-money-shared-propose-account = Its name, # and its number, or 6 digits or more of its id
help-money-shared-propose-who = A name, or 6 digits or more of a key
help-money-shared-propose-amount = As 12.50, or in dividends as 2d or “0.35 dividend”
help-money-shared-propose-comment = What it is for, at most 255 bytes; everybody may read it
help-money-shared-approve = Approve a payment that another holder proposed
help-money-shared-approve-proposal = 6 digits or more of its id
help-money-standing = Payments that come again, made by this device when they fall due
    .long = Standing orders are kept on this device alone, and nobody else knows of them. A running node pays what is due, after each checkpoint and every hour; without one `commune money standing run` does.
help-money-standing-add = Pay somebody again and again
help-money-standing-add-who = A name, or 6 digits or more of a key; of a shared account also # and its number
help-money-standing-add-amount = As 12.50, or in dividends as 2d: those of the day of each payment
help-money-standing-add-every = How often, a day or more, as 7d or 30d
help-money-standing-add-first = When first; now if not given
help-money-standing-add-times = How many times; for ever if not given
help-money-standing-add-comment = What it is for; the day that it was due follows it
help-money-standing-list = All of them, and when each is due
help-money-standing-remove = End one
help-money-standing-remove-number = Its number, as `commune money standing list` shows it
help-money-standing-run = Pay what is due: each period once, whatever happens meanwhile
help-money-standing-run-dry-run = Say what would be paid, and sign nothing
help-money-supply = All money, day by day
help-money-supply-format = text, csv or svg
help-audit = Replay all checkpoints from the genesis and derive every balance again
    .long = With --bundle it reads a bundle file and a genesis, and needs no data folder. The public form of a genesis opens clear bundles, the other one sealed ones too.
help-audit-bundle = The bundle, all its parts
help-audit-genesis = The genesis of its network

money-final = final
money-pending = pending
money-never-final = nothing is final yet: no checkpoint
money-fresh-hours = final at checkpoint { $height }, { $hours ->
    [0] less than an hour ago
    [1] an hour ago
   *[other] { $hours } hours ago
}
money-fresh-days = final at checkpoint { $height }, { $days ->
    [1] a day ago
   *[other] { $days } days ago
}
money-balance =
    { $name }
    final      { $final } ({ $relative } dividends)
    pending    { $pending } if the next checkpoint closed now
    spendable  { $spendable }
    { $fresh }
money-dividend =
    dividend   { $dividend } a day for each member
    money      { $mass } for { $members } members
    growth     { $growth } % in half a year; { $days ->
        [1] re-evaluated tomorrow
       *[other] re-evaluated in { $days } days
    }
    { $fresh }
money-line-dividends = { $day }  { $amount }  { $with ->
    [1] a dividend
   *[other] { $with } dividends
}  = { $balance }  { $status }
money-line-sent = { $day }  { $amount }  to { $with }  = { $balance }  { $status }
money-line-received = { $day }  { $amount }  from { $with }  = { $balance }  { $status }
money-comment = “{ $comment }”
money-incoming = { $amount }  from { $name }  { $what }
money-incoming-payer = { $name } has { $final } final; { $spent } is pending as far as this device knows; the cap is { $cap }
money-incoming-payer-device = { $name } has { $final } final; { $spent } is pending as far as this device knows; the cap is { $cap }, from the device that paid { $device }
money-incoming-beyond = { $name } has { $spent } pending, beyond the cap of { $cap }: it may turn out void
money-incoming-beyond-device = { $name } has { $device_spent } pending from one device, beyond its share of the cap, { $device }: it may turn out void
money-incoming-risk = pending payments can turn out void: you risk at most the cap per payer, and how many others the same payer pays is not bounded
money-incoming-none = nobody paid you lately
money-idle-sent = { $day }  { $amount } to { $with }: { $what }
money-idle-received = { $day }  { $amount } from { $with }: { $what }
money-effect-refused = refused for good: { $why }
money-effect-to-be-refused = refused if the next checkpoint closed now: { $why }
money-effect-void = void: double spend by { $name }; your claim on { $name } stands, but no dividend pays it by itself
money-effect-void-own = void: this device’s log forked, and the checkpoint did not take this branch
money-effect-contested = in doubt: { $name } wrote something else at the same place; at most one of them will count
money-effect-contested-own = in doubt: this device’s log forked; at most one branch will count
money-effect-waits = waits for an entry before it
unpaid-insufficient-balance = the balance does not cover it
unpaid-self-payment = the payer is the receiver
unpaid-receiver-revoked = the receiver’s key is revoked
unpaid-unknown-receiver = nobody known has the receiver’s key
unpaid-zero-amount = the amount is zero
unpaid-below-dust = it is below the smallest payment
unpaid-unknown-device = the device belongs to nobody known
unpaid-device-revoked = the device is revoked
unpaid-author-revoked = the author’s key is revoked
unpaid-not-member = only members open shared accounts
unpaid-not-holder = the author does not hold the account
unpaid-unknown-holder = a holder is nobody known
unpaid-duplicate-holder = one person is listed as two holders
unpaid-too-many-holders = more holders than the law allows
unpaid-unknown-account = the shared account is unknown
unpaid-unknown-proposal = no such proposal awaits approval
unpaid-already-approved = the holder approved it already
unpaid-too-many-proposals = too many proposals wait already
unpaid-expired = it was not approved in time
unpaid-other = a rule gives it no effect
money-would-pay = would pay { $amount } to { $name }{ $comment }; nothing was signed
money-asked = { $name } asks for { $amount }{ $comment }
money-ask-pay = Pay { $amount } to { $name }{ $comment }? ({ $fresh })
money-paid = paid { $amount } to { $name }{ $comment }: pending until the next checkpoint
shared-line = { $name }  { $final } final, { $pending } pending  { $threshold } of { $count }: { $holders }
shared-line-pending = { $name }  opens with the next checkpoint, { $pending } pending  { $threshold } of { $count }: { $holders }
shared-id = id  { $id }
shared-proposal = { $id }  { $amount } to { $name }: { $count } of { $threshold } approved ({ $approved })
shared-none = no shared account
shared-ask-open = Open the shared account { $name }, held by { $holders }, of whom a payment needs { $threshold }?
shared-opened = { $name } opens with the next checkpoint: held by { $holders }, of whom a payment needs { $threshold }
shared-ask-propose = Propose to pay { $amount } from { $account } to { $name }{ $comment }?
shared-proposed = proposed: { $amount } from { $account } to { $name }{ $comment }; { $left ->
    [0] it needs nobody else
    [1] one more holder has to approve it with the id below
   *[other] { $left } more holders have to approve it with the id below
}
shared-ask-approve = Approve to pay { $amount } from { $account } to { $name }{ $comment }?
shared-approved = approved: { $amount } from { $account } to { $name }{ $comment }; { $left ->
    [0] paid with the next checkpoint
    [1] one more holder is needed
   *[other] { $left } more holders are needed
}
standing-line = { $order }  { $amount } to { $name } every { $every }, next { $due }
standing-line-times = { $order }  { $amount } to { $name } every { $every }, next { $due }, { $left ->
    [1] once more
   *[other] { $left } times more
}
standing-none = no standing order on this device
standing-removed = ended: { $order }
standing-nothing-due = nothing is due
standing-would-pay = { $order }  would pay { $amount } to { $name }, due { $due }
standing-paid = { $order }  paid { $amount } to { $name }, due { $due }: pending until the next checkpoint
standing-unpaid = { $order }  not paid: { $amount } to { $name }, due { $due }: { $why }
note-ask-give = Promise { $name } to pay { $amount } until { $due }?
note-given = promised: { $amount } to { $name } until { $due }
note-line-owed = { $id }  you owe { $amount } to { $name } until { $due }: { $state }
note-line-due = { $id }  { $name } owes you { $amount } until { $due }: { $state }
note-open = open
note-overdue = overdue
note-settled-final = settled, final
note-settled-pending = settled, pending
note-none = no promissory note
note-paid = paid with entry { $id }
note-settles = the note is settled: pending until the next checkpoint
money-supply = { $days ->
    [0] no day is closed yet
    [1] one day: { $mass } for { $members } members, { $dividend } a day
   *[other] { $days } days: { $mass } for { $members } members, { $dividend } a day
}
money-supply-title = All money and the dividend
money-supply-day = day
money-supply-members = members
money-supply-dividend = dividend
money-supply-mass = money
audit-fault = record { $height } does not follow: { $fault }
audit-covered = entries up to checkpoint { $below } are not kept here, so nothing is replayed; the state is that of checkpoint { $height }: { $members ->
    [1] one member
   *[other] { $members } members
}, and all balances add up to { $mass }
audit-done = { $records ->
    [0] no checkpoint to replay
    [1] one checkpoint replayed: { audit-entries }, { audit-members }, { audit-days }, { $mass } in all accounts
   *[other] { $records } checkpoints replayed: { audit-entries }, { audit-members }, { audit-days }, { $mass } in all accounts
}
audit-days = { $days ->
    [1] one day
   *[other] { $days } days
}
audit-entries = { $entries ->
    [1] one entry
   *[other] { $entries } entries
}
audit-members = { $members ->
    [1] one member
   *[other] { $members } members
}

audit-checked = checked from the bundle alone: { $signatures } signatures, that a quorum decided each checkpoint, that each follows from its entries, and that all balances add up to all money
audit-missing = { $entries } entries wait for others, { $parts } parts are missing

error-money-amount = { $text } is not an amount
hint-money-amount = write it as 12.50, or in dividends as 2d
error-money-comment = a comment has 1 to 255 bytes of clean text, this one { $len }
hint-money-comment = make it shorter
error-money-request = this asks for no payment
hint-money-request = have it shown again, and copy all of it
error-money-request-network = the request is for another network
hint-money-request-network = ask which network they belong to
error-money-shared-comment = nobody’s key opens what is sealed to a shared account
hint-money-shared-comment = leave the comment out, or let everybody read it with --clear
error-shared-unknown = no shared account here is called { $who }
hint-shared-unknown = look with `commune money shared list --all`, or sync with a neighbour
error-shared-name = “{ $name }” cannot be the name of a shared account
hint-shared-name = it is one line of at most 64 bytes
error-shared-threshold = { $threshold } of { $count } holders cannot be needed
hint-shared-threshold = name a number from 1 to that of the holders
error-shared-proposal = no proposal here waits under { $text }
hint-shared-proposal = look with `commune money shared show`, and give 6 digits or more
error-standing-period = a standing order is paid every day at most, and every { $limit } days at least
hint-standing-period = name a period such as 7d or 30d
error-standing-times = an order that is paid no times is none
hint-standing-times = name a number from 1, or leave it out
error-standing-comment = the comment of a standing order has at most { $limit } bytes of clean text, this one { $len }
hint-standing-comment = make it shorter: the day that it was due follows it
error-standing-too-many = a device has at most { $limit } standing orders
hint-standing-too-many = end some with `commune money standing remove`
error-standing-unknown = no standing order here has the number { $number }
hint-standing-unknown = look with `commune money standing list`
error-standing-unpaid = { $count ->
    [1] one standing order that is due was not paid
   *[other] { $count } standing orders that are due were not paid
}
hint-standing-unpaid = they stay due, and the next run tries again
error-note-unknown = no promissory note of yours or to you here is { $text }
hint-note-unknown = look with `commune money note list`, and give 6 digits or more
error-note-settled = the note is settled already
hint-note-settled = nothing to do
error-note-transfer = { $text } is not the name of an entry
hint-note-transfer = give all 64 digits, as `commune money history --json` shows them
error-note-not-paid = that payment does not settle the note
hint-note-not-paid = it is one from who owes to who is owed, of the whole amount, known here, and of no other note
error-note-not-debtor = only who owes it pays a note
hint-note-not-debtor = name the payment that settled it with --transfer
error-money-no-sealing-key = nobody here has the receiver’s sealing key
hint-money-no-sealing-key = sync first, or let everybody read it with --clear
error-audit-differs = { $count ->
    [1] one record does not follow from its entries
   *[other] { $count } records do not follow from their entries
}
hint-audit-differs = keep a copy of the data folder and compare with a neighbour’s audit
error-audit-damaged = { $places ->
    [1] the bundle is damaged at one place, { $entries } entries are lost
   *[other] the bundle is damaged at { $places } places, { $entries } entries are lost
}
hint-audit-damaged = what is told above follows from the rest; get another copy
error-audit-sealed = the bundle is sealed, and this genesis does not open it
hint-audit-sealed = use the genesis with the network’s secret, or have one made with `commune bundle create --clear`
error-audit-incomplete = the bundle does not hold all that leads to checkpoint { $height }
hint-audit-incomplete = make one with all entries: `commune bundle create` without --since and --for, and name all its parts
error-rule-insufficient-balance = the balance does not cover it: { $spendable } can be spent
hint-rule-insufficient-balance = only what a checkpoint made final counts, without own payments that are pending
error-rule-self-payment = { $name } is you
hint-rule-self-payment = name somebody else
error-rule-receiver-revoked = the key of { $name } is revoked
hint-rule-receiver-revoked = ask for the key that they use now
error-rule-unknown-receiver = nobody known has that key
hint-rule-unknown-receiver = sync with a neighbour, or look with `commune member find`
error-rule-zero-amount = nothing would be paid
hint-rule-zero-amount = name an amount
error-rule-below-dust = below the smallest payment
hint-rule-below-dust = pay at least one unit
error-rule-payment = a rule gives this payment no effect
hint-rule-payment = nothing was signed
