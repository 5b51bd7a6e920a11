"""Language models that write: where they are, how they are reached, and what is said when one breaks off."""
