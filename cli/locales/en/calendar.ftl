# Calendars: repetitions, reminders, lengths.
key-recipient = To
key-duration = Length
key-due = To be done by
key-completed = Done
key-repeats = Repeated
key-also = And also
key-except = Except
key-instead = Instead of that of
key-attendees = Taking part
key-alarm = Reminder
cancelled-heading = CANCELLED: { $title }
remark-cancelled = cancelled: it does not take place
remark-from-file = date or author as the file says them; the document may say others
remark-no-text = no text could be read in it: a search finds it by its title only
remark-line-unread = some lines could not be read
repeat-minute =
    { $count ->
        [one] every minute
       *[other] every { $count } minutes
    }
repeat-hour =
    { $count ->
        [one] every hour
       *[other] every { $count } hours
    }
repeat-day =
    { $count ->
        [one] every day
       *[other] every { $count } days
    }
repeat-week =
    { $count ->
        [one] every week
       *[other] every { $count } weeks
    }
repeat-month =
    { $count ->
        [one] every month
       *[other] every { $count } months
    }
repeat-year =
    { $count ->
        [one] every year
       *[other] every { $count } years
    }
repeat-unknown = by a rule that Carnet does not read
repeat-in = in { $months }
repeat-at = at { $hour }:00
repeat-times =
    { $count ->
        [one] once in all
       *[other] { $count } times in all
    }
repeat-until = until { $day }
repeat-nth = { $day } number { $number }
repeat-last = the last { $day }
repeat-from-end = { $day } number { $number } from the end
repeat-month-day = on day { $number } of the month
repeat-last-day = on the last day of the month
repeat-day-from-end = on day { $number } from the end of the month
weekday-0 = Monday
weekday-1 = Tuesday
weekday-2 = Wednesday
weekday-3 = Thursday
weekday-4 = Friday
weekday-5 = Saturday
weekday-6 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
length-days =
    { $count ->
        [one] 1 day
       *[other] { $count } days
    }
length-hours =
    { $count ->
        [one] 1 hour
       *[other] { $count } hours
    }
length-minutes =
    { $count ->
        [one] 1 minute
       *[other] { $count } minutes
    }
length-seconds =
    { $count ->
        [one] 1 second
       *[other] { $count } seconds
    }
alarm-before = { $length } before
alarm-after = { $length } after the beginning
alarm-before-end = { $length } before the end
alarm-after-end = { $length } after the end
alarm-begin = at the beginning
alarm-end = at the end
alarm-unknown = at a time that Carnet does not read
