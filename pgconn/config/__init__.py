"""What a person may configure: the policy of the rules."""
