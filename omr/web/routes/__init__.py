"""One module a step: each asks the stages and fills a template."""
