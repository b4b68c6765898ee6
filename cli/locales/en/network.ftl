# The network, the server and the time: what happened, and what to do.
working = Carnet is working
waiting = Waiting for the answer of { $server } ({ $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    } at most; Ctrl-C stops).
waiting-short = Waiting for { $server }
offline = { $why }
    This is what is known here.
error-remote-name = No machine of this name was found.
    .do = Look at the connection to the internet and at the server's address, then try again. What is known here can be read with --offline.
error-remote-unreachable = The server does not answer.
    .do = Look at the connection to the internet and at the server's address, then try again. What is known here can be read with --offline.
error-remote-broken = The connection broke.
    .do = Try again: what the server has kept stays, and the upload goes on from there.
error-remote-time-out = The server has not answered for { $seconds ->
        [one] one second.
       *[other] { $seconds } seconds.
    }
    .do = Try again later. What is known here can be read with --offline.
error-remote-unavailable = The server is not ready (answer 503).
    .do = Try again in a minute.
error-remote-certificate = The server's certificate is not the one of this address.
    .do = Do not go on. On the network of a hotel or a train, log in with a browser first; else look at the address, or ask who runs the server.
error-remote-certificate-ahead = By the clock of this machine, the server's certificate is not valid yet: the clock is probably behind.
    .do = Set the clock of this machine, then try again.
error-remote-certificate-ended = By the clock of this machine, the server's certificate has ended.
    .do = Look at the date of this machine. If it is right, ask who runs the server for a new one.
error-remote-address = This is not the address of a server.
    .do = Write it as https://carnet.example, without a path.
error-remote-plain-http = This address is not protected on the way.
    .do = Write https:// instead of http://.
error-remote-certificates = There is no certificate in this file.
    .do = Name a file of certificates in PEM.
error-remote-protocol = What answers at this address is no Carnet server.
    .do = Look at the address: something else may be there.
error-remote-redirected = In the server's place, something sends elsewhere (answer { $status }).
    .do = On the network of a hotel or a train, log in with a browser first. Else look at the address: the server may have moved.
error-remote-page = In the server's place, a web page answered (answer { $status }).
    .do = On the network of a hotel or a train, log in with a browser first. Else look at the address.
error-remote-range = The server gave something else than was asked for.
    .do = Try again; if it stays so, ask who runs the server.
error-remote-spool = What waits to go cannot be read back.
    .do = Look at the disk, then start again: the document will be sealed anew.
error-remote-no-spool = What waits to go is not there any more.
    .do = Start again: the document will be sealed anew.
error-remote-refused = The server refused without saying why.
    .do = Try again later, or ask who runs the server.
error-response-malformed = The answer came cut or damaged.
    .do = Try again; if it stays so, look at the address or ask who runs the server.
error-remote-400 = Something between you and the server did not understand the request (answer 400).
    .do = Try from another network, or ask who runs the server.
error-remote-401 = Something between you and the server wants you to log in (answer 401).
    .do = On the network of a company or a hotel, log in with a browser first. Else ask who runs the server.
error-remote-403 = Something between you and the server lets nothing through (answer 403).
    .do = Try from another network, or ask who runs the server.
error-remote-404 = Something answers at this address, but not the Carnet server (answer 404).
    .do = Look at the address, or ask who runs the server.
error-remote-405 = Something between you and the server does not take this request (answer 405).
    .do = Look at the address, or ask who runs the server.
error-remote-407 = The proxy of this network wants a password (answer 407).
    .do = Ask who looks after this network, or try from another.
error-remote-408 = The request took too long to arrive (answer 408).
    .do = Try again, on a better line if you can: the upload goes on from where it was.
error-remote-413 = { $megabytes } MB are refused on the way: too much at once (answer 413).
    .do = Trying again will not help. Ask who runs the server to let at least 20 MB through (the limit of their proxy).
error-remote-421 = The proxy does not know this server (answer 421).
    .do = Look at the address, or ask who runs the server.
error-remote-425 = The server did not want this request so early (answer 425).
    .do = Try again.
error-remote-426 = What answers at this address wants another protocol (answer 426).
    .do = Look at the address, or ask who runs the server.
error-remote-429 = Too many requests in a short time (answer 429).
    .do = Wait a minute, then try again.
error-remote-431 = Something between you and the server finds the request too long (answer 414 or 431).
    .do = Ask who runs the server.
