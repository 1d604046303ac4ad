"""The doctor (体检): whether an installation and its workspace can do their work, each fault with its remedy."""
