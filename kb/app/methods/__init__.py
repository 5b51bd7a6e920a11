"""The methods of `kb.app.application.App`, by what they are about; each is thin and imports its module when called."""
