"""The read side: one file a subject, with the views it gives. It changes nothing."""
