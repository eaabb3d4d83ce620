"""What is made to learn from: pairs whose truth is known, from photographs; combined vision, from a real terrain."""
