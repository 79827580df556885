"""The Teams edge: HTTP endpoint, commands, card clicks, sending; and the composition root."""
