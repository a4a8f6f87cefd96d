"""The read side: one file per subject, with the views it returns. It changes nothing."""
