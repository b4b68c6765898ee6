# How it stands: status, doctor, help, and what would be done.
standing-name = Carnet of { $name }
standing-fresh = Server: { $server }. Everything is up to date.
standing-since = Server: { $server }. What is here is of { $time }.
standing-never = Server: { $server }. Nothing has come from it yet.
standing-open = { $hours ->
        [0] { $minutes ->
                [one] Open. Closes in one minute without a command.
               *[other] Open. Closes in { $minutes } minutes without a command.
        }
        [one] Open. Closes in one hour without a command.
       *[other] Open. Closes in { $hours } hours without a command.
    }
standing-closed = Closed: each command asks for the passphrase. To open it: carnet unlock
standing-holds = { $documents ->
        [0] No document
        [one] One document
       *[other] { $documents } documents
    }, { $profile ->
        [0] nothing in the profile.
        [one] one item in the profile.
       *[other] { $profile } items in the profile.
    }
standing-to-accept = { $count ->
        [one] One document waits for you to accept it: carnet accept
       *[other] { $count } documents wait for you to accept them: carnet accept
    }
standing-to-send = { $count ->
        [one] One document is waiting to go. It is safe here; give the command again that added it.
       *[other] { $count } documents are waiting to go. They are safe here; give the command again that added them.
    }
doctor-well = Well: { $text }
doctor-wrong = To be seen to: { $text }
doctor-store = what this device keeps can be read whole ({ $count ->
        [0] no document
        [one] one document
       *[other] { $count } documents
    }).
doctor-server = { $server } answers.
doctor-log = the server's public log is the one that this device knows, and everything verifies under it.
doctor-clock = the clock is right, to { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    }.
doctor-clock-unknown = the clock could not be compared, as the server did not answer.
doctor-disk = { $count } { $unit ->
        [giga] GB
       *[mega] MB
    } are left on the disk.
doctor-disk-do = Make room: a document is prepared on the disk before it goes.
doctor-spool = nothing waits to go.
doctor-spool-do = Give the command again that added them, when the server answers.
doctor-authorities = { $count ->
        [0] you know no authority that vouches for professionals.
        [one] one authority vouches for professionals: { $names }.
       *[other] { $count } authorities vouch for professionals: { $names }.
    }
error-doctor-found = { $count ->
        [one] One thing is to be seen to.
       *[other] { $count } things are to be seen to.
    }
    .do = Follow what is said above, then give carnet doctor again.
help-group-begin = To begin
help-group-documents = Your documents
help-group-sharing = Sharing
help-group-leaving = Leaving with everything, and coming back
help-group-professionals = Professionals and authorities
help-group-machine = This machine
help-more = All about a command, with examples: carnet help COMMAND
edited = { $document } is called { $title }.
would-edit = { $document } would be called { $title }. Nothing is done.
error-edit-not-yours = { $name } has sealed the type, the date and the author of this document.
    .do = Give it another title (--title), or ask for the document as it should be.
would-add = { $count ->
        [0] Nothing would be added.
        [one] One document would be added. Nothing is done.
       *[other] { $count } documents would be added. Nothing is done.
    }
would-deposit = { $count ->
        [0] Nothing would be deposited for { $patient }.
        [one] One document would be deposited for { $patient }. Nothing is done.
       *[other] { $count } documents would be deposited for { $patient }. Nothing is done.
    }
would-remove = { $count ->
        [one] This document would be removed for everybody and for ever. Nothing is done.
       *[other] These { $count } documents would be removed for everybody and for ever. Nothing is done.
    }
would-share = { $what ->
        [all] { $name } could read your whole Carnet, and what comes. Nothing is done.
        [class] { $name } could read everything of this kind, and what comes. Nothing is done.
       *[documents] { $count ->
            [one] { $name } could read this document. Nothing is done.
           *[other] { $name } could read these { $count } documents. Nothing is done.
        }
    }
would-revoke = { $count ->
        [0] { $name } can read nothing of this. Nothing is done.
        [one] { $name } could no longer read this document. Nothing is done.
       *[other] { $name } could no longer read these { $count } documents. Nothing is done.
    }
would-export = { $count ->
        [0] { $path } would hold no document
        [one] { $path } would hold one document
       *[other] { $path } would hold { $count } documents
    } ({ $megabytes } MB at most). Nothing is done.
help-examples = Examples:
viewer-done = Press Enter when you have read it: the copy will be deleted.
error-viewer-none = { $name }, which opens files in their viewer, is not on this machine.
    .do = Write the document out: carnet get DOCUMENT. Or name a viewer in CARNET_VIEWER.
error-viewer-nobody = The viewer opens from a terminal only.
    .do = Write the document out: carnet get DOCUMENT -o FILE.

# How things stand that were stopped.
stopped-add = Stopped: { $count ->
        [0] no document is confirmed as added
        [one] 1 document is added
       *[other] { $count } documents are added
    }. Run the same command again to go on: what is there is not added twice.
stopped-deposit = Stopped: nothing is confirmed as deposited. Run the same command again to go on.
stopped-export = Stopped: the export was not finished, and nothing of it is left. Run the same command again.
stopped-file = Stopped: the file was not whole, and nothing of it is left. Run the same command again.
stopped-reseal = Stopped: { $count ->
        [0] no document is dealt with yet
        [one] 1 document is dealt with
       *[other] { $count } documents are dealt with
    }. Run the same command again to go on.
oneself = me
