"""Mail: composing messages, sending them by SMTP, and keeping them in a folder in development."""
