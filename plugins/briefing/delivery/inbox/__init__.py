"""What comes back: failure reports, complaints, wishes to leave, and what an email service tells of its deliveries.

- what a mail says: `mails` reads it, `classify` decides by way of `failures`, `complaints` and `departures`
- what a service says: `events` decides, for its own shape and those of `ses` and `resend`
- what follows: `applying`, in one transaction with the mark by which nothing is taken in twice
- who wrote a mail, by our own mail server's word: `authentication`
- where it is: `imap`, `maildir` and `mbox` (one shape, `mailbox`), `files` and `sqs`, each of which lets go of a thing
  only after that transaction
- the recipe: `taking`
"""
