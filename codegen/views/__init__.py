"""What the templates print: each module turns the model into ready-made pieces of text for one language."""
