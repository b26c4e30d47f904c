"""`litsync watch`: when a cycle runs, and what a person hears of it.

    watch(config, settings)      # cycles whenever something changed, until it is told to stop

Decides only when: what is done is the cycle of `litsync.sync`, opened anew each time as `litsync sync` opens it, so that
nothing is known here that a crash could lose. Events, from wherever, are alarm clocks; what happened is found by looking.
"""
