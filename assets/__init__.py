"""What pages load: our own style and script, and the build that puts them beside those of declared packages."""
