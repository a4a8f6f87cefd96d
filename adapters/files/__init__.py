"""Files that people write and the installation keeps."""
