yes = yes
no = no
nobody = nobody
