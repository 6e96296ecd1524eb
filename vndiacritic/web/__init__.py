"""Pages in a browser: a review of doubtful syllables as one file, and a server on this machine.

Both are the same text in the same colours: `cells` says what a page knows of a text, `page` puts the files of
``pages/`` together, and `app` answers requests. Nothing here reads or writes files of users, nor options.
"""
