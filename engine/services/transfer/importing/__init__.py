"""Tables come in: workbooks and CSV become records through the verbs that forms use too.

    begin -> look_at, choose -> check -> mend -> carry_out

`opening` reads the file (in a child process of bounded memory), `heads` finds its titles, `targets` says where columns
may go, `shaping` makes records of lines, `assembling` raw values of cells, `passing` takes them through the verbs in
portions. `keeping` holds an import between its steps. Nothing is written before everything is right.
"""
