"""What the bot does when somebody writes, clicks or installs it: parse, call, reply."""
