"""The pages of one engagement: an overview, and a tab for each subject."""
