"""A mailbox for trying the platform: a real SMTP server that delivers nowhere, and pages on which its mails are read."""
