"""What pages are made of: templates, assets, languages, Markdown made harmless."""
