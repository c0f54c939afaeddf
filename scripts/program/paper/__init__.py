"""The paper's figures and table: what each needs, how each is drawn, and what the text says about it."""
