"""The app: command line, server and page; the only floor that prints, asks and exits."""
