"""One module for each workflow. A workflow gets here by one line in orchestration/catalog.py."""
