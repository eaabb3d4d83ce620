"""What is made to learn from: pairs whose truth is known, from photographs; and combined vision, from a real terrain."""
