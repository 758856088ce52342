"""What comes back: bounces, complaints, unsubscribe requests and the events of email services.

- a mail: `mail_parts` reads it, and `classify` decides with `bounces`, `complaints`, `unsubscribes` and `status_codes`
- an event: `events` decides, with `own_events`, `ses_events` and `resend_events`
- the effect: `applying`, in the transaction that marks the item as processed
- the sender of a mail, verified by our own mail server: `authentication`
- sources: `imap`, `maildir` and `mbox` (with the interface `mailbox`), `event_files` and `sqs`. Each moves or deletes an item only
  after that transaction.
- the recipe: `intake`
"""
