"""One module for each library whose requests a credential goes on. None is loaded before its library calls."""