error-remote-451 = Access to this server is blocked by a court or an authority (answer 451).
    .do = Try from another network, or ask who runs the server.
error-remote-500 = Something failed on the server's side (answer 500).
    .do = Try again later; if it stays so, tell who runs the server.
error-remote-501 = What answers at this address does not know this request (answer 501).
    .do = Look at the address, or ask who runs the server.
error-remote-502 = The proxy cannot reach the server (answer 502).
    .do = Try again in some minutes.
error-remote-504 = The proxy waits for the server in vain (answer 504).
    .do = Try again in some minutes.
error-remote-511 = This network wants you to log in first (answer 511).
    .do = Open a browser, log in, then try again.
error-remote-4xx = Something between you and the server refused the request (answer { $status }).
    .do = Try from another network, or ask who runs the server.
error-remote-5xx = Something failed between you and the server (answer { $status }).
    .do = Try again later; if it stays so, tell who runs the server.
error-clock-ahead = The clock of this machine is { $unit ->
        [minute] { $count } { $count ->
            [one] minute
           *[other] minutes
        }
        [hour] { $count } { $count ->
            [one] hour
           *[other] hours
        }
       *[day] { $count } { $count ->
            [one] day
           *[other] days
        }
    } ahead: the server cannot take what is dated in the future.
    .do = Set the clock of this machine, then try again.
error-clock-behind = The clock of this machine is { $unit ->
        [minute] { $count } { $count ->
            [one] minute
           *[other] minutes
        }
        [hour] { $count } { $count ->
            [one] hour
           *[other] hours
        }
       *[day] { $count } { $count ->
            [one] day
           *[other] days
        }
    } behind: the server cannot take it.
    .do = Set the clock of this machine, then try again.
error-statement-time-ahead = To the server, what is sent is dated in the future: the clock of this machine is ahead.
    .do = Set the clock of this machine, then try again.
error-payload-too-large = This document is too long: this server takes { $megabytes } MB at most for one document.
    .do = Trying again will not help. Cut it into several, or ask who runs the server to take more.
error-upload-too-large = This document is too long: this server takes { $megabytes } MB at most for one document.
    .do = Trying again will not help. Cut it into several, or ask who runs the server to take more.
error-manifest-too-large = The title and the notes of this document are too long.
    .do = Shorten them, then start again.
error-body-too-large = This is too long at once: this server takes { $megabytes } MB at most.
    .do = Trying again will not help. Add fewer documents at a time, or ask who runs the server.
error-yes-or-no = This is neither yes nor no.
    .do = Answer yes or no; Enter means no.
error-until-past = { $text } is over already: the share would end before it begins.
    .do = Choose today or a day to come, or share without --until.
error-kit-word-again = Word no. { $number } is not the one of the kit.
    .do = Look at the page, and type it once more.
error-reseal-waiting = This document waits for your consent: it is not yours yet.
    .do = Accept or refuse it first (carnet accept), then start again.
error-reseal-content = The content is not the one any more that its author sealed.
    .do = Look at its history (carnet history); this document cannot be closed under a new key.
error-reseal-partly = { $count ->
        [one] One document is still
       *[other] { $count } documents are still
    } under the old keys.
    .do = What is done stays done. Start again later for the rest: carnet revoke --from { $name } --reseal
error-open-no-key = This device does not have the key of this document.
    .do = Another of your devices may have changed the keys: carnet account catch-up
ask-server = The server's address, as it stands on the kit (https://…)?
paper-old-address = This paper has the server's old address. Make a new one: carnet account add-way kit FILE
replacing = New version
replaced-given = { $count ->
        [one] One person who had the version before was given this one.
       *[other] { $count } people who had the version before were given this one.
    }
resealed-nothing = Nothing was to be sealed anew: { $name } could read nothing that is known here.
resealed-line = {"  "}{ $document }  { $title }
reseal-left = { $count ->
        [one] One document stays under the old keys:
       *[other] { $count } documents stay under the old keys:
    }
reseal-left-line = {"  "}{ $document }  { $title }: { $what }
revoked-unsealed = { $count ->
        [one] One document that this person could read is still under the keys of then.
       *[other] { $count } documents that this person could read are still under the keys of then.
    }
error-upload-offset = The server is still taking this upload from another command.
    .do = Wait a minute, then start again: the upload goes on from where it was.
pair-waits = Waiting for the other device
approve-waits = Waiting for the new machine to take its keys
writing = Writing
