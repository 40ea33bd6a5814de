"""Programs that developers run. Start them from the project folder: `python -m scripts.make_samples`."""
