"""Files: those that people write (deals, directory, playbooks) and those that the installation keeps."""
