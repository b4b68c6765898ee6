yes = yes
no = no
nobody = nobody
man-written = Manual pages written: { $folder }
named = { $name }: { $text }
