"""Reading notices in the portal, and sending them by e-mail to whoever wants that."""
